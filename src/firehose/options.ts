import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { MetricsSink } from "../observe/metrics.ts";
import type { DecoderLike } from "../record/decode/decoder.ts";
import type { EncoderLike } from "../record/encode.ts";
import type { Answer, Output, PartitionKeys, Pipeline } from "../record/pipeline.ts";
import type { Overflow } from "./overflow.ts";
import type { FirehoseRecord } from "./record.ts";
import type { OtfMetadata } from "./response.ts";

/** What is the same for every transformation. `V` is an output. */
export interface CommonTransformOptions<V> {
  /**
   * Into which Apache Iceberg table an output goes, and whether it is inserted, updated or deleted there. What is
   * undefined or empty is left out of the answer. @default nothing: the stream's own table
   */
  readonly otfMetadata?: (
    value: NoInfer<V>,
    record: FirehoseRecord,
  ) => OtfMetadata | undefined | PromiseLike<OtfMetadata | undefined>;
  /**
   * Stands between the outputs of a record and behind the last one, unless that ends with it. "" for none.
   * @default "\n" after text, nothing after bytes
   */
  readonly delimiter?: string;
  /** Whether the delimiter stands behind the last output too. False where Firehose appends one (AppendDelimiterToRecord). @default true */
  readonly trailingDelimiter?: boolean;
  /** How many asynchronous transforms run at once. Minimum: 1. @default 10 */
  readonly concurrency?: number;
  /**
   * How many milliseconds before the end no more records are begun, and what runs gets its signal. The end is the
   * function's timeout, or Firehose's own 5 minutes. @default the greater of 1,000 and 5 % of that time, but no more than half
   */
  readonly marginMs?: number;
  /** The largest answer, in bytes of JSON. 1,000 to 6,291,556, which is Lambda's own limit. @default 5900000 */
  readonly maxResponseBytes?: number;
  /**
   * Where records go whose outputs have no room in the answer: `s3Overflow()`, `reingest()`, or several, of which each
   * gets what the one before did not take. What none takes fails. @default none
   */
  readonly overflow?: Overflow | readonly Overflow[];
  /** Whether the log lines of failed records have their payload, and what decoders say of it. @default false */
  readonly logPayload?: boolean;
  /** Where log lines go: Powertools' Logger, say. @default JSON lines on stdout */
  readonly logger?: Logger;
  /** Where metrics go: Powertools' Metrics, say; or false for none. @default CloudWatch's embedded metric format on stdout */
  readonly metrics?: MetricsSink | false;
  /** Clock, chance and output from outside: for tests. @default the machine's */
  readonly runtime?: Partial<Runtime>;
}

/** A transformation with a `transform`. */
export interface TransformOptions<T, V> extends CommonTransformOptions<V> {
  /** Turns a payload into the value that `transform` gets. @default bytes() */
  readonly decode?: DecoderLike<T, FirehoseRecord>;
  /**
   * What becomes of a value: a value, several in a list (joined with the delimiter: Firehose takes one output for a
   * record), `drop()` or `fail(reason)`. An empty list is `drop()`. What it throws fails its record alone.
   */
  readonly transform: (
    value: T,
    record: FirehoseRecord,
    context: TransformContext,
  ) => Answer<V> | PromiseLike<Answer<V>>;
  /** Names and values of dynamic partitioning: `!{partitionKeyFromLambda:name}`. @default none */
  readonly partitionBy?: (
    value: NoInfer<V>,
    record: FirehoseRecord,
  ) => PartitionKeys | PromiseLike<PartitionKeys>;
  /** How outputs are written: `toJsonLines()`, `toCsv()`, `toText()`, `toBytes()`. @default text and bytes as they are, all else as JSON */
  readonly encode?: EncoderLike<V>;
  readonly pipeline?: undefined;
}

/** A transformation that writes what it decodes. */
export interface RecodeOptions<T> extends CommonTransformOptions<T> {
  readonly decode?: DecoderLike<T, FirehoseRecord>;
  readonly transform?: undefined;
  readonly partitionBy?: (
    value: NoInfer<T>,
    record: FirehoseRecord,
  ) => PartitionKeys | PromiseLike<PartitionKeys>;
  readonly encode?: EncoderLike<NoInfer<T>>;
  readonly pipeline?: undefined;
}

/** A transformation that serves streams too. */
export interface PipelineTransformOptions<V> extends CommonTransformOptions<V> {
  /** Decodes, filters, maps and partitions, in the place of `decode`, `transform` and `partitionBy`. */
  readonly pipeline: Pipeline<
    Output<V, PartitionKeys | undefined> | readonly Output<V, PartitionKeys | undefined>[]
  >;
  readonly encode?: EncoderLike<NoInfer<V>>;
  readonly decode?: undefined;
  readonly transform?: undefined;
  readonly partitionBy?: undefined;
}

/** The options of a transformation of any kind. */
export type AnyTransformOptions =
  | TransformOptions<unknown, unknown>
  | RecodeOptions<unknown>
  | PipelineTransformOptions<unknown>;

/** What `transform` is told of its invocation. */
export interface TransformContext {
  /** Aborted when the invocation's time is nearly over. */
  readonly signal: AbortSignal;
  /** Milliseconds until no more records are begun; Infinity where nobody sets a timeout. */
  readonly remainingMs: number;
}
