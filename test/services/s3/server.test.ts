import { Agent, request } from "node:http";
import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { serveS3 } from "../../../packages/services/src/s3/index.ts";
import { credentials, served } from "./served.ts";

interface Asked {
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As no client would ask. */
async function asker(options: { hosts?: string[] } = {}) {
  const it = await served();
  const server = options.hosts ? await serveS3({ s3: it.s3, ...options }) : it.server;
  const ask = (path: string, { host = "localhost", method = "GET", headers, body = "" }: Asked) =>
    new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
      (resolve, reject) => {
        const asking = request(
          { port: server.port, path, method, headers: { ...headers, host } },
          async (response) => {
            let text = "";
            for await (const chunk of response) text += chunk;
            resolve({ status: response.statusCode!, text, headers: response.headers });
          },
        );
        asking.on("error", reject);
        asking.end(body);
      },
    );
  return { ...it, server, ask };
}

test("a bucket may stand before the host's name", async () => {
  const { ask, s3 } = await asker();
  await s3.createBucket("with.points");
  await s3.putObject("orders", "a/b", "one");
  await s3.putObject("with.points", "c", "two");
  expect((await ask("/a/b", { host: "orders.localhost:1234" })).text).toBe("one");
  expect((await ask("/c", { host: "with.points.s3.localhost" })).text).toBe("two");
  expect((await ask("/orders/a/b", { host: "s3.localhost" })).text).toBe("one");
  expect((await ask("/orders/a/b", { host: "[::1]:80" })).text).toBe("one");
  expect((await ask("/orders/a/b", { host: "container" })).text).toBe("one");
});

test("a client that puts the bucket before the host reaches it", async () => {
  const { server, s3 } = await served();
  // Not every machine resolves names below localhost.
  const lookup = (_: string, options: { all?: boolean }, done: (...answer: any[]) => void) =>
    options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  const client = new S3Client({
    endpoint: `http://localhost:${server.port}`,
    region: "us-east-1",
    credentials,
    requestHandler: { httpAgent: new Agent({ lookup } as never) },
  });
  const where = { Bucket: "orders", Key: "a b/c" };
  await client.send(new PutObjectCommand({ ...where, Body: "x" }));
  const got = await client.send(new GetObjectCommand(where));
  expect(await got.Body?.transformToString()).toBe("x");
  expect((await (await s3.bucket("orders")).head("a b/c"))?.size).toBe(1);
  client.destroy();
});

test("web pages and hosts from outside are kept out", async () => {
  const { ask } = await asker();
  const page = { headers: { origin: "http://localhost:3000" } };
  expect((await ask("/orders", page)).status).toBe(403);
  expect((await ask("/orders", { host: "evil.example.com" })).status).toBe(403);
  expect((await ask("/orders", { host: "orders.evil.example.com" })).status).toBe(403);
  const { ask: named } = await asker({ hosts: ["s3.example.com"] });
  expect((await named("/", { host: "orders.s3.example.com" })).status).toBe(200);
  expect((await named("/orders", { host: "s3.example.com:80" })).status).toBe(200);
});

test("what cannot be read is refused in the way of S3", async () => {
  const { ask } = await asker();
  const refused = async (path: string, asked: Asked = {}) => {
    const { status, text } = await ask(path, asked);
    return [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]];
  };
  expect(await refused("/orders/%ff")).toEqual([400, "InvalidURI"]);
  expect(await refused(`/orders/${"k".repeat(1025)}`)).toEqual([400, "KeyTooLongError"]);
  expect(await refused("/..")).toEqual([404, "NoSuchBucket"]);
  expect(await refused("/.shardmill")).toEqual([404, "NoSuchBucket"]);
  expect(await refused("/", { method: "PUT" })).toEqual([405, "MethodNotAllowed"]);
  expect(await refused("/orders?max-keys=x")).toEqual([400, "InvalidArgument"]);
  expect(await refused("/orders?delete", { method: "POST", body: "<Delete>" })).toEqual([
    400,
    "MalformedXML",
  ]);
  const entity = '<!DOCTYPE d [<!ENTITY x "y">]><Delete><Object><Key>&x;</Key></Object></Delete>';
  expect(await refused("/orders?delete", { method: "POST", body: entity })).toEqual([
    400,
    "MalformedXML",
  ]);
  expect(await refused("/orders?versions")).toEqual([501, "NotImplemented"]);
  expect(await refused("/orders/a?uploadId=x&partNumber=0", { method: "PUT" })).toEqual([
    404,
    "NoSuchUpload",
  ]);
});

