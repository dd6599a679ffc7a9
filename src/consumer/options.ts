import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { Counts, Gauges, MetricsSink } from "../observe/metrics.ts";
import type { Parking } from "../park/parking.ts";
import type { ProgressStore } from "../progress/store.ts";
import type { Deaggregator } from "../record/deaggregator.ts";
import type { DecoderLike } from "../record/decode/decoder.ts";
import type { Pipeline } from "../record/pipeline.ts";
import type { UserRecord } from "../record/user-record.ts";
import type { LambdaWindows } from "../windows/lambda-window.ts";
import type { Windows } from "../windows/window.ts";

/** Every option of `kinesisConsumer`. */
export type KinesisConsumerOptions<T> = CommonOptions &
  DecodeOptions<T> &
  ProgressOptions<T> &
  WorkOptions<T>;

/** Every option of a `kinesisConsumer` that counts its records in windows: `R` is what its rows are. */
export type WindowedConsumerOptions<T, R> = CountedOptions<T> &
  DecodeOptions<T> &
  WindowedOptions<T, R>;

/** Every option of a `kinesisConsumer` that counts its records in Lambda's own tumbling windows, without progress. */
export type LambdaWindowConsumerOptions<T, R> = CommonOptions &
  DecodeOptions<T> &
  Without<WithProgress<T> & WithParking> &
  LambdaWindowOptions<T, R>;

/** What every consumer takes whose records are counted, and not run one by one. */
export type CountedOptions<T> = CommonOptions &
  WithProgress<T> &
  (WithParking | Without<WithParking>);

interface CommonOptions {
  /** Whose progress this is. Two functions that read the same stream have different names. */
  readonly consumer: string;
  /**
   * What keeps its order. `"partitionKey"`: records of one partition key run one after the other,
   * and stop at the key's first failure. `"shard"`: all records of the shard do. `"none"`: no
   * record waits for another. @default "partitionKey"
   */
  readonly order?: Order;
  /** How many records run at once. Minimum: 1; with `order: "shard"` it is 1. @default 10 */
  readonly concurrency?: number;
  /** Whether an error may go away by itself. False is as final as a NonRetryableError. @default () => true */
  readonly retryable?: (error: unknown) => boolean | PromiseLike<boolean>;
  /**
   * How many milliseconds before the function's timeout no more records are begun; what is left is
   * given back to Lambda. Effects still running get their signal. @default the greater of 1,000 and 5 % of the timeout
   */
  readonly marginMs?: number;
  /** Whether the log lines of failed records have their payload, and what decoders say of it. @default false */
  readonly logPayload?: boolean;
  /** Where log lines go: Powertools' Logger, say. @default JSON lines on stdout */
  readonly logger?: Logger;
  /** Where metrics go: Powertools' Metrics, say; or false for none. @default CloudWatch's embedded metric format on stdout */
  readonly metrics?: MetricsSink | false;
  /**
   * The mapping's ParallelizationFactor, 1 to 10. Above 1, Lambda hands out a shard's records by
   * partition key: `order: "shard"` and `lease` are refused then. @default 1
   */
  readonly parallelizationFactor?: number;
  /**
   * How the KPL's aggregates are taken apart. In `shardmill/kpl`: `simdDeaggregator()`, faster where an event has many
   * of them, and `strictDeaggregator()`, which leaves out records of other shards. @default one by one, and nothing is left out
   */
  readonly deaggregator?: Deaggregator;
  /** Sees what happens, for tracing. What it throws, or rejects with, is logged, and changes nothing. */
  readonly on?: (event: ConsumerEvent) => unknown;
  /** Clock, chance, output and exit from outside: for tests. @default the machine's */
  readonly runtime?: Partial<Runtime>;
}

type DecodeOptions<T> =
  | {
      /** Turns a payload into the value that `process` gets. @default bytes() */
      readonly decode?: DecoderLike<T>;
      readonly pipeline?: undefined;
    }
  | {
      /** Decodes, filters, maps and partitions: `process` gets `{ value, partition }`, or the list of them. */
      readonly pipeline: Pipeline<T>;
      readonly decode?: undefined;
    };

/** What keeps its order: the records of a partition key, of the whole shard, or none. See `KinesisConsumerOptions.order`. */
export type Order = "partitionKey" | "shard" | "none";

/** None of these options. */
type Without<Options> = { readonly [Name in keyof Options]?: undefined };

/** Without progress it is at least once: de-aggregation, lanes and partial responses, and no memory. */
type ProgressOptions<T> =
  | (WithProgress<T> & (WithParking | Without<WithParking>))
  | Without<WithProgress<T> & WithParking>;

interface WithProgress<T> {
  /** Where it is remembered what is done: `dynamodbProgress()`, or `progressStore(store)`. */
  readonly progress: ProgressStore;
  /**
   * The record's own id, by which a producer's retry is recognised, or a promise of it. Undefined or "": this
   * record is never a duplicate. One that throws fails its record. @default none: only redeliveries are recognised
   */
  readonly uniqueId?: (
    value: T,
    record: UserRecord,
  ) => string | undefined | PromiseLike<string | undefined>;
  /** How far apart in arrival two records with one id may be to be duplicates, in seconds. @default 900 */
  readonly dedupeWindowInSeconds?: number;
  /** The stream's retention, in hours: progress is kept longer than that. 24 to 8,760. @default 168 */
  readonly retentionInHours?: number;
  /** Begins another memory under the same name: change it to have everything processed again. @default none */
  readonly epoch?: string;
  /**
   * Progress is saved during a batch too, after so many records or milliseconds (or half the
   * invocation's time): what a crash repeats at most. @default { records: 3000, ms: 10000 }
   */
  readonly commitEvery?: { readonly records?: number; readonly ms?: number };
  /** Claims the shard before the effects, for effects that must not run twice at once. One more write a batch. @default false */
  readonly lease?: boolean;
  /**
   * When the progress cannot be read: `"stop"` fails the batch before anything happens;
   * `"continue"` processes it, at least once. @default "stop"
   */
  readonly onProgressUnavailable?: "stop" | "continue";
  /** What the logs of all shards may hold in this environment's memory. @default 33554432 (32 MiB) */
  readonly maxMemoryBytes?: number;
}

