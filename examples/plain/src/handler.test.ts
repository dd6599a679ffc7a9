import assert from "node:assert/strict";
import { test } from "node:test";
import { testConsumer } from "shardmill/testing";
import { handler } from "./handler.ts";

test("each customer's orders keep their order, also in the KPL's aggregates", async () => {
  const t = await testConsumer(handler, { shards: 2 });
  const orders = [1, 2, 3].map((total) => ({ id: `${total}`, customer: "ann", total }));
  await t.put(orders, { partitionKey: ({ customer }) => customer, aggregate: true });
  await t.drain();
  assert.deepEqual(
    t.effects.map(({ value }) => value),
    orders,
  );
  await t.close();
});
