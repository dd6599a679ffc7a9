/** What may stand in the event of a Firehose transformation, and what is refused by name. */
import { describeForeignEvent, isObject } from "../record/foreign-event.ts";

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
export interface FirehoseEvent {
  readonly invocationId: string;
  readonly deliveryStreamArn: string;
  /** Only where the source is a Kinesis stream. */
  readonly sourceKinesisStreamArn?: string | undefined;
  /** Only where the source is a topic of Amazon MSK. */
  readonly sourceMSKArn?: string | undefined;
  readonly region: string;
  readonly records: readonly FirehoseEventRecord[];
}

/** A record of the event that Firehose invokes a transformation with. */
export interface FirehoseEventRecord {
  readonly recordId: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Base64. */
  readonly data?: string | undefined;
  /** Base64: what `data` is called where the source is a topic of Amazon MSK. */
  readonly kafkaRecordValue?: string | undefined;
  /** Only where the source is a Kinesis stream. Samples and SDKs disagree on the types in it. */
  readonly kinesisRecordMetadata?:
    | {
        readonly shardId: string;
        readonly partitionKey: string;
        readonly sequenceNumber: string;
        readonly subsequenceNumber?: number | string | undefined;
        readonly approximateArrivalTimestamp?: number | string | undefined;
      }
    | undefined;
}

/** Whether somebody waits for an answer that speaks for records of Firehose. */
export const isFirehoseEvent = (event: unknown): boolean =>
  isObject(event) && "deliveryStreamArn" in event && Array.isArray(event.records);

/**
 * Returns the event when every record in it can be answered; otherwise throws what is wrong, and where. What
 * is wrong inside a record is that record's failure, and is not looked at here.
 */
export function checkFirehoseEvent(event: unknown): FirehoseEvent {
  if (!isObject(event) || !Array.isArray(event.records) || !("deliveryStreamArn" in event)) {
    throw new TypeError(
      `${describeForeignEvent(event)} is not an event of a Firehose transformation.`,
    );
  }
  if (typeof event.deliveryStreamArn !== "string") {
    throw new TypeError("The event has a deliveryStreamArn that is no text.");
  }
  const ids = new Set<string>();
  event.records.forEach((record: unknown, index) => {
    if (!isObject(record)) throw new TypeError(`records[${index}] is not an object.`);
    const { recordId } = record;
    if (typeof recordId !== "string" || recordId === "") {
      throw new TypeError(`records[${index}] has no recordId, so it cannot be answered.`);
    }
    if (ids.has(recordId)) {
      throw new TypeError(
        `records[${index}] has the recordId ${recordId.slice(0, 80)} of an earlier record: one answer cannot speak for two.`,
      );
    }
    ids.add(recordId);
  });
  return event as unknown as FirehoseEvent;
}

/** `…:deliverystream/<name>` */
export const deliveryStreamNameOf = ({ deliveryStreamArn }: FirehoseEvent): string =>
  deliveryStreamArn.slice(deliveryStreamArn.lastIndexOf("/") + 1);
