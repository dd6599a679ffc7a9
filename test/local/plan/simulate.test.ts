import { expect, it } from "vitest";
import { defaultWishes, simulate } from "../../../packages/local/src/plan/index.ts";
import { loadAt } from "./loads.ts";

const settings = {
  shards: 1,
  parallelizationFactor: 1,
  batchSize: 10_000,
  maximumBatchingWindowInSeconds: 0,
};
const quick = { ...defaultWishes, handlerMs: 0, overheadMs: 1 };

it("runs the same under the same seed, and otherwise under another", async () => {
  const load = loadAt({ recordsPerSecond: 50 });
  const run = (seed: number) => simulate(load, defaultWishes, settings, seed);
  expect(await run(1)).toEqual(await run(1));
  expect(await run(2)).not.toEqual(await run(1));
});

it("without a window a batch is what has come since the last poll, a second ago", async () => {
  const queue = await simulate(loadAt({ recordsPerSecond: 200 }), quick, settings);
  expect(queue.recordsPerInvocation).toBeGreaterThan(190);
  expect(queue.recordsPerInvocation).toBeLessThan(210);
  expect(queue.doneAfterMs.highest).toBeLessThanOrEqual(1010);
  expect(queue.keepsUp).toBe(true);
});

it("with fan-out there is nothing to wait for", async () => {
  const load = loadAt({ recordsPerSecond: 20 });
  const queue = await simulate(load, { ...quick, fanOut: true }, settings);
  expect(queue.doneAfterMs.p50).toBeLessThan(50);
});

it("a window gathers the records of its seconds", async () => {
  const load = loadAt({ recordsPerSecond: 100 });
  const window = { ...settings, maximumBatchingWindowInSeconds: 5 };
  const queue = await simulate(load, quick, window);
  expect(queue.recordsPerInvocation).toBeGreaterThan(450);
  expect(queue.recordsPerInvocation).toBeLessThan(620);
  expect(queue.doneAfterMs.p50).toBeGreaterThan(4000);
});

it("a batch that is full does not wait for its window", async () => {
  const load = loadAt({ recordsPerSecond: 100 });
  const window = { ...settings, batchSize: 50, maximumBatchingWindowInSeconds: 60 };
  const queue = await simulate(load, quick, window);
  expect(queue.recordsPerInvocation).toBe(50);
  expect(queue.doneAfterMs.highest).toBeLessThan(2500);
});

it("a function that is too slow for its lane falls behind, and keeps up in four", async () => {
  const load = loadAt({ recordsPerSecond: 200, keys: 1000 });
  const slow = { ...defaultWishes, handlerMs: 15, concurrency: 1, overheadMs: 0 };
  const batches = { ...settings, batchSize: 100 };
  const one = await simulate(load, slow, batches);
  expect(one.keepsUp).toBe(false);
  expect(one.utilization).toBeGreaterThan(0.98);
  const four = await simulate(load, slow, { ...batches, parallelizationFactor: 4 });
  expect(four.keepsUp).toBe(true);
  // 200 records of 15 ms are three seconds of work each second, for four.
  expect(four.utilization).toBeGreaterThan(0.7);
  expect(four.utilization).toBeLessThan(0.8);
});

it("the work on one key is never done side by side", async () => {
  const load = loadAt({ recordsPerSecond: 150, keys: 1 });
  const queue = await simulate(load, { ...defaultWishes, handlerMs: 10 }, settings);
  expect(queue.keepsUp).toBe(false);
});

it("near its limits the queue of a single server is as long as theory has it", async () => {
  // Fan-out, batches of one: Poisson arrivals, equal service times, one server (M/D/1).
  const busy = 0.8;
  const serviceMs = 50;
  const load = loadAt({ recordsPerSecond: (1000 * busy) / serviceMs });
  const wishes = { ...defaultWishes, fanOut: true, handlerMs: 0, overheadMs: serviceMs };
  const queue = await simulate(load, wishes, { ...settings, batchSize: 1 }, 3);
  const waiting = (busy * serviceMs) / (2 * (1 - busy));
  expect(queue.iteratorAgeMs.mean).toBeGreaterThan(waiting * 0.75);
  // Records arrive in ticks, a few at once: that adds a part of a service.
  expect(queue.iteratorAgeMs.mean).toBeLessThan(waiting * 2.5);
  expect(queue.utilization).toBeCloseTo(busy, 1);
});
