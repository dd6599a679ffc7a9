import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { CallElsewhere } from "../../../../packages/local/src/lambda/hosts/index.ts";
import { after } from "../../../ending.ts";
import { inChild, invoke } from "./fixtures.ts";

async function listening(endsAtOnce = false): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith("/full") ? 507 : 200;
    request.resume().on("end", () => response.end("ok"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  if (endsAtOnce) server.close();
  else after(() => server.close());
  return `http://127.0.0.1:${port}`;
}

test("what a function asks of services elsewhere is told before its invocation is over: by fetch, by node:http, and without an answer", async () => {
  const [url, own, gone] = [await listening(), await listening(), await listening(true)];
  const told: { requestId: string; call: CallElsewhere }[] = [];
  const traces: [string, string][] = [];
  const fn = inChild(
    `import { request } from "node:http";
    export const handler = async ({ url, own, gone }) => {
      await (await fetch(url + "/full/house?key=secret", { method: "POST", body: "12345" })).text();
      await new Promise((done) => request(url + "/plain", (got) => got.resume().on("end", done)).end());
      await fetch(gone).catch(() => {});
      await (await fetch(own)).text();
      return process.env._X_AMZN_TRACE_ID;
    };`,
    {
      // What runs here tells by itself.
      environment: { AWS_ENDPOINT_URL_S3: own },
      onCalls: (requestId, calls) => told.push(...calls.map((call) => ({ requestId, call }))),
      onInvocation: (requestId, trace) => traces.push([requestId, trace]),
    },
  );
  const trace = await invoke(fn, { url, own, gone }, "request-1");
  expect(traces).toEqual([["request-1", trace]]);
  expect(told.map(({ requestId }) => requestId)).toEqual(["request-1", "request-1", "request-1"]);
  const [full, plain, nobody] = told.map(({ call }) => call);
  expect(full).toMatchObject({
    ...{ method: "POST", url: `${url}/full/house`, bytes: 5, status: 507 },
    error: { type: "Insufficient Storage" },
  });
  expect(plain).toMatchObject({ method: "GET", url: `${url}/plain`, status: 200 });
  expect(plain).not.toHaveProperty("error");
  expect(nobody).toMatchObject({ url: `${gone}/`, error: { type: "ECONNREFUSED" } });
  expect(nobody).not.toHaveProperty("status");
});
