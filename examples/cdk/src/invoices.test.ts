import assert from "node:assert/strict";
import { test } from "node:test";
import { kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { testConsumer } from "shardmill/testing";
import { invoices } from "./invoices.ts";

test("each order is in one invoice", async () => {
  const handler = kinesisConsumer({
    ...invoices,
    progress: memoryProgress(),
    park: memoryParking(),
  });
  const t = await testConsumer(handler);
  const orders = Array.from({ length: 250 }, (_, n) => ({ id: `${n}`, customer: "ann", total: 1 }));
  await t.put([...orders, ...orders.slice(0, 10)]);
  await t.drain();
  assert.equal(t.effects.length, 250);
  await t.close();
});
