/**
 * How `shardmill redrive` brings parked records back through their function: an event of the stream whose
 * records are the parked user records, and beside them what a stream's event has no room for.
 */
import type { DescribedError } from "../observe/log.ts";
import type { ParkedRecord, ParkedRow } from "./parking.ts";

/** The event's member `shardmillRedrive`. */
export interface RedriveRequest {
  /** What the redrive has taken the records under. */
  readonly token: string;
  /** When another redrive may take them, in epoch milliseconds: the invocation must be over by then. */
  readonly deadline: number;
  /** One for each record of the event, in its order. */
  readonly records: readonly RedrivenRecord[];
}

export interface RedrivenRecord {
  /** `ParkedRecord.id` */
  readonly id: string;
  readonly subSequenceNumber: number;
  readonly explicitHashKey?: string | undefined;
  /** How often it had failed when it was parked. */
  readonly attempts: number;
  /** What the log calls it since then, in hexadecimal: by its position, where its id could not be read. */
  readonly name?: string | undefined;
  /** It is no record, but a row; all of an event are, and of one output. */
  readonly row?: ParkedRow | undefined;
}

/** The response's member `redriven`, one for each record. */
export interface RedriveResult {
  readonly id: string;
  readonly outcome: RedriveOutcome;
  readonly error?: DescribedError | undefined;
}

/**
 * - `redriven`: its effect happened, and the log says so.
 * - `repeated`: an earlier redrive did it.
 * - `processed`: a delivery did it: before it was parked, or after the log was reset.
 * - `duplicate`: another record with its unique id was done, or parked, before it.
 * - `failed`: it is still parked.
 * - `waiting`: not begun: an earlier record of its lane failed, or the time was over.
 * - `unsaved`: its effect happened, and the log could not be told: another redrive will repeat it.
 */
export type RedriveOutcome =
  | "redriven"
  | "repeated"
  | "processed"
  | "duplicate"
  | "failed"
  | "waiting"
  | "unsaved";

/** What tells a redrive from an event of the mapping. */
export interface RedriveEvent {
  readonly shardmillRedrive?: RedriveRequest;
}

/** What of a parked record goes into the event. */
export type Redrivable = Pick<
  ParkedRecord,
  | "id"
  | "streamArn"
  | "shardId"
  | "sequenceNumber"
  | "subSequenceNumber"
  | "partitionKey"
  | "explicitHashKey"
  | "approximateArrivalTimestamp"
  | "data"
  | "attempts"
  | "name"
  | "row"
>;

/** The event that brings parked records of one shard back. */
export function redriveEvent(
  parked: readonly Redrivable[],
  { token, deadline }: Pick<RedriveRequest, "token" | "deadline">,
) {
  const records = parked.map(({ id, subSequenceNumber, explicitHashKey, attempts, name, row }) => ({
    ...{ id, subSequenceNumber, explicitHashKey, attempts, name, row },
  }));
  return {
    Records: parked.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: record.partitionKey,
        sequenceNumber: record.sequenceNumber,
        data: Buffer.from(record.data).toString("base64"),
        approximateArrivalTimestamp: record.approximateArrivalTimestamp / 1000,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `${record.shardId}:${record.sequenceNumber}`,
      eventName: "aws:kinesis:record",
      awsRegion: record.streamArn.split(":")[3]!,
      eventSourceARN: record.streamArn,
    })),
    shardmillRedrive: { token, deadline, records },
  };
}
