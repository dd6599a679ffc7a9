import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { createKinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../../packages/local/src/kinesis/server/index.ts";
import { served } from "../api/served.ts";
import { handClock } from "../simulated.ts";

test("an action that does not exist, a body that is none and a call without credentials are refused", async () => {
  const api = await served();
  const unknown = { status: 400, body: { __type: "UnknownOperationException" } };
  expect(await api.send("MakeStream", "{}")).toMatchObject(unknown);
  expect(await api.send("MakeStream", "")).toMatchObject(unknown);
  const elsewhere = { "X-Amz-Target": "DynamoDB_20120810.ListTables" };
  expect(await api.send("", "{}", elsewhere)).toMatchObject(unknown);
  for (const body of ["", "{", "[]", "null", "7", '"text"']) {
    const { status, body: error } = await api.send("ListStreams", body);
    expect([status, error.__type]).toEqual([400, "SerializationException"]);
  }
  expect(await api.send("ListStreams", "{}", { Authorization: "" })).toMatchObject({
    status: 400,
    body: {
      __type: "MissingAuthenticationTokenException",
      message: "Missing Authentication Token",
    },
  });
  const { status } = await api.send("ListStreams", "{}", { "Content-Type": "text/plain" });
  expect(status).toBe(404);
});

test("a client of another service is told that it was sent to Kinesis", async () => {
  const { server } = await served();
  const client = new DynamoDBClient({
    ...{ endpoint: server.endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  await expect(client.send(new ListTablesCommand({}))).rejects.toThrow(
    /Kinesis Data Streams alone, and DynamoDB was asked for/,
  );
  client.destroy();
});

test("web pages and everything but POST are kept out", async () => {
  const api = await served();
  const page = await api.send("ListStreams", "{}", { Origin: "http://127.0.0.1" });
  expect(page.status).toBe(403);
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
    const answer = await fetch(api.server.endpoint, { method });
    expect([method, answer.status]).toEqual([method, 405]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("a host that anybody could have pointed here is not answered, unless it was allowed", async () => {
  const { server } = await served({}, { hosts: ["kinesis.example.com"] });
  const status = async (host: string) => {
    const asking = request({
      port: server.port,
      method: "POST",
      headers: { host, "content-type": "application/x-amz-json-1.1" },
    });
    asking.end("{}");
    const [response] = await once(asking, "response");
    response.resume();
    return response.statusCode;
  };
  for (const host of ["evil.example.com", "evil.example.com:4567", "127.0.0.1.evil.com"]) {
    expect([host, await status(host)]).toEqual([host, 403]);
  }
  for (const host of [
    "localhost:1",
    "127.0.0.1",
    "[::1]:2",
    "kinesis",
    "kinesis.example.com:3",
    "host.docker.internal",
  ]) {
    expect([host, await status(host)]).toEqual([host, 400]);
  }
});

test("a body that is too long is refused before it is read, declared or not", async () => {
  const { server } = await served({}, { maxBodyBytes: 1000 });
  const post = async (headers: Record<string, string>, chunks: number) => {
    const asking = request({ port: server.port, method: "POST", headers });
    asking.on("error", () => {});
    asking.write(Buffer.alloc(100));
    for (let i = 1; i < chunks; i++) asking.write(Buffer.alloc(100));
    const [response] = await once(asking, "response");
    asking.destroy();
    return response.statusCode;
  };
  expect(await post({ "content-length": "20000000" }, 1)).toBe(413);
  expect(await post({ "transfer-encoding": "chunked" }, 20)).toBe(413);
});

test("bytes of no protocol end their connection, and nothing else", async () => {
  const api = await served({}, { tls: true });
  const garbage = [
    "\x16\x03\x01garbage",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage!",
    "\0\0\0\0",
    "POST / HTTP/9\r\n\r\n",
  ];
  for (const bytes of garbage) {
    const socket = connect(api.server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.end(Buffer.from(bytes, "latin1"));
    await once(socket, "close");
  }
  const plain = await fetch(`http://127.0.0.1:${api.server.port}`);
  expect(plain.status).toBe(405);
});

test("calls per second are limited as on AWS, unless they are not", async () => {
  const { call, clock } = await served({}, { limits: true });
  expect((await call("DescribeLimits")).ShardLimit).toBe(20_000);
  expect(await call("DescribeLimits")).toEqual({
    __type: "LimitExceededException",
    message: "Rate exceeded",
  });
  clock.time += 1000;
  expect((await call("DescribeLimits")).ShardLimit).toBe(20_000);
});

test("a call too many that names a stream is refused for that stream", async () => {
  const { kinesis, call } = await served({}, { limits: true });
  kinesis.createStream({ name: "orders" });
  const StreamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
  for (let i = 0; i < 10; i++) await call("DescribeStream", { StreamName: "orders" });
  for (const named of [{ StreamName: "orders" }, { StreamARN }]) {
    expect(await call("DescribeStream", named)).toEqual({
      __type: "LimitExceededException",
      message: "Rate exceeded for stream orders under account 123456789012.",
    });
  }
});

test("failures come as often as they were asked for", async () => {
  const faults = {
    PutRecords: { throttleRate: 0.25 },
    PutRecord: { throttleRate: 1 },
    ListStreams: { internalFailureRate: 1 },
    DescribeLimits: { latencyMs: 30, throttleRate: 1 },
  };
  let turn = 0;
  const random = () => (turn++ % 4) / 4;
  const waits: number[] = [];
  const after = (ms: number, fire: () => void) => {
    waits.push(ms);
    fire();
    return () => {};
  };
  const clock = { ...handClock(), after };
  const { call, send } = await served({ clock }, { faults, random });
  await call("CreateStream", { StreamName: "orders", ShardCount: 1 });
  const record = { PartitionKey: "a", Data: "" };
  turn = 8;
  const { FailedRecordCount } = await call("PutRecords", {
    StreamName: "orders",
    Records: Array(40).fill(record),
  });
  expect(FailedRecordCount).toBe(10);
  turn = 8;
  const one = await call("PutRecord", { StreamName: "orders", ...record });
  expect(one.__type).toBe("ProvisionedThroughputExceededException");
  turn = 8;
  expect(await send("ListStreams", "{}")).toMatchObject({
    status: 500,
    body: { __type: "InternalFailureException" },
  });
  turn = 8;
  expect((await call("DescribeLimits")).__type).toBe("LimitExceededException");
  expect(waits).toEqual([30]);
});

test("closing ends idle connections and half a request, and takes no more", async () => {
  const server = await createKinesisServer({ kinesis: createKinesis() });
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const half = connect(server.port, "127.0.0.1");
  half.on("error", () => {});
  half.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  await once(half, "connect");
  const ended = Promise.all([once(idle.resume(), "close"), once(half.resume(), "close")]);
  await server.close();
  await ended;
  await expect(fetch(server.endpoint)).rejects.toThrow();
});
