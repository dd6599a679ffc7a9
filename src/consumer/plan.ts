/** The options of `kinesisConsumer` with their defaults: checked once, at start, where a mistake costs nothing. */

import {
  aBoolean,
  aDecoder,
  aFunction,
  aLogger,
  aMargin,
  aMetricsSink,
  anObject,
  aPipeline,
  type Completed,
  complete,
  count,
  having,
  number,
  type OptionRules,
  oneOf,
  type Rule,
  refusing,
  type Standards,
} from "../handler/option-rules.ts";
import { otherVersion } from "../handler/version.ts";
import type { Logger } from "../observe/log.ts";
import {
  type DecodeFunction,
  type DecoderLike,
  decodeFunctionOf,
} from "../record/decode/decoder.ts";
import { bytes } from "../record/decode/text.ts";
import { stepsIn } from "../record/pipeline.ts";
import type { Invocation } from "./invocation.ts";
import type { GivenPart, Machine, MachineKind } from "./machine.ts";
import type { BatchResponse, KinesisConsumerOptions, Order } from "./options.ts";

const seconds = number(0, 2 ** 31, "seconds");
const name: Rule = [
  (value) => typeof value === "string" && /^[\w.-]{1,100}$/.test(value),
  "1 to 100 letters, digits, dots, hyphens, underscores",
];
const above0 = (value: unknown) => typeof value === "number" && value > 0;
const refuse = refusing("kinesisConsumer");

/** What every option must be. */
export const consumerOptions = {
  __proto__: null,
  consumer: name,
  decode: aDecoder,
  pipeline: aPipeline,
  order: oneOf("partitionKey", "shard", "none"),
  concurrency: count,
  retryable: aFunction,
  marginMs: aMargin,
  logPayload: aBoolean,
  logger: aLogger,
  metrics: aMetricsSink,
  parallelizationFactor: [(value) => count[0](value) && value <= 10, "1 to 10"],
  deaggregator: having("takeApart", "from shardmill/kpl"),
  on: aFunction,
  runtime: anObject,
  progress: [
    (value) => typeof value?.append === "function" && value.rules !== undefined,
    "dynamodbProgress() or progressStore(store)",
  ],
  uniqueId: aFunction,
  dedupeWindowInSeconds: seconds,
  retentionInHours: number(24, 8760, "hours"),
  epoch: name,
  commitEvery: [
    (value) => count[0](value?.records ?? 1) && above0(value?.ms ?? 1) && value !== null,
    "{ records, ms } above 0",
  ],
  lease: aBoolean,
  onProgressUnavailable: oneOf("stop", "continue"),
  maxMemoryBytes: count,
  park: [(value) => value?.rules !== undefined, "dynamodbParking() or parking(store)"],
  maxAttempts: [(value) => value === Number.POSITIVE_INFINITY || count[0](value), count[1]],
  parkAfterInSeconds: seconds,
  afterPark: oneOf("continue", "parkKey"),
  suspectAfterInSeconds: seconds,
  process: aFunction,
  processBatch: aFunction,
  maxItems: count,
  maxBytes: count,
} satisfies OptionRules<KinesisConsumerOptions<unknown>>;

/** What an option is when it is left out. */
const standards = {
  order: "partitionKey",
  concurrency: 10,
  retryable: () => true,
  logPayload: false,
  parallelizationFactor: 1,
  dedupeWindowInSeconds: 900,
  retentionInHours: 168,
  commitEvery: {},
  lease: false,
  onProgressUnavailable: "stop",
  maxMemoryBytes: 32 * 1024 * 1024,
  maxAttempts: Number.POSITIVE_INFINITY,
  parkAfterInSeconds: 0,
  afterPark: "continue",
  suspectAfterInSeconds: 60,
  maxItems: 500,
  maxBytes: 4 * 1024 * 1024,
} satisfies Standards<KinesisConsumerOptions<unknown>>;

