/** A bad day as data: how everything is set up, what happens when, and how often what goes wrong. */
import type { MappingSettings } from "../../packages/local/src/lambda/mapping/index.ts";
import type { RedriveChoice } from "./operator.ts";
import type { Faults as StoreFaults } from "./store/faults.ts";

export interface Scenario {
  readonly seed: number;
  readonly shards: number;
  /** The mapping reads through a fan-out consumer. */
  readonly fanOut: boolean;
  readonly mapping: MappingSettings;
  /** As it is deployed at first. */
  readonly consumer: ConsumerSetup;
  readonly host: HostSetup;
  readonly rates: Rates;
  readonly steps: readonly Step[];
}

/** How effects happen: of records, or of the rows that windows give. */
export type Work =
  | "process"
  | "processBatch"
  | "commitWith"
  | "onceStreamWide"
  | "rows"
  | "rowsInTransactions";

/** The options of `kinesisConsumer`, as far as they are data. */
export interface ConsumerSetup {
  readonly progress: "dynamodb" | "memory" | "none";
  readonly work: Work;
  /** Of a consumer whose work are rows: windows in TypeScript, or tumbling ones in SQL; `merged` ones are not complete in a shard. */
  readonly windows?: "tumbling" | "session" | "sliding" | "sql" | "merged";
  readonly uniqueIds: boolean;
  /** Which of two ways there are to make an id of what a record says. */
  readonly idVersion: 1 | 2;
  /** Another memory under the same name. 0: the option is left out. */
  readonly epoch: number;
  readonly order: "partitionKey" | "shard" | "none";
  readonly concurrency: number;
  readonly dedupeWindowInSeconds: number;
  readonly commitEvery: { readonly records: number; readonly ms: number };
  readonly lease: boolean;
  readonly onProgressUnavailable: "stop" | "continue";
  readonly maxItems: number;
  /** Of the consumer: the highest that its mapping ever has. */
  readonly parallelizationFactor: number;
  readonly marginMs?: number;
  readonly park?: {
    readonly store: "memory" | "dynamodb" | "s3" | "sqs";
    readonly maxAttempts: number;
    readonly parkAfterInSeconds: number;
    readonly afterPark: "continue" | "parkKey";
    readonly suspectAfterInSeconds: number;
  };
  /** Folds after a handful of entries, so that a short run has many. */
  readonly smallFolds: boolean;
}

export interface HostSetup {
  readonly timeoutMs: number;
  /** How long an effect takes, from and to, in milliseconds. */
  readonly effectMs: readonly [number, number];
  /**
   * How far, from and to, the clocks of environments are ahead of those of Kinesis and Lambda, in milliseconds: no two
   * are further apart than five minutes.
   */
  readonly clocks: readonly [number, number];
  /** Invocations that an environment runs at once: more than one on Lambda Managed Instances. */
  readonly concurrency: number;
  /** How far the store's own clock is ahead, and how late, from and to, its TTL deletes, in milliseconds. */
  readonly storeClock: number;
  readonly ttlLateMs: readonly [number, number];
}

/** Chances between 0 and 1. */
export interface Rates {
  /** The environment is killed, at each call across a seam: before it, while it is under way, after it. */
  readonly kill: number;
  /** The environment stands still for a while, at the same places. */
  readonly freeze: number;
  /** How long, from and to, in milliseconds. */
  readonly freezeMs: readonly [number, number];
  /** The effect of a record throws before it happens. */
  readonly throws: number;
  /** The effect goes on after its signal. */
  readonly hangs: number;
  /** Lambda has no room for the invocation. */
  readonly throttled: number;
  /** The same batch goes to two environments at once. */
  readonly twice: number;
  /** A batch gets an environment of its own, though another is idle. */
  readonly cold: number;
  /** Another function comes with the same consumer name. */
  readonly stranger: number;
  /** Parking fails, or confirming. */
  readonly park: number;
  /** ListShards is refused. */
  readonly parents: number;
  /** The failure destination takes no document. */
  readonly destination: number;
  readonly store: StoreFaults;
}

/** What is put. `n` is new for each record; a producer's retry has the `uid` of what it retries. */
export interface PlannedRecord {
  readonly n: number;
  readonly key: string;
  readonly uid?: string;
  readonly behaviour?: Behaviour;
  /**
   * Which of the user's functions it is that behaves so. `"retryable"`: the effect fails, and then so does the question
   * whether it may be tried again. @default the effect
   */
  readonly where?: "decode" | "uniqueId" | "retryable";
}

/**
 * What a record does to whoever runs it. A number: its first so many runs fail. `poison`: every
 * run fails. `final`: it says that trying again is pointless. `killer`: its environment dies.
 * `hangs`: it goes on beyond its invocation, whatever its signal says.
 */
export type Behaviour = number | "poison" | "final" | "killer" | "hangs";

export type Step = { readonly after: number } & (
  | { readonly type: "put"; readonly records: readonly PlannedRecord[]; readonly packed: boolean }
  | { readonly type: "split" | "merge"; readonly choice: number }
  /** Another mapping takes over, at an older position; the first one's invocations are still under way. */
  | {
      readonly type: "recreate";
      readonly from: "horizon" | "unsettled";
      readonly settings: MappingSettings;
    }
  | { readonly type: "update"; readonly settings: MappingSettings }
  | { readonly type: "stop" | "start" }
  /** Every effect fails for so long. */
  | { readonly type: "outage"; readonly ms: number }
  /** The store refuses everything for so long. */
  | { readonly type: "storeOutage"; readonly ms: number }
  /** Another release is deployed: 2 writes entries that 1 cannot read. */
  | { readonly type: "release"; readonly release: 1 | 2 }
  /** The same release with other options. */
  | { readonly type: "deploy"; readonly consumer: Partial<ConsumerSetup> }
  /** The schedule that closes the windows of quiet shards fires. */
  | { readonly type: "flush" }
  /** Time goes by. */
  | { readonly type: "pass" }
  /** Somebody has everything done again: `shardmill progress reset`, and a mapping from the horizon. */
  | { readonly type: "reset"; readonly settings: MappingSettings; readonly crash: number }
  /** Somebody runs `shardmill redrive`. */
  | ({ readonly type: "redrive" } & RedriveChoice)
);

export const noRates: Rates = {
  kill: 0,
  freeze: 0,
  freezeMs: [0, 0],
  throws: 0,
  hangs: 0,
  throttled: 0,
  twice: 0,
  cold: 0,
  stranger: 0,
  park: 0,
  parents: 0,
  destination: 0,
  store: {},
};

/** Records that never come right by themselves: something must have been set up that ends them. */
export const isHopeless = (behaviour: Behaviour | undefined) => typeof behaviour === "string";