test("chunks that are cut off or lie about their length store nothing", async () => {
  const { ask, s3 } = await asker();
  const put = async (body: string, headers: Record<string, string> = {}) => {
    const { status, text } = await ask("/orders/chunked", {
      method: "PUT",
      body,
      headers: {
        "content-encoding": "aws-chunked,gzip",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
        "content-length": `${Buffer.byteLength(body)}`,
        ...headers,
      },
    });
    return [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]];
  };
  const incomplete = [400, "IncompleteBody"];
  expect(await put("5\r\nhel")).toEqual(incomplete);
  expect(await put("5\r\nhelloX")).toEqual(incomplete);
  expect(await put("zz\r\nhello\r\n")).toEqual(incomplete);
  expect(await put("4\r\nhell\r\n0\r\n\r\n")).toEqual(incomplete);
  const trailer = { "x-amz-trailer": "x-amz-checksum-crc32" };
  expect(await put("5\r\nhello\r\n0\r\n\r\n", trailer)).toEqual(incomplete);
  const wrong = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
  expect(await put(wrong, trailer)).toEqual([400, "BadDigest"]);
  expect(await (await s3.bucket("orders")).head("chunked")).toBeUndefined();
  const right = "5;chunk-signature=abc\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
  expect((await put(right, trailer))[0]).toBe(200);
  const { headers } = (await (await s3.bucket("orders")).head("chunked"))!;
  expect(headers["content-encoding"]).toBe("gzip");
});

test("a body that is not the one that was signed is refused", async () => {
  const { ask } = await asker();
  const headers = { "x-amz-content-sha256": "0".repeat(64), "content-length": "1" };
  const { text } = await ask("/orders/a", { method: "PUT", body: "a", headers });
  expect(text).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
});

test("an object that is too large is refused, and nothing is stored", async () => {
  const { client, s3 } = await served({ maxObjectBytes: 1_000 });
  const put = (size: number) =>
    client.send(new PutObjectCommand({ Bucket: "orders", Key: "a", Body: "x".repeat(size) }));
  await expect(put(3_000_000)).rejects.toMatchObject({ name: "EntityTooLarge" });
  expect(await (await s3.bucket("orders")).head("a")).toBeUndefined();
  await put(1_000);
});

test("an answer says what a client asked it to say", async () => {
  const { ask, s3 } = await asker();
  await s3.putObject("orders", "a", "text");
  const query = "response-content-type=text%2Fcsv&response-content-disposition=attachment";
  const { headers } = await ask(`/orders/a?${query}`, {});
  expect(headers).toMatchObject({
    "content-type": "text/csv",
    "content-disposition": "attachment",
  });
});

test("a URL that was signed for a time ends with it", async () => {
  const { ask, s3 } = await asker();
  await s3.putObject("orders", "a", "text");
  const signed = (date: string, seconds: number) =>
    ask(`/orders/a?X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-Signature=x`, {});
  expect((await signed("20200101T000000Z", 60)).status).toBe(403);
  expect((await signed("20990101T000000Z", 60)).status).toBe(200);
});

test("a complete request without a body is told what it lacks", async () => {
  const { client } = await served();
  const complete = new CompleteMultipartUploadCommand({
    ...{ Bucket: "orders", Key: "a", UploadId: "none" },
  });
  await expect(client.send(complete)).rejects.toMatchObject({ name: "NoSuchUpload" });
});

test("a port in use is told with host and port", async () => {
  const { server } = await served();
  const again = serveS3({ port: server.port });
  await expect(again).rejects.toThrow(`S3 cannot listen on 127.0.0.1:${server.port}`);
});
