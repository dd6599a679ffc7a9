/**
 * The event of a transforming function, key for key as Firehose sends it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesisfirehose.html
 */
import type { DeliveryRecord } from "../record.ts";

/** The event that a transformation is invoked with. */
export interface TransformEvent {
  readonly invocationId: string;
  readonly deliveryStreamArn: string;
  /** Only where the source is a Kinesis stream. */
  readonly sourceKinesisStreamArn?: string;
  readonly region: string;
  readonly records: readonly TransformEventRecord[];
}

/** A record of that event. */
export interface TransformEventRecord {
  readonly recordId: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Base64. */
  readonly data: string;
  readonly kinesisRecordMetadata?: {
    readonly sequenceNumber: string;
    readonly subsequenceNumber: number;
    readonly partitionKey: string;
    readonly shardId: string;
    readonly approximateArrivalTimestamp: number;
  };
}

/** What Lambda takes from a synchronous invocation, in bytes. */
export const mostEventBytes = 6 * 1024 * 1024;

/** What the rest of the event takes, with ARNs of a usual length. */
const envelope = 4096;

export function eventRecord({
  id,
  data,
  arrivedAt,
  kinesis,
}: DeliveryRecord): TransformEventRecord {
  return {
    recordId: id,
    approximateArrivalTimestamp: arrivedAt,
    data: Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64"),
    ...(kinesis && {
      kinesisRecordMetadata: {
        sequenceNumber: kinesis.sequenceNumber,
        subsequenceNumber: kinesis.subsequenceNumber,
        partitionKey: kinesis.partitionKey,
        shardId: kinesis.shardId,
        approximateArrivalTimestamp: arrivedAt,
      },
    }),
  };
}

/** Cuts what was buffered into events that Lambda takes; a record too large for any stands alone. */
export function cutIntoEvents(records: readonly DeliveryRecord[]): DeliveryRecord[][] {
  const events: DeliveryRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = eventBytes(record);
    if (bytes + size > mostEventBytes) {
      events.push([]);
      bytes = envelope;
    }
    events.at(-1)!.push(record);
    bytes += size;
  }
  return events;
}

export const fitsAlone = (record: DeliveryRecord) =>
  envelope + eventBytes(record) <= mostEventBytes;

/** An upper bound: partition keys have at most 256 characters, of at most six bytes each in JSON. */
function eventBytes({ data, kinesis }: DeliveryRecord): number {
  return Math.ceil(data.length / 3) * 4 + (kinesis ? 2200 : 200);
}
