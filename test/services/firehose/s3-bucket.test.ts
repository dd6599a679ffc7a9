import { S3 } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { s3Bucket } from "../../../packages/services/src/firehose/index.ts";
import { createS3, serveS3 } from "../../../packages/services/src/s3/index.ts";
import { rig, toS3 } from "./rig.ts";

test("Objects reach a bucket behind an AWS client, with their headers.", async () => {
  const s3 = createS3();
  const server = await serveS3({ s3 });
  const client = new S3({
    endpoint: server.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  await client.createBucket({ Bucket: "archive" });
  const { stream, put } = rig(toS3({ CompressionFormat: "GZIP", Prefix: "a b/ü/" }), {
    bucket: (name) => s3Bucket(client, name),
  });
  put("hello");
  await stream.drain();
  const { Contents = [] } = await client.listObjectsV2({ Bucket: "archive" });
  expect(Contents.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(/^a b\/ü\/2026\/01\/01\/00\/orders-1-.*\.gz$/),
  ]);
  const object = await client.getObject({ Bucket: "archive", Key: Contents[0]!.Key! });
  expect(object).toMatchObject({
    ContentType: "application/octet-stream",
    ContentEncoding: "gzip",
  });
  client.destroy();
  await server.close();
  await s3.close();
});

test("A bucket that is not there is heard of, and waited for.", async () => {
  const s3 = createS3();
  const server = await serveS3({ s3 });
  const client = new S3({
    endpoint: server.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
  const { stream, put } = rig(toS3(), {
    bucket: (name) => s3Bucket(client, name),
    async on(entry) {
      if (entry.type === "failedPut") await client.createBucket({ Bucket: "archive" });
    },
  });
  put("hello");
  await stream.drain();
  expect(stream.trace[0]).toMatchObject({ type: "failedPut", error: { name: "NoSuchBucket" } });
  expect(stream.trace.at(-1)).toMatchObject({ type: "object", records: 1 });
  client.destroy();
  await server.close();
  await s3.close();
});
