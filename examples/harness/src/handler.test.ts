import assert from "node:assert/strict";
import { test } from "node:test";
import { testConsumer } from "shardmill/testing";
import { handler } from "./handler.ts";

test("an order that cannot be paid is tried again, and given up in the end", async () => {
  const settings = {
    functionResponseTypes: ["ReportBatchItemFailures"],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 3,
  } as const;
  const t = await testConsumer(handler, { settings });
  await t.put([
    { id: "1", customer: "ann", total: 12 },
    { id: "2", customer: "bob", total: -1 },
  ]);
  await t.drain();
  assert.equal(t.failures.length, 1);
  assert.ok(t.trace.length > 1);
  await t.close();
});
