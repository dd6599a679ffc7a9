import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createS3 } from "../../../packages/services/src/s3/index.ts";
import { served, temporaryFolder } from "./served.ts";

const bucket = "orders";

async function contentOf(
  s3: ReturnType<typeof createS3>,
  key: string,
): Promise<string | undefined> {
  const opened = await (await s3.bucket(bucket)).open(key);
  if (!opened) return undefined;
  const content = await opened.file.readFile("utf8");
  await opened.file.close();
  return content;
}

async function keysOf(s3: ReturnType<typeof createS3>): Promise<string[]> {
  const { objects } = await (await s3.bucket(bucket)).list({});
  return objects.map(({ key }) => key);
}

test("no key leads out of the bucket's folder", async () => {
  const directory = temporaryFolder();
  const s3 = createS3({ directory: join(directory, "in") });
  await s3.createBucket(bucket);
  const keys = [
    "../out",
    "a/../../../out",
    "/etc/out",
    "./a",
    "a/./b",
    "..",
    ".",
    "C:\\out",
    "a\0b",
  ];
  for (const key of keys) await s3.putObject(bucket, key, key);
  for (const key of keys) expect(await contentOf(s3, key)).toBe(key);
  expect(new Set(await keysOf(s3))).toEqual(new Set(keys));
  expect(readdirSync(directory)).toEqual(["in"]);
  expect(readdirSync(join(directory, "in")).sort()).toEqual([".shardmill", bucket]);
});

test("a path that the client does not clean up stays in the bucket too", async () => {
  const { server, s3, directory } = await served();
  // Of this test alone: others may have made an "out" there.
  const name = basename(directory);
  const raw = `PUT /orders/../../${name}-out HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na`;
  const socket = connect(server.port, "127.0.0.1", () => socket.write(raw));
  const [answer] = await new Promise<Buffer[]>((resolve) =>
    socket.once("data", (data) => resolve([data])),
  );
  socket.destroy();
  expect(answer!.toString()).toContain("200 OK");
  expect(await contentOf(s3, `../../${name}-out`)).toBe("a");
  expect(existsSync(join(dirname(directory), `${name}-out`))).toBe(false);
});

test("a key and keys below it live side by side, in either order, and outlive each other", async () => {
  const s3 = createS3({ directory: temporaryFolder() });
  await s3.createBucket(bucket);
  for (const key of ["a", "a/b", "a/b/c", "x/y", "x", "x/"]) await s3.putObject(bucket, key, key);
  expect(await keysOf(s3)).toEqual(["a", "a/b", "a/b/c", "x", "x/", "x/y"]);
  const it = await s3.bucket(bucket);
  await it.remove("a");
  await it.remove("x/y");
  expect(await keysOf(s3)).toEqual(["a/b", "a/b/c", "x", "x/"]);
  for (const key of ["a/b", "a/b/c", "x", "x/"]) expect(await contentOf(s3, key)).toBe(key);
  await s3.putObject(bucket, "a", "again");
  expect(await contentOf(s3, "a")).toBe("again");
});

test("files that somebody puts into the folder are objects, and changed ones are taken as they are", async () => {
  const { client, directory } = await served();
  mkdirSync(join(directory, "orders/by"));
  writeFileSync(join(directory, "orders/by/hand.txt"), "hello");
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: "put", Body: "a", Metadata: { a: "1" } }),
  );
  writeFileSync(join(directory, "orders/put"), "changed");
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(Contents.map(({ Key, Size, ETag }) => [Key, Size, ETag])).toEqual([
    ["by/hand.txt", 5, '"5d41402abc4b2a76b9719d911017c592"'],
    ["put", 7, '"8977dfac2f8e04cb96e66882235f5aba"'],
  ]);
  const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: "put" }));
  expect(await got.Body?.transformToString()).toBe("changed");
  expect(got.Metadata).toEqual({});
});

