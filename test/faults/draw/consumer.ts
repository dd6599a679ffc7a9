/** Draws the options of a consumer, and which of them another deployment changes. */
import type { Chance } from "../mapping/plan.ts";
import type { ConsumerSetup } from "../scenario.ts";

const stores = ["memory", "dynamodb", "dynamodb", "s3", "sqs"] as const;
const windows = [0, 10, 120, 900];
const commits = {
  records: [1, 3, 10, 3000],
  ms: [500, 10_000, 10_000],
};

export function drawConsumer(chance: Chance, mostLanes: number): ConsumerSetup {
  const progress = chance.oneOf<ConsumerSetup["progress"]>([
    ...Array.from({ length: 17 }, () => "dynamodb" as const),
    "memory",
    "memory",
    "none",
  ]);
  const parallelizationFactor = chance.happens(0.7) ? mostLanes : 1;
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
    idVersion: 1,
    epoch: 0,
    order: drawOrder(chance, parallelizationFactor),
    concurrency: chance.oneOf([1, 3, 10]),
    dedupeWindowInSeconds: chance.oneOf(windows),
    commitEvery: { records: chance.oneOf(commits.records), ms: chance.oneOf(commits.ms) },
    lease: hasProgress && parallelizationFactor === 1 && chance.happens(0.2),
    onProgressUnavailable: chance.oneOf(["stop", "stop", "stop", "continue"] as const),
    // Without progress a call has to get through in one invocation, too: nobody remembers that it was too long.
    maxItems: Math.min(chance.oneOf([1, 3, 500]), hasProgress ? 500 : 3),
    parallelizationFactor,
    ...(chance.happens(0.15) && { marginMs: chance.oneOf([mayLackMargin ? 0 : 300, 500, 1500]) }),
    ...(hasProgress &&
      chance.happens(0.6) && {
        park: {
          // What redrives asks the log, which nobody else sees in memory.
          store: progress === "memory" ? "memory" : chance.oneOf(stores),
          ...drawParking(chance),
        },
      }),
    smallFolds: chance.happens(0.4),
  };
}

const drawOrder = (chance: Chance, lanes: number): ConsumerSetup["order"] =>
  lanes > 1
    ? chance.oneOf(["partitionKey", "none"] as const)
    : chance.oneOf(["partitionKey", "partitionKey", "shard", "none"] as const);

const drawParking = (chance: Chance) => ({
  maxAttempts: chance.oneOf([1, 2, 3, 5]),
  parkAfterInSeconds: chance.oneOf([0, 0, 30, 600]),
  afterPark: chance.oneOf(["continue", "continue", "parkKey"] as const),
  suspectAfterInSeconds: chance.oneOf([0, 5, 60]),
});

/** What another deployment changes: one option, or a few. The mapping has the lanes that it has. */
export function drawChange(chance: Chance, before: ConsumerSetup): Partial<ConsumerSetup> {
  const change: { -readonly [Name in keyof ConsumerSetup]?: ConsumerSetup[Name] } = {};
  const hasProgress = before.progress !== "none";
  for (let left = chance.between(1, 3); left > 0; left--) {
    switch (
      chance.oneOf([
        ...["order", "concurrency", "window", "commitEvery", "lease", "ids", "ids"],
        ...["epoch", "park", "park", "unavailable", "maxItems"],
      ])
    ) {
      case "order":
        change.order = drawOrder(chance, before.parallelizationFactor);
        break;
      case "concurrency":
        change.concurrency = chance.oneOf([1, 3, 10]);
        break;
      case "window":
        change.dedupeWindowInSeconds = chance.oneOf(windows);
        break;
      case "commitEvery":
        change.commitEvery = {
          records: chance.oneOf(commits.records),
          ms: chance.oneOf(commits.ms),
        };
        break;
      case "lease":
        change.lease = hasProgress && before.parallelizationFactor === 1 && chance.happens(0.5);
        break;
      case "ids":
        if (!hasProgress) break;
        if (chance.happens(0.5)) change.uniqueIds = !before.uniqueIds;
        else change.idVersion = before.idVersion === 1 ? 2 : 1;
        break;
      case "epoch":
        if (before.progress === "dynamodb") change.epoch = before.epoch + 1;
        break;
      case "park":
        if (before.park) change.park = { store: before.park.store, ...drawParking(chance) };
        break;
      case "unavailable":
        change.onProgressUnavailable = chance.oneOf(["stop", "continue"] as const);
        break;
      case "maxItems":
        change.maxItems = Math.min(chance.oneOf([1, 3, 500]), hasProgress ? 500 : 3);
    }
  }
  return change;
}
