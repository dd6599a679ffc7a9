import { expect, it } from "vitest";
import {
  checkPrices,
  defaultWishes,
  monthlyCost,
  progressUnits,
  type Queue,
  standardPrices,
} from "../../../packages/local/src/plan/index.ts";
import { loadAt } from "./loads.ts";

const queueOf = (recordsPerInvocation: number, invocationMs: number): Queue => {
  const none = { mean: 0, p50: 0, p99: 0, highest: 0 };
  const age = { iteratorAgeMs: none, doneAfterMs: none };
  return { ...age, recordsPerInvocation, invocationMs, utilization: 0, keepsUp: true, seconds: 1 };
};

// What `npm run bench progress` measures, as docs/progress.md has it.
it.each([
  [1, 1, { write: 1.02, read: 1 }],
  [10, 1, { write: 1.16, read: 1 }],
  [100, 1, { write: 2, read: 1 }],
  [1000, 1, { write: 16, read: 1 }],
  [1000, 20, { write: 16, read: 76 }],
])("progress for %i records in %i environments", (records, environments, { write, read }) => {
  const units = progressUnits(records, { environments });
  expect(units.write).toBeCloseTo(write, 1);
  expect(units.read).toBe(read);
});

it("a month is what the price list says, by hand", () => {
  const load = loadAt({ recordsPerSecond: 1000, bytes: 1024 });
  const one = { shards: 1, parallelizationFactor: 1 };
  const cost = monthlyCost(load, defaultWishes, one, queueOf(100, 50), standardPrices);
  // 730 hours; 2,628 million records of one unit.
  expect(cost.kinesis.provisioned).toBeCloseTo(730 * 0.015 + 2628 * 0.014, 6);
  const gigabytes = (2628e6 * 1024) / 1024 ** 3;
  expect(cost.kinesis.onDemand).toBeCloseTo(730 * 0.04 + gigabytes * (0.08 + 0.04), 6);
  // 10 invocations a second.
  expect(cost.lambda.requests).toBeCloseTo(26.28 * 0.2, 6);
  expect(cost.lambda.duration).toBeCloseTo(26.28e6 * 0.05 * 0.5 * 0.0000166667, 6);
  expect(cost.dynamodb.writes).toBeCloseTo(26.28 * 2 * 0.625, 6);
  expect(cost.dynamodb.reads).toBeCloseTo(26.28 * 0.125, 6);
  const { kinesis, lambda, dynamodb, total } = cost;
  const parts = [kinesis.provisioned, ...Object.values(lambda), ...Object.values(dynamodb)];
  expect(total).toBeCloseTo(
    parts.reduce((sum, part) => sum + part),
    6,
  );
});

it("Lambda's later gigabyte-seconds are cheaper", () => {
  const load = loadAt({ recordsPerSecond: 1e6, bytes: 10 });
  const many = { shards: 1000, parallelizationFactor: 10 };
  const wishes = { ...defaultWishes, memoryMb: 1024, progress: false };
  const cost = monthlyCost(load, wishes, many, queueOf(100, 1000), standardPrices);
  const gigabyteSeconds = 10_000 * 730 * 3600;
  expect(cost.lambda.duration).toBeCloseTo(
    6e9 * 0.0000166667 + 9e9 * 0.000015 + (gigabyteSeconds - 15e9) * 0.0000133334,
    0,
  );
  expect(cost.dynamodb).toEqual({ writes: 0, reads: 0, storage: 0 });
});

it("fan-out is paid for by shard and by byte", () => {
  const load = loadAt({ recordsPerSecond: 1000, bytes: 1024 });
  const one = { shards: 2, parallelizationFactor: 1 };
  const cost = (fanOut: boolean) =>
    monthlyCost(load, { ...defaultWishes, fanOut }, one, queueOf(100, 50), standardPrices).kinesis
      .provisioned;
  const gigabytes = (2628e6 * 1024) / 1024 ** 3;
  expect(cost(true) - cost(false)).toBeCloseTo(2 * 730 * 0.015 + gigabytes * 0.013, 6);
});

it("a price list says what it lacks", () => {
  expect(checkPrices(structuredClone(standardPrices))).toEqual(standardPrices);
  const { shardHour: _, ...kinesis } = standardPrices.kinesis;
  expect(() => checkPrices({ ...standardPrices, kinesis })).toThrow("kinesis.shardHour");
  const negative = { ...standardPrices.dynamodb, millionReadUnits: -1 };
  expect(() => checkPrices({ ...standardPrices, dynamodb: negative })).toThrow("millionReadUnits");
  const lambda = { ...standardPrices.lambda, gigabyteSeconds: [{ upTo: 3 }] };
  expect(() => checkPrices({ ...standardPrices, lambda })).toThrow("gigabyteSeconds[0].each");
  expect(() => checkPrices(null)).toThrow("--print-prices");
});
