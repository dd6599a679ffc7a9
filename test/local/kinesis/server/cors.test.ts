/** Web pages that were let in: what a browser asks before and after, and who stays out. */
import { connect } from "node:http2";
import { describe, expect, test } from "vitest";
import { createKinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../../packages/local/src/kinesis/server/index.ts";
import { json, type Served, served } from "../api/served.ts";

const page = "http://localhost:5173";
const app = "https://app.example.com";
/** As the SDK's browser build sends them. */
const sdkHeaders =
  "amz-sdk-invocation-id,amz-sdk-request,authorization,content-type,x-amz-date,x-amz-target,x-amz-user-agent";

const preflight = (api: Served, origin: string, more: Record<string, string> = {}) =>
  fetch(api.server.endpoint, {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": sdkHeaders,
      ...more,
    },
  });

describe("a page whose origin was let in", () => {
  test.each([page, app])("%s is told so before it asks", async (origin) => {
    const answer = await preflight(await served({}, { cors: [page, app] }), origin);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": sdkHeaders,
      "access-control-max-age": "7200",
      vary: "Origin",
    });
    expect(answer.headers.has("access-control-allow-private-network")).toBe(false);
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test("may reach the private network, where a browser asks about that", async () => {
    const asked = { "Access-Control-Request-Private-Network": "true" };
    const answer = await preflight(await served({}, { cors: [app] }), app, asked);
    expect(answer.headers.get("access-control-allow-private-network")).toBe("true");
  });

  test("puts and reads, and sees the headers of answers and of refusals", async () => {
    const api = await served({}, { cors: [page], maxBodyBytes: 1000 });
    const send = (action: string, input: object, headers = {}) =>
      api.send(action, JSON.stringify(input), { Origin: page, ...headers });
    const StreamName = "orders";
    await send("CreateStream", { StreamName, ShardCount: 1 });
    const put = { StreamName, PartitionKey: "a", Data: "AAAA" };
    const answers = [
      await send("PutRecord", put),
      await send("PutRecord", { StreamName: "none", PartitionKey: "a", Data: "" }),
      await send("PutRecord", { ...put, Data: "A".repeat(2000) }),
      await send("ListStreams", {}, { "Content-Type": "text/plain" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 413, 404]);
    for (const { headers } of answers) {
      expect(headers.get("access-control-allow-origin")).toBe(page);
      const exposed = headers.get("access-control-expose-headers")!.split(", ");
      expect(exposed).toEqual(expect.arrayContaining(["x-amzn-RequestId", "x-amz-id-2"]));
      expect(headers.get("vary")).toBe("Origin");
    }
  });

  test("is answered over HTTP/2 too", async () => {
    const api = await served({}, { cors: [page] });
    const session = connect(api.server.endpoint);
    const ask = (headers: Record<string, string>, body = "") =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        const stream = session.request({ ":path": "/", origin: page, ...headers });
        stream.on("response", resolve).on("error", reject).resume();
        stream.end(body);
      });
    const before = await ask({ ":method": "OPTIONS", "access-control-request-method": "POST" });
    expect(before).toMatchObject({ ":status": 204, "access-control-allow-origin": page });
    const target = { "x-amz-target": "Kinesis_20131202.ListStreams", "content-type": json };
    const asked = await ask({ ":method": "POST", authorization: "a", ...target }, "{}");
    expect(asked).toMatchObject({ ":status": 200, "access-control-allow-origin": page });
    session.close();
  });
});

describe("every other page is kept out", () => {
  const others = ["http://localhost:5174", "https://localhost:5173", `${page}.evil.com`, "null"];

  test.each(others)("%s, before it asks and when it does", async (Origin) => {
    const api = await served({}, { cors: [page] });
    const before = await preflight(api, Origin);
    const asked = await api.send("CreateStream", '{"StreamName":"a","ShardCount":1}', { Origin });
    expect([before.status, asked.status]).toEqual([405, 403]);
    for (const { headers } of [before, asked]) {
      expect(headers.has("access-control-allow-origin")).toBe(false);
      expect(headers.get("vary")).toBe("Origin");
    }
    expect(api.kinesis.listStreams()).toEqual([]);
  });

  test("and one that was let in, under a name that was pointed here", async () => {
    const { server } = await served({}, { cors: [page] });
    const session = connect(server.endpoint);
    const stream = session.request({
      ":method": "OPTIONS",
      ":authority": "rebound.example.com",
      origin: page,
      "access-control-request-method": "POST",
    });
    const headers = await new Promise<any>((resolve) => stream.on("response", resolve).end());
    expect(headers[":status"]).toBe(403);
    session.destroy();
  });
});

test.each(["*", "null", "localhost:5173", "http://*.example.com", `${page}/path`, ""])(
  "%j is no origin",
  async (origin) => {
    await expect(createKinesisServer({ kinesis: createKinesis(), cors: [origin] })).rejects.toThrow(
      `cors takes origins, such as http://localhost:5173, not ${origin}.`,
    );
  },
);

test.each([
  ["http://LOCALHOST:80/", "http://localhost"],
  ["https://app.example.com:443", app],
  ["chrome-extension://abcdefgh", "chrome-extension://abcdefgh"],
])("%s lets %s in, as browsers write it", async (given, origin) => {
  const answer = await preflight(await served({}, { cors: [given] }), origin);
  expect(answer.status).toBe(204);
});
