import { kindOf } from "../record/foreign-event.ts";
import { bytesOfBase64 } from "../record/payloads.ts";
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

function bytesOf(payload: unknown): Buffer {
  const data = typeof payload === "string" ? bytesOfBase64(payload) : undefined;
  if (data) return data;
  throw new TypeError(
    `The record has no base64 data, but ${kindOf(payload)}. Has a middleware decoded it? Leave that to firehoseTransform.`,
  );
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
    sequenceNumber: metadata && sequenceNumberOf(metadata.sequenceNumber),
    subSequenceNumber: metadata && (Number(metadata.subsequenceNumber) || 0),
    streamArn: metadata && event.sourceKinesisStreamArn,
  };
}

/** A number has lost digits of it. */
const sequenceNumberOf = (number: unknown): string | undefined =>
  typeof number === "string" || Number.isSafeInteger(number) ? String(number) : undefined;

/** The last that has a year of four digits. */
const latestTime = 253_402_300_799_999;

/** Epoch milliseconds, as a number or a text, or a date in ISO's form: events have them all. Otherwise NaN. */
export function readTime(time: unknown): number {
  const number = typeof time === "string" && time.trim() !== "" ? Number(time) : time;
  const read = Number.isNaN(number) ? Date.parse(String(time)) : number;
  return typeof read === "number" && read >= 0 && read <= latestTime ? read : Number.NaN;
}
