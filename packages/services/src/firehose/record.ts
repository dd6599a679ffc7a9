/** A record on its way through a delivery stream, and what is known of one that failed on it. */

export interface DeliveryRecord {
  /** As the transforming function sees it. */
  readonly id: string;
  /** The data as it stands now. */
  readonly data: Uint8Array;
  /** The data as it came: what failure objects and source backups hold. */
  readonly raw: Uint8Array;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  /** Only of a stream whose source is a Kinesis stream. */
  readonly kinesis?: KinesisOrigin;
}

export interface KinesisOrigin {
  readonly shardId: string;
  readonly partitionKey: string;
  readonly sequenceNumber: string;
  /** The place within an aggregated record; 0 for a plain one. */
  readonly subsequenceNumber: number;
}

/** The folders of an error prefix: `!{firehose:error-output-type}`. */
export type ErrorOutputType =
  | "processing-failed"
  | "decompression-failed"
  | "metadata-extraction-failed"
  | "activePartitionExceeded"
  | "format-conversion-failed"
  | "http-endpoint-failed"
  | "AmazonOpenSearchService-failed"
  | "splunk-failed";

/** What an object holds: records, copies of them, what failed, or for Redshift which objects a COPY reads. */
export type Holding = "records" | "backup" | "manifest" | "redshift-failed" | ErrorOutputType;

export interface Failure {
  readonly record: DeliveryRecord;
  readonly type: ErrorOutputType;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptsMade: number;
  /** When the last attempt ended, in epoch milliseconds. */
  readonly at: number;
  /** Of a document that OpenSearch did not take: under which names failure objects have it. */
  readonly document?: Readonly<Record<string, string | undefined>>;
}
