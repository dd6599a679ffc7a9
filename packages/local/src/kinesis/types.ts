import type { Clock } from "../../../../src/time/clock.ts";
import type { Random } from "../../../../src/time/random.ts";

/**
 * The simulator's core: Kinesis Data Streams without a network. Every operation is synchronous,
 * takes effect at once, and fails with a `KinesisError` that carries AWS's code and text.
 * Streams are named by `stream`: a name or an ARN.
 */
export interface Kinesis {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;

  createStream(input: CreateStream): void;
  deleteStream(input: { stream: string; enforceConsumerDeletion?: boolean }): void;
  describeStream(input: { stream: string }): StreamDescription;
  listStreams(): string[];
  listShards(input: { stream: string; filter?: ShardFilter }): Shard[];

  /** With `dryRun` nothing is written: throws DryRunOperationException where the put would have succeeded. */
  putRecord(
    input: PutRecord & { stream: string; sequenceNumberForOrdering?: string; dryRun?: boolean },
  ): PutResult;
  /** `refuses` is asked for each record, and may refuse it as if its shard were full. `dryRun` as of putRecord. */
  putRecords(input: {
    stream: string;
    records: readonly PutRecord[];
    refuses?: () => boolean;
    dryRun?: boolean;
  }): PutRecordsResult;

  /** `consumer`: for a fan-out consumer, whose reads do not count against the shard's limits. */
  getShardIterator(
    input: { stream: string; shardId: string; consumer?: string } & IteratorPosition,
  ): string;
  /** `isLook`: for somebody who looks on, and takes nothing from the shard's limits. */
  getRecords(input: { shardIterator: string; limit?: number; isLook?: boolean }): GetRecordsResult;

  splitShard(input: { stream: string; shardToSplit: string; newStartingHashKey: string }): void;
  mergeShards(input: { stream: string; shardToMerge: string; adjacentShardToMerge: string }): void;
  updateShardCount(input: { stream: string; targetShardCount: number }): void;
  setRetention(input: { stream: string; hours: number }): void;
  updateStreamMode(input: { stream: string; mode: StreamMode }): void;
  updateMaxRecordSize(input: { stream: string; maxRecordSizeInKiB: number }): void;

  registerStreamConsumer(input: { stream: string; name: string }): StreamConsumer;
  deregisterStreamConsumer(input: { consumer: string }): void;
  listStreamConsumers(input: { stream: string }): StreamConsumer[];
  /**
   * Reads for a fan-out consumer, from its own 2 MiB/s: the data behind SubscribeToShard.
   * Where these are spent it answers no records, with `millisBehindLatest` above 0: ask again.
   */
  readForConsumer(input: { consumer: string; shardIterator: string }): ConsumerReadResult;

  /** What a stream (its name or its ARN) or a consumer (its ARN) was given to keep. */
  kept(resource: string): KeptSettings;
  /**
   * Gives a stream or a consumer settings to keep; what is left out stays as it is.
   * `updating`: the stream is UPDATING for as long as a transition takes, and must be ACTIVE.
   */
  keep(resource: string, settings: Partial<KeptSettings>, how?: { updating?: boolean }): void;
  /** What the account was given to keep. */
  billingCommitment: BillingCommitment;

  /** Resolves once all that was done is where it survives this process; undefined if it is already, or never will be. */
  saved?(): Promise<void> | undefined;

  /** Calls `changed` after records arrive in the stream or its shards change. Returns the end of it. */
  onChange(stream: string, changed: (shardId: string) => void): () => void;
}

/** What `createKinesis` takes. */
export interface KinesisOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** @default "us-east-1" */
  readonly region?: string;
  /** @default "123456789012" */
  readonly accountId?: string;
  /**
   * Throughput limits per shard, as on AWS. On-demand streams then double their shards when
   * their writes fill them to more than 80 % for a minute.
   * @default false
   */
  readonly limits?: boolean;
  /**
   * How long a stream or a consumer takes to come, to change and to go, in milliseconds:
   * it is CREATING, UPDATING or DELETING for so long. 0: every change takes effect at once.
   * @default 0
   */
  readonly transitionMs?: number;
  /**
   * What all records together may cost in memory, in bytes: beyond it the oldest go, as if
   * retention had passed. @default Infinity
   */
  readonly maxBytes?: number;
}

