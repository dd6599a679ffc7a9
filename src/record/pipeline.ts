/** One transform for two homes: behind Firehose, and straight on a stream. */

import { isFunction } from "../values/kinds.ts";
import { attempt, mapReady, whenReady } from "../values/ready.ts";
import {
  aDecoder,
  type DecodeFunction,
  type DecoderLike,
  type Dropped,
  decodeFunctionOf,
  drop,
  isDecoder,
  isDropped,
} from "./decode/decoder.ts";
import { bytes } from "./decode/text.ts";
import { type Failed, reasonOf } from "./fail.ts";

/** What is known of a record in both homes: a `UserRecord` is one, and so is a `FirehoseRecord`. */
export interface SourceRecord {
  /** The payload. A view: copy it if it must outlive the batch. */
  readonly data: Uint8Array;
  /** When it arrived, in epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** This and what follows: only of a record that came from a Kinesis stream. */
  readonly partitionKey?: string | undefined;
  readonly shardId?: string | undefined;
  readonly sequenceNumber?: string | undefined;
  readonly subSequenceNumber?: number | undefined;
  readonly streamArn?: string | undefined;
}

/** Names and values of a partition, as they stand in a path. */
export type PartitionKeys = Readonly<Record<string, string | number | bigint>>;

/** A value that came out of a pipeline, and the partition it belongs to; undefined without `partition`. */
export interface Output<V, P> {
  readonly value: V;
  readonly partition: P;
}

const pipelineBrand: unique symbol = Symbol.for("shardmill.pipeline");

/** What `pipeline()` returns: for the option `pipeline` of `firehoseTransform` and of `kinesisConsumer`. */
export interface Pipeline<V> {
  readonly [pipelineBrand]: DecodeFunction<V, SourceRecord>;
}

/**
 * What a step answers: a value, several in a list, none, or why there is none. In a list, what is dropped is left out, and
 * each value may be a promise of its own.
 */
export type Answer<V> = V | readonly (NoValue | V | PromiseLike<NoValue | V>)[] | NoValue;

type NoValue = Dropped | Failed;
type Single<Answered> = Exclude<Answered, NoValue | readonly unknown[]>;
type Listed<Answered> = Exclude<Awaited<Extract<Answered, readonly unknown[]>[number]>, NoValue>;

/** A value that such answers bring. */
export type Each<Answered> = Single<Answered> | Listed<Answered>;

/** An output where the answer is a value, a list of outputs where it is a list. */
export type Outputs<Answered, P> =
  | ([Single<Answered>] extends [never] ? never : Output<Single<Answered>, P>)
  | ([Listed<Answered>] extends [never] ? never : readonly Output<Listed<Answered>, P>[]);

/** A pipeline with a `map`. */
export interface PipelineOptions<T, Answered, P> {
  /** Turns a payload into a value. @default bytes() */
  readonly decode?: DecoderLike<T, SourceRecord>;
  /** Whether the value is wanted at all. @default every value is */
  readonly filter?: (value: T, record: SourceRecord) => boolean | PromiseLike<boolean>;
  /** What becomes of it: a value, a list of values, `drop()` or `fail(reason)`. Without it the value is the output, lists included. */
  readonly map: (value: T, record: SourceRecord) => Answered | PromiseLike<Answered>;
  /** Where an output belongs. @default nowhere in particular */
  readonly partition?: (value: Each<Answered>, record: SourceRecord) => P | PromiseLike<P>;
}

/** A pipeline whose outputs are what was decoded. */
export interface UnmappedPipelineOptions<T, P> {
  readonly decode?: DecoderLike<T, SourceRecord>;
  readonly filter?: (value: T, record: SourceRecord) => boolean | PromiseLike<boolean>;
  readonly map?: undefined;
  readonly partition?: (value: T, record: SourceRecord) => P | PromiseLike<P>;
}

/**
 * A transform that is written once: behind Firehose its outputs are the response, with the partition as keys of
 * dynamic partitioning; on a stream they go to `process` or `processBatch`, as `{ value, partition }`.
 *
 * Where `map` returns a list, `process` gets the list of its outputs at once, so that a record of the stream stays
 * one record of the log: all its outputs are processed together, or it fails and comes again with all of them. An
 * empty list is `drop()`. On a stream, what `decode` throws and what `fail()` gives as reason is final;
 * what the other steps throw is tried again, like an error of `process`.
 *
 * @example
 * const orders = pipeline({
 *   decode: json(Order),
 *   filter: (order) => order.total > 0,
 *   map: (order) => ({ ...order, total: order.total / 100 }),
 *   partition: (order) => ({ country: order.country }),
 * });
 * firehoseTransform({ pipeline: orders });
 * kinesisConsumer({ consumer: "orders", pipeline: orders, process: ({ value, partition }) => {} });
 */
export function pipeline<T = Uint8Array, P extends PartitionKeys | undefined = undefined>(
  options: UnmappedPipelineOptions<T, P>,
): Pipeline<Output<T, P>>;
export function pipeline<
  T = Uint8Array,
  Answered = unknown,
  P extends PartitionKeys | undefined = undefined,
