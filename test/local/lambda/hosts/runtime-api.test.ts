/** The Runtime API as any client of it sees it. */
import { beforeEach, describe, expect, test } from "vitest";
import { logLines } from "../../../../packages/local/src/lambda/hosts/log-lines.ts";
import type { Invocation } from "../../../../packages/local/src/lambda/hosts/runtime/run.ts";
import { runtimeApi } from "../../../../packages/local/src/lambda/hosts/runtime-api.ts";
import { after } from "../../../ending.ts";

const invocation: Invocation = {
  requestId: "request-1",
  deadlineMs: 1_767_225_600_000,
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:fn",
  traceId: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
  failing: 0,
  event: '{"a":"ü"}',
};

describe("the Runtime API", () => {
  let told: unknown[];
  let url: string;

  beforeEach(async () => {
    told = [];
    const known = (requestId: string, what: unknown) => {
      if (requestId === invocation.requestId) told.push(what);
      return requestId === invocation.requestId;
    };
    const api = await runtimeApi({
      stdout: logLines(() => {}),
      stderr: logLines(() => {}),
      next: (deliver) => deliver(invocation),
      respond: known,
      fail: known,
      failInit: (report) => told.push(report),
      settled: (_, text) => told.push(text),
      calls: (_, text) => told.push(text),
      exit: () => {},
    });
    after(api.close);
    url = `http://${api.address}/2018-06-01/runtime`;
  });

  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { method: "POST", body, headers });
    return [response.status, await response.json()];
  };
  const accepted = [202, { status: "OK" }];

  test("hands out the event with Lambda's headers", async () => {
    const response = await fetch(`${url}/invocation/next`);
    expect(await response.text()).toBe('{"a":"ü"}');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": "request-1",
      "lambda-runtime-deadline-ms": "1767225600000",
      "lambda-runtime-invoked-function-arn": invocation.invokedFunctionArn,
      "lambda-runtime-trace-id": invocation.traceId,
    });
  });

  test("takes a response, whatever its body", async () => {
    expect(await post("/invocation/request-1/response", '{"ok":"ü"}')).toEqual(accepted);
    expect(await post("/invocation/request-1/response", "")).toEqual(accepted);
    expect(told).toEqual(['{"ok":"ü"}', ""]);
  });

  test("takes the report of an error", async () => {
    const report = { errorType: "TypeError", errorMessage: "boom", trace: ["TypeError: boom"] };
    expect(await post("/invocation/request-1/error", JSON.stringify(report))).toEqual(accepted);
    expect(await post("/init/error", JSON.stringify(report))).toEqual(accepted);
    expect(told).toEqual([report, report]);
  });

  test("needs of an error no more than a type in its header", async () => {
    const headers = { "lambda-runtime-function-error-type": "Custom.Error" };
    await post("/invocation/request-1/error", "plain words", headers);
    await post("/invocation/request-1/error", '"a JSON text"', headers);
    await post("/init/error", "{}");
    expect(told).toEqual([
      { errorType: "Custom.Error", errorMessage: "plain words" },
      { errorType: "Custom.Error", errorMessage: '"a JSON text"' },
      { errorType: "Runtime.Unknown", errorMessage: "{}" },
    ]);
  });

  test("refuses an id that is not being served", async () => {
    const refused = [400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" }];
    expect(await post("/invocation/another/response", "{}")).toEqual(refused);
    expect(await post("/invocation/another/error", "{}")).toEqual(refused);
    expect(told).toEqual([]);
  });

  test("refuses a response that is too large", async () => {
    expect(await post("/invocation/request-1/response", "x".repeat(6_291_557))).toEqual([
      413,
      {
        errorMessage: "Exceeded maximum allowed payload size (6291556 bytes).",
        errorType: "RequestEntityTooLarge",
      },
    ]);
  });

  test("knows no other ways", async () => {
    expect((await fetch(`${url}/invocation/none`)).status).toBe(404);
    expect((await fetch(`${url}/invocation/next`, { method: "POST" })).status).toBe(404);
    expect((await fetch(new URL("/2016-01-01/runtime/invocation/next", url))).status).toBe(404);
  });
});
