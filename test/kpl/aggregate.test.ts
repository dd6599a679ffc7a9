import fc from "fast-check";
import { aggregate, deaggregate, effectiveHashKey } from "shardmill/kpl";
import { expect, test } from "vitest";
import * as wire from "./wire.ts";

const hi = Buffer.from("hi");

test("user records come back as they went in, and in that order", () => {
  fc.assert(
    fc.property(wire.userRecords, (users) => {
      expect(wire.plain(deaggregate(aggregate(users).data))).toEqual(wire.plain(users));
    }),
    { numRuns: 300 },
  );
});

test("lengths and indexes of every width of varint come back", () => {
  const sizes = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152];
  const many = Array.from({ length: 16_500 }, (_, i) => ({
    partitionKey: `key ${i}`.padEnd(i % 200, "."),
    explicitHashKey: String(i),
    data: Buffer.alloc(sizes[i] ?? 3, i),
  }));
  expect(wire.plain(deaggregate(aggregate(many).data))).toEqual(wire.plain(many));
});

test("the bytes are the KPL's: tables first, equal keys shared, then the records", () => {
  const { data } = aggregate([
    { partitionKey: "KLM", data: Buffer.from("one") },
    { partitionKey: "ü", explicitHashKey: "7", data: Buffer.from("two") },
    { partitionKey: "KLM", explicitHashKey: "7", data: Buffer.alloc(0) },
  ]);
  expect(Buffer.from(data)).toEqual(
    wire.sealed(
      wire.partitionKey("KLM"),
      wire.partitionKey("ü"),
      wire.explicitHashKey("7"),
      wire.record(wire.partitionKeyIndex(0), wire.data("one")),
      wire.record(wire.partitionKeyIndex(1), wire.explicitHashKeyIndex(0), wire.data("two")),
      wire.record(wire.partitionKeyIndex(0), wire.explicitHashKeyIndex(0), wire.data("")),
    ),
  );
});

test("the outer partition key is 'a'; the outer hash key is that of the first user record", () => {
  const hashed = { partitionKey: "KLM", data: hi };
  const explicit = { partitionKey: "KLM", explicitHashKey: "7", data: hi };
  const outer = ({ partitionKey, explicitHashKey }: ReturnType<typeof aggregate>) => [
    partitionKey,
    explicitHashKey,
  ];
  expect(outer(aggregate([hashed, explicit]))).toEqual(["a", String(effectiveHashKey(hashed))]);
  expect(outer(aggregate([explicit, hashed]))).toEqual(["a", "7"]);
});

test("one user record gives an aggregate of one", () => {
  expect(deaggregate(aggregate([{ partitionKey: "KLM", data: hi }]).data)).toEqual([
    { partitionKey: "KLM", data: hi },
  ]);
});

test("keys that objects treat as special are keys like others", () => {
  const users = ["10", "2", "1", "__proto__", "constructor", "hasOwnProperty", "toString", ""].map(
    (partitionKey) => ({ partitionKey, data: Buffer.from(partitionKey) }),
  );
  expect(wire.plain(deaggregate(aggregate(users).data))).toEqual(wire.plain(users));
});

test("a Uint8Array is as good as a Buffer, a view as good as a whole", () => {
  const data = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  expect([
    ...deaggregate(new Uint8Array(aggregate([{ partitionKey: "k", data }]).data))![0]!.data,
  ]).toEqual([2, 3]);
});

test("an empty list is an error that says so", () => {
  expect(() => aggregate([])).toThrow(
    new RangeError("An aggregate needs at least one user record: do not send an empty list."),
  );
});

test("an explicit hash key that is none is an error that names the record, the key and the range", () => {
  const good = { partitionKey: "KLM", explicitHashKey: "7", data: hi };
  for (const explicitHashKey of ["", "-1", "007", "0x10", "1e3", " 1", String(2n ** 128n)]) {
    expect(() => aggregate([good, { ...good, explicitHashKey }])).toThrow(
      new RangeError(
        `User record 1 (partition key "KLM") has the explicit hash key ${JSON.stringify(explicitHashKey)}. ` +
          "It must be a decimal integer from 0 to 340282366920938463463374607431768211455, " +
          "without leading zeros; leave it out to have the partition key hashed.",
      ),
    );
  }
  for (const explicitHashKey of ["0", String(2n ** 128n - 1n)]) {
    expect(aggregate([{ ...good, explicitHashKey }]).explicitHashKey).toBe(explicitHashKey);
  }
});
