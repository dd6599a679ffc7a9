import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeSequenceNumber,
  encodeSequenceNumber,
} from "../../../packages/local/src/kinesis/index.ts";
import { put, read, shardId, simulated, start, stream } from "./simulated.ts";

test("the sequence number of Lambda's sample event says when and where its record was put", () => {
  // Its approximateArrivalTimestamp is 1545084650.987, its eventID begins with shardId-000000000006.
  const number = "49590338271490256608559692538361571095921575989136588898";
  expect(decodeSequenceNumber(number)).toEqual({
    shardCreatedAt: Date.UTC(2018, 10, 21, 4, 57, 38),
    putAt: 1545084650_000,
    shardIndex: 6,
    index: 1734642199n,
    version: 2,
  });
});

test("its second record was put later into the same shard, with a higher index", () => {
  const first = decodeSequenceNumber("49590338271490256608559692538361571095921575989136588898")!;
  const second = decodeSequenceNumber("49590338271490256608559692540925702759324208523137515618")!;
  expect(second).toMatchObject({ shardIndex: 6, shardCreatedAt: first.shardCreatedAt });
  expect(second.putAt).toBeGreaterThan(first.putAt);
  expect(second.index).toBeGreaterThan(first.index);
});

test.each([
  "49590338271490256608559692538361571095921575989136588898",
  "49590338271490256608559692540925702759324208523137515618",
  "49543463076548007577105092703039560359975228518395019266",
  "49543463076570308322303623326179887152428262250726293522",
])("the number %s of AWS survives decoding and encoding digit for digit", (number) => {
  expect(encodeSequenceNumber(decodeSequenceNumber(number)!)).toBe(number);
});

test("a number of AWS's older layout is not taken for one of today's", () => {
  const older = "49545115243490985018280067714973144582180062593244200961";
  expect(decodeSequenceNumber(older)).toBeUndefined();
});

test("any parts survive encoding and decoding", () => {
  const seconds = fc.integer({ min: 0, max: 2 ** 33 });
  fc.assert(
    fc.property(
      seconds,
      seconds,
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      (created, put, shardIndex, index) => {
        const parts = {
          shardCreatedAt: created * 1000,
          putAt: put * 1000,
          shardIndex,
          index,
          version: 2 as const,
        };
        expect(decodeSequenceNumber(encodeSequenceNumber(parts))).toEqual(parts);
      },
    ),
  );
});

test("what is no sequence number decodes to nothing", () => {
  for (const none of ["", "0", "1", "x", "-1", "9".repeat(56), "9223372036854775807"]) {
    expect(decodeSequenceNumber(none)).toBeUndefined();
  }
});

test("a record's sequence number carries its shard's creation and its own arrival", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  clock.time += 90_000;
  const { sequenceNumber } = put(kinesis, "a");
  expect(decodeSequenceNumber(sequenceNumber)).toMatchObject({
    shardCreatedAt: start,
    putAt: start + 90_000,
    shardIndex: 0,
  });
});

test("the order of numbers is the order of puts, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 50 }), (steps) => {
      const { kinesis, clock } = simulated();
      kinesis.createStream({ name: stream });
      const { startingSequenceNumber } = kinesis.listShards({ stream })[0]!.sequenceNumberRange;
      let last = BigInt(startingSequenceNumber);
      for (const step of steps) {
        clock.time += step;
        const number = BigInt(put(kinesis, "a").sequenceNumber);
        expect(number > last).toBe(true);
        last = number;
      }
    }),
  );
});

test("a closed shard ends above all its records, and its children begin a second after it closed", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  const last = put(kinesis, "a");
  clock.time += 10_500;
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  const [parent, child] = kinesis.listShards({ stream });
  const ending = parent!.sequenceNumberRange.endingSequenceNumber!;
  expect(decodeSequenceNumber(ending)).toEqual({
    shardCreatedAt: start,
    putAt: start + 10_000,
    shardIndex: 0,
    index: 0x7fffffffffffffffn,
    version: 2,
  });
  expect(BigInt(ending) > BigInt(last.sequenceNumber)).toBe(true);
  const starting = child!.sequenceNumberRange.startingSequenceNumber;
  expect(decodeSequenceNumber(starting)!.shardCreatedAt).toBe(start + 11_000);
  expect(BigInt(starting) > BigInt(ending)).toBe(true);
});

test("children of children begin later still, though the clock stood still", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  kinesis.splitShard({ stream, shardToSplit: shardId(1), newStartingHashKey: "100" });
  kinesis.mergeShards({ stream, shardToMerge: shardId(4), adjacentShardToMerge: shardId(2) });
  const created = kinesis
    .listShards({ stream })
    .map((s) => decodeSequenceNumber(s.sequenceNumberRange.startingSequenceNumber)!)
    .map(({ shardCreatedAt }) => (shardCreatedAt - start) / 1000);
  expect(created).toEqual([0, 1, 1, 2, 2, 3]);
  const record = put(kinesis, "z");
  expect(read(kinesis, record.shardId).records[0]!.approximateArrivalTimestamp).toBe(start);
});

test("a number that a shard has not given yet orders nothing", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const first = put(kinesis, "a").sequenceNumber;
  const record = { stream, partitionKey: "a", data: new Uint8Array() };
  const second = kinesis.putRecord({ ...record, sequenceNumberForOrdering: first });
  expect(BigInt(second.sequenceNumber) > BigInt(first)).toBe(true);
  const future = encodeSequenceNumber({
    ...decodeSequenceNumber(second.sequenceNumber)!,
    index: 3n,
  });
  const ofAShardToCome = encodeSequenceNumber({
    ...decodeSequenceNumber(second.sequenceNumber)!,
    shardIndex: 9,
    shardCreatedAt: start + 60_000,
    putAt: start,
  });
  for (const invalid of [future, ofAShardToCome, "12", "x"]) {
    expect(() => kinesis.putRecord({ ...record, sequenceNumberForOrdering: invalid })).toThrow(
      `ExclusiveMinimumSequenceNumber ${invalid} used in PutRecord on stream orders under account 123456789012 is invalid.`,
    );
  }
});
