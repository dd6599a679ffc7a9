import type { KplUserRecord } from "../kpl/user-record.ts";
import type { Logger } from "../observe/log.ts";
import type { DecodeFunction } from "./decode/decoder.ts";

/** How a `kinesisConsumer` takes an event's aggregates apart: `simdDeaggregator()` or `strictDeaggregator()`. */
export interface Deaggregator {
  /** From the payloads of an event's records: for each undefined where it is no aggregate, or else its user records. */
  readonly takeApart: (
    payloads: readonly Uint8Array[],
    records: readonly AggregateSource[],
    host: DeaggregatorHost,
  ) => Deaggregated | Promise<Deaggregated>;
  /** Stands before the consumer's decoder: what it drops counts as done. @default nothing does */
  readonly beforeDecoding?: <T>(decode: DecodeFunction<T>) => DecodeFunction<T>;
  /** Whether the function's role needs kinesis:ListShards for it: what `shardmill lint` looks at. @default false */
  readonly asksForShards?: boolean;
}

/** What a deaggregator found, a place for each Kinesis record: its user records, or undefined for one that is no aggregate. */
export type Deaggregated = readonly (readonly KplUserRecord[] | undefined)[];

/** What the consumer brings along. */
export interface DeaggregatorHost {
  readonly logger: Logger;
  /** Fires when the invocation's time is nearly over. */
  readonly signal: AbortSignal;
  /** A harness's own way to the shard's range. */
  readonly hashKeyRangeOf?: HashKeyRangeOf | undefined;
}

/** A record of the event, as far as it tells where an aggregate comes from. */
export interface AggregateSource {
  readonly eventID: string;
  readonly eventSourceARN: string;
  readonly kinesis: { readonly sequenceNumber: string };
}

/** Finds the part of the ring of hash keys that a shard has. */
export type HashKeyRangeOf = (streamArn: string, shardId: string) => Promise<HashKeyRange>;

/** The hash keys of a shard, from 0 to 2^128 - 1. */
export interface HashKeyRange {
  readonly start: bigint;
  /** Inclusive. */
  readonly end: bigint;
}
