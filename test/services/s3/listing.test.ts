import {
  DeleteObjectCommand,
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder, type ListOptions, pageOf } from "../../../packages/services/src/s3/listing.ts";
import { served } from "./served.ts";

const Bucket = "orders";

async function withKeys(keys: string[]) {
  const { client, s3 } = await served();
  for (const key of keys) await s3.putObject(Bucket, key, key);
  const list = (input: object = {}) => client.send(new ListObjectsV2Command({ Bucket, ...input }));
  const keysOf = async (input: object = {}) => {
    const { Contents = [], CommonPrefixes = [] } = await list(input);
    return [Contents.map(({ Key }) => Key), CommonPrefixes.map(({ Prefix }) => Prefix)];
  };
  return { client, s3, list, keysOf };
}

test("keys come in the order of their bytes, under a prefix, rolled up at a delimiter", async () => {
  const keys = ["a", "a/1", "a/2", "a/b/1", "b!", "b/1", "é", "\u{1F600}", "\uFFFD"];
  const { keysOf, list } = await withKeys([...keys].reverse());
  expect(await keysOf()).toEqual([
    ["a", "a/1", "a/2", "a/b/1", "b!", "b/1", "é", "\uFFFD", "\u{1F600}"],
    [],
  ]);
  expect(await keysOf({ Prefix: "a/" })).toEqual([["a/1", "a/2", "a/b/1"], []]);
  expect(await keysOf({ Delimiter: "/" })).toEqual([
    ["a", "b!", "é", "\uFFFD", "\u{1F600}"],
    ["a/", "b/"],
  ]);
  expect(await keysOf({ Prefix: "a/", Delimiter: "/" })).toEqual([["a/1", "a/2"], ["a/b/"]]);
  expect(await keysOf({ StartAfter: "b" })).toEqual([
    ["b!", "b/1", "é", "\uFFFD", "\u{1F600}"],
    [],
  ]);
  expect(await keysOf({ Prefix: "none" })).toEqual([[], []]);
  expect((await list({ MaxKeys: 0 })).IsTruncated).toBe(false);
  const [first] = (await list()).Contents ?? [];
  expect(first).toMatchObject({ Size: 1, StorageClass: "STANDARD" });
  expect(first?.LastModified).toBeInstanceOf(Date);
});

test("pages follow each other to the end, common prefixes counted once", async () => {
  const keys = Array.from({ length: 25 }, (_, at) => `day=${at % 5}/part-${at}`);
  const { client, list } = await withKeys([...keys, "z1", "z2"]);
  const found: string[] = [];
  const pages = paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Delimiter: "/" });
  for await (const { Contents = [], CommonPrefixes = [], KeyCount } of pages) {
    found.push(...CommonPrefixes.map(({ Prefix }) => Prefix!), ...Contents.map(({ Key }) => Key!));
    expect(KeyCount).toBeLessThanOrEqual(2);
  }
  expect(found).toEqual(["day=0/", "day=1/", "day=2/", "day=3/", "day=4/", "z1", "z2"]);
  await expect(list({ ContinuationToken: "nonsense" })).rejects.toMatchObject({
    name: "InvalidArgument",
  });
});

test("the first version of the listing pages by marker", async () => {
  const { client } = await withKeys(["a/1", "a/2", "b", "c/1", "d"]);
  const found: string[] = [];
  for (let Marker: string | undefined = ""; Marker !== undefined; ) {
    const page: ListObjectsCommandOutput = await client.send(
      new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 1, Marker }),
    );
    found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
    found.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    Marker = page.NextMarker;
  }
  expect(found).toEqual(["a/", "b", "c/", "d"]);
});

test("keys that XML cannot have come encoded on request", async () => {
  const { list } = await withKeys(["a\u0001b c+d/é"]);
  const { Contents: [object] = [] } = await list({ EncodingType: "url" });
  expect(object?.Key).toBe("a%01b+c%2Bd/%C3%A9");
});

test("a deleted object is listed no more", async () => {
  const { client, keysOf } = await withKeys(["a/b/c", "a/d"]);
  await client.send(new DeleteObjectCommand({ Bucket, Key: "a/b/c" }));
  expect(await keysOf()).toEqual([["a/d"], []]);
  await client.send(new PutObjectCommand({ Bucket, Key: "a/b", Body: "now a file" }));
  expect(await keysOf()).toEqual([["a/b", "a/d"], []]);
});

test("whatever the keys, pages of any size show each key or its common prefix once, in order", () => {
  const key = fc.string({
    unit: fc.constantFrom("a", "b", "/", "é", "\u{10000}", "\uFFFF"),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(key),
      fc.string({ unit: fc.constantFrom("a", "/"), maxLength: 2 }),
      fc.constantFrom(undefined, "/", "a/"),
      fc.integer({ min: 1, max: 4 }),
      (keys, prefix, delimiter, max) => {
        const sorted = inOrder(keys);
        const options = { prefix, delimiter, max };
        const shown: string[] = [];
        let from: Pick<ListOptions, "after" | "afterPrefix"> | undefined = {};
        for (let pages = 0; from; pages++) {
          const page = pageOf(sorted, { ...options, ...from });
          shown.push(...inOrder([...page.keys, ...page.commonPrefixes]));
          from = page.last;
          expect(pages).toBeLessThan(keys.length + 2);
        }
        const expected = new Set<string>();
        for (const one of sorted.filter((key) => key.startsWith(prefix))) {
          const end = delimiter ? one.indexOf(delimiter, prefix.length) : -1;
          expected.add(end < 0 ? one : one.slice(0, end + delimiter!.length));
        }
        expect(shown).toEqual([...expected]);
      },
    ),
  );
});