test("a link that leads elsewhere is no object", async () => {
  const outside = join(temporaryFolder(), "secret");
  writeFileSync(outside, "secret");
  const s3 = createS3({ directory: temporaryFolder() });
  await s3.createBucket(bucket);
  symlinkSync(outside, join(s3.directory, bucket, "link"));
  symlinkSync(dirname(outside), join(s3.directory, bucket, "folder"));
  expect(await keysOf(s3)).toEqual([]);
  for (const key of ["link", "folder/secret"]) {
    expect(await contentOf(s3, key)).toBeUndefined();
    await s3.putObject(bucket, key, "mine");
    expect(await contentOf(s3, key)).toBe("mine");
  }
  expect(readFileSync(outside, "utf8")).toBe("secret");
});

test("buckets outlive the process, with all that was said of their objects", async () => {
  const directory = temporaryFolder();
  const first = createS3({ directory });
  await first.createBucket(bucket);
  const headers = { "content-type": "text/plain", "x-amz-meta-a": "1" };
  await first.putObject(bucket, "plain", "a", headers);
  await first.putObject(bucket, "odd//key", "b", headers);
  const before = await Promise.all(
    ["plain", "odd//key"].map(async (key) => (await first.bucket(bucket)).head(key)),
  );
  await first.close();
  const second = createS3({ directory });
  const after = await Promise.all(
    ["plain", "odd//key"].map(async (key) => (await second.bucket(bucket)).head(key)),
  );
  expect(after).toEqual(before);
  expect(after[1]?.headers).toEqual(headers);
});

test("an object that is written over while it is read is read as it was", async () => {
  const s3 = createS3({ directory: temporaryFolder() });
  await s3.createBucket(bucket);
  await s3.putObject(bucket, "a", "before");
  const opened = await (await s3.bucket(bucket)).open("a");
  await s3.putObject(bucket, "a", "after!");
  expect(await opened!.file.readFile("utf8")).toBe("before");
  await opened!.file.close();
  expect(await contentOf(s3, "a")).toBe("after!");
});

test("an upload that breaks off leaves nothing behind", async () => {
  const { server, directory } = await served();
  const socket = connect(server.port, "127.0.0.1");
  socket.write("PUT /orders/broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
  const temporary = join(directory, ".shardmill/temporary");
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await until(() => readdirSync(temporary).length === 1);
  socket.destroy();
  await until(() => readdirSync(temporary).length === 0);
  expect(existsSync(join(directory, "orders/broken"))).toBe(false);
});

test("a file of the same size and another time is looked at anew", async () => {
  const s3 = createS3({ directory: temporaryFolder() });
  await s3.createBucket(bucket);
  await s3.putObject(bucket, "a", "one", { "x-amz-meta-a": "1" });
  const path = join(s3.directory, bucket, "a");
  writeFileSync(path, "two");
  utimesSync(path, 1, 1);
  const object = await (await s3.bucket(bucket)).head("a");
  expect(object?.etag).toBe("b8a9f715dbb64fd5c56e7783c6820a61");
  expect(object?.lastModified).toBe(1000);
});

test("whatever is put and deleted, the bucket has what a map would have", async () => {
  const key = fc.string({
    unit: fc.constantFrom("a", "A", "b", "/", ".", "\\", "é", ":"),
    minLength: 1,
    maxLength: 5,
  });
  const step = fc.record({ key, remove: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const s3 = createS3();
      await s3.createBucket(bucket);
      const expected = new Map<string, string>();
      for (const [at, { key, remove }] of steps.entries()) {
        if (remove) {
          await (await s3.bucket(bucket)).remove(key);
          expected.delete(key);
        } else {
          await s3.putObject(bucket, key, `${at}`);
          expected.set(key, `${at}`);
        }
      }
      const found = new Map<string, string | undefined>();
      for (const key of await keysOf(s3)) found.set(key, await contentOf(s3, key));
      expect(found).toEqual(new Map([...expected].filter(([key]) => found.has(key))));
      expect(found.size).toBe(expected.size);
      await s3.close();
    }),
    { numRuns: 40 },
  );
});
