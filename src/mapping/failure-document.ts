/** What a failure destination gets about a batch that was given up. */

import type { KinesisEvent } from "../record/lambda-event.ts";
import { type Random, randomUuid } from "../time/random.ts";
import type { Batch } from "./batch.ts";
import { windowTimes } from "./window.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export interface FailureDocument {
  readonly requestContext: {
    readonly requestId: string;
    /** As the mapping names it: with a qualifier only where the mapping has one. */
    readonly functionArn: string;
    readonly condition: FailureCondition;
    readonly approximateInvokeCount: number;
  };
  /** Absent where no response was the cause. */
  readonly responseContext?: ResponseContext;
  readonly version: "1.0";
  /** ISO 8601 with milliseconds, as the other times. */
  readonly timestamp: string;
  readonly KinesisBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber?: string;
    readonly endSequenceNumber?: string;
    readonly approximateArrivalOfFirstRecord?: string;
    readonly approximateArrivalOfLastRecord?: string;
    readonly batchSize?: number;
    readonly streamArn: string;
  };
  /** Only under a tumbling window. */
  readonly timeWindowInfo?: { readonly start: string; readonly end: string };
  /** Only in an S3 object: the whole event of the invocation, as JSON. */
  readonly payload?: string;
}

export type FailureCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface ResponseContext {
  readonly statusCode: 200;
  readonly executedVersion: string;
  /** null: item failures were the cause. */
  readonly functionError: "Unhandled" | null;
}

/** What is known of a batch when it is given up. */
export interface GivenUp {
  readonly batch: Batch;
  readonly requestId: string;
  readonly condition: FailureCondition;
  readonly responseContext: ResponseContext | undefined;
  readonly shardId: string;
  readonly functionArn: string;
  readonly eventSourceArn: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The body of the message to a queue or a topic: no record's data is in it. */
export function failureDocument(given: GivenUp): FailureDocument {
  const { batch, requestId, condition, responseContext, shardId, functionArn } = given;
  return {
    requestContext: {
      requestId,
      functionArn,
      condition,
      // A record that was too old before its first invocation is said to have had one, as on AWS.
      approximateInvokeCount: Math.max(1, batch.attempts),
    },
    ...(responseContext && { responseContext }),
    version: "1.0",
    timestamp: iso(given.now),
    KinesisBatchInfo: batchInfo(batch, shardId, given.eventSourceArn),
    ...(batch.window && { timeWindowInfo: windowTimes(batch.window) }),
  };
}

function batchInfo(
  { records }: Batch,
  shardId: string,
  streamArn: string,
): FailureDocument["KinesisBatchInfo"] {
  const first = records[0];
  const last = records.at(-1);
  if (!first || !last) return { shardId, streamArn };
  return {
    shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: iso(first.approximateArrivalTimestamp),
    approximateArrivalOfLastRecord: iso(last.approximateArrivalTimestamp),
    batchSize: records.length,
    streamArn,
  };
}

const iso = (time: number) => new Date(time).toISOString();

/** The body of the object in a bucket: the document, and the event as an escaped string. */
export function withPayload(document: FailureDocument, event: KinesisEvent): FailureDocument {
  return { ...document, payload: JSON.stringify(event) };
}

/** The content type of the object in a bucket. */
export const s3ContentType = "application/octet-stream";

/** The key of the object in a bucket: `aws/lambda/<uuid>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>`. */
export function s3ObjectKey(uuid: string, shardId: string, now: number, random: Random): string {
  const time = new Date(now).toISOString();
  const day = time.slice(0, 10).replaceAll("-", "/");
  const second = time.slice(0, 19).replaceAll(":", ".");
  return `aws/lambda/${uuid}/${shardId}/${day}/${second}-${randomUuid(random)}`;
}
