/** The event of a batch: how it is built, and how many bytes of JSON it is, without writing them. */

/** The event of a Kinesis event source mapping, key for key as Lambda sends it. */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
  /** The rest: only with a tumbling window. */
  readonly window?: { readonly start: string; readonly end: string };
  readonly state?: Record<string, unknown>;
  readonly shardId?: string;
  readonly eventSourceARN?: string;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

/** A record of the event that Lambda invokes a Kinesis consumer with; `data` is base64, the arrival time in seconds. */
export interface KinesisEventRecord {
  readonly kinesis: {
    readonly kinesisSchemaVersion: string;
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly data: string;
    readonly approximateArrivalTimestamp: number;
    /** Only of a worker that goes on within an aggregate: the place in it of the first user record that is left. */
    readonly subSequenceNumber?: number;
  };
  readonly eventSource: string;
  readonly eventVersion: string;
  readonly eventID: string;
  readonly eventName: string;
  readonly invokeIdentityArn: string;
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** A record as a mapping hands it on. */
export interface DeliveredRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  /** Of the rest of an aggregate: the place in it of the first user record that is left. */
  readonly subSequenceNumber?: number;
}

/** What all records of one mapping and one shard have in common. */
export interface RecordOrigin {
  readonly shardId: string;
  /** The stream's ARN, or the consumer's for enhanced fan-out. */
  readonly eventSourceArn: string;
  /** The function's execution role. */
  readonly roleArn: string;
  readonly region: string;
}

/** What an event has beside its records under a tumbling window. */
export type WindowFields = Required<Omit<KinesisEvent, "Records">>;

/** Bytes of an invocation's payload: 6 MiB. */
export const maximumPayload = 6 * 1024 * 1024;

/** A new event; nothing in it is shared with the records or with an earlier event. */
export function buildEvent(
  records: readonly DeliveredRecord[],
  origin: RecordOrigin,
  window?: WindowFields,
): KinesisEvent {
  const Records = records.map((record) => buildRecord(record, origin));
  return window ? { Records, ...window, state: structuredClone(window.state) } : { Records };
}

function buildRecord(
  {
    sequenceNumber,
    partitionKey,
    data,
    approximateArrivalTimestamp,
    subSequenceNumber,
  }: DeliveredRecord,
  { shardId, eventSourceArn, roleArn, region }: RecordOrigin,
): KinesisEventRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey,
      sequenceNumber,
      data: base64(data),
      approximateArrivalTimestamp: approximateArrivalTimestamp / 1000,
      ...(subSequenceNumber !== undefined && { subSequenceNumber }),
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: roleArn,
    awsRegion: region,
    eventSourceARN: eventSourceArn,
  };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64");
}

/**
 * Measures records: the returned function gives the bytes that a record takes in the event of
 * this origin, to the byte, without the comma before it.
 */
export function recordMeasure(origin: RecordOrigin): (record: DeliveredRecord) => number {
  const empty = { sequenceNumber: "", partitionKey: "", data: new Uint8Array() };
  const envelope =
    Buffer.byteLength(
      JSON.stringify(buildRecord({ ...empty, approximateArrivalTimestamp: 0 }, origin)),
    ) - "0".length;
  return ({ sequenceNumber, partitionKey, data, approximateArrivalTimestamp, subSequenceNumber }) =>
    envelope +
    (subSequenceNumber === undefined ? 0 : `,"subSequenceNumber":${subSequenceNumber}`.length) +
    2 * sequenceNumber.length +
    jsonTextBytes(partitionKey) +
    4 * Math.ceil(data.length / 3) +
    secondsDigits(approximateArrivalTimestamp);
}

/** Bytes of the event around its records, commas not counted. */
export function envelopeBytes(window?: WindowFields): number {
  return Buffer.byteLength(JSON.stringify({ Records: [], ...window }));
}

/** Characters of `milliseconds / 1000` as JSON writes it. */
function secondsDigits(milliseconds: number): number {
  const fraction = milliseconds % 1000;
  const whole = String(Math.trunc(milliseconds / 1000)).length;
  if (!Number.isInteger(milliseconds)) return String(milliseconds / 1000).length;
  if (fraction === 0) return whole;
  if (fraction % 100 === 0) return whole + 2;
  return whole + (fraction % 10 === 0 ? 3 : 4);
}

/** Bytes of a string inside JSON, without its quotes. */
export function jsonTextBytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes += asciiBytes(unit);
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else if (unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) {
      bytes += 4;
      at++;
    } else bytes += 6;
  }
  return bytes;
}

function asciiBytes(unit: number): number {
  if (unit >= 0x20) return unit === 0x22 || unit === 0x5c ? 2 : 1;
  const short = unit === 8 || unit === 9 || unit === 10 || unit === 12 || unit === 13;
  return short ? 2 : 6;
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
