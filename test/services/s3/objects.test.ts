import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  type ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  NoSuchKey,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { credentials, served } from "./served.ts";

const Bucket = "orders";

test("an object comes back with its type and metadata, and is a plain file at its key", async () => {
  const { client, directory } = await served();
  const Body = "ünïcödé 🚀";
  const put = await client.send(
    new PutObjectCommand({
      Bucket,
      Key: "2026/01/a b+c&d=é.json",
      Body,
      ContentType: "application/json",
      CacheControl: "no-cache",
      Metadata: { kind: "test" },
    }),
  );
  expect(put.ETag).toBe(`"${createHash("md5").update(Body).digest("hex")}"`);
  expect(put.ChecksumCRC32).toBeDefined();
  expect(readFileSync(join(directory, "orders/2026/01/a b+c&d=é.json"), "utf8")).toBe(Body);
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "2026/01/a b+c&d=é.json" }));
  expect(await got.Body?.transformToString()).toBe(Body);
  expect(got).toMatchObject({
    ContentType: "application/json",
    CacheControl: "no-cache",
    Metadata: { kind: "test" },
    ContentLength: Buffer.byteLength(Body),
    ETag: put.ETag,
    ChecksumCRC32: put.ChecksumCRC32,
  });
  const { ContentEncoding, ...head } = await client.send(
    new HeadObjectCommand({ Bucket, Key: "2026/01/a b+c&d=é.json" }),
  );
  expect(head).toMatchObject({ ETag: put.ETag, ContentLength: Buffer.byteLength(Body) });
  expect(ContentEncoding).toBeUndefined();
});

test("streams go up in chunks with a checksum behind them, whatever their size", async () => {
  const { client } = await served();
  for (const size of [0, 1, 65_536, 3_000_000]) {
    const bytes = Buffer.alloc(size, "shardmill");
    const Body = Readable.from([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)]);
    await client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: size }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "stream" }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(bytes)).toBe(true);
  }
});

test("a body of unknown length is refused, as on AWS", async () => {
  const { server } = await served();
  const body = new Blob(["a"]).stream();
  const init = { method: "PUT", body, duplex: "half" } as RequestInit;
  const answer = await fetch(`${server.endpoint}/orders/stream`, init);
  expect([answer.status, await answer.text()]).toEqual([
    411,
    expect.stringContaining("<Code>MissingContentLength</Code>"),
  ]);
});

test.each(["CRC32", "CRC32C", "SHA1", "SHA256"] satisfies ChecksumAlgorithm[])(
  "the %s that the SDK computes is checked and comes back",
  async (ChecksumAlgorithm) => {
    const { client } = await served();
    const put = { Bucket, Key: "sum", Body: "123456789", ChecksumAlgorithm };
    const answer = await client.send(new PutObjectCommand(put));
    const name = `Checksum${ChecksumAlgorithm}` as const;
    const ChecksumMode = "ENABLED";
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "sum", ChecksumMode }));
    expect(await got.Body?.transformToString()).toBe("123456789");
    expect(got[name]).toBe(answer[name]);
    const wrong = { Bucket, Key: "sum", Body: "other", [name]: answer[name] };
    await expect(client.send(new PutObjectCommand(wrong))).rejects.toMatchObject({
      name: "BadDigest",
    });
  },
);

test("clients that compute no checksum, and one that is computed here only, are served", async () => {
  const { server } = await served();
  const client = new S3Client({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  await client.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "a" }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "plain" }));
  expect([await got.Body?.transformToString(), got.ChecksumCRC32]).toEqual(["a", undefined]);
  // The check value of the catalogue of CRCs: CRC-64/NVME of "123456789".
  const right = Buffer.from("ae8b14860a799888", "hex").toString("base64");
  const put = (ChecksumCRC64NVME: string) =>
    client.send(new PutObjectCommand({ Bucket, Key: "n", Body: "123456789", ChecksumCRC64NVME }));
  expect((await put(right)).ChecksumCRC64NVME).toBe(right);
  await expect(put(Buffer.alloc(8).toString("base64"))).rejects.toMatchObject({
    name: "BadDigest",
  });
  client.destroy();
});

test("a wrong MD5 stores nothing", async () => {
  const { client } = await served();
  const ContentMD5 = createHash("md5").update("other").digest("base64");
  const put = new PutObjectCommand({ Bucket, Key: "a", Body: "a", ContentMD5 });
  await expect(client.send(put)).rejects.toMatchObject({ name: "BadDigest" });
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: "a" }))).rejects.toMatchObject({
    name: "NotFound",
  });
});

test("ranges of bytes are read from both ends", async () => {
  const { client } = await served();
  await client.send(new PutObjectCommand({ Bucket, Key: "digits", Body: "0123456789" }));
  const read = async (Range: string) => {
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "digits", Range }));
    return [await got.Body?.transformToString(), got.ContentRange];
  };
  expect(await read("bytes=2-4")).toEqual(["234", "bytes 2-4/10"]);
  expect(await read("bytes=7-")).toEqual(["789", "bytes 7-9/10"]);
  expect(await read("bytes=-3")).toEqual(["789", "bytes 7-9/10"]);
  expect(await read("bytes=5-99")).toEqual(["56789", "bytes 5-9/10"]);
  expect(await read("bytes=4-2")).toEqual(["0123456789", undefined]);
  expect(await read("bytes=0-1,3-4")).toEqual(["0123456789", undefined]);
  await expect(read("bytes=10-")).rejects.toMatchObject({ name: "InvalidRange" });
  const head = await client.send(
    new HeadObjectCommand({ Bucket, Key: "digits", Range: "bytes=0-3" }),
  );
  expect([head.ContentLength, head.ContentRange]).toEqual([4, "bytes 0-3/10"]);
});

