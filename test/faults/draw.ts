/** Draws a bad day from a seed. */
import type { MappingSettings } from "../../src/local/lambda/mapping/index.ts";
import { seededRandom } from "../../src/time/random.ts";
import { type Chance, chanceOf } from "./mapping/plan.ts";
import type { Behaviour, ConsumerSetup, PlannedRecord, Rates, Scenario, Step } from "./scenario.ts";
import { isHopeless } from "./scenario.ts";

type PutStep = Extract<Step, { type: "put" }>;

const hour = 3_600_000;
const mostHopeless = 3;

export function drawScenario(seed: number): Scenario {
  const chance = chanceOf(seededRandom(seed));
  const consumer = consumerOf(chance);
  const fanOut = chance.happens(0.2);
  const mapping = mappingOf(chance, consumer);
  return {
    seed,
    shards: chance.oneOf([1, 1, 1, 2, 3]),
    fanOut,
    mapping,
    consumer,
    host: {
      timeoutMs: chance.oneOf([3000, 10_000, 60_000]),
      effectMs: chance.oneOf([
        [0, 0],
        [0, 50],
        [0, 50],
        [100, 1500],
      ]),
      skewMs: chance.oneOf([0, 0, 1000, 100_000]),
    },
    rates: ratesOf(chance),
    steps: stepsOf(chance, consumer, mapping, fanOut),
  };
}

function consumerOf(chance: Chance): ConsumerSetup {
  const progress = chance.oneOf<ConsumerSetup["progress"]>([
    ...Array.from({ length: 17 }, () => "dynamodb" as const),
    "memory",
    "memory",
    "none",
  ]);
  const parallelizationFactor = chance.oneOf([1, 1, 1, 2, 4]);
  const order =
    parallelizationFactor > 1
      ? chance.oneOf(["partitionKey", "none"] as const)
      : chance.oneOf(["partitionKey", "partitionKey", "shard", "none"] as const);
  const hasProgress = progress !== "none";
  const work = chance.oneOf([
    "process",
    "process",
    "process",
    "processBatch",
    "commitWith",
    "onceStreamWide",
  ] as const);
  // Without a margin, a call that takes too long ends with its environment: nobody is left to make it shorter.
  const mayLackMargin = hasProgress && work !== "processBatch";
  const needsTables = work === "commitWith" || work === "onceStreamWide";
  return {
    progress,
    work: needsTables && progress !== "dynamodb" ? "process" : work,
    uniqueIds: hasProgress && chance.happens(work === "onceStreamWide" ? 0.9 : 0.6),
    order,
    concurrency: chance.oneOf([1, 3, 10]),
    dedupeWindowInSeconds: chance.oneOf([0, 10, 120, 900]),
    commitEvery: {
      records: chance.oneOf([1, 3, 10, 3000]),
      ms: chance.oneOf([500, 10_000, 10_000]),
    },
    lease: hasProgress && parallelizationFactor === 1 && chance.happens(0.2),
    onProgressUnavailable: chance.oneOf(["stop", "stop", "stop", "continue"] as const),
    // Without progress a call has to get through in one invocation, too: nobody remembers that it was too long.
    maxItems: Math.min(chance.oneOf([1, 3, 500]), hasProgress ? 500 : 3),
    parallelizationFactor,
    ...(chance.happens(0.15) && { marginMs: chance.oneOf([mayLackMargin ? 0 : 300, 500, 1500]) }),
    ...(hasProgress &&
      chance.happens(0.6) && {
        park: {
          store: chance.oneOf(["memory", "dynamodb"] as const),
          maxAttempts: chance.oneOf([1, 2, 3, 5]),
          parkAfterInSeconds: chance.oneOf([0, 0, 30, 600]),
          afterPark: chance.oneOf(["continue", "continue", "parkKey"] as const),
          suspectAfterInSeconds: chance.oneOf([0, 5, 60]),
        },
      }),
    smallFolds: chance.happens(0.4),
  };
}

function mappingOf(chance: Chance, { parallelizationFactor }: ConsumerSetup): MappingSettings {
  return {
    batchSize: chance.oneOf([1, 3, 10, 10, 30, 100]),
    maximumBatchingWindowInSeconds: chance.oneOf([0, 0, 1, 5]),
    parallelizationFactor,
    bisectBatchOnFunctionError: chance.happens(0.5),
    maximumRecordAgeInSeconds: chance.oneOf([-1, -1, -1, -1, 3600]),
    maximumRetryAttempts: chance.oneOf([-1, -1, -1, -1, 20, 2]),
    functionResponseTypes: chance.happens(0.93) ? ["ReportBatchItemFailures"] : [],
  };
}

