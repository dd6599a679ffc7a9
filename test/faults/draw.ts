/** Draws a bad day from a seed. */
import type { MappingSettings } from "../../packages/local/src/lambda/mapping/index.ts";
import { seededRandom } from "../../src/time/random.ts";
import { drawConsumer } from "./draw/consumer.ts";
import { drawRates } from "./draw/rates.ts";
import { drawSteps } from "./draw/steps.ts";
import { type Chance, chanceOf } from "./mapping/plan.ts";
import type { HostSetup, Scenario } from "./scenario.ts";

const day = 86_400_000;
const fiveMinutes = 300_000;

export function drawScenario(seed: number): Scenario {
  const chance = chanceOf(seededRandom(seed));
  /** The highest ParallelizationFactor of the day. */
  const mostLanes = chance.oneOf([1, 1, 1, 2, 4]);
  const consumer = drawConsumer(chance, mostLanes);
  const fanOut = chance.happens(0.2);
  const mapping = drawMapping(chance, consumer.parallelizationFactor);
  return {
    seed,
    shards: chance.oneOf([1, 1, 1, 2, 3]),
    fanOut,
    mapping,
    consumer,
    host: drawHost(chance),
    rates: drawRates(chance),
    steps: drawSteps({ chance, consumer, mapping, fanOut, mostLanes }),
  };
}

function drawHost(chance: Chance): HostSetup {
  const behind = chance.between(0, fiveMinutes);
  return {
    timeoutMs: chance.oneOf([3000, 10_000, 60_000]),
    effectMs: chance.oneOf([
      [0, 0],
      [0, 50],
      [0, 50],
      [100, 1500],
    ]),
    clocks: chance.oneOf([
      [0, 0],
      [0, 0],
      [-1000, 1000],
      [-behind, fiveMinutes - behind],
    ]),
    concurrency: chance.oneOf([1, 1, 1, 2, 10]),
    storeClock: chance.oneOf([0, 0, -behind, fiveMinutes - behind]),
    ttlLateMs: chance.oneOf([
      [0, 0],
      [0, 2 * day],
      [2 * day, 4 * day],
    ]),
  };
}

const drawMapping = (chance: Chance, parallelizationFactor: number): MappingSettings => ({
  batchSize: chance.oneOf([1, 3, 10, 10, 30, 100]),
  maximumBatchingWindowInSeconds: chance.oneOf([0, 0, 1, 5]),
  parallelizationFactor,
  bisectBatchOnFunctionError: chance.happens(0.5),
  maximumRecordAgeInSeconds: chance.oneOf([-1, -1, -1, -1, 3600]),
  maximumRetryAttempts: chance.oneOf([-1, -1, -1, -1, 20, 2]),
  functionResponseTypes: chance.happens(0.93) ? ["ReportBatchItemFailures"] : [],
});
