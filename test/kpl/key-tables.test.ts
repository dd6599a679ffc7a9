import { expect, it } from "vitest";
import { aggregate, deaggregate } from "../../src/kpl.ts";

const plain = (records: readonly { partitionKey: string; data: Uint8Array }[] | undefined) =>
  records?.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data).toString("hex")]);

const recordsOf = (keys: readonly string[], size = 3) =>
  keys.map((partitionKey, index) => ({ partitionKey, data: Buffer.alloc(size, index) }));

it.each([
  ["more keys than one byte can number", Array.from({ length: 300 }, (_, index) => `key-${index}`)],
  [
    "keys as long as a UUID",
    Array.from({ length: 20 }, (_, index) => `${index}`.padStart(36, "0")),
  ],
  ["an empty key between others", ["a", "", "b"]],
  ["keys that are no ASCII", ["Zürich", "札幌", "😀", "plain", "Ÿ"]],
  ["one key that is no ASCII among many that are", ["a", "b", "é", "c", "x".repeat(40)]],
  ["keys of 127, 128 and 256 bytes", ["a".repeat(127), "b".repeat(128), "c".repeat(256), "d"]],
  ["a first key of 128 bytes, and a short one", ["b".repeat(128), "a"]],
])("%s come back as they were", (_, keys) => {
  const records = recordsOf(keys);
  expect(plain(deaggregate(aggregate(records).data))).toEqual(plain(records));
});

it.each([0, 1, 120, 122, 127, 128, 129, 16_383, 16_384, 70_000])(
  "data of %i bytes comes back",
  (size) => {
    const records = recordsOf(["a", "b", "a"], size);
    expect(plain(deaggregate(aggregate(records).data))).toEqual(plain(records));
  },
);

it("an aggregate inside of a larger piece of memory is read in its place", () => {
  const { data } = aggregate(recordsOf(["a", "b"]));
  const memory = new Uint8Array(data.length + 20);
  memory.set(data, 7);
  const found = deaggregate(memory.subarray(7, 7 + data.length));
  expect(plain(found)).toEqual(plain(recordsOf(["a", "b"])));
  expect(found![0]!.data.buffer).toBe(memory.buffer);
});
