/** What a delivery stream is made of, and what it offers. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { Random } from "../../../../src/time/random.ts";
import type { DeliveryBucket } from "./destination/bucket.ts";
import type { SendRequest } from "./destination/http.ts";
import type { RunCopy } from "./destination/redshift.ts";
import type { GlueTable } from "./parquet/convert.ts";
import type { InvokeTransform } from "./processing/transform.ts";
import type { DeliveryStreamSettings } from "./settings/cloudformation.ts";
import type { SourceKinesis } from "./source.ts";
import type { TraceEntry } from "./trace.ts";

export interface DeliveryStreamOptions {
  readonly name: string;
  /** The Properties of AWS::KinesisFirehose::DeliveryStream, references resolved. */
  readonly settings: DeliveryStreamSettings;
  /** Where objects go: one bucket for all of them, or one for each name. */
  readonly bucket: DeliveryBucket | ((name: string) => DeliveryBucket);
  /** The transforming function. Needed where the settings have a Lambda processor. */
  readonly invoke?: InvokeTransform;
  /** Has the source. Needed where the settings name a Kinesis stream. */
  readonly kinesis?: SourceKinesis;
  /**
   * Where reading of a Kinesis stream begins. Firehose begins with what comes after its creation.
   * @default "LATEST"
   */
  readonly startingPosition?: "LATEST" | "TRIM_HORIZON";
  /** Sends to the HTTP endpoint, to OpenSearch and Splunk. @default sendRequests(): to this machine only */
  readonly send?: SendRequest;
  /** Where OpenSearch is, in place of what the settings say: a server on this machine. */
  readonly opensearch?: string;
  /** Where Splunk's HTTP Event Collector is, in place of what the settings say. */
  readonly splunk?: string;
  /** Runs COPY statements of Redshift. */
  readonly copy?: RunCopy;
  /**
   * Where that lies, as files, which would be sent to OpenSearch, Splunk or Redshift, and has no server here to go to. Needed where there is none.
   */
  readonly outbox?: DeliveryBucket;
  /**
   * The table of the conversion, as AWS::Glue::Table has it in TableInput, or who finds it by its
   * names. Needed where the settings convert.
   */
  readonly glueTable?: GlueTable | ((names: TableNames) => GlueTable | undefined);
  /** @default systemClock, or that of `kinesis` */
  readonly clock?: Clock;
  /** For ids, names and jitter. @default systemRandom */
  readonly random?: Random;
  /** @default "us-east-1", or that of `kinesis` */
  readonly region?: string;
  /** @default "123456789012", or that of `kinesis` */
  readonly accountId?: string;
  /**
   * Milliseconds that a record waits in a buffer at most, whatever the hints of the settings are:
   * for a developer who does not want to wait as long as AWS does. @default Infinity
   */
  readonly longestWaitMs?: number;
  /** Partitions that may be active at once. @default 500 */
  readonly activePartitions?: number;
  /** Keep every entry (true), none (false) or the latest so many. @default true */
  readonly trace?: boolean | number;
  /** Hears of every entry of the trace, kept or not. */
  readonly on?: (entry: TraceEntry) => void;
}

export interface TableNames {
  readonly databaseName: string;
  readonly tableName: string;
}

/** A delivery stream on this machine: takes records, buffers, transforms and delivers them. */
export interface DeliveryStream {
  readonly name: string;
  readonly arn: string;
  readonly settings: DeliveryStreamSettings;
  readonly sourceType: "DirectPut" | "KinesisStreamAsSource";
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** As PutRecord. Throws a FirehoseError with AWS's code. */
  put(data: Uint8Array): PutResult;
  /** As PutRecordBatch: up to 500 records and 4 MiB. `refuses` may refuse a record as if there had been too many. */
  putBatch(records: readonly Uint8Array[], refuses?: (data: Uint8Array) => boolean): PutBatchResult;
  /**
   * Resolves when nothing is left to deliver, as the buffering hints have it. A virtual clock is
   * moved for it; under a real one this takes as long as on AWS: see `flush`.
   */
  drain(): Promise<void>;
  /** Delivers everything without waiting for buffers to fill, and resolves when nothing is left. */
  flush(): Promise<void>;
  /** Takes no more records and reads no more of its source. What it has is delivered first. */
  close(): Promise<void>;
  readonly counts: Readonly<DeliveryCounts>;
  /** What it did so far, oldest first. */
  readonly trace: readonly TraceEntry[];
  /** What AWS takes, and is done in another way here. */
  readonly warnings: readonly string[];
}

/**
 * In records. After `drain`, where nothing is de-aggregated, `incoming` is the sum of `delivered`,
 * `dropped`, `failed` and `lost`.
 */
export interface DeliveryCounts {
  /** Put, or read from the source; an aggregate of the KPL counts as its user records. */
  incoming: number;
  /** Reached the destination. */
  delivered: number;
  /** The function said so. */
  dropped: number;
  /** Are in failure objects. */
  failed: number;
  /** Reached the backup. */
  backedUp: number;
  /** Neither delivered nor in a failure object: what AWS loses, too. */
  lost: number;
}

export interface PutResult {
  readonly recordId: string;
}

/** What PutRecordBatch answers. */
export interface PutBatchResult {
  readonly failedPutCount: number;
  /** One for each record of the request, in its order. */
  readonly responses: readonly (
    | PutResult
    | { readonly errorCode: string; readonly errorMessage: string }
  )[];
}
