import type { SourceRecord } from "../record/pipeline.ts";
import type { FirehoseEvent, FirehoseEventRecord } from "./event.ts";
import { looksReingested, type Unwrapped, unwrapReingested } from "./reingested.ts";

/** A record as `transform` sees it. What it has of the stream it came from, it calls what a `UserRecord` calls it. */
export interface FirehoseRecord extends SourceRecord {
  /** Firehose's own name for it within the invocation. */
  readonly recordId: string;
  /**
   * When it arrived, in epoch milliseconds: at the stream where it came from one, otherwise at Firehose. NaN where
   * the event has no time that can be read.
   */
  readonly approximateArrivalTimestamp: number;
}

/** Under which of its names an event has a record's payload: AWS writes that of MSK in two ways. */
export type PayloadField = "data" | "kafkaRecordValue" | "KafkaRecordValue";

export function payloadFieldOf(record: FirehoseEventRecord): PayloadField {
  if ("kafkaRecordValue" in record) return "kafkaRecordValue";
  return "KafkaRecordValue" in record ? "KafkaRecordValue" : "data";
}

/** The payload in base64, as it stands in the event. */
export function payloadOf(record: FirehoseEventRecord): unknown {
  return (record as unknown as Record<PayloadField, unknown>)[payloadFieldOf(record)];
}

/** Base64 is decoded leniently: what is no base64 shows in a payload that is too short. */
function bytesOf(payload: unknown): Buffer {
  if (typeof payload !== "string") throw new TypeError("The record has no base64 data.");
  const data = Buffer.from(payload, "base64");
  if (data.length === Buffer.byteLength(payload, "base64")) return data;
  throw new TypeError("The record has data that is not base64. Has a middleware decoded it?");
}

/** The payload, out of its envelope where it was put back into the source before. */
export function readPayload(payload: unknown): Unwrapped {
  const data = bytesOf(payload);
  return looksReingested(payload) ? unwrapReingested(data) : { data, rounds: 0 };
}

/** Reads one record. */
export function readRecord(record: FirehoseEventRecord, event: FirehoseEvent): FirehoseRecord {
  const { data, arrival } = readPayload(payloadOf(record));
  const { recordId, approximateArrivalTimestamp, kinesisRecordMetadata } = record;
  const metadata = kinesisRecordMetadata ?? undefined;
  const arrivedAtStream = readTime(metadata?.approximateArrivalTimestamp);
  const arrivedAtFirehose = readTime(approximateArrivalTimestamp);
  return {
    recordId,
    data,
    approximateArrivalTimestamp:
      arrival ?? (Number.isNaN(arrivedAtStream) ? arrivedAtFirehose : arrivedAtStream),
    partitionKey: metadata?.partitionKey,
    shardId: metadata?.shardId,
    sequenceNumber: metadata && String(metadata.sequenceNumber),
    subSequenceNumber: metadata && (Number(metadata.subsequenceNumber) || 0),
    streamArn: metadata && event.sourceKinesisStreamArn,
  };
}

/** Epoch milliseconds, as a number or a text, or a date in ISO's form: events have them all. Otherwise NaN. */
export function readTime(time: unknown): number {
  if (typeof time === "number") return time;
  if (typeof time !== "string" || time === "") return Number.NaN;
  const number = Number(time);
  return Number.isNaN(number) ? Date.parse(time) : number;
}
