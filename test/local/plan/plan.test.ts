import { expect, it } from "vitest";
import { plan } from "../../../packages/local/src/plan/index.ts";
import { loadAt } from "./loads.ts";

it("a plain load needs the shards of its bytes, and nothing special", async () => {
  const made = await plan(loadAt({ recordsPerSecond: 5000, bytes: 2048 }), { handlerMs: 5 });
  expect(made).toMatchObject({ shards: 10, parallelizationFactor: 1, ok: true, problems: [] });
  expect(made.queue.keepsUp).toBe(true);
});

it("a slow handler gets lanes first", async () => {
  const load = loadAt({ recordsPerSecond: 500, bytes: 200, keys: 1000 });
  const made = await plan(load, { handlerMs: 50 });
  expect(made.shards).toBe(1);
  expect(made.parallelizationFactor).toBeGreaterThan(2);
  expect(made.ok).toBe(true);
});

it("where ten lanes are not enough there are more shards", async () => {
  const load = loadAt({ recordsPerSecond: 900, bytes: 100, keys: 100_000 });
  const made = await plan(load, { handlerMs: 400, maxAgeSeconds: 60 });
  expect(made.need.shards).toBe(1);
  expect(made.shards).toBeGreaterThan(3);
  expect(made.ok).toBe(true);
});

it("aggregates have one outer key: no lanes, but shards", async () => {
  const load = loadAt({ recordsPerSecond: 5000, bytes: 100, perAggregate: 50 });
  const made = await plan(load, { handlerMs: 5 });
  expect(made.parallelizationFactor).toBe(1);
  expect(made.shards).toBeGreaterThan(made.need.shards);
  expect(made.ok).toBe(true);
});

it("a key whose records take longer than they take to arrive is told of", async () => {
  const made = await plan(loadAt({ recordsPerSecond: 100, keys: 1 }), { handlerMs: 20 });
  expect(made.ok).toBe(false);
  expect(made.problems.join()).toContain("follow each other");
  expect(made.queue.keepsUp).toBe(false);
});

it("a key that no shard can take is told of", async () => {
  const load = loadAt({ recordsPerSecond: 10_000, keys: 2, bytes: 10 });
  const made = await plan(load, { handlerMs: 0 });
  expect(made.problems.join()).toContain("more than the one shard takes");
});

it("a window is no longer than the wanted age allows", async () => {
  const load = loadAt({ recordsPerSecond: 20, bytes: 100 });
  const patient = await plan(load, { maxAgeSeconds: 120 });
  const hasty = await plan(load, { maxAgeSeconds: 2 });
  expect(patient.maximumBatchingWindowInSeconds).toBeGreaterThan(10);
  expect(hasty.maximumBatchingWindowInSeconds).toBeLessThanOrEqual(1);
  expect(patient.queue.iteratorAgeMs.p99).toBeLessThan(120_000);
  expect(patient.cost.dynamodb.writes).toBeLessThan(hasty.cost.dynamodb.writes);
});

it("a million records a second are a load like any other", async () => {
  const load = loadAt({ recordsPerSecond: 1_000_000, bytes: 500, keys: 1_000_000 });
  const made = await plan(load, { handlerMs: 1 });
  expect(made.shards).toBe(1000);
  expect(made.ok).toBe(true);
  expect(made.notes.join()).toContain("--headroom");
});

it("a large record leaves room for few others in an event", async () => {
  const load = loadAt({ recordsPerSecond: 2, bytes: 1_000_000 });
  const made = await plan(load, { maxAgeSeconds: 300 });
  expect(made.batchSize).toBe(4);
});

it("says what a plan asks of an account, and what many environments read", async () => {
  const load = loadAt({ recordsPerSecond: 700_000, bytes: 900, keys: 10_000_000 });
  const made = await plan(load, { handlerMs: 20, headroomPercent: 30 });
  expect(made.concurrencyAtMost).toBeGreaterThan(1000);
  expect(made.notes.join()).toContain("higher quota");
  expect(made.notes.join()).toContain("append to each other's logs");
  expect(made.notes.join()).not.toContain("--headroom");
});

it("a plan with nothing special has no notes", async () => {
  const made = await plan(loadAt({ recordsPerSecond: 50, bytes: 100 }));
  expect(made.notes).toEqual([]);
});
