import { aggregate, deaggregate } from "shardmill/kpl";
import { describe, expect, test } from "vitest";
import * as wire from "./wire.ts";

const key = wire.partitionKey("key");
const data = wire.data("data");
const good = wire.record(wire.partitionKeyIndex(0), data);
const record = (index: number | bigint, ...fields: Uint8Array[]) =>
  wire.record(wire.partitionKeyIndex(index), ...fields, data);

describe("a plain record passes through:", () => {
  test.each<[string, Uint8Array]>([
    ["no bytes", Buffer.alloc(0)],
    ["fewer bytes than the magic", Buffer.from("f3899a", "hex")],
    ["only the magic", wire.magic],
    ["other first bytes", Buffer.concat([Buffer.from("f3899ac3", "hex"), wire.md5(""), key])],
    ["magic and at most 16 bytes", Buffer.concat([wire.magic, Buffer.alloc(16)])],
    ["magic and the MD5 of nothing", wire.sealed()],
    ["text", Buffer.from('{"flight":"KL1001","status":"boarding"}')],
    ["user data that starts with the magic", Buffer.concat([wire.magic, Buffer.alloc(100, "x")])],
  ])("%s", (_, bytes) => {
    expect(deaggregate(bytes)).toBeUndefined();
  });

  test("a wrong bit anywhere: in the magic, in the message, in the MD5", () => {
    const bytes = Buffer.from(wire.sealed(key, good));
    expect(deaggregate(bytes)).toHaveLength(1);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(deaggregate(bytes)).toBeUndefined();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

describe("the whole record passes through as plain, though its MD5 is right, where", () => {
  test.each<[string, Uint8Array]>([
    ["it has no user record", wire.sealed(key)],
    ["it has only fields that are unknown", wire.sealed(wire.varintField(9, 1))],
    ["a partition key index is one past the table", wire.sealed(key, good, record(1))],
    ["a partition key index is 2^53", wire.sealed(key, good, record(2n ** 53n))],
    ["a partition key index is 2^64 - 1", wire.sealed(key, good, record(2n ** 64n - 1n))],
    ["there is no partition key table", wire.sealed(good)],
    [
      "an explicit hash key index has no table",
      wire.sealed(key, good, record(0, wire.explicitHashKeyIndex(0))),
    ],
    [
      "an explicit hash key index is past its table",
      wire.sealed(key, wire.explicitHashKey("7"), good, record(0, wire.explicitHashKeyIndex(1))),
    ],
    ["a user record has no data", wire.sealed(key, good, wire.record(wire.partitionKeyIndex(0)))],
    [
      "a user record has no partition key index",
      wire.sealed(key, good, wire.record(wire.data("x"))),
    ],
    [
      "a user record has none, and there are several keys",
      wire.sealed(key, key, key, good, wire.record(wire.data("x"))),
    ],
    ["a user record is empty", wire.sealed(key, good, wire.record())],
    [
      "a user record's data is a varint",
      wire.sealed(key, wire.record(wire.partitionKeyIndex(0), wire.varintField(3, 1))),
    ],
    [
      "a partition key index is bytes",
      wire.sealed(key, wire.record(wire.bytesField(1, "0"), data)),
    ],
    ["a table's key is a varint", wire.sealed(wire.varintField(1, 0), good)],
  ])("%s", (_, bytes) => {
    expect(deaggregate(bytes)).toBeUndefined();
  });
});

test("a user record that is an aggregate itself is not opened", () => {
  const inner = aggregate([{ partitionKey: "inner", data: Buffer.from("x") }]).data;
  const outer = aggregate([{ partitionKey: "outer", data: inner }]).data;
  expect(wire.plain(deaggregate(outer))).toEqual(
    wire.plain([{ partitionKey: "outer", data: inner }]),
  );
});

test("user data that starts with the magic comes back whole", () => {
  const data = Buffer.concat([wire.magic, Buffer.from("not an aggregate at all, just unlucky")]);
  expect(wire.plain(deaggregate(aggregate([{ partitionKey: "k", data }]).data))).toEqual(
    wire.plain([{ partitionKey: "k", data }]),
  );
});
