/** Every server of this machine keeps out the same callers, and bodies without end. */
import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../packages/local/src/kinesis/server/index.ts";
import { logLines } from "../../../packages/local/src/lambda/hosts/log-lines.ts";
import type { Invocation } from "../../../packages/local/src/lambda/hosts/runtime/run.ts";
import { runtimeApi } from "../../../packages/local/src/lambda/hosts/runtime-api.ts";
import {
  closedServices,
  type RefusedCall,
} from "../../../packages/local/src/run/closed-services.ts";
import { serveLambda } from "../../../packages/local/src/run/lambda-api.ts";
import { serveFirehose } from "../../../packages/services/src/firehose/index.ts";
import { serveS3 } from "../../../packages/services/src/s3/index.ts";
import { createSns, serveSns } from "../../../packages/services/src/sns/index.ts";
import { createSqs, serveSqs } from "../../../packages/services/src/sqs/index.ts";

const invocation: Invocation = {
  requestId: "1",
  deadlineMs: 0,
  invokedFunctionArn: "",
  traceId: "",
  failing: 0,
  event: "{}",
};
const refused: RefusedCall[] = [];
const told: unknown[] = [];

const servers: Record<string, () => Promise<{ endpoint: string; close(): unknown }>> = {
  Kinesis: () => createKinesisServer({ kinesis: createKinesis() }),
  DynamoDB: () => createDynamoDb(),
  SQS: () => serveSqs(),
  SNS: () => serveSns({ sns: createSns({ sqs: createSqs() }) }),
  S3: () => serveS3(),
  Firehose: () => serveFirehose(),
  Lambda: () =>
    serveLambda({
      template: { functions: [], region: "us-east-1", accountId: "123456789012" },
      invoke: async () => {},
      logOf: () => "",
      onLost: () => {},
      host: "127.0.0.1",
      port: 0,
    }),
  "the closed services": () => closedServices((call) => refused.push(call)),
  "the Runtime API": async () => {
    const tell = (_: string, what: unknown) => told.push(what) > 0;
    const lines = { stdout: logLines(() => {}), stderr: logLines(() => {}) };
    const next = (deliver: (invocation: Invocation) => void) => {
      told.push("next");
      deliver(invocation);
    };
    const host = {
      ...lines,
      next,
      respond: tell,
      fail: tell,
      failInit() {},
      settled() {},
      calls() {},
      exit() {},
    };
    const { address, close } = await runtimeApi(host);
    return { endpoint: `http://${address}`, close };
  },
};

/** What would be done, if it were answered: in the Runtime API, an event would be taken away. */
const actions: Record<string, { path: string; method: string }> = {
  "the Runtime API": { path: "/2018-06-01/runtime/invocation/next", method: "GET" },
};

const ports = new Map<string, number>();
const running: { close(): unknown }[] = [];
beforeAll(async () => {
  for (const [name, serve] of Object.entries(servers)) {
    const server = await serve();
    running.push(server);
    ports.set(name, Number(new URL(server.endpoint).port));
  }
});
afterAll(() => Promise.all(running.map((server) => server.close())));

async function ask(
  name: string,
  headers: Record<string, string>,
  { path, method }: { path: string; method: string } = actions[name] ?? {
    path: "/",
    method: "POST",
  },
  body = "{}",
) {
  const asking = request({ port: ports.get(name)!, path, method, headers });
  asking.end(method === "POST" ? body : undefined);
  const [response] = await once(asking, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode as number, headers: response.headers, text };
}

describe.each(Object.keys(servers))("%s", (name) => {
  const done = () => refused.length + told.length;

  test.each(["http://localhost:3000", "https://evil.example.com", "null"])(
    "a page of %s is refused, and may not read that",
    async (origin) => {
      const count = done();
      const answer = await ask(name, { origin });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("Web pages are not answered here");
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
      expect(done()).toBe(count);
    },
  );

  test("a preflight allows nothing", async () => {
    const headers = { origin: "http://localhost:3000", "access-control-request-method": "POST" };
    const answer = await ask(name, headers, { path: "/", method: "OPTIONS" });
    expect([403, 405]).toContain(answer.status);
    for (const header of Object.keys(answer.headers))
      expect(header).not.toContain("access-control");
  });

  test.each(["evil.example.com", "evil.example.com:80", "127.0.0.1.nip.io", "localhost.evil.com"])(
    "a page whose own name %s was pointed here is refused",
    async (host) => {
      const count = done();
      const answer = await ask(name, { host });
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining("is not known here"),
      ]);
      expect(done()).toBe(count);
    },
  );

  test.each(["127.0.0.1:1", "localhost:1", "[::1]:1", "host.docker.internal", "shardmill"])(
    "a program that says %s is answered",
    async (host) => {
      expect((await ask(name, { host, authorization: "a" })).status).not.toBe(403);
    },
  );
});

test("the health of DynamoDB is told to programs alone", async () => {
  const get = { path: "/", method: "GET" };
  expect(await ask("DynamoDB", {}, get)).toMatchObject({ status: 200 });
  expect(await ask("DynamoDB", { host: "evil.example.com" }, get)).toMatchObject({ status: 403 });
});

test("an image of a page takes no event from the Runtime API", async () => {
  const count = told.length;
  const answer = await ask("the Runtime API", { "sec-fetch-site": "cross-site" });
  expect([answer.status, JSON.parse(answer.text)]).toEqual([
    403,
    { errorType: "Forbidden", errorMessage: expect.stringContaining("Browsers are not answered") },
  ]);
  expect(told).toHaveLength(count);
});

describe("bodies of more than 16 MiB, declared or not", () => {
  test.each(["Kinesis", "DynamoDB", "SQS", "SNS", "Firehose", "Lambda"])(
    "%s refuses before it has read them",
    async (name) => {
      for (const headers of [
        { "content-length": "16777217" },
        { "transfer-encoding": "chunked" },
      ]) {
        const asking = request({ port: ports.get(name)!, method: "POST", headers });
        asking.on("error", () => {});
        if ("content-length" in headers) asking.flushHeaders();
        else for (let i = 0; i < 17; i++) asking.write(Buffer.alloc(1024 * 1024));
        const [response] = await once(asking, "response");
        let text = "";
        for await (const chunk of response) text += chunk;
        asking.destroy();
        expect([response.statusCode, JSON.parse(text)]).toEqual([
          413,
          {
            __type: "RequestEntityTooLargeException",
            message: "The body is longer than 16777216 bytes, the most that is read.",
          },
        ]);
      }
    },
  );

  test("of a response, the Runtime API keeps no more than shows that it is too large", async () => {
    const path = "/2018-06-01/runtime/invocation/1/response";
    const body = "x".repeat(20_000_000);
    const { status } = await ask("the Runtime API", {}, { path, method: "POST" }, body);
    expect(status).toBe(413);
    const kept = told.at(-1) as string;
    expect(kept.length).toBeGreaterThan(6_291_556);
    expect(kept.length).toBeLessThan(7_000_000);
  });
});

test("a closed service tells of a call in characters that can be printed, whatever was asked", async () => {
  const action = "%1b%5b2JList%0aTables".repeat(20);
  const form = { "content-type": "application/x-www-form-urlencoded", authorization: "a" };
  await ask("the closed services", form, undefined, `Action=${action}`);
  const { operation } = refused.at(-1)!;
  expect(operation).toMatch(/^\?\[2JList\?Tables[\x20-\x7e]*$/);
  expect(operation.length).toBe(200);
  await ask("the closed services", {}, { path: "/a?%E0%A4%A", method: "POST" });
  expect(refused.at(-1)).toEqual({ service: "", operation: "POST /a" });
});
