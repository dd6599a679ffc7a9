/** Makes a bad day shorter, as long as it still breaks the same promise. */
import type { Rule } from "./book.ts";
import type { Program } from "./program.ts";
import { isHopeless, type Rates, type Scenario, type Step } from "./scenario.ts";
import { runScenario } from "./world.ts";

/** Shorter days that are tried have so many invocations at most, together. */
const invocationsAtMost = 60_000;

export async function shrink(scenario: Scenario, program: Program): Promise<Scenario> {
  let left = invocationsAtMost;
  const brokenRule = async (tried: Scenario): Promise<Rule | undefined> => {
    const { invocations, violations } = await runScenario(tried, program);
    left -= invocations;
    return violations[0]?.rule;
  };
  const rule = await brokenRule(scenario);
  if (!rule) return scenario;
  let shortest = scenario;
  for (let isShorter = true; isShorter && left > 0; ) {
    isShorter = false;
    for (const make of reductions(shortest)) {
      const shorter = left > 0 ? make(shortest) : undefined;
      if (!shorter || (await brokenRule(shorter)) !== rule) continue;
      shortest = shorter;
      isShorter = true;
    }
  }
  return shortest;
}

/** Undefined where it would change nothing. */
type Reduction = (scenario: Scenario) => Scenario | undefined;

function* reductions(scenario: Scenario): Generator<Reduction> {
  for (let size = scenario.steps.length >> 1; size >= 1; size >>= 1) {
    for (let from = scenario.steps.length - size; from >= 0; from -= size) {
      yield withoutSteps(from, size);
    }
  }
  for (const name of Object.keys(scenario.rates) as (keyof Rates)[]) yield withoutRate(name);
  for (const name of Object.keys(scenario.rates.store)) yield withoutStoreFault(name);
  const most = Math.max(0, ...scenario.steps.map(sizeOf));
  for (let size = most; size >= 1; size >>= 1) {
    for (let at = 0; at < scenario.steps.length; at++) {
      for (let from = 0; from < sizeOf(scenario.steps[at]!); from += size) {
        yield withoutRecords(at, from, size);
      }
    }
  }
  for (let at = 0; at < scenario.steps.length; at++) yield sooner(at);
  yield* simpler;
}

const sizeOf = (step: Step) => (step.type === "put" ? step.records.length : 0);

const withoutSteps =
  (from: number, size: number): Reduction =>
  (scenario) => {
    if (from + size > scenario.steps.length) return undefined;
    return { ...scenario, steps: scenario.steps.toSpliced(from, size) };
  };

const withoutRate =
  (name: keyof Rates): Reduction =>
  (scenario) => {
    if (name === "freezeMs" || name === "store" || scenario.rates[name] === 0) return undefined;
    return { ...scenario, rates: { ...scenario.rates, [name]: 0 } };
  };

const withoutStoreFault =
  (name: string): Reduction =>
  (scenario) => {
    const { [name as keyof Rates["store"]]: fault, ...store } = scenario.rates.store;
    if (!fault) return undefined;
    return { ...scenario, rates: { ...scenario.rates, store } };
  };

const withoutRecords =
  (at: number, from: number, size: number): Reduction =>
  (scenario) => {
    const step = scenario.steps[at];
    if (step?.type !== "put" || step.records.length <= from) return undefined;
    const records = step.records.toSpliced(from, size);
    return { ...scenario, steps: scenario.steps.with(at, { ...step, records }) };
  };

const sooner =
  (at: number): Reduction =>
  (scenario) => {
    const step = scenario.steps[at];
    if (!step || step.after === 0) return undefined;
    return { ...scenario, steps: scenario.steps.with(at, { ...step, after: 0 }) };
  };

/** Windows give rows, and know records that Lambda took out of aggregates by their ids alone: without these it would be a day of another kind. */
const isOtherDay = (plain: object, { consumer, fanOut }: Scenario) =>
  consumer.windows !== undefined && ("work" in plain || (fanOut && "uniqueIds" in plain));

/** Settings at their plainest, one after the other. */
const simpler: readonly Reduction[] = [
  (scenario) => (scenario.shards > 1 ? { ...scenario, shards: 1 } : undefined),
  (scenario) => (scenario.fanOut ? { ...scenario, fanOut: false } : undefined),
  (scenario) =>
    scenario.host.clocks[0] === scenario.host.clocks[1]
      ? undefined
      : { ...scenario, host: { ...scenario.host, clocks: [0, 0] } },
  (scenario) =>
    scenario.host.concurrency > 1
      ? { ...scenario, host: { ...scenario.host, concurrency: 1 } }
      : undefined,
  (scenario) =>
    scenario.host.storeClock !== 0
      ? { ...scenario, host: { ...scenario.host, storeClock: 0 } }
      : undefined,
  (scenario) =>
    scenario.host.effectMs[1] > 0
      ? { ...scenario, host: { ...scenario.host, effectMs: [0, 0] } }
      : undefined,
  ...(
    [
      { lease: false },
      { smallFolds: false },
      { uniqueIds: false },
      { concurrency: 1 },
      { work: "process" },
      { order: "partitionKey" },
      { dedupeWindowInSeconds: 900 },
      { commitEvery: { records: 3000, ms: 10_000 } },
      { marginMs: undefined },
      { onProgressUnavailable: "stop" },
    ] as const
  ).map(
    (plain): Reduction =>
      (scenario) =>
        isOtherDay(plain, scenario) ||
        Object.entries(plain).every(
          ([name, value]) =>
            JSON.stringify(scenario.consumer[name as "lease"]) === JSON.stringify(value),
        )
          ? undefined
          : ({ ...scenario, consumer: { ...scenario.consumer, ...plain } } as Scenario),
  ),
  ({ consumer: { park, ...consumer }, ...scenario }) => {
    const isNeeded = scenario.steps.some(
      (step) => step.type === "put" && step.records.some(({ behaviour }) => isHopeless(behaviour)),
    );
    return park && !isNeeded ? { ...scenario, consumer } : undefined;
  },
  (scenario) =>
    scenario.mapping.bisectBatchOnFunctionError
      ? { ...scenario, mapping: { ...scenario.mapping, bisectBatchOnFunctionError: false } }
      : undefined,
];