test("a write is conditional on what is there", async () => {
  const { client } = await served();
  const put = (condition: object, Body = "a") =>
    client.send(new PutObjectCommand({ Bucket, Key: "once", Body, ...condition }));
  await expect(put({ IfMatch: '"x"' })).rejects.toMatchObject({ name: "NoSuchKey" });
  const { ETag } = await put({ IfNoneMatch: "*" });
  await expect(put({ IfNoneMatch: "*" })).rejects.toMatchObject({
    name: "PreconditionFailed",
    $metadata: { httpStatusCode: 412 },
  });
  await put({ IfMatch: ETag }, "b");
  await expect(put({ IfMatch: ETag }, "c")).rejects.toMatchObject({ name: "PreconditionFailed" });
  await expect(put({ IfNoneMatch: ETag })).rejects.toMatchObject({ name: "NotImplemented" });
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "once" }));
  expect(await got.Body?.transformToString()).toBe("b");
});

test("of many writers at once of what must not be there, one wins", async () => {
  const { client } = await served();
  const puts = Array.from({ length: 20 }, (_, writer) =>
    client.send(new PutObjectCommand({ Bucket, Key: "race", Body: `${writer}`, IfNoneMatch: "*" })),
  );
  const outcomes = await Promise.allSettled(puts);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a read is conditional on the version", async () => {
  const { client } = await served();
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  const get = (condition: object) =>
    client.send(new GetObjectCommand({ Bucket, Key: "a", ...condition }));
  const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
  await expect(get({ IfMatch: '"x"' })).rejects.toMatchObject(status(412));
  await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject(status(304));
  await expect(get({ IfModifiedSince: new Date() })).rejects.toMatchObject(status(304));
  await expect(get({ IfUnmodifiedSince: new Date(0) })).rejects.toMatchObject(status(412));
  expect((await get({ IfMatch: ETag, IfNoneMatch: '"x"' })).ETag).toBe(ETag);
});

test("objects are deleted one by one and many at once; what is not there is no error", async () => {
  const { client } = await served();
  const keys = ["a", "b/c", "<&>", "d"];
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "d" }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "d" }));
  const Objects = ["a", "b/c", "<&>", "none"].map((Key) => ({ Key }));
  const deleted = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(["a", "b/c", "<&>", "none"]);
  await client.send(new DeleteBucketCommand({ Bucket }));
  await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: "NotFound",
  });
});

test("an object is copied with its metadata, or with other", async () => {
  const { client } = await served();
  const Metadata = { a: "1" };
  const put = { Bucket, Key: "a/ü b", Body: "x", ContentType: "text/plain", Metadata };
  await client.send(new PutObjectCommand(put));
  const copy = (Key: string, more: object) =>
    client.send(
      new CopyObjectCommand({
        Bucket,
        Key,
        CopySource: `orders/${encodeURIComponent("a/ü b")}`,
        ...more,
      }),
    );
  await copy("same", {});
  await copy("other", { MetadataDirective: "REPLACE", Metadata: { b: "2" } });
  const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
  expect(await head("same")).toMatchObject({ Metadata, ContentType: "text/plain" });
  expect(await head("other")).toMatchObject({
    Metadata: { b: "2" },
    ContentType: "binary/octet-stream",
  });
  await expect(copy("no", { CopySourceIfMatch: '"x"' })).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
  await expect(copy("no", { CopySource: "orders/none" })).rejects.toBeInstanceOf(NoSuchKey);
});

test("buckets are made, found, listed and deleted when they are empty", async () => {
  const { client } = await served();
  await client.send(new CreateBucketCommand({ Bucket: "more-buckets" }));
  await client.send(new CreateBucketCommand({ Bucket: "more-buckets" }));
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).toEqual(["more-buckets", "orders"]);
  expect(Buckets[0]?.CreationDate).toBeInstanceOf(Date);
  expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe("us-east-1");
  const location = await client.send(new GetBucketLocationCommand({ Bucket }));
  expect(location.LocationConstraint).toBeUndefined();
  await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: "BucketNotEmpty",
  });
  await expect(client.send(new CreateBucketCommand({ Bucket: "UPPER" }))).rejects.toThrow();
  const lost = new PutObjectCommand({ Bucket: "lost", Key: "a", Body: "a" });
  await expect(client.send(lost)).rejects.toMatchObject({ name: "NoSuchBucket" });
});

test("what is not here is refused by name", async () => {
  const { client } = await served();
  await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  await expect(client.send(new GetObjectAclCommand({ Bucket, Key: "a" }))).rejects.toMatchObject({
    name: "NotImplemented",
    message: "The S3 of this machine does not have the operation GetObjectAcl.",
  });
  const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
  await expect(
    client.send(new PutObjectTaggingCommand({ Bucket, Key: "a", Tagging })),
  ).rejects.toThrow("PutObjectTagging");
  await expect(
    client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a", Tagging: "a=b" })),
  ).rejects.toThrow("object tags (x-amz-tagging)");
});
