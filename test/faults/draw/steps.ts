/** Draws what happens in a day. */
import type { MappingSettings } from "../../../packages/local/src/lambda/mapping/index.ts";
import type { Chance } from "../mapping/plan.ts";
import type { ConsumerSetup, Step } from "../scenario.ts";
import { drawChange } from "./consumer.ts";
import { drawPuts } from "./records.ts";

const hour = 3_600_000;

export interface DrawOptions {
  readonly chance: Chance;
  readonly consumer: ConsumerSetup;
  readonly mapping: MappingSettings;
  readonly fanOut: boolean;
  /** The highest ParallelizationFactor of the day. */
  readonly mostLanes: number;
}

const kinds = [
  ...["put", "put", "put", "put", "put"],
  ...["split", "merge", "mapping", "deploy", "pause", "trouble", "redrive"],
];

export function drawSteps(options: DrawOptions): Step[] {
  const { chance } = options;
  const put = drawPuts(options);
  let { consumer } = options;
  const isCalm = chance.happens(0.3);
  const steps: Step[] = [];
  for (let left = chance.between(2, 14); left > 0; left--) {
    const after = chance.oneOf([0, 0, 50, 900, 5000, 20_000, 120_000]);
    const type = isCalm ? "put" : chance.oneOf(kinds);
    if (type === "put") steps.push({ after, ...put() });
    else if (type === "split" || type === "merge") {
      steps.push({ type, after, choice: chance.between(0, 99) });
    } else if (type === "mapping") steps.push({ after, ...change(chance, consumer) });
    else if (type === "deploy") {
      const deployed = drawDeployment(options, consumer, after);
      steps.push(...deployed.steps);
      consumer = deployed.consumer;
    } else if (type === "redrive") {
      if (consumer.park) steps.push(...drawRedrive(chance, after));
    } else if (type === "pause") {
      steps.push({ type: "stop", after }, { type: "start", after: chance.between(0, 60_000) });
    } else steps.push(...trouble(chance, after));
  }
  return steps;
}

function change(chance: Chance, consumer: ConsumerSetup) {
  const settings = chance.oneOf<MappingSettings>([
    { batchSize: chance.between(1, 30) },
    { maximumBatchingWindowInSeconds: chance.between(0, 5) },
    { bisectBatchOnFunctionError: chance.happens(0.5) },
    { parallelizationFactor: chance.between(1, consumer.parallelizationFactor) },
  ]);
  if (chance.happens(0.4)) return { type: "update", settings } as const;
  if (consumer.progress === "dynamodb" && chance.happens(0.15)) {
    return { type: "reset", settings, crash: drawCrash(chance) } as const;
  }
  const from = chance.oneOf(["horizon", "unsettled"] as const);
  const heard = chance.happens(0.1) && { functionResponseTypes: [] };
  return { type: "recreate", from, settings: { ...settings, ...heard } } as const;
}

/** How likely an operator's machine stops, at each of its requests. */
const drawCrash = (chance: Chance) => chance.oneOf([0, 0, 0.02, 0.1]);

/** One redrive, or two at once. */
function drawRedrive(chance: Chance, after: number): Step[] {
  const redrive = (after: number): Step => ({
    ...{ type: "redrive", after, crash: drawCrash(chance) },
    batchSize: chance.oneOf([1, 3, 100]),
    ...(chance.happens(0.2) && { limit: chance.between(1, 3) }),
  });
  return chance.happens(0.3) ? [redrive(after), redrive(chance.between(0, 500))] : [redrive(after)];
}

/** Other options of the consumer; more lanes come to the function first, and fewer to the mapping first. */
function drawDeployment(
  { chance, mostLanes }: DrawOptions,
  before: ConsumerSetup,
  after: number,
): { readonly steps: Step[]; readonly consumer: ConsumerSetup } {
  if (mostLanes > 1 && chance.happens(0.3)) {
    const parallelizationFactor = before.parallelizationFactor === 1 ? mostLanes : 1;
    const settings = { parallelizationFactor };
    const isMore = parallelizationFactor > 1;
    const needsPlain = isMore && { order: "partitionKey" as const, lease: false };
    const consumer = { parallelizationFactor, ...needsPlain };
    const steps: Step[] = isMore
      ? [
          { type: "deploy", after, consumer },
          { type: "update", after: chance.between(0, 60_000), settings },
        ]
      : [
          { type: "update", after, settings },
          { type: "deploy", after: chance.between(60_000, 120_000), consumer },
        ];
    return { steps, consumer: { ...before, ...consumer } };
  }
  const consumer = drawChange(chance, before);
  const steps: Step[] = [{ type: "deploy", after, consumer }];
  // Another memory: everything is done again, or what comes from now on.
  if (consumer.epoch !== undefined && chance.happens(0.5)) {
    steps.push({ type: "recreate", after: 0, from: "horizon", settings: {} });
  }
  return { steps, consumer: { ...before, ...consumer } };
}

function trouble(chance: Chance, after: number): Step[] {
  switch (chance.oneOf(["outage", "storeOutage", "release", "quiet", "absence"])) {
    case "outage":
      return [{ type: "outage", after, ms: chance.oneOf([5000, 300_000, 2 * hour]) }];
    case "storeOutage":
      return [{ type: "storeOutage", after, ms: chance.oneOf([2000, 60_000, 600_000]) }];
    case "release":
      return [
        { type: "release", after, release: 2 },
        { type: "release", after: chance.between(1000, 60_000), release: 1 },
        { type: "release", after: chance.between(1000, 600_000), release: 2 },
      ];
    case "absence":
      // Nobody reads the stream, perhaps until it has forgotten what is in it, or the log has, too.
      return [
        { type: "stop", after },
        { type: "pass", after: chance.oneOf([2, 30, 5 * 24]) * hour },
        { type: "start", after: 0 },
      ];
    default:
      return [{ type: "pass", after: chance.oneOf([hour, 5 * 24 * hour]) }];
  }
}
