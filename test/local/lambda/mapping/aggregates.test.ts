/** A76 to A81: KPL aggregates, left alone for a stream and taken apart for a consumer. */
import { expect, test } from "vitest";
import { effectiveHashKey } from "../../../../src/kpl/hash-key.ts";
import { aggregate } from "../../../../src/kpl.ts";
import { failing, letters, partialResponses, rig } from "./rig.ts";

type Rig = ReturnType<typeof rig>;

function putAggregate(t: Rig, keys: readonly string[], explicitHashKey?: string) {
  const packed = aggregate(
    keys.map((partitionKey) => ({ partitionKey, data: Buffer.from(`{"v":"${partitionKey}"}`) })),
  );
  return t.kinesis.putRecord({
    stream: "orders",
    partitionKey: packed.partitionKey,
    data: packed.data,
    ...((explicitHashKey ?? packed.explicitHashKey) && {
      explicitHashKey: explicitHashKey ?? packed.explicitHashKey!,
    }),
  });
}

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);

test("A76 a mapping on the stream delivers an aggregate as it is", async () => {
  const t = rig();
  putAggregate(t, letters(3));
  await t.map({}).drain();
  const [record] = t.deliveries[0]!.event.Records;
  expect(t.deliveries[0]!.event.Records).toHaveLength(1);
  expect(record!.kinesis.partitionKey).toBe("a");
  expect(Buffer.from(record!.kinesis.data, "base64").subarray(0, 4)).toEqual(magic);
});

test("A75 A76 a filter on data drops an aggregate of the stream", async () => {
  const t = rig();
  putAggregate(t, letters(3));
  const mapping = t.map({ filterCriteria: { filters: [{ pattern: { data: { v: ["a"] } } }] } });
  await mapping.drain();
  expect(mapping.metrics.FilteredOutEventCount).toBe(1);
});

test("A77 a mapping on a consumer delivers user records, each with the aggregate's sequence number", async () => {
  const t = rig({ consumer: true });
  const { sequenceNumber } = putAggregate(t, letters(3));
  const mapping = t.map({});
  await mapping.drain();
  const { Records } = t.deliveries[0]!.event;
  expect(Records.map(({ kinesis }) => kinesis.partitionKey)).toEqual(["a", "b", "c"]);
  expect(t.deliveries[0]!.values).toEqual(['{"v":"a"}', '{"v":"b"}', '{"v":"c"}']);
  expect(new Set(Records.map(({ eventID }) => eventID))).toEqual(
    new Set([`shardId-000000000000:${sequenceNumber}`]),
  );
  expect(mapping.metrics.PolledEventCount).toBe(3);
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(sequenceNumber);
});

test("A77 they are taken apart before they are filtered", async () => {
  const t = rig({ consumer: true });
  putAggregate(t, letters(3));
  await t.map({ filterCriteria: { filters: [{ pattern: { data: { v: ["b"] } } }] } }).drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([['{"v":"b"}']]);
});

test("A78 an item failure means the first user record with that number, and all after it", async () => {
  const t = rig({ consumer: true });
  t.put(["x"]);
  putAggregate(t, letters(3));
  t.put(["y"]);
  const mapping = t.map(partialResponses, (d, index) =>
    index === 0 ? failing(d, '{"v":"c"}') : undefined,
  );
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.length)).toEqual([5, 4]);
  expect(t.deliveries[1]!.values).toEqual(['{"v":"a"}', '{"v":"b"}', '{"v":"c"}', "y"]);
});

test("A78 the checkpoint stays before an aggregate until all of it is done", async () => {
  const t = rig({ consumer: true });
  const [before] = t.put(["x"]);
  const packed = putAggregate(t, letters(4));
  const mapping = t.map({ batchSize: 2 }, async () => t.clock.sleep(1000));
  await t.clock.advance(2500);
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(before!.sequenceNumber);
  await mapping.drain();
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(packed.sequenceNumber);
});

test("A79 one user record of another shard's range, and the whole aggregate is dropped", async () => {
  const t = rig({ shards: 2, consumer: true });
  const half = 2n ** 127n;
  const low = letters(26).filter((partitionKey) => effectiveHashKey({ partitionKey }) < half);
  const high = letters(26).find((partitionKey) => effectiveHashKey({ partitionKey }) >= half)!;
  putAggregate(t, [low[0]!, low[1]!], "0");
  putAggregate(t, [low[2]!, high], "0");
  const plain = t.put(["plain"], low[3]!);
  const mapping = t.map({});
  await mapping.drain();
  const keys = t.deliveries.flatMap(({ event }) =>
    event.Records.map(({ kinesis }) => kinesis.partitionKey),
  );
  expect(keys).toEqual([low[0], low[1], low[3]]);
  expect(mapping.checkpoints[plain[0]!.shardId]).toBe(plain[0]!.sequenceNumber);
});

test("A80 a wrong digest, or magic bytes alone, and it is an ordinary record", async () => {
  const t = rig({ consumer: true });
  const broken = Buffer.from(
    aggregate([
      { partitionKey: "x", data: Buffer.from("1") },
      { partitionKey: "y", data: Buffer.from("2") },
    ]).data,
  );
  broken[broken.length - 1]! ^= 1;
  t.put([broken, magic], "k");
  await t.map({}).drain();
  const { Records } = t.deliveries[0]!.event;
  expect(Records.map(({ kinesis }) => kinesis.data)).toEqual([
    broken.toString("base64"),
    magic.toString("base64"),
  ]);
  expect(Records.map(({ kinesis }) => kinesis.partitionKey)).toEqual(["k", "k"]);
});

test("A81 what a consumer's mapping delivers has no aggregate left in it", async () => {
  const t = rig({ consumer: true });
  for (let i = 0; i < 5; i++) putAggregate(t, letters(4));
  await t.map({ batchSize: 7, parallelizationFactor: 3 }).drain();
  const datas = t.deliveries.flatMap(({ event }) => event.Records.map((r) => r.kinesis.data));
  expect(datas).toHaveLength(20);
  for (const data of datas) expect(Buffer.from(data, "base64").subarray(0, 4)).not.toEqual(magic);
});
