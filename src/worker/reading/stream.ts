/** A stream as a worker reads it: what it asks of Kinesis, and nothing else. */
import type { DeliveredRecord } from "../../record/lambda-event.ts";
import type { HashKeys } from "../leases/lease.ts";
import type { ListedShard } from "../shards/sync.ts";

/** Where reading begins in a shard. */
export type ReadFrom =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | {
      readonly type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER";
      readonly sequenceNumber: string;
    }
  /** Epoch milliseconds. */
  | { readonly type: "AT_TIMESTAMP"; readonly timestamp: number };

/** A shard that follows one that has ended. */
export interface ChildShard {
  readonly shardId: string;
  readonly parents: readonly string[];
  readonly hashKeys: HashKeys;
}

export interface Page {
  readonly records: readonly DeliveredRecord[];
  /** Undefined when the shard is closed and read to its end. */
  readonly next: string | undefined;
  readonly children: readonly ChildShard[];
  readonly millisBehindLatest: number;
}

export interface StreamDescription {
  readonly arn: string;
  readonly name: string;
  /** Epoch seconds. */
  readonly createdAt: number;
}

/** What a subscription brings, every few seconds at least. */
export interface Pushed {
  readonly records: readonly DeliveredRecord[];
  /** Where to go on after it; undefined when the shard is closed and read to its end. */
  readonly continuation: string | undefined;
  readonly children: readonly ChildShard[];
  readonly millisBehindLatest: number;
}

/** A shard's records as they come, for five minutes. Nothing is fetched that nobody asks for. */
export interface Subscription {
  /** Undefined when it is over. */
  next(): Promise<Pushed | undefined>;
  close(): void;
}

/** A fan-out consumer that is registered. */
export interface StreamConsumer {
  readonly arn: string;
  readonly isActive: boolean;
}

/** One stream of Kinesis. Errors carry AWS's names. */
export interface Stream {
  describe(): Promise<StreamDescription>;
  /** All shards, or those that hold what there is to read from a position on. */
  listShards(from?: ReadFrom): Promise<readonly ListedShard[]>;
  /** Undefined, as AWS's reference has it, where the shard is closed and nothing is left from there on. */
  iterator(shardId: string, from: ReadFrom): Promise<string | undefined>;
  read(iterator: string, limit: number): Promise<Page>;
  /** The fan-out consumer of a name; undefined where there is none. */
  consumer(name: string): Promise<StreamConsumer | undefined>;
  register(name: string): Promise<StreamConsumer>;
  subscribe(consumerArn: string, shardId: string, from: ReadFrom): Promise<Subscription>;
}
