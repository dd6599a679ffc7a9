/** One record of a stream: its place, and its data, taken apart where it is an aggregate. */
import { deaggregate, effectiveHashKey, type KplUserRecord } from "../../../../src/kpl.ts";
import { type Payload, payloadReport, payloadText, payloadTitle, readPayload } from "./payload.ts";
import { counted, isoTime, type Section } from "./section.ts";
import { describeSequenceNumber, sequenceNumberText } from "./sequence-number.ts";

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);

/** Whether it begins as an aggregate of the KPL does. */
export const isAggregateLike = (bytes: Uint8Array) => magic.equals(bytes.subarray(0, magic.length));

export interface StreamRecord {
  readonly sequenceNumber?: string | undefined;
  readonly shardId?: string | undefined;
  readonly partitionKey?: string | undefined;
  readonly explicitHashKey?: string | undefined;
  /** Epoch milliseconds. */
  readonly arrival?: number | undefined;
  /** Undefined: there is none that can be read. */
  readonly data: Uint8Array | undefined;
}

/** What is known of a record, taken apart. */
export interface ReadRecord {
  readonly record: StreamRecord;
  readonly keys: Keys | undefined;
  /** Undefined: there is none that can be read, or it is an aggregate. */
  readonly payload: Payload | undefined;
  /** Of an aggregate. */
  readonly userRecords: readonly UserRecord[] | undefined;
}

export interface UserRecord {
  readonly subSequenceNumber: number;
  readonly keys: Keys;
  readonly payload: Payload;
}

interface Keys {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly hashKey: string;
}

export function readRecord(record: StreamRecord): ReadRecord {
  const { partitionKey, explicitHashKey, data } = record;
  const userRecords = data && deaggregate(data);
  return {
    record,
    keys: partitionKey === undefined ? undefined : keysOf({ partitionKey, explicitHashKey }),
    payload: data && !userRecords ? readPayload(data) : undefined,
    userRecords: userRecords && readUserRecords(userRecords),
  };
}

export const readUserRecords = (records: readonly KplUserRecord[]): UserRecord[] =>
  records.map(({ partitionKey, explicitHashKey, data }, subSequenceNumber) => ({
    subSequenceNumber,
    keys: keysOf({ partitionKey, explicitHashKey }),
    payload: readPayload(data),
  }));

function keysOf(given: { partitionKey: string; explicitHashKey: string | undefined }): Keys {
  const { partitionKey, explicitHashKey } = given;
  const keys = { partitionKey, ...(explicitHashKey !== undefined && { explicitHashKey }) };
  return { ...keys, hashKey: String(effectiveHashKey(keys)) };
}

/** What a look at the record itself finds. */
export function recordProblems({ record, userRecords }: ReadRecord): string[] {
  const { sequenceNumber, shardId, data } = record;
  const told = sequenceNumber && describeSequenceNumber(sequenceNumber).shardId;
  const isElsewhere = told && shardId !== undefined && told !== shardId;
  const isBroken = data && !userRecords && isAggregateLike(data);
  return [
    ...(isElsewhere ? [`the sequence number is of ${told}, and not of ${shardId}`] : []),
    ...(isBroken
      ? ["the data begins as an aggregate does, and is none: it is taken as it is"]
      : []),
  ];
}

/** For programs. */
export function recordReport({ record, keys, payload, userRecords }: ReadRecord) {
  const { sequenceNumber, arrival } = record;
  return {
    position: sequenceNumber === undefined ? undefined : describeSequenceNumber(sequenceNumber),
    ...keys,
    arrivedAt: isoTime(arrival),
    data: payload && payloadReport(payload),
    userRecords: userRecords && userRecordReports(userRecords),
  };
}

export const userRecordReports = (records: readonly UserRecord[]) =>
  records.map(({ subSequenceNumber, keys, payload }) => ({
    subSequenceNumber,
    ...keys,
    data: payloadReport(payload),
  }));

/** For a person. */
export function recordSection(title: string, read: ReadRecord): Section {
  const { record, keys, payload, userRecords } = read;
  const { sequenceNumber, arrival } = record;
  return {
    title,
    fields: [
      ["sequence number", sequenceNumber && sequenceNumberText(sequenceNumber)],
      ["arrived", isoTime(arrival)],
      ...(keys ? keyFields(keys) : []),
      ["data", payload && payloadTitle(payload)],
      ["aggregate", userRecords && counted(userRecords.length, "user record")],
    ],
    text: payload && payloadText(payload),
    sections: (userRecords ?? []).map(userRecordSection),
  };
}

export const userRecordSection = ({ subSequenceNumber, keys, payload }: UserRecord): Section => ({
  title: `user record ${subSequenceNumber}`,
  fields: [...keyFields(keys), ["data", payloadTitle(payload)]],
  text: payloadText(payload),
});

const keyFields = ({ partitionKey, explicitHashKey, hashKey }: Keys): Section["fields"] => [
  ["partition key", partitionKey],
  ["hash key", explicitHashKey === undefined ? hashKey : `${hashKey} (explicit)`],
];