interface WithParking {
  /** Where records go that cannot be processed: `dynamodbParking()`, or `parking(store)`. */
  readonly park: Parking;
  /** How often a record may fail before it is parked. Minimum: 1. @default Infinity: only what is not retryable is parked */
  readonly maxAttempts?: number;
  /** How long after its first failure a retryable record may be parked, in seconds. @default 0 */
  readonly parkAfterInSeconds?: number;
  /**
   * What later records of a parked record's partition key do: `"continue"`, or `"parkKey"`: they are parked as well, unrun, so
   * that the key's order is kept for the redrive. (Those that shared its call of `processBatch` have run.) @default "continue"
   */
  readonly afterPark?: "continue" | "parkKey";
  /**
   * How late a batch may be before it is noted that it begins, in seconds: a record that kills
   * its environment is found by that. @default 60
   */
  readonly suspectAfterInSeconds?: number;
}

type WorkOptions<T> = ProcessOptions<T> | ProcessBatchOptions<T>;

export interface ProcessOptions<T> {
  /** The effect of one record. It fails by throwing; what it returns is ignored, unless it is `commitWith(…)`. */
  readonly process: (value: T, record: UserRecord, context: ProcessContext) => unknown;
  readonly processBatch?: undefined;
  readonly maxItems?: undefined;
  readonly maxBytes?: undefined;
}

export interface ProcessBatchOptions<T> {
  /**
   * The effects of several records at once, in lane order. Returns nothing when all are done, or
   * those that failed. A throw fails them all: they are tried again in halves until one is alone to blame.
   */
  readonly processBatch: (
    records: readonly BatchRecord<T>[],
    context: BatchContext,
  ) => BatchFailures<T> | undefined | void | PromiseLike<BatchFailures<T> | undefined | void>;
  /** The most records in one call. Minimum: 1. @default 500 */
  readonly maxItems?: number;
  /** The most payload bytes in one call; a larger record comes alone. @default 4194304 (4 MiB) */
  readonly maxBytes?: number;
  readonly process?: undefined;
}

export interface WindowedOptions<T, R> {
  /** The windows in which records are counted: `tumbling(…)` or its siblings, of `shardmill/windows`. Needs progress. */
  readonly window: Windows<T, R>;
  /** The effect of one row, when its window has closed. It fails by throwing; what it returns is ignored, unless it is `commitWith(…)`. */
  readonly process: (row: R, context: ProcessContext) => unknown;
  /**
   * The effect of a record that comes after its windows have closed, or that was parked and comes back: as `process` is without
   * windows. @default it is counted in a warning
   */
  readonly late?: (value: T, record: UserRecord, context: ProcessContext) => unknown;
  readonly processBatch?: undefined;
  readonly maxItems?: undefined;
  readonly maxBytes?: undefined;
}

interface LambdaWindowOptions<T, R> {
  /** Lambda's windows, in which records are counted: `lambdaWindow(…)` of `shardmill/windows`. The mapping has a TumblingWindowInSeconds. */
  readonly window: LambdaWindows<T, R>;
  /** The effect of one row, when its window has ended. It fails by throwing: then the window's rows come again. */
  readonly process: (row: R, context: ProcessContext) => unknown;
  readonly processBatch?: undefined;
  readonly maxItems?: undefined;
  readonly maxBytes?: undefined;
  readonly late?: undefined;
}

/** What `process` and `processBatch` are told of the time that they have. */
export interface BatchContext {
  /** Aborted when the invocation's time is nearly over. */
  readonly signal: AbortSignal;
  /** Milliseconds until no more records are begun; Infinity where nobody sets a timeout. */
  readonly remainingMs: number;
}

/** What `process` is told besides the value and the record. */
export interface ProcessContext extends BatchContext {
  /** 1 the first time, then one more after each failure. Always 1 without progress. */
  readonly attempt: number;
  /** The same on every delivery of this record, and on those of its duplicates: for sinks that take one. */
  readonly idempotencyKey: string;
}

/** One of the records that `processBatch` gets: its decoded value, where it comes from, and what `process` would be told of it. */
export interface BatchRecord<T> {
  readonly value: T;
  readonly record: UserRecord;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/**
 * What `processBatch` returns where some of its records failed: each as it was given, and why. The others are done. Of several in a lane the
 * first has failed; those behind it are given back, for they have their turn when it is done.
 */
export interface BatchFailures<T> {
  readonly failed: readonly { readonly record: BatchRecord<T>; readonly error: unknown }[];
}

/** What `on` sees. */
export type ConsumerEvent =
  | {
      readonly type: "failed";
      readonly record: UserRecord;
      readonly error: unknown;
      readonly attempt: number;
    }
  | {
      readonly type: "parked";
      readonly record: UserRecord;
      readonly error: unknown;
      readonly attempts: number;
    }
  | { readonly type: "abandoned"; readonly shardId: string; readonly sequenceNumber: string }
  | { readonly type: "unsaved"; readonly shardId: string; readonly error: unknown }
  | {
      readonly type: "settled";
      readonly streamArn: string;
      readonly shardId: string;
      readonly counts: Readonly<Counts>;
      readonly gauges: Gauges;
      readonly response: BatchResponse;
    };

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html */
export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}
