/** What all logs together hold in memory is bounded; what that costs is the window, and never a redelivery. */
import { describe, expect, it } from "vitest";
import { repeated, world } from "./world.ts";

function busy(shards: number, maxMemoryBytes: number) {
  const its = world({
    shards,
    settings: { batchSize: 100 },
    consumer: { uniqueId: ({ id }) => id, maxMemoryBytes, dedupeWindowInSeconds: 600 },
  });
  const mapping = its.map();
  let next = 0;
  /** 200 records a second for so many seconds. */
  const flow = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      const names = Array.from({ length: 200 }, (_, place) => `r${next + place}@k${next + place}`);
      next += names.length;
      its.put(...names);
      await its.clock.advance(1000);
    }
    await mapping.drain();
  };
  return { ...its, mapping, flow };
}

describe.each([1, 4])("with %i shards, more names than the memory takes", (shards) => {
  it("shorten the window, and are not read again for every batch", async () => {
    const its = busy(shards, 1_000_000);
    await its.flow(200);
    expect(its.ids()).toHaveLength(40_000);
    const cold = its.calls.filter(({ call }) => call.startsWith("read before"));
    expect(cold.length).toBeLessThanOrEqual(3 * shards);
    expect(its.events.length).toBeGreaterThanOrEqual(400);
    // A duplicate of what came just before is still found.
    its.put("r39990@k39990", "r39999@k39999");
    await its.mapping.drain();
    expect(its.ids()).toHaveLength(40_000);
    // One from before the window that is left is another record, as one from before any window.
    its.put("r5@k5");
    await its.mapping.drain();
    expect(repeated(its.ids())).toEqual({ r5: 2 });
  });
});

it("names that the window has lost to the memory are read again where records come again: none repeats", async () => {
  const its = busy(1, 400_000);
  await its.flow(60);
  await its.mapping.close();
  const from = its.clock.now() - 20_000;
  await its
    .map({
      settings: {
        startingPosition: "AT_TIMESTAMP",
        startingPositionTimestamp: from / 1000,
        functionResponseTypes: ["ReportBatchItemFailures"],
      },
    })
    .drain();
  expect(its.events.length).toBeGreaterThan(150);
  expect(its.ids()).toHaveLength(12_000);
});
