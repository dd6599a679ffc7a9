/** From a record to the rows of a source: the columns of its schema, and what Kinesis says of the record. */
import { withoutMark } from "../../values/byte-order-mark.ts";
import { encodeJson } from "../../values/encode-json.ts";
import { isBytes } from "../../values/kinds.ts";
import type { ApplicationPlan } from "../plan/plan.ts";
import type { Decoded, RecordDecoder } from "../schema/decode.ts";
import type { Value } from "../types/sql-type.ts";

/** Where a record came from, and when Kinesis took it in. */
export interface RecordOrigin {
  /** In epoch milliseconds. ROWTIME is the highest so far. */
  readonly approximateArrivalTimestamp: number;
  readonly partitionKey?: string | undefined;
  readonly sequenceNumber?: string | undefined;
  readonly shardId?: string | undefined;
}

/** The rows of a record: a text, bytes of UTF-8, or what JSON.parse made of it. */
export type SourceReader = (record: unknown, origin: RecordOrigin) => readonly Decoded[];

/** `reads`: whether the application has a column of what Kinesis says; others are NULL in its rows, which nobody sees. */
export function sourceReader(
  { sources }: ApplicationPlan,
  source: string,
  decoder: RecordDecoder,
  reads: (column: string) => boolean = () => true,
): SourceReader {
  const { columns } = sources.find(({ name }) => name === source)!;
  const more = columns
    .filter(({ isHidden }) => isHidden)
    .map(({ name }) => (reads(name) ? systemValues[name]! : undefined));
  const first = columns.length - more.length;
  return (record, origin) => {
    const rows = decode(decoder, record);
    for (const row of rows) {
      if (!Array.isArray(row)) continue;
      for (let at = 0; at < more.length; at++) row[first + at] = more[at]?.(origin) ?? null;
    }
    return rows;
  };
}

/** So many values has a row behind those of its record. */
export const systemColumns = 4;

/** What Kinesis says of a record, by the names of the columns. */
const systemValues: Readonly<Record<string, (origin: RecordOrigin) => Value | undefined>> = {
  APPROXIMATE_ARRIVAL_TIME: ({ approximateArrivalTimestamp }) =>
    Math.floor(approximateArrivalTimestamp),
  PARTITION_KEY: ({ partitionKey }) => partitionKey,
  SEQUENCE_NUMBER: ({ sequenceNumber }) => sequenceNumber,
  SHARD_ID: ({ shardId }) => shardId,
};

/** The rows of a record as its schema reads it. */
export function decode(
  { decodeText, decodeValue }: RecordDecoder,
  record: unknown,
): readonly Decoded[] {
  if (typeof record === "string") return decodeText(record);
  // The first question is quick; the second holds for arrays of another realm too.
  return record instanceof Uint8Array || isBytes(record)
    ? decodeText(textOf(record))
    : decodeValue(record);
}

/** A record as the error stream shows it. */
export const shownRecord = (record: unknown): string => {
  if (isBytes(record)) return textOf(record);
  return typeof record === "object" ? encodeJson(record) : String(record);
};

const textOf = (bytes: Uint8Array): string =>
  withoutMark((Buffer.isBuffer(bytes) ? bytes : bufferOf(bytes)).toString());

const bufferOf = ({ buffer, byteLength, byteOffset }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
