import { expect, it } from "vitest";
import { numbered, world } from "./world.ts";

it("the log is read before the first effect of every batch, and never after the last read is stale", async () => {
  const order: string[] = [];
  const its = world({
    settings: { batchSize: 2 },
    // Each batch goes to the environment that did not have the last one.
    choose: (idle) =>
      its.environments.length < 2 ? "new" : idle.findLast((n) => n === its.events.length % 2),
    effect: ({ id }) => void order.push(`${id} after ${its.calls.at(-1)!.call}`),
  });
  its.put(...numbered(8));
  await its.map().drain();
  expect(order).toHaveLength(8);
  for (const effect of order) expect(effect).toMatch(/after read (before|after)/);
  const reads = its.calls.filter(({ call }) => call.startsWith("read")).length;
  expect(reads).toBe(its.events.length);
});

it("what another environment has committed is known to the next read: no effect of it repeats", async () => {
  let isFirst = true;
  const its = world({
    choose: () => "new",
    effect({ id }) {
      if (id === "r3" && isFirst) {
        isFirst = false;
        throw new Error("no");
      }
    },
  });
  its.put(...numbered(6));
  await its.map().drain();
  expect(its.environments).toHaveLength(2);
  expect(its.ids()).toEqual(["r0", "r1", "r2", "r4", "r5", "r3"]);
});

it("a warm environment that slept through others' batches reads them before it does anything", async () => {
  const its = world({ choose: (_, event) => (event.Records.length === 1 ? 0 : 1) });
  const first = its.map({
    settings: { batchSize: 1, functionResponseTypes: ["ReportBatchItemFailures"] },
  });
  its.put("r0");
  await first.drain();
  await first.close();
  its.put("r1", "r2", "r3");
  // Another mapping, from the start: environment 1 meets all of them, environment 0 has seen one.
  const second = its.map({
    settings: { batchSize: 10, functionResponseTypes: ["ReportBatchItemFailures"] },
  });
  await second.drain();
  await second.close();
  expect(its.ids()).toEqual(["r0", "r1", "r2", "r3"]);
  const third = its.map({
    settings: { batchSize: 1, functionResponseTypes: ["ReportBatchItemFailures"] },
  });
  await third.drain();
  expect(its.ids()).toHaveLength(4);
  expect(its.calls.filter(({ environment }) => environment === 0).map(({ call }) => call)).toEqual([
    "read before Infinity",
    "done",
    "read after 1",
    "read after 2",
    "read after 2",
    "read after 2",
  ]);
});
