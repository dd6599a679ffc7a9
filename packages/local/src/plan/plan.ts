/** From a load to shards, the mapping's settings, what the queue does under them, and what a month costs. */
import { type Choice, choose } from "./choose.ts";
import { monthlyCost } from "./cost.ts";
import type { Load } from "./load.ts";
import { notesOn } from "./notes.ts";
import type { Plan } from "./planned.ts";
import { type Prices, standardPrices } from "./prices.ts";
import { type Queue, simulate } from "./simulate.ts";
import { defaultWishes, type Wishes } from "./wishes.ts";

/** How often a choice may be mended whose queue turned out longer than was wanted. */
const attempts = 3;

/**
 * Plans a stream and the mapping of one consumer.
 *
 * @example
 * const load = {
 *   recordsPerSecond: 5000, peakRecordsPerSecond: 5000, bytes: 2048,
 *   keys: 10_000, hottestShare: 1 / 10_000, perAggregate: 1,
 * };
 * const { shards, batchSize, queue } = await plan(load, { handlerMs: 5 });
 */
export async function plan(
  load: Load,
  given: Partial<Wishes> = {},
  prices: Prices = standardPrices,
): Promise<Plan> {
  const wishes = { ...defaultWishes, ...given };
  let choice: Choice = choose(load, wishes);
  let queue = await simulate(load, wishes, choice);
  for (let left = attempts; left > 0 && choice.problems.length === 0; left--) {
    const window = choice.maximumBatchingWindowInSeconds;
    if (isGood(queue, wishes) || window === 0) break;
    choice = { ...choice, maximumBatchingWindowInSeconds: window > 1 ? window >> 1 : 0 };
    queue = await simulate(load, wishes, choice);
  }
  const { shards, parallelizationFactor } = choice;
  const made = {
    ...choice,
    load,
    wishes,
    queue,
    concurrencyAtMost: shards * parallelizationFactor,
    concurrency: shards * parallelizationFactor * queue.utilization,
    cost: monthlyCost(load, wishes, choice, queue, prices),
    prices: { region: prices.region, currency: prices.currency },
    ok: choice.problems.length === 0 && isGood(queue, wishes),
  };
  return { ...made, notes: notesOn(made) };
}

const isGood = ({ keepsUp, iteratorAgeMs }: Queue, { maxAgeSeconds }: Wishes) =>
  keepsUp && iteratorAgeMs.p99 <= 1000 * maxAgeSeconds;
