import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request as request1 } from "node:http";
import { connect as connect2 } from "node:http2";
import { request as requestTls } from "node:https";
import { connect } from "node:net";
import { decode } from "cborg";
import { expect, test } from "vitest";
import { cbor, json, served } from "../api/served.ts";

const headers = {
  "content-type": json,
  "x-amz-target": "Kinesis_20131202.ListStreams",
  authorization: "AWS4-HMAC-SHA256 Credential=a",
};

const listed = { StreamNames: [], HasMoreStreams: false, StreamSummaries: [] };

test("HTTP/1.1 and HTTP/2 without TLS are answered on the same port", async () => {
  const { server } = await served();
  expect(await over1(server.port)).toEqual(listed);
  expect(await over2(`http://127.0.0.1:${server.port}`)).toEqual(listed);
});

test("with TLS there are four ways to ask, and the certificate can be trusted", async () => {
  const { server } = await served({}, { tls: true });
  const ca = server.certificate!;
  expect(server.endpoint).toBe(`https://127.0.0.1:${server.port}`);
  expect(await over1(server.port)).toEqual(listed);
  expect(await over2(`http://127.0.0.1:${server.port}`)).toEqual(listed);
  expect(await over2(server.endpoint, ca)).toEqual(listed);
  const asking = requestTls({ port: server.port, method: "POST", headers, ca });
  expect(await answerTo(asking)).toEqual(listed);
  const certificate = new X509Certificate(ca);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("::1")).toBe("::1");
});

test("a preface that comes byte by byte is still a preface", async () => {
  const { server } = await served();
  const socket = connect(server.port, "127.0.0.1");
  socket.setNoDelay(true);
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  for (const byte of Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings])) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [first] = await once(socket, "data");
  expect(first[3]).toBe(4); // a SETTINGS frame
  socket.destroy();
});

test("answers carry ids and come in the type of the request", async () => {
  const api = await served();
  const asked = await api.send("ListStreams", "{}");
  expect(asked.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(asked.headers.get("x-amz-id-2")).toMatch(/^[A-Za-z0-9+/]{96}$/);
  expect(asked.headers.get("content-type")).toBe(json);
  const inCbor = await api.cbor("DescribeStream", { StreamName: "none" });
  expect(inCbor.headers.get("content-type")).toBe(cbor);
  expect(inCbor.body).toEqual({
    __type: "ResourceNotFoundException",
    message: "Stream none under account 123456789012 not found.",
  });
});

test("CBOR of indefinite length is read: maps, lists, text and bytes in pieces, tagged times", async () => {
  const api = await served();
  await api.call("CreateStream", { StreamName: "orders", ShardCount: 1 });
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
  const name = [
    text("StreamName"),
    Buffer.from([0x7f]),
    text("ord"),
    text("ers"),
    Buffer.from([0xff]),
  ];
  const entry = Buffer.concat([
    Buffer.from([0xbf]),
    text("PartitionKey"),
    text("a"),
    text("Data"),
    Buffer.from([0x5f, 0x42, 1, 2, 0x41, 3, 0xff, 0xff]),
  ]);
  const put = Buffer.concat([
    Buffer.from([0xbf]),
    ...name,
    text("Records"),
    Buffer.from([0x9f]),
    entry,
    entry,
    Buffer.from([0xff, 0xff]),
  ]);
  const { body } = await api.send("PutRecords", put, { "Content-Type": cbor });
  expect(body.FailedRecordCount).toBe(0);
  const time = Buffer.from([0xc1, 0x1b, 0, 0, 0, 0, 0, 0, 0, 0]);
  const iterator = Buffer.concat([
    Buffer.from([0xbf]),
    ...name,
    text("ShardId"),
    text("shardId-0"),
    text("ShardIteratorType"),
    text("AT_TIMESTAMP"),
    text("Timestamp"),
    time,
    Buffer.from([0xff]),
  ]);
  const found = await api.send("GetShardIterator", iterator, { "Content-Type": cbor });
  const { Records } = (await api.cbor("GetRecords", found.body)).body;
  expect(Records.map(({ Data }: any) => [...Data])).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("the calls that the KPL makes elsewhere are answered", async () => {
  const { server } = await served();
  const post = (path: string, body: string | Uint8Array, headers: Record<string, string>) =>
    fetch(server.endpoint + path, { method: "POST", body: body as string, headers });
  const form = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
  const who = await post("/", "Action=GetCallerIdentity&Version=2011-06-15", form);
  expect(await who.text()).toContain("<Account>123456789012</Account>");
  const query = await post("/", "Action=PutMetricData&Version=2010-08-01&Namespace=a", form);
  expect(query.status).toBe(200);
  const inJson = await post("/", "{}", {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
  });
  expect(await inJson.text()).toBe("{}");
  const path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
  const rpc = await post(path, Buffer.from([0xa0]), { "Content-Type": "application/cbor" });
  expect(rpc.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
  expect(decode(Buffer.from(await rpc.arrayBuffer()))).toEqual({});
});

async function over1(port: number): Promise<unknown> {
  return answerTo(request1({ port, host: "127.0.0.1", method: "POST", headers }));
}

async function answerTo(asking: ReturnType<typeof request1>): Promise<unknown> {
  asking.end("{}");
  const [response] = await once(asking, "response");
  return JSON.parse(Buffer.concat(await response.toArray()).toString());
}

async function over2(endpoint: string, ca?: string): Promise<unknown> {
  const session = connect2(endpoint, ca === undefined ? {} : { ca });
  const stream = session.request({ ":method": "POST", ":path": "/", ...headers });
  stream.end("{}");
  const body = JSON.parse(Buffer.concat(await stream.toArray()).toString());
  session.close();
  return body;
}
