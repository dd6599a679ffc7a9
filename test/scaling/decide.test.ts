/** The decision, on curves that nobody has tuned it for. */
import * as fc from "fast-check";
import {
  decide,
  type LoadMinute,
  policyOf,
  shardsFilledBy,
  shardTakes,
  standardPolicy,
} from "shardmill/scaling";
import { expect, it } from "vitest";
import { drawn, flights, flightsDay, shapes, withSpikes } from "../../bench/scaling/curves.ts";
import { awsSamples } from "../../bench/scaling/peers.ts";
import { scalerOf } from "../../packages/local/src/plan/scaling/ours.ts";
import { simulateScaling } from "../../packages/local/src/plan/scaling/simulate.ts";

const day = 1440;
const policy = policyOf({ max: 1000 });
const curves = fc.record({
  shape: fc.constantFrom(...Object.keys(shapes)),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

it("asks for nothing that AWS would refuse, nor more often than the policy says, whatever the curve", () => {
  fc.assert(
    fc.property(
      curves,
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 2, max: 10 }),
      ({ shape, seed }, shards, operationTakes, operationsPerDay) => {
        const load = drawn(shape, seed, 3 * day);
        const own = policyOf({ max: 80, min: 2, operationsPerDay, reservedForUp: 1 });
        const world = { load, shards, operationTakes, warmUp: 0 };
        const outcome = simulateScaling(world, scalerOf(own));
        expect(outcome.refused).toBe(0);
        expect(outcome.mostOperationsInADay).toBeLessThanOrEqual(operationsPerDay);
        const settled = outcome.shards.slice(day);
        expect(Math.max(...settled)).toBeLessThanOrEqual(80);
      },
    ),
    { numRuns: 12 },
  );
});

it("answers a spike of three times the load within a minute of its first full metric", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("flat", "weekly", "idle nights", "ramps"),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.integer({ min: 2 * day, max: 3 * day - 60 }),
      (shape, seed, at) => {
        const load = withSpikes(drawn(shape, seed, 3 * day), [at]);
        const { begun, shards } = simulateScaling({ load, shards: 20 }, scalerOf(policy));
        // The minute is over, and its metrics are there after two more.
        const seen = at + 3;
        const isAnswered = begun.some((minute) => minute >= at - 2 && minute <= seen + 1);
        const isEnough = load[at]! <= policy.upAbove * shards[seen]!;
        expect(isAnswered || isEnough).toBe(true);
      },
    ),
    { numRuns: 12 },
  );
});

it("refuses a twentieth of what aws-samples' scaler refuses, at no more than 1.15 times its shard hours, on flights", async () => {
  const shape = await flightsDay();
  for (const spikes of [[], [5 * day + 700, 9 * day + 600]]) {
    const load = withSpikes(flights(shape, 12, 1), spikes);
    const ours = simulateScaling({ load, shards: 3 }, scalerOf(policy));
    const theirs = simulateScaling({ load, shards: 3 }, awsSamples());
    expect(ours.throttled / theirs.throttled).toBeLessThanOrEqual(1 / 20);
    expect(ours.shardHours / theirs.shardHours).toBeLessThanOrEqual(1.15);
  }
});

it("does so on other shapes taken together", () => {
  let [throttled, theirThrottled, hours, theirHours] = [0, 0, 0, 0];
  for (const [index, shape] of Object.keys(shapes).entries()) {
    const load = drawn(shape, 7000 + index, 10 * day);
    const shards = Math.max(1, Math.ceil(load[0]! / 0.75));
    const ours = simulateScaling({ load, shards }, scalerOf(policy));
    const theirs = simulateScaling({ load, shards }, awsSamples());
    throttled += ours.throttled;
    theirThrottled += theirs.throttled;
    hours += ours.shardHours;
    theirHours += theirs.shardHours;
  }
  expect(throttled / theirThrottled).toBeLessThanOrEqual(1 / 20);
  expect(hours / theirHours).toBeLessThanOrEqual(1.15);
});

it("is pure: the same question has the same answer, and nothing is changed by it", () => {
  const minutes: LoadMinute[] = Array.from({ length: 60 }, (_, minute) =>
    Object.freeze({
      at: minute * 60_000,
      bytes: 60 * shardTakes.bytes * 3,
      records: 60,
      throttled: 0,
    }),
  );
  const history = Object.freeze({ minutes: Object.freeze(minutes) });
  const state = Object.freeze({ shards: 2, status: "ACTIVE", operations: Object.freeze([]) });
  const ask = () => decide(history, state, { ...standardPolicy, max: 9 }, 60 * 60_000);
  expect(ask()).toEqual({
    kind: "scale",
    target: 4,
    why: "the last minute would have filled 150 % of them",
  });
  expect(ask()).toEqual(ask());
});

it("brings a stream within its bounds, as far as one call goes", () => {
  const minutes: LoadMinute[] = [];
  const state = { shards: 20, status: "ACTIVE", operations: [] };
  expect(decide({ minutes }, state, policyOf({ max: 5 }), 0)).toMatchObject({ target: 10 });
  expect(
    decide({ minutes }, { ...state, shards: 2 }, policyOf({ min: 3, max: 5 }), 0),
  ).toMatchObject({
    target: 3,
  });
});

it("measures a minute by what is scarcer, bytes or records, and adds what was refused", () => {
  const minute = { at: 0, bytes: 0, records: 0, throttled: 0 };
  expect(shardsFilledBy({ ...minute, bytes: 90 * shardTakes.bytes, records: 60 })).toBe(1.5);
  expect(shardsFilledBy({ ...minute, bytes: 60, records: 120_000 })).toBe(2);
  expect(shardsFilledBy({ ...minute, records: 60_000, throttled: 30_000 })).toBe(1.5);
  expect(shardsFilledBy({ ...minute, throttled: 60_000 })).toBe(1);
});