/** Most days have few kinds of trouble, so that each kind is seen with and without the others. */
function ratesOf(chance: Chance): Rates {
  const often = chance.oneOf([0.1, 0.3, 0.6]);
  const maybe = (...choices: readonly number[]) =>
    chance.happens(often) ? chance.oneOf(choices) : 0;
  return {
    kill: maybe(0.001, 0.01, 0.05),
    freeze: maybe(0.001, 0.01, 0.03),
    freezeMs: chance.oneOf([
      [10, 2000],
      [1000, 120_000],
      [1000, 5 * hour],
    ]),
    throws: maybe(0.01, 0.1, 0.4),
    hangs: maybe(0.005, 0.05),
    throttled: maybe(0.1, 0.3),
    twice: maybe(0.05, 0.3, 0.8),
    cold: maybe(0.1, 0.5, 1),
    stranger: maybe(0.05),
    park: maybe(0.1, 0.5),
    parents: maybe(0.3, 0.8),
    destination: maybe(0.3),
    store: {
      throttle: maybe(0.02, 0.2),
      failBefore: maybe(0.02, 0.2),
      lostReply: maybe(0.02, 0.2),
      lateWrite: maybe(0.02, 0.1),
      lateByMs: chance.oneOf([500, 5000, 60_000]),
      transactionConflict: maybe(0.05, 0.2),
      unprocessedKeys: maybe(0.3),
      staleRead: 1,
      staleByMs: 5000,
      latencyMs: chance.oneOf([
        [0, 0],
        [1, 20],
        [1, 20],
        [5, 900],
      ]),
    },
  };
}

function stepsOf(
  chance: Chance,
  consumer: ConsumerSetup,
  mapping: MappingSettings,
  fanOut: boolean,
): Step[] {
  const put = puts(chance, consumer, mapping, fanOut);
  const types = [
    "put",
    "put",
    "put",
    "put",
    "put",
    "split",
    "merge",
    "mapping",
    "pause",
    "trouble",
  ];
  const isCalm = chance.happens(0.3);
  const steps: Step[] = [];
  for (let left = chance.between(2, 14); left > 0; left--) {
    const after = chance.oneOf([0, 0, 50, 900, 5000, 20_000, 120_000]);
    const type = isCalm ? "put" : chance.oneOf(types);
    if (type === "put") steps.push({ after, ...put() });
    else if (type === "split" || type === "merge") {
      steps.push({ type, after, choice: chance.between(0, 99) });
    } else if (type === "mapping") steps.push({ after, ...change(chance, consumer) });
    else if (type === "pause") {
      steps.push({ type: "stop", after }, { type: "start", after: chance.between(0, 60_000) });
    } else steps.push(...trouble(chance, after));
  }
  return steps;
}

/** Things put: new records, and retries of those whose reply was lost. */
function puts(
  chance: Chance,
  consumer: ConsumerSetup,
  { maximumRetryAttempts = -1, maximumRecordAgeInSeconds = -1 }: MappingSettings,
  fanOut: boolean,
): () => Omit<PutStep, "after"> {
  const keys = chance.between(1, 8);
  const retries = chance.oneOf([0, 0.1, 0.4]);
  const mayCrossKeys = consumer.parallelizationFactor === 1 || consumer.work === "onceStreamWide";
  const crossKeys = mayCrossKeys && chance.happens(consumer.work === "onceStreamWide" ? 0.5 : 0.1);
  const hasEnd =
    consumer.park !== undefined || maximumRetryAttempts >= 0 || maximumRecordAgeInSeconds >= 0;
  const failing = chance.oneOf([0, 0, 0.05, 0.15]);
  const behaviours: readonly Behaviour[] = hasEnd
    ? [1, 2, 4, "poison", "final", "killer", "hangs"]
    : [1, 2, 4];
  const mayPack = consumer.parallelizationFactor === 1 || fanOut;
  // Without progress an aggregate has to get through in one invocation.
  const packs = mayPack && consumer.progress !== "none" && chance.happens(0.3);
  const before: PlannedRecord[] = [];
  let hopeless = 0;
  return () => {
    const records: PlannedRecord[] = [];
    for (let left = chance.oneOf([1, 3, 10, 25]); left > 0; left--) {
      const n = before.length;
      const retried =
        chance.happens(retries) && before.length > 0 ? chance.oneOf(before) : undefined;
      const key = !retried || crossKeys ? `key-${chance.between(1, keys)}` : retried.key;
      const uid = retried ? retried.uid : chance.happens(0.9) ? `id-${n}` : undefined;
      const drawn = chance.happens(failing) ? chance.oneOf(behaviours) : undefined;
      const wanted = retried ? retried.behaviour : drawn;
      // Where most lanes fail for ever the program sees an outage, and waits.
      const isOneTooMany = isHopeless(wanted) && ++hopeless > mostHopeless;
      const behaviour = isOneTooMany ? undefined : wanted;
      const record = { n, key, ...(uid && { uid }), ...(behaviour && { behaviour }) };
      records.push(record);
      before.push(record);
    }
    return { type: "put", records, packed: packs && chance.happens(0.7) };
  };
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
    return { type: "reset", settings } as const;
  }
  const from = chance.oneOf(["horizon", "unsettled"] as const);
  const heard = chance.happens(0.1) && { functionResponseTypes: [] };
  return { type: "recreate", from, settings: { ...settings, ...heard } } as const;
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
        { type: "expire", after: chance.oneOf([2, 30, 5 * 24]) * hour },
        { type: "start", after: 0 },
      ];
    default:
      return [{ type: "expire", after: chance.oneOf([hour, 5 * 24 * hour]) }];
  }
}
