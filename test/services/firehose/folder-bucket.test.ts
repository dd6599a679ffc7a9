import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { folderBucket, s3Bucket } from "../../../packages/services/src/firehose/index.ts";
import { rig, toS3 } from "./rig.ts";

const outside = mkdtempSync(join(tmpdir(), "firehose-"));
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const about = { contentType: "application/octet-stream" };
const files = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

test("A folder looks like the bucket.", async () => {
  const folder = join(outside, "bucket");
  const { stream, put } = rig(toS3({ Prefix: "orders/" }), { bucket: folderBucket(folder) });
  put("a", "b");
  await stream.drain();
  const [file, ...others] = files(folder);
  expect(others).toEqual([]);
  expect(file).toMatch(/^orders\/2026\/01\/01\/00\/orders-1-2026-01-01-00-00-00-[0-9a-f-]{36}$/);
  expect(readFileSync(join(folder, file!), "utf8")).toBe("ab");
});

test.each([
  ["../escaped", "%2E%2E/escaped"],
  ["a/../../escaped", "a/%2E%2E/%2E%2E/escaped"],
  ["/etc/passwd", "%/etc/passwd"],
  ["a//b", "a/%/b"],
  ["a/./b", "a/%2E/b"],
  ["100%/b", "100%25/b"],
  ["a\0b", "a%00b"],
  ["...", "..."],
])("The key %j stays in the folder.", async (key, path) => {
  const folder = join(outside, "safe", encodeURIComponent(key));
  await folderBucket(folder).put(key, Buffer.from("x"), about);
  expect(files(folder)).toEqual([path]);
});

test("No key leaves the folder, and no two keys meet in one file.", async () => {
  const segment = fc.constantFrom("", ".", "..", "...", "a", "%", "%2E", "%2E%2E", "b c");
  const keys = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
  const folder = join(outside, "random");
  const seen = new Map<string, string>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(keys, async (key) => {
      const own = join(folder, String(runs++));
      await folderBucket(own).put(`${key}/file`, Buffer.from("x"), about);
      const [file, ...more] = files(own);
      expect(more).toEqual([]);
      expect(resolve(own, file!).startsWith(own)).toBe(true);
      expect(seen.get(file!) ?? key).toBe(key);
      seen.set(file!, key);
    }),
    { numRuns: 100, seed: 1 },
  );
});

test("An object is replaced as a whole, and nothing else is left.", async () => {
  const folder = join(outside, "twice");
  const bucket = folderBucket(folder);
  await bucket.put("a/b", Buffer.from("first"), about);
  await bucket.put("a/b", Buffer.from("second"), about);
  expect(files(folder)).toEqual(["a/b"]);
  expect(readFileSync(join(folder, "a/b"), "utf8")).toBe("second");
});

test("What the file system refuses says which object it was, and leaves nothing behind.", async () => {
  const folder = join(outside, "refused");
  const bucket = folderBucket(folder);
  await bucket.put("a", Buffer.from("a file"), about);
  await expect(bucket.put("a/b", Buffer.from("x"), about)).rejects.toThrow(
    'The object "a/b" could not be written to',
  );
  await bucket.put("c/d", Buffer.from("x"), about);
  await expect(bucket.put("c", Buffer.from("x"), about)).rejects.toThrow('The object "c"');
  expect(files(folder).sort()).toEqual(["a", "c/d"]);
  writeFileSync(join(folder, "a"), "still here");
});

test("An S3 client gets keys, bytes and headers.", async () => {
  const puts: object[] = [];
  const bucket = s3Bucket({ putObject: async (input) => puts.push(input) }, "archive");
  const { stream, put } = rig(toS3({ CompressionFormat: "GZIP" }), { bucket });
  put("a");
  await stream.drain();
  expect(puts).toEqual([
    {
      Bucket: "archive",
      Key: expect.stringMatching(/\.gz$/),
      Body: expect.any(Uint8Array),
      ContentType: "application/octet-stream",
      ContentEncoding: "gzip",
    },
  ]);
});
