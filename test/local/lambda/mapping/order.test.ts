/** A28 to A33: what runs at once, and in which order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { aggregate } from "../../../../src/kpl.ts";
import { laneOf } from "../../../../src/mapping/lane.ts";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

test("A28 delivers a shard in order, one batch at a time", async () => {
  const t = rig();
  t.put(letters(10));
  let running = 0;
  const mapping = t.map({ batchSize: 3 }, async () => {
    expect(++running).toBe(1);
    await t.clock.sleep(50);
    running--;
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["abc", "def", "ghi", "j"]);
});

test("A28 a failing batch blocks its shard only", async () => {
  const t = rig({ shards: 2 });
  const placed = t.put(letters(20));
  const blocked = placed[0]!.shardId;
  const mapping = t.map({ batchSize: 2, maximumRetryAttempts: 3 }, ({ values }) => {
    if (values.includes("a")) fail();
  });
  await mapping.drain();
  const ends = (shardId: string) =>
    mapping.trace.filter((entry) => entry.shardId === shardId).map(({ at }) => at - t.start);
  const other = mapping.trace.find((entry) => entry.shardId !== blocked)!.shardId;
  expect(Math.max(...ends(other))).toBe(0);
  expect(Math.max(...ends(blocked))).toBe(1400);
});

test("A29 runs up to shards x ParallelizationFactor batches, each key in order", async () => {
  const t = rig({ shards: 2 });
  for (let i = 0; i < 200; i++) t.put([`${i}`], `key-${i % 40}`);
  let running = 0;
  let most = 0;
  const byKey = new Map<string, number[]>();
  const keysInFlight = new Set<string>();
  const mapping = t.map({ batchSize: 5, parallelizationFactor: 4 }, async ({ event, values }) => {
    most = Math.max(most, ++running);
    const keys = new Set(event.Records.map(({ kinesis }) => kinesis.partitionKey));
    for (const key of keys) {
      expect(keysInFlight.has(key)).toBe(false);
      keysInFlight.add(key);
    }
    await t.clock.sleep(10);
    event.Records.forEach(({ kinesis }, index) => {
      const seen = byKey.get(kinesis.partitionKey) ?? [];
      byKey.set(kinesis.partitionKey, [...seen, Number(values[index])]);
    });
    for (const key of keys) keysInFlight.delete(key);
    running--;
  });
  await mapping.drain();
  expect(most).toBe(8);
  expect([...byKey.values()].flat()).toHaveLength(200);
  for (const seen of byKey.values()) expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test("A29 every key has one lane, and many keys use all lanes", () => {
  const key = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 10 }), (key, lanes) => {
      const lane = laneOf(key, lanes);
      expect(lane).toBe(laneOf(key, lanes));
      expect(lane >= 0 && lane < lanes).toBe(true);
    }),
  );
  const used = new Set(Array.from({ length: 200 }, (_, i) => laneOf(`customer-${i}`, 10)));
  expect(used.size).toBe(10);
});

test("A30 a hot partition key, as that of KPL aggregates, gains nothing from lanes", async () => {
  const t = rig();
  for (let i = 0; i < 20; i++) {
    const { partitionKey, explicitHashKey, data } = aggregate([
      { partitionKey: `k${i}`, data: Buffer.from("x") },
      { partitionKey: `l${i}`, data: Buffer.from("y") },
    ]);
    expect(partitionKey).toBe("a");
    t.kinesis.putRecord({
      stream: "orders",
      partitionKey,
      data,
      ...(explicitHashKey && { explicitHashKey }),
    });
  }
  let running = 0;
  const mapping = t.map({ batchSize: 2, parallelizationFactor: 10 }, async () => {
    expect(++running).toBe(1);
    await t.clock.sleep(10);
    running--;
  });
  await mapping.drain();
  expect(t.deliveries).toHaveLength(10);
});

test("A31 a stuck lane blocks its keys only, and holds the shard's checkpoint", async () => {
  const t = rig();
  const placed = letters(26).map((letter) => t.put([letter])[0]!);
  const stuck = laneOf("c", 4);
  const mapping = t.map({ batchSize: 1, parallelizationFactor: 4 }, ({ values }) => {
    if (values[0] === "c") fail();
  });
  await t.clock.advance(10_000);
  const delivered = new Set(
    mapping.trace.filter((entry) => entry.outcome === "success").flatMap((e) => e.sequenceNumbers),
  );
  const waiting = letters(26).filter((_, at) => !delivered.has(placed[at]!.sequenceNumber));
  expect(waiting).toEqual(letters(26).filter((x) => x >= "c" && laneOf(x, 4) === stuck));
  expect(mapping.checkpoints["shardId-000000000000"]).toBe(placed[1]!.sequenceNumber);
});

test("A31 after a stop, the records above the checkpoint are delivered again", async () => {
  const t = rig();
  t.put(letters(8));
  let broken = true;
  const mapping = t.map({ batchSize: 1, parallelizationFactor: 2 }, ({ values }) => {
    if (broken && values[0] === "a") fail();
  });
  await t.clock.advance(1000);
  const done = mapping.trace.filter(({ outcome }) => outcome === "success");
  expect(done.length).toBeGreaterThan(0);
  mapping.stop();
  await t.clock.advance(1000);
  broken = false;
  t.deliveries.length = 0;
  mapping.start();
  await mapping.drain();
  const again = t.deliveries.flatMap(({ values }) => values).sort();
  expect(again).toEqual(letters(8));
});

test("A32 reads children after their parent, through splits and merges", async () => {
  const t = rig();
  const values = letters(24);
  t.put(values.slice(0, 8), "k");
  const half = String(2n ** 127n);
  t.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: half,
  });
  t.put(values.slice(8, 16));
  t.kinesis.mergeShards({
    stream: "orders",
    shardToMerge: "shardId-000000000001",
    adjacentShardToMerge: "shardId-000000000002",
  });
  t.put(values.slice(16), "k");
  const mapping = t.map({ batchSize: 3, maximumRetryAttempts: 1 }, async ({ values }) => {
    await t.clock.sleep(20);
    // The upper child takes longer; the merged shard waits for both.
    if (values.includes("i") || values.includes("c")) fail();
  });
  await mapping.drain();
  const span = (index: number) => {
    const entries = mapping.trace.filter((e) => e.shardId.endsWith(`${index}`));
    return {
      from: Math.min(...entries.map(({ at }) => at)),
      to: Math.max(...entries.map(({ at, duration }) => at + duration)),
    };
  };
  const [parent, lower, upper, merged] = [0, 1, 2, 3].map(span);
  expect(Math.min(lower!.from, upper!.from)).toBeGreaterThanOrEqual(parent!.to);
  expect(merged!.from).toBeGreaterThanOrEqual(Math.max(lower!.to, upper!.to));
  // Siblings run at once.
  expect(lower!.from).toBe(upper!.from);
  expect(t.documents).toHaveLength(2);
});

test("A32 finds a reshard that happens while it runs", async () => {
  const t = rig();
  const mapping = t.map({});
  t.put(["a"]);
  await mapping.drain();
  t.kinesis.updateShardCount({ stream: "orders", targetShardCount: 2 });
  t.put(["b", "c", "d"]);
  await mapping.drain();
  expect(t.deliveries.flatMap(({ values }) => values).sort()).toEqual(["a", "b", "c", "d"]);
});

test("A33 a batch has records of one shard only", async () => {
  const t = rig({ shards: 4 });
  t.put(letters(26));
  const mapping = t.map({ batchSize: 10_000, ...partialResponses }, (d) => failing(d, "m"));
  await t.clock.advance(500);
  mapping.stop();
  for (const { event } of t.deliveries) {
    const shards = new Set(event.Records.map(({ eventID }) => eventID.split(":")[0]));
    expect(shards.size).toBe(1);
  }
  expect(t.deliveries.length).toBeGreaterThan(4);
});
