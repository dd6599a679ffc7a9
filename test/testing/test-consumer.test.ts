import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { strictDeaggregator } from "shardmill/kpl";
import { sqlConsumer } from "shardmill/sql";
import { testConsumer } from "shardmill/testing";
import { sum, tumbling } from "shardmill/windows";
import { describe, expect, it } from "vitest";
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

describe("flush lets the time of quiet shards go on", () => {
  const prices = [{ price: 1 }, { price: 2 }, { price: 3 }];

  it("of windows", async () => {
    const rows: unknown[] = [];
    const handler = kinesisConsumer({
      ...{ consumer: "totals", decode: json(), progress: memoryProgress(), metrics: false },
      window: tumbling(
        { seconds: 60 },
        { key: () => "all", aggregate: { total: sum((sale: any) => sale.price) } },
      ),
      process: ({ total }) => void rows.push(total),
    });
    const t = await testConsumer(handler);
    await t.put(prices);
    await t.drain();
    await t.flush();
    expect(rows).toEqual([]);
    await t.clock.advance(180_000);
    await t.flush();
    expect(rows).toEqual([6]);
    await t.close();
  });

  it("of SQL, whose rows are of all shards", async () => {
    const rows: unknown[] = [];
    const handler = sqlConsumer({
      ...{ consumer: "totals", progress: memoryProgress(), metrics: false },
      sql: `CREATE STREAM "TOTALS" ("TOTAL" INTEGER);
        CREATE PUMP "P" AS INSERT INTO "TOTALS" SELECT STREAM SUM("PRICE") FROM "SALES"
        GROUP BY FLOOR("SALES".ROWTIME TO MINUTE);`,
      source: {
        SALES: { recordColumns: [{ name: "PRICE", sqlType: "INTEGER", mapping: "$.price" }] },
      },
      output: { TOTALS: (given) => void rows.push(...given.map(({ value }) => value)) },
    });
    const t = await testConsumer(handler, { shards: 4 });
    await t.put(prices);
    await t.drain();
    await t.clock.advance(180_000);
    await t.flush();
    expect(rows).toEqual([{ TOTAL: 6 }]);
    await t.close();
  });

  it("and rejects as the invocation does, where the handler knows no windows", async () => {
    const t = await testConsumer(kinesisConsumer({ consumer: "plain", process() {} }));
    await expect(t.flush()).rejects.toThrow(/is not an event of a Kinesis stream/);
    await t.close();
  });
});