>(options: PipelineOptions<T, Answered, P>): Pipeline<Outputs<Answered, P>>;
export function pipeline(options: AnySteps): Pipeline<any> {
  checkSteps({ ...options });
  const { decode = bytes(), filter, map, partition } = options;
  const run = stepsOf({ decode: decodeFunctionOf(decode), filter, map, partition });
  return { [pipelineBrand]: (data, record) => run(data, record, undefined) as AnyOutputs };
}

/** Steps of any types: the overloads have checked them against each other. */
type AnySteps = { readonly [Step in keyof PipelineOptions<any, any, any>]?: any };

/** What a pipeline does with a payload; undefined for what is none. */
export const stepsIn = <V>(pipeline: Pipeline<V> | undefined) => pipeline?.[pipelineBrand];

const steps = ["decode", "filter", "map", "partition"];

function checkSteps(options: Record<string, unknown>): void {
  for (const [name, step] of Object.entries(options)) {
    if (!steps.includes(name)) {
      throw new TypeError(`pipeline: there is no step ${name}; there are: ${steps.join(", ")}.`);
    }
    const [isGood, wanted] =
      name === "decode"
        ? [isDecoder, aDecoder(step)]
        : [isFunction, "a function, and no generator"];
    if (step !== undefined && !isGood(step)) {
      throw new TypeError(`pipeline: ${name} must be ${wanted}.`);
    }
  }
}

/** The steps of a transform, whatever it is called in its home. */
export interface Steps<T, Record, Context> {
  readonly decode: DecodeFunction<T, Record>;
  readonly filter?: ((value: T, record: Record) => unknown) | undefined;
  readonly map?: ((value: T, record: Record, context: Context) => unknown) | undefined;
  readonly partition?: ((value: unknown, record: Record) => unknown) | undefined;
}

export type AnyOutputs = Output<unknown, unknown> | readonly Output<unknown, unknown>[];
type MaybeOutputs = AnyOutputs | Dropped;
type Pending<Value> = Value | Promise<Value>;

/** Whether a record was mapped to a list. (`Array.isArray` does not tell the compiler of a readonly one.) */
export const isList = (outputs: AnyOutputs): outputs is readonly Output<unknown, unknown>[] =>
  Array.isArray(outputs);

/**
 * Runs the steps one after the other. What `decode` throws is thrown as it is, all that comes after it as an
 * error that `stepOf` knows. A promise only where a step gives one.
 */
export function stepsOf<T, Record, Context>({
  decode,
  filter,
  map,
  partition,
}: Steps<T, Record, Context>): (
  data: Uint8Array,
  record: Record,
  context: Context,
) => Pending<MaybeOutputs> {
  const toOutput = (value: unknown, record: Record) => {
    throwIfFailed(value);
    if (value === undefined) {
      throw new TypeError(
        "The transform returned undefined. It must return a value, a list of values, drop() or fail(reason).",
      );
    }
    if (!partition) return { value, partition: undefined };
    return whenReady(partition(value, record), (partition) => ({ value, partition }));
  };

  const toList = (values: readonly unknown[], record: Record) => {
    const kept = values.filter((value) => !isDropped(value));
    return kept.length === 0 ? drop() : mapReady(kept, (value) => toOutput(value, record));
  };

  const toOutputs = (answer: unknown, record: Record): Pending<MaybeOutputs> => {
    if (isDropped(answer)) return answer;
    if (!Array.isArray(answer)) return toOutput(answer, record);
    return whenReady(
      mapReady(answer, (value) => value),
      (values) => toList(values, record),
    );
  };

  const afterFilter = (value: T, isWanted: unknown, record: Record, context: Context) => {
    if (!isWanted) return drop();
    if (!map) return toOutput(value, record);
    return whenReady(map(value, record, context), (answer) => toOutputs(answer, record));
  };

  const afterDecode = (value: T | Dropped, record: Record, context: Context) => {
    if (isDropped(value)) return value;
    return attempt(
      () =>
        whenReady(filter ? filter(value, record) : true, (isWanted) =>
          afterFilter(value, isWanted, record, context),
        ),
      (outputs): MaybeOutputs => outputs,
      throwAsStep,
    );
  };

  return (data, record, context) =>
    whenReady(decode(data, record), (value) => afterDecode(value, record, context));
}

function throwIfFailed(answer: unknown): void {
  const reason = reasonOf(answer);
  if (reason !== undefined) throw stepError("failed", reason);
}

function throwAsStep(error: unknown): never {
  if (stepOf(error)) throw error;
  throw stepError(
    "threw",
    "A step of the transform threw.",
    error ?? new Error(`It threw ${error}.`),
  );
}

const stepBrand = Symbol.for("shardmill.step");

/**
 * An error of a step after `decode`. `"failed"`: `fail()` gave its message as the reason, and trying again is
 * pointless. `"threw"`: the cause is what the step threw.
 */
function stepError(what: "failed" | "threw", message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { [stepBrand]: what });
}

/** How a step after `decode` ended, if the error is one of those. */
export const stepOf = (error: unknown): "failed" | "threw" | undefined =>
  (error as { readonly [stepBrand]?: "failed" | "threw" } | null | undefined)?.[stepBrand];
