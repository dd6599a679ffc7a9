import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyCharacter } from "../../any-character.ts";
import {
  bytes,
  put,
  read,
  refusal,
  shardId,
  simulated,
  start,
  stream,
  values,
} from "./simulated.ts";

const MiB = 1024 * 1024;

test("a record comes back as it was put", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const { sequenceNumber } = kinesis.putRecord({
    stream,
    partitionKey: "Zürich ✈",
    data: bytes("LX 38"),
  });
  expect(read(kinesis, shardId(0)).records).toEqual([
    {
      sequenceNumber,
      partitionKey: "Zürich ✈",
      data: bytes("LX 38"),
      approximateArrivalTimestamp: start,
    },
  ]);
});

test("any keys and data come back as they were put", () => {
  const record = fc.record({
    partitionKey: fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 }),
    data: fc.uint8Array({ maxLength: 1000 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), (records) => {
      const { kinesis } = simulated();
      kinesis.createStream({ name: stream });
      kinesis.putRecords({ stream, records });
      expect(
        read(kinesis, shardId(0)).records.map(({ partitionKey, data }) => ({ partitionKey, data })),
      ).toEqual(
        records.map(({ partitionKey, data }) => ({ partitionKey, data: Uint8Array.from(data) })),
      );
    }),
    { numRuns: 50 },
  );
});

test("neither the producer's nor a reader's array is the stream's", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const data = bytes("kept");
  kinesis.putRecord({ stream, partitionKey: "a", data });
  data.fill(0);
  read(kinesis, shardId(0)).records[0]!.data.fill(0);
  expect(values(read(kinesis, shardId(0)))).toEqual(["kept"]);
});

test("a record goes to the shard whose range holds the MD5 of its partition key", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 7 });
  const shards = kinesis.listShards({ stream });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 }), (partitionKey) => {
      const md5 = BigInt(`0x${createHash("md5").update(partitionKey, "utf8").digest("hex")}`);
      const owner = shards.find(
        ({ hashKeyRange: { startingHashKey, endingHashKey } }) =>
          BigInt(startingHashKey) <= md5 && md5 <= BigInt(endingHashKey),
      );
      expect(put(kinesis, "value", partitionKey).shardId).toBe(owner!.shardId);
    }),
  );
});

test("a key goes where it went, however many others have come since", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 7 });
  const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
  const shardsOf = () => keys.map((key) => put(kinesis, "value", key).shardId);
  const before = shardsOf();
  for (let other = 0; other < 10_000; other++) put(kinesis, "value", `other ${other}`);
  expect(shardsOf()).toEqual(before);
  expect(new Set(before).size).toBe(7);
});

test("an explicit hash key decides instead of the partition key, at both ends of a range", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 2 });
  const shardOf = (explicitHashKey: string) =>
    kinesis.putRecord({ stream, partitionKey: "a", data: bytes(""), explicitHashKey }).shardId;
  expect(shardOf("0")).toBe(shardId(0));
  expect(shardOf("170141183460469231731687303715884105727")).toBe(shardId(0));
  expect(shardOf("170141183460469231731687303715884105728")).toBe(shardId(1));
  expect(shardOf("340282366920938463463374607431768211455")).toBe(shardId(1));
});

test("an explicit hash key outside of the hash space is refused, also where there is one shard", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const explicitHashKey = "340282366920938463463374607431768211456";
  const record = { partitionKey: "a", data: bytes("") };
  expect(refusal(() => kinesis.putRecord({ stream, ...record, explicitHashKey }))).toEqual({
    code: "InvalidArgumentException",
    message: `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicitHashKey}`,
  });
  const records = [record, { ...record, explicitHashKey: "01" }];
  expect(refusal(() => kinesis.putRecords({ stream, records }))).toEqual({
    code: "ValidationException",
    message:
      "1 validation error detected: Value '01' at 'records.2.member.explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
  });
});

test("a partition key has 1 to 256 characters, however many bytes they are", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  put(kinesis, "value", "✈".repeat(256));
  put(kinesis, "value", "𝄞".repeat(256));
  for (const [key, rule] of [
    ["", "greater than or equal to 1"],
    ["a".repeat(257), "less than or equal to 256"],
  ] as const) {
    expect(refusal(() => put(kinesis, "value", key))).toEqual({
      code: "ValidationException",
      message: `1 validation error detected: Value '${key}' at 'partitionKey' failed to satisfy constraint: Member must have length ${rule}`,
    });
  }
});

test("data and key together are at most the stream's record size", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const record = (size: number) => ({ stream, partitionKey: "é", data: new Uint8Array(size) });
  kinesis.putRecord(record(MiB - 2));
  expect(refusal(() => kinesis.putRecord(record(MiB - 1)))).toEqual({
    code: "ValidationException",
    message:
      "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
  });
  kinesis.updateMaxRecordSize({ stream, maxRecordSizeInKiB: 10_240 });
  kinesis.putRecord(record(10 * MiB - 2));
  expect(refusal(() => kinesis.putRecord(record(10 * MiB - 1))).message).toContain("10485760");
});

test("one oversized record fails the whole request, and nothing of it is written", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const records = [
    { partitionKey: "a", data: bytes("small") },
    { partitionKey: "b", data: new Uint8Array(MiB) },
  ];
  expect(refusal(() => kinesis.putRecords({ stream, records })).message).toContain(
    "Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
  );
  expect(read(kinesis, shardId(0)).records).toEqual([]);
});

test("a request has 1 to 500 records of 10 MiB together", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const request = (count: number, size: number) => () =>
    kinesis.putRecords({
      stream,
      records: Array.from({ length: count }, () => ({
        partitionKey: "a",
        data: new Uint8Array(size),
      })),
    });
  expect(request(500, 1)().failedRecordCount).toBe(0);
  expect(request(10, MiB - 1)().records).toHaveLength(10);
  expect(refusal(request(0, 1)).message).toBe(
    "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
  expect(refusal(request(501, 1)).message).toContain(
    "Member must have length less than or equal to 500",
  );
  expect(refusal(request(11, MiB - 1))).toEqual({
    code: "InvalidArgumentException",
    message: "Records size exceeds 10 MB limit",
  });
});

test("the answer to PutRecords has one place for each record, in the order of the request", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 4 });
  const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
  const { records } = kinesis.putRecords({
    stream,
    records: keys.map((partitionKey) => ({ partitionKey, data: bytes(partitionKey) })),
  });
  const put = records.map((one) => ("shardId" in one ? one : undefined)!);
  for (const [i, { shardId, sequenceNumber }] of put.entries()) {
    const [record] = read(kinesis, shardId, { type: "AT_SEQUENCE_NUMBER", sequenceNumber }).records;
    expect(record!.partitionKey).toBe(keys[i]);
  }
});
