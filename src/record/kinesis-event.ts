/** What may stand in the event of a Kinesis event source mapping, and what is refused by name. */
import { isSequenceNumber } from "./digits.ts";
import { describeForeignEvent, isObject, kindOf, type Loose, nameOf } from "./foreign-event.ts";

export interface KinesisEventRecord {
  readonly eventID: string;
  readonly eventVersion?: string;
  readonly eventSource?: string;
  readonly eventSourceARN: string;
  readonly kinesis: {
    readonly kinesisSchemaVersion?: string;
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Epoch seconds, with up to three decimals. */
    readonly approximateArrivalTimestamp: number;
    /** Only of a worker that goes on within an aggregate: the place in it of the first user record that is left. */
    readonly subSequenceNumber?: number;
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
}

/** The sequence numbers in an event of any kind, one for each record: what an answer must speak for. */
export function sequenceNumbersIn(event: unknown): string[] {
  if (!isObject(event) || !Array.isArray(event.Records)) return [];
  return event.Records.map((record) => String(record?.kinesis?.sequenceNumber));
}

/** The records of an event of a stream, none of them looked at; throws what is wrong with the event. */
export function recordsIn(event: unknown): readonly unknown[] {
  if (!isObject(event) || !Array.isArray(event.Records)) {
    throw new TypeError(`${describeForeignEvent(event)} is not an event of a Kinesis stream.`);
  }
  if ("window" in event || "isFinalInvokeForWindow" in event) {
    throw new TypeError(
      "This mapping has a tumbling window: set TumblingWindowInSeconds to 0, or use lambdaWindow.",
    );
  }
  return event.Records;
}

/** The shard that a record comes from. */
export interface Origin {
  readonly streamArn: string;
  /** With the colon behind it. */
  readonly shard: string;
  /** The first text that comes after all that begin with `shard`: two comparisons take a third of the time of startsWith. */
  readonly behind: string;
}

const isOf = ({ streamArn, shard, behind }: Origin, { eventID, eventSourceARN }: Loose) =>
  eventSourceARN === streamArn &&
  typeof eventID === "string" &&
  eventID >= shard &&
  eventID < behind;

/**
 * Returns the record when it can be read; otherwise throws what is wrong with it, and where. `origin` is that of the first, which all
 * others must have.
 */
export function checkedRecord(
  record: unknown,
  index: number,
  origin: Origin | undefined,
): KinesisEventRecord {
  if (!isObject(record)) throw new TypeError(`Records[${index}] is not an object.`);
  const { kinesis } = record;
  if (!isObject(kinesis)) {
    const source = record.eventSource ?? record.EventSource;
    throw new TypeError(
      `Records[${index}] is of the source "${nameOf(source)}", not of a Kinesis stream.`,
    );
  }
  const isOfOrigin = origin && isOf(origin, record);
  const fault = (!isOfOrigin && originFaultOf(record, origin)) || faultOf(record, kinesis);
  if (!fault) return record as unknown as KinesisEventRecord;
  throw new TypeError(`Records[${index}] (${nameOf(record.eventID)}) ${fault}`);
}

/** What is wrong with where a record comes from, which is not `origin`. */
function originFaultOf(
  { eventID, eventSourceARN }: Loose,
  origin: Origin | undefined,
): string | undefined {
  if (typeof eventID !== "string" || !/^shardId-(?:\d+|merged):/.test(eventID)) {
    return `has the eventID ${nameOf(eventID)}, not <shard id>:<sequence number>.`;
  }
  if (typeof eventSourceARN !== "string" || !eventSourceARN.includes(":stream/")) {
    return "has no eventSourceARN of a Kinesis stream.";
  }
  return (
    origin &&
    `of ${nameOf(eventSourceARN)} is not of ${origin.shard} of ${origin.streamArn}, as Records[0] is: an event is of one shard.`
  );
}

/** Seconds, in this millennium or before: what is larger is milliseconds, and would lie in the year 5138 or later. */
const isArrival = (time: unknown): boolean => typeof time === "number" && time >= 0 && time < 1e11;

export const notBase64 = (data: unknown) =>
  `has data that is not base64: it is ${kindOf(data)}. Has a middleware decoded it? Leave that to kinesisConsumer.`;

/** What is wrong with a record of a stream. Every record of every batch comes through here. */
function faultOf(
  { eventVersion = "1.0" }: Loose,
  {
    sequenceNumber,
    data,
    partitionKey,
    approximateArrivalTimestamp,
    kinesisSchemaVersion = "1.0",
  }: Loose,
): string | undefined {
  if (!isSequenceNumber(sequenceNumber)) {
    return `has the sequence number ${nameOf(sequenceNumber)}, not 1 to 129 digits in a text, the first not 0.`;
  }
  if (typeof data !== "string") return notBase64(data);
  if (typeof partitionKey !== "string") {
    return `has no partition key: it is ${kindOf(partitionKey)}.`;
  }
  if (!isArrival(approximateArrivalTimestamp)) {
    return `has the approximateArrivalTimestamp ${nameOf(approximateArrivalTimestamp)}. Lambda gives epoch seconds: divide milliseconds by 1000.`;
  }
  const version = isVersion1(kinesisSchemaVersion) ? eventVersion : kinesisSchemaVersion;
  if (isVersion1(version)) return undefined;
  return `has version ${nameOf(version)}; this shardmill reads version 1. Update it: nothing is lost until then.`;
}

const isVersion1 = (version: unknown) =>
  version === "1.0" || (typeof version === "string" && /^1\.\d+$/.test(version));
