import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { strictDeaggregator } from "shardmill/kpl";
import { testConsumer } from "shardmill/testing";
import { expect, it } from "vitest";
import { z } from "zod";

interface Order {
  readonly id: string;
}

const order = () => json(z.object({ id: z.string() }));

it("puts, drains, and shows what happened", async () => {
  const handler = kinesisConsumer({
    consumer: "c",
    decode: order(),
    uniqueId: ({ id }) => id,
    progress: memoryProgress(),
    process() {},
  });
  const t = await testConsumer(handler, { shards: 2 });
  await t.put([{ id: "1" }, { id: "2" }, { id: "1" }], { partitionKey: ({ id }) => id });
  await t.drain();
  expect(t.effects.map(({ value }) => (value as Order).id).sort()).toEqual(["1", "2"]);
  expect(t.trace.every(({ outcome }) => outcome === "success")).toBe(true);
  await t.close();
});

it("spans a reshard, and finds the duplicate that came through the parent", async () => {
  const handler = kinesisConsumer({
    consumer: "c",
    decode: order(),
    uniqueId: ({ id }) => id,
    progress: memoryProgress(),
    process() {},
  });
  const t = await testConsumer(handler);
  const values = Array.from({ length: 40 }, (_, index) => ({ id: String(index) }));
  await t.put(values);
  await t.drain();
  const [shard] = t.kinesis.listShards({ stream: "orders" });
  t.kinesis.splitShard({
    stream: "orders",
    shardToSplit: shard!.shardId,
    newStartingHashKey: String(2n ** 127n),
  });
  await t.put(values);
  await t.drain();
  expect(t.effects).toHaveLength(40);
  await t.close();
});

it("runs failures, retries and parking in virtual time", async () => {
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "c",
    decode: order(),
    progress: memoryProgress(),
    park,
    maxAttempts: 3,
    process({ id }) {
      if (id === "7") throw new Error("poison");
    },
  });
  const t = await testConsumer(handler);
  await t.put(
    Array.from({ length: 20 }, (_, index) => ({ id: String(index) })),
    { aggregate: 5 },
  );
  await t.drain();
  expect(t.effects).toHaveLength(19);
  expect([...park.parked.values()]).toMatchObject([{ attempts: 3, confirmed: true }]);
  expect(t.failures).toEqual([]);
  await t.close();
});

it("packs aggregates as the KPL does: each of one shard's records", async () => {
  const handler = kinesisConsumer({
    consumer: "c",
    decode: order(),
    deaggregator: strictDeaggregator({ drop: "aggregate" }),
    process() {},
  });
  const t = await testConsumer(handler, { shards: 4 });
  await t.put(
    Array.from({ length: 100 }, (_, i) => ({ id: String(i) })),
    { aggregate: 10 },
  );
  await t.drain();
  expect(new Set(t.effects.map(({ value }) => (value as Order).id)).size).toBe(100);
  await t.close();
});

it("takes a handler of any make, and refuses one with a callback as Lambda does", async () => {
  const handler = async ({ Records }: { Records: readonly unknown[] }) => {
    handed += Records.length;
  };
  let handed = 0;
  const t = await testConsumer(handler);
  await t.put([{ id: "1" }]);
  await t.drain();
  expect(handed).toBe(1);
  await t.close();
  const old = (_event: unknown, _context: unknown, callback: () => void) => callback();
  await expect(testConsumer(old)).rejects.toThrow(/takes a third parameter, a callback/);
});