/** The options as they were completed, but for those that the plan has in another form. */
export type Plan<T> = Omit<
  Completed<KinesisConsumerOptions<T>, typeof standards>,
  "commitEvery" | "decode" | "epoch" | "pipeline" | "retentionInHours"
> & {
  readonly decode: DecodeFunction<T>;
  readonly keepInSeconds: number;
  readonly commitEvery: { readonly records: number; readonly ms: number };
  /** Only where a machine counts the records: then `process` is the effect of those that come late. */
  readonly counted?: MachinePlan<T>;
};

/** What a machine adds to a consumer's plan. */
export interface MachinePlan<T> {
  readonly kind: MachineKind<T>;
  /** The effect of the rows of an output. */
  readonly effectOf: (output: string) => Pick<Plan<any>, "process" | "processBatch">;
  /** What keeps its order among rows. */
  readonly order: Order;
  /** Whether `process` of the plan takes what comes late. */
  readonly hasLate: boolean;
  /** Says of a batch what is worth a line: so many records have come late. */
  readonly report: (machine: Machine, late: number, logger: Logger, where: object) => void;
  /** Before a batch, or a flush. Rejects where it cannot be taken in. */
  readonly prepare?: ((invocation: Invocation) => Promise<void>) | undefined;
  /** Where shards are merged, the way of what they give: `merge` of src/consumer/state/merged.ts. */
  readonly merge?: (
    plan: Plan<T>,
    streamArn: string,
    parts: readonly GivenPart[],
    by: string | undefined,
    invocation: Invocation,
  ) => Promise<{ readonly left: number; readonly isHung: boolean }>;
  /** The way of a batch. */
  readonly deliver: (plan: Plan<T>, invocation: Invocation) => Promise<BatchResponse>;
}

export function planOf<T>(options: KinesisConsumerOptions<T>): Plan<T> {
  const chosen = complete<KinesisConsumerOptions<T>, typeof standards>(
    refuse,
    consumerOptions,
    standards,
    options,
    "consumer",
  );
  const { consumer, decode, dedupeWindowInSeconds, epoch, lease, maxAttempts, order } = chosen;
  const { park, pipeline, process, processBatch, progress, retentionInHours } = chosen;
  refuse(Boolean(decode && pipeline), "either decode or pipeline.");
  refuse(!process === !processBatch, "either process or processBatch must be a function.");
  for (const option of ["uniqueId", "park", "lease"] as const) {
    refuse(
      !progress && Boolean(chosen[option]),
      `${option} needs progress, which remembers earlier batches.`,
    );
  }
  for (const option of ["progress", "park"] as const) {
    const rules: { readonly version?: string } | undefined = chosen[option]?.rules;
    const why = rules && otherVersion(option, rules.version);
    refuse(Boolean(why), why as string);
  }
  refuse(
    !park && Number.isFinite(maxAttempts),
    "maxAttempts needs park: what is given up must go somewhere.",
  );
  refuse(
    chosen.afterPark === "parkKey" && progress?.parkedKeys === undefined,
    'afterPark: "parkKey" needs a progress store with parkedKeys.',
  );
  refuse(
    chosen.parallelizationFactor > 1 && (order === "shard" || lease),
    `${lease ? "lease" : 'order: "shard"'} needs a ParallelizationFactor of 1: above it a shard's batches run at once.`,
  );
  const { records = 3000, ms = 10_000 } = chosen.commitEvery;
  const given = stepsIn(pipeline) ?? decodeFunctionOf(decode ?? (bytes() as DecoderLike<T>));
  const decoder = chosen.deaggregator?.beforeDecoding?.(given) ?? given;
  refuse(typeof decoder !== "function", "deaggregator.beforeDecoding must return a function.");
  return {
    ...chosen,
    consumer: epoch === undefined ? consumer : `${consumer}@${epoch}`,
    decode: decoder,
    concurrency: order === "shard" ? 1 : chosen.concurrency,
    keepInSeconds: Math.ceil(Math.max(retentionInHours * 3600, dedupeWindowInSeconds)) + 2 * 86_400,
    commitEvery: { records, ms },
  };
}
