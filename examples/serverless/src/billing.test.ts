import assert from "node:assert/strict";
import { test } from "node:test";
import { kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { testConsumer } from "shardmill/testing";
import { billing } from "./billing.ts";

const byCustomer = { partitionKey: (order: { customer: string }) => order.customer };

test("an order is paid once, and one that cannot be paid is parked", async () => {
  const handler = kinesisConsumer({
    ...billing,
    progress: memoryProgress(),
    park: memoryParking(),
  });
  const t = await testConsumer(handler, { shards: 2 });
  await t.put(
    [
      { id: "1", customer: "ann", total: 12 },
      { id: "1", customer: "ann", total: 12 },
      { id: "2", customer: "bob", total: -1 },
    ],
    byCustomer,
  );
  await t.drain();
  assert.deepEqual(
    t.effects.map(({ value }) => (value as { id: string }).id),
    ["1"],
  );
  await t.close();
});