/** Whether a stream has a number of shards, or as many as it needs. */
export type StreamMode = "PROVISIONED" | "ON_DEMAND";

/** A stream to make. */
export interface CreateStream {
  readonly name: string;
  /** Open shards at the start. @default 1 when provisioned, 4 when on demand */
  readonly shards?: number;
  /** @default "PROVISIONED" */
  readonly mode?: StreamMode;
  /** 24 to 8,760. @default 24 */
  readonly retentionHours?: number;
  /** 1,024 to 10,240. @default 1024 */
  readonly maxRecordSizeInKiB?: number;
}

/** What a stream is now. */
export interface StreamDescription {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";
  readonly mode: StreamMode;
  readonly createdAt: number;
  readonly retentionHours: number;
  readonly maxRecordSizeInKiB: number;
  readonly openShardCount: number;
  /** Every shard that is still listed, closed ones included. */
  readonly shards: readonly Shard[];
  /** What the records that it holds cost in memory, in bytes. */
  readonly heldBytes: number;
}

/** A shard, as ListShards shows it. */
export interface Shard {
  readonly shardId: string;
  readonly parentShardId?: string;
  readonly adjacentParentShardId?: string;
  readonly hashKeyRange: { readonly startingHashKey: string; readonly endingHashKey: string };
  readonly sequenceNumberRange: {
    readonly startingSequenceNumber: string;
    /** Only of a closed shard. */
    readonly endingSequenceNumber?: string;
  };
}

/** Which shards ListShards shows. See https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html */
export interface ShardFilter {
  readonly type:
    | "AFTER_SHARD_ID"
    | "AT_TRIM_HORIZON"
    | "FROM_TRIM_HORIZON"
    | "AT_LATEST"
    | "AT_TIMESTAMP"
    | "FROM_TIMESTAMP";
  readonly shardId?: string;
  /** Epoch milliseconds. */
  readonly timestamp?: number;
}

/** A record to put. */
export interface PutRecord {
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
}

/** Where a record went. */
export interface PutResult {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** What PutRecords answers: records may be refused one by one. */
export interface PutRecordsResult {
  readonly failedRecordCount: number;
  /** One for each record of the request, in its order. */
  readonly records: readonly (
    | PutResult
    | { readonly errorCode: string; readonly errorMessage: string }
  )[];
}

/** Where in a shard reading begins. */
export type IteratorPosition =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | {
      readonly type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER";
      readonly sequenceNumber: string;
    }
  /** Epoch milliseconds. */
  | { readonly type: "AT_TIMESTAMP"; readonly timestamp: number };

/** A record, as GetRecords gives it. */
export interface KinesisRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
}

/** What GetRecords answers. */
export interface GetRecordsResult {
  readonly records: readonly KinesisRecord[];
  /** Undefined when the shard is closed and read to its end. */
  readonly nextShardIterator: string | undefined;
  readonly millisBehindLatest: number;
  /** Present when the shard is closed and read to its end. */
  readonly childShards?: readonly {
    readonly shardId: string;
    readonly parentShards: readonly string[];
    readonly hashKeyRange: Shard["hashKeyRange"];
  }[];
}

/** What an enhanced fan-out consumer reads: one event of SubscribeToShard. */
export interface ConsumerReadResult extends GetRecordsResult {
  /** Where to go on: a number to read after. Undefined when there is nothing more to come. */
  readonly continuationSequenceNumber: string | undefined;
}

/** Settings that change nothing on one machine, and are there for whoever asks for them. */
export interface KeptSettings {
  readonly tags: ReadonlyMap<string, string>;
  readonly resourcePolicy?: string | undefined;
  /** Of KMS. Nothing is encrypted. */
  readonly encryptionKeyId?: string | undefined;
  /** Of enhanced monitoring. */
  readonly shardLevelMetrics: readonly string[];
  readonly warmThroughputMiBps?: number | undefined;
}

/** Times in epoch milliseconds. */
export interface BillingCommitment {
  readonly status: "ENABLED" | "DISABLED" | "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly earliestAllowedEndAt?: number;
}

/** A registered consumer of a stream: enhanced fan-out. */
export interface StreamConsumer {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATING" | "ACTIVE" | "DELETING";
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly streamArn: string;
}
