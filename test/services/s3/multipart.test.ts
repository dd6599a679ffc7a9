import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { served } from "./served.ts";

const Bucket = "orders";
const Key = "large/object";
const MiB = 1024 * 1024;
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();

async function upload(input: object = {}) {
  const it = await served();
  const { UploadId } = await it.client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ContentType: "text/plain", ...input }),
  );
  const part = (PartNumber: number, Body: Buffer) =>
    it.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
  const complete = (Parts: object[], more: object = {}) =>
    it.client.send(
      new CompleteMultipartUploadCommand({
        ...{ Bucket, Key, UploadId },
        MultipartUpload: { Parts },
        ...more,
      }),
    );
  return { ...it, UploadId, part, complete };
}

test("parts that came in any order become one object, with the ETag and the checksum of parts", async () => {
  const { client, directory, part, complete } = await upload({ ChecksumAlgorithm: "CRC32" });
  const bytes = [Buffer.alloc(5 * MiB, "a"), Buffer.alloc(5 * MiB, "b"), Buffer.from("end")];
  const second = await part(2, bytes[1]!);
  const third = await part(7, bytes[2]!);
  await part(1, Buffer.from("replaced below"));
  const first = await part(1, bytes[0]!);
  const done = await complete([
    { PartNumber: 1, ETag: first.ETag },
    { PartNumber: 2, ETag: second.ETag },
    { PartNumber: 7, ETag: third.ETag },
  ]);
  expect(done.ETag).toBe(`"${md5(Buffer.concat(bytes.map(md5))).toString("hex")}-3"`);
  const sums = bytes.map((one) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(one));
    return sum;
  });
  const composite = Buffer.alloc(4);
  composite.writeUInt32BE(crc32(Buffer.concat(sums)));
  expect(done.ChecksumCRC32).toBe(`${composite.toString("base64")}-3`);
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(got).toMatchObject({ ContentType: "text/plain", ETag: done.ETag });
  const body = Buffer.from(await got.Body!.transformToByteArray());
  expect(body.equals(Buffer.concat(bytes))).toBe(true);
  expect(readdirSync(join(directory, ".shardmill/temporary"))).toEqual([]);
});

test("a checksum of the whole object is computed on request", async () => {
  const input = { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" };
  const { part, complete } = await upload(input);
  const bytes = Buffer.from("only part");
  const { ETag } = await part(1, bytes);
  const done = await complete([{ PartNumber: 1, ETag }]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  expect(done).toMatchObject({
    ChecksumCRC32: sum.toString("base64"),
    ChecksumType: "FULL_OBJECT",
  });
});

test("parts that are missing, small or out of order are refused, and the upload goes on", async () => {
  const { part, complete } = await upload();
  const [first, second] = [await part(1, Buffer.from("a")), await part(2, Buffer.from("b"))];
  const parts = [
    { PartNumber: 1, ETag: first.ETag },
    { PartNumber: 2, ETag: second.ETag },
  ];
  await expect(complete(parts)).rejects.toMatchObject({ name: "EntityTooSmall" });
  await expect(complete([...parts].reverse())).rejects.toMatchObject({ name: "InvalidPartOrder" });
  await expect(complete([{ PartNumber: 3, ETag: first.ETag }])).rejects.toMatchObject({
    name: "InvalidPart",
  });
  await expect(complete([])).rejects.toMatchObject({ name: "MalformedXML" });
  await complete([parts[1]!]);
  await expect(complete([parts[1]!])).rejects.toMatchObject({ name: "NoSuchUpload" });
});

test("the object must not be there when the upload ends", async () => {
  const { client, part, complete } = await upload();
  const { ETag } = await part(1, Buffer.from("a"));
  await client.send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
  const Parts = [{ PartNumber: 1, ETag }];
  await expect(complete(Parts, { IfNoneMatch: "*" })).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
  await complete(Parts);
});

test("uploads and their parts are listed until they are aborted", async () => {
  const { client, directory, UploadId, part } = await upload();
  for (const number of [1, 2, 3]) await part(number, Buffer.alloc(number));
  const list = (input: object) =>
    client.send(new ListPartsCommand({ Bucket, Key, UploadId, ...input }));
  const first = await list({ MaxParts: 2 });
  expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  const second = await list({ PartNumberMarker: first.NextPartNumberMarker });
  expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
  const uploads = () => client.send(new ListMultipartUploadsCommand({ Bucket }));
  expect((await uploads()).Uploads).toMatchObject([{ Key, UploadId }]);
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  expect((await uploads()).Uploads).toBeUndefined();
  await expect(part(1, Buffer.from("a"))).rejects.toMatchObject({ name: "NoSuchUpload" });
  expect(readdirSync(join(directory, ".shardmill/temporary"))).toEqual([]);
});

test("a part is copied from an object, whole or in part", async () => {
  const { client, UploadId, complete } = await upload();
  await client.send(new PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" }));
  const copy = new UploadPartCopyCommand({
    ...{ Bucket, Key, UploadId, PartNumber: 1 },
    CopySource: "orders/source",
    CopySourceRange: "bytes=2-5",
  });
  const { CopyPartResult } = await client.send(copy);
  await complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe("2345");
});
