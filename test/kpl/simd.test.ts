import fc from "fast-check";
import { kinesisConsumer, text } from "shardmill";
import { aggregate, deaggregate, simdAggregator, simdDeaggregator } from "shardmill/kpl";
import { kinesisEvent } from "shardmill/testing";
import { expect, test, vi } from "vitest";
import * as wire from "./wire.ts";

const inLanes = simdDeaggregator();

function expectAsOneByOne(records: readonly Uint8Array[], deaggregator = inLanes) {
  const expected = records.map((record) => wire.plain(deaggregate(record)));
  expect(deaggregator(records).map(wire.plain)).toEqual(expected);
  return expected;
}

const aggregateOf = (dataLength: number) =>
  wire.sealed(
    wire.partitionKey("key"),
    wire.record(wire.partitionKeyIndex(0), wire.data(Buffer.alloc(dataLength, dataLength))),
  );

/** With one bit that is not as it was. */
function damaged(record: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(record);
  copy[at % copy.length]! ^= 1 << (at & 7);
  return copy;
}

test("a machine with SIMD uses it: Node's MD5 is not asked", () => {
  const hash = vi.spyOn(process.getBuiltinModule("node:crypto"), "hash");
  try {
    const records = Array.from({ length: 8 }, () => aggregateOf(100));
    hash.mockClear();
    expect(inLanes(records)).not.toContain(undefined);
    expect(hash).not.toHaveBeenCalled();
  } finally {
    hash.mockRestore();
  }
});

test("gives for each record what deaggregate gives, whole, damaged, plain or empty", () => {
  const aggregate = fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 200 }).map(aggregateOf) },
    { weight: 2, arbitrary: fc.nat({ max: 20_000 }).map(aggregateOf) },
    fc.tuple(fc.nat({ max: 9000 }).map(aggregateOf), fc.nat()).map((drawn) => damaged(...drawn)),
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([wire.magic, bytes])),
  );
  fc.assert(
    fc.property(fc.array(aggregate, { maxLength: 40 }), (records) => {
      expectAsOneByOne(records);
    }),
    { numRuns: 300 },
  );
});

test("at every length around the ends of blocks and of lanes", () => {
  const around = (end: number) => Array.from({ length: 140 }, (_, i) => end - 70 + i);
  const lengths = [...around(70), ...around(8064), ...around(16_128)];
  const expected = expectAsOneByOne(lengths.map(aggregateOf));
  expect(expected).not.toContain(undefined);
});

test("however many there are, and a large one among small ones", () => {
  for (let count = 0; count < 20; count++) {
    const records = Array.from({ length: count }, (_, i) => aggregateOf(i * 37));
    expect(expectAsOneByOne(records)).not.toContain(undefined);
    const large = aggregateOf(100_000);
    expect(expectAsOneByOne([large, ...records])).not.toContain(undefined);
    expect(expectAsOneByOne([...records, large])).not.toContain(undefined);
  }
});

test("every damaged bit of a digest is found", () => {
  const records = Array.from({ length: 128 }, (_, bit) => {
    const record = aggregateOf(bit);
    record[record.length - 16 + (bit >> 3)]! ^= 1 << (bit & 7);
    return record;
  });
  expect(inLanes(records)).toEqual(records.map(() => undefined));
});

test("packs each list as aggregate does", () => {
  const aggregateAll = simdAggregator();
  fc.assert(
    fc.property(fc.array(wire.userRecords, { maxLength: 20 }), (lists) => {
      expect(aggregateAll(lists)).toEqual(lists.map(aggregate));
    }),
    { numRuns: 50 },
  );
  const many = Array.from({ length: 40 }, (_, i) => [
    { partitionKey: `key ${i}`, data: Uint8Array.of(i) },
  ]);
  expect(aggregateAll(many)).toEqual(many.map(aggregate));
  expect(() => aggregateAll([[], [], [], []])).toThrow("at least one user record");
});

test("packs with it too, however many there are", () => {
  const aggregateAll = simdAggregator();
  // Without an explicit hash key the aggregate's own is an MD5 of Node's.
  const lists = Array.from({ length: 40 }, (_, i) => [
    { partitionKey: "key", explicitHashKey: `${i}`, data: Uint8Array.of(i) },
  ]);
  const hash = vi.spyOn(process.getBuiltinModule("node:crypto"), "hash");
  try {
    expect(aggregateAll(lists)).toHaveLength(40);
    expect(hash).not.toHaveBeenCalled();
  } finally {
    hash.mockRestore();
  }
});

test("a machine without SIMD uses Node's MD5", () => {
  vi.stubGlobal("WebAssembly", undefined);
  try {
    const records = [aggregateOf(1), damaged(aggregateOf(2), 99), ...[3, 4, 5, 6].map(aggregateOf)];
    expectAsOneByOne(records, simdDeaggregator());
    const lists = records.map((data) => [{ partitionKey: "key", data }]);
    expect(simdAggregator()(lists)).toEqual(lists.map(aggregate));
  } finally {
    vi.unstubAllGlobals();
  }
});

test("a consumer takes the aggregates of its events apart with it", async () => {
  const seen: unknown[] = [];
  const takeApart = vi.spyOn(inLanes, "takeApart");
  const handler = kinesisConsumer({
    consumer: "c",
    metrics: false,
    decode: text(),
    deaggregator: inLanes,
    order: "shard",
    process: (value, { subSequenceNumber, aggregated }) => {
      seen.push([value, subSequenceNumber, aggregated]);
    },
  });
  const values = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const event = kinesisEvent(values, { aggregate: 2 });
  expect(await handler(event)).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual(values.map((value, i) => [value, i % 2, true]));
  expect(takeApart.mock.calls.map(([records]) => records.length)).toEqual([5]);
  takeApart.mockRestore();
});
