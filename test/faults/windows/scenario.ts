/** Draws a bad day of a consumer that counts its records in windows. */
import { seededRandom } from "../../../src/time/random.ts";
import { drawRates } from "../draw/rates.ts";
import { type Chance, chanceOf } from "../mapping/plan.ts";
import type { ConsumerSetup, Scenario, Step } from "../scenario.ts";

const hour = 3_600_000;

export function drawWindows(seed: number): Scenario {
  const chance = chanceOf(seededRandom(seed));
  const fanOut = chance.happens(0.2);
  const consumer = drawConsumer(chance, fanOut);
  return {
    seed,
    shards: chance.oneOf([1, 1, 2, 3]),
    fanOut,
    mapping: {
      batchSize: chance.oneOf([1, 3, 10, 10, 30, 100]),
      maximumBatchingWindowInSeconds: chance.oneOf([0, 0, 1, 5]),
      parallelizationFactor: 1,
      bisectBatchOnFunctionError: chance.happens(0.5),
      maximumRecordAgeInSeconds: -1,
      maximumRetryAttempts: -1,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    consumer,
    host: {
      timeoutMs: chance.oneOf([3000, 10_000, 60_000]),
      effectMs: chance.oneOf([
        [0, 0],
        [0, 50],
        [100, 1500],
      ]),
      clocks: chance.oneOf([
        [0, 0],
        [-1000, 1000],
        [-150_000, 150_000],
      ]),
      concurrency: chance.oneOf([1, 1, 1, 2, 10]),
      storeClock: chance.oneOf([0, 0, 60_000]),
      ttlLateMs: [0, 0],
    },
    rates: drawRates(chance),
    steps: drawSteps(chance),
  };
}

/** The same day of a consumer that counts them in SQL, by key or in groups of all shards together; its effects are its own, since outputs have no transactions. */
export const drawIn =
  (windows: "sql" | "merged") =>
  (seed: number): Scenario => {
    const { consumer, ...day } = drawWindows(seed);
    return { ...day, consumer: { ...consumer, windows, work: "rows" } };
  };

/** Every other day is one of groups of all shards. */
export const drawSql = (seed: number): Scenario => drawIn(seed % 2 === 0 ? "sql" : "merged")(seed);

const drawConsumer = (chance: Chance, fanOut: boolean): ConsumerSetup => ({
  progress: "dynamodb",
  work: chance.oneOf(["rows", "rows", "rowsInTransactions"] as const),
  windows: chance.oneOf(["tumbling", "tumbling", "session", "sliding"] as const),
  // Where Lambda takes aggregates apart, a record is known again by its id alone.
  uniqueIds: fanOut || chance.happens(0.3),
  idVersion: 1,
  epoch: 0,
  order: chance.oneOf(["partitionKey", "partitionKey", "shard", "none"] as const),
  concurrency: chance.oneOf([1, 3, 10]),
  dedupeWindowInSeconds: 900,
  commitEvery: { records: chance.oneOf([1, 3, 10, 3000]), ms: chance.oneOf([500, 10_000]) },
  lease: chance.happens(0.2),
  onProgressUnavailable: "stop",
  maxItems: 500,
  parallelizationFactor: 1,
  smallFolds: chance.happens(0.4),
});

const kinds = [
  ...["put", "put", "put", "put", "put", "put"],
  ...["split", "merge", "flush", "flush", "recreate", "deploy", "pause", "trouble"],
] as const;

function drawSteps(chance: Chance): Step[] {
  const isCalm = chance.happens(0.2);
  const steps: Step[] = [];
  const keys = chance.between(1, 8);
  let n = 0;
  for (let left = chance.between(4, 24); left > 0; left--) {
    // About as long as windows last: they close in between.
    const after = chance.oneOf([0, 0, 900, 5000, 20_000, 70_000, 120_000]);
    const type = isCalm ? chance.oneOf(["put", "put", "flush"] as const) : chance.oneOf(kinds);
    switch (type) {
      case "put": {
        const length = chance.oneOf([1, 3, 10, 25]);
        const records = Array.from({ length }, () => ({
          n,
          uid: `id-${n++}`,
          key: `key-${chance.between(1, keys)}`,
        }));
        steps.push({ type, after, records, packed: chance.happens(0.1) });
        break;
      }
      case "split":
      case "merge":
        steps.push({ type, after, choice: chance.between(0, 99) });
        break;
      case "flush":
        steps.push({ type, after });
        break;
      case "recreate": {
        const settings = { batchSize: chance.between(1, 30) };
        steps.push({ type, after, from: "horizon", settings });
        break;
      }
      case "deploy":
        steps.push({ type, after, consumer: { concurrency: chance.oneOf([1, 3, 10]) } });
        break;
      case "pause":
        steps.push({ type: "stop", after }, { type: "start", after: chance.between(0, 600_000) });
        break;
      case "trouble":
        steps.push(
          chance.oneOf<Step>([
            { type: "outage", after, ms: chance.oneOf([5000, 300_000, 2 * hour]) },
            { type: "storeOutage", after, ms: chance.oneOf([2000, 60_000, 600_000]) },
            { type: "pass", after: chance.oneOf([10 * 60_000, hour]) },
          ]),
        );
    }
  }
  return steps;
}
