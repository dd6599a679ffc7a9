import type { Logger } from "../observe/log.ts";
import type { KplUserRecord } from "./user-record.ts";

/**
 * How a `kinesisConsumer` takes the records of an event apart, from their payloads. For each: undefined where it is no
 * aggregate; otherwise its user records, in their places, undefined for one that is left out.
 */
export interface Deaggregator {
  (
    payloads: readonly Uint8Array[],
    records: readonly AggregateSource[],
    host: DeaggregatorHost,
  ): Deaggregated | Promise<Deaggregated>;
  /** Whether the function's role needs kinesis:ListShards for it: what `shardmill lint` looks at. @default false */
  readonly asksForShards?: boolean;
}

export type Deaggregated = readonly (readonly (KplUserRecord | undefined)[] | undefined)[];

/** What the consumer brings along. */
export interface DeaggregatorHost {
  readonly logger: Logger;
  /** A harness's own way to the shard's range. */
  readonly hashKeyRangeOf?: HashKeyRangeOf | undefined;
}

/** A record of the event, as far as it tells where an aggregate comes from. */
export interface AggregateSource {
  readonly eventID: string;
  readonly eventSourceARN: string;
  readonly kinesis: { readonly sequenceNumber: string };
}

/** The part of the ring of hash keys that a shard has. */
export type HashKeyRangeOf = (streamArn: string, shardId: string) => Promise<HashKeyRange>;

export interface HashKeyRange {
  readonly start: bigint;
  /** Inclusive. */
  readonly end: bigint;
}
