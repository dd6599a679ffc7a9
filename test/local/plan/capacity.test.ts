import fc from "fast-check";
import { expect, it } from "vitest";
import { type Load, shardNeed } from "../../../packages/local/src/plan/index.ts";
import { loadAt } from "./loads.ts";

const alone = { sharedConsumers: 1, headroomPercent: 0 };

it.each([
  ["bytes in", { recordsPerSecond: 5000, bytes: 2048 }, 1, 10],
  ["records in", { recordsPerSecond: 4001, bytes: 10 }, 1, 5],
  ["bytes out", { recordsPerSecond: 1000, bytes: 1024 }, 5, 3],
  ["bytes in", { recordsPerSecond: 1, bytes: 2048 }, 1, 1],
] as const)("the %s of a load decide its shards", (because, load, sharedConsumers, shards) => {
  const need = shardNeed(loadAt(load), { ...alone, sharedConsumers });
  expect(need).toMatchObject({ shards, because });
});

it("a shard is enough for exactly what a shard takes", () => {
  expect(shardNeed(loadAt({ recordsPerSecond: 1000, bytes: 1024 }), alone).shards).toBe(1);
});

it("aggregates count as one record each, and their bytes in full", () => {
  const load = loadAt({ recordsPerSecond: 1_000_000, bytes: 100 });
  expect(shardNeed(load, alone).shards).toBe(1000);
  expect(shardNeed({ ...load, perAggregate: 100 }, alone)).toMatchObject({
    shards: 96,
    because: "bytes in",
  });
});

it("room that is to stay free needs more shards", () => {
  const load = loadAt({ recordsPerSecond: 8000, bytes: 100 });
  expect(shardNeed(load, { ...alone, headroomPercent: 20 }).shards).toBe(10);
});

it("no limit is exceeded, and with a shard less one would be", () => {
  const loads: fc.Arbitrary<Partial<Load>> = fc.record({
    recordsPerSecond: fc.integer({ min: 1, max: 2_000_000 }),
    bytes: fc.integer({ min: 1, max: 1_000_000 }),
    perAggregate: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(loads, fc.integer({ min: 1, max: 8 }), (given, sharedConsumers) => {
      const load = loadAt(given);
      const { shards } = shardNeed(load, { ...alone, sharedConsumers });
      const { peakRecordsPerSecond: records, bytes, perAggregate } = load;
      // The slack is for rounding errors: what is not quite more than a shard takes is a shard.
      const fits = (count: number, slack = 0) =>
        records * bytes <= count * 1_048_576 + slack &&
        records / perAggregate <= count * 1000 + slack &&
        records * bytes * sharedConsumers <= count * 2_097_152 + slack;
      expect(fits(shards, 0.01)).toBe(true);
      if (shards > 1) expect(fits(shards - 1)).toBe(false);
    }),
  );
});
