/**
 * Pages of records, written from where a shard holds them straight into the bytes that are sent: a page may have 10,000
 * records, and an object of each and the texts of its members take several times as long.
 */
import { json } from "../../../../services/src/protocol/json.ts";
import type { RecordPage } from "../api/index.ts";
import type { HeldRecords } from "../held-records.ts";
import { digitCount } from "../sequence-digits.ts";
import type { KinesisRecord } from "../types.ts";
import { encodeCbor } from "./cbor.ts";

/** How a protocol writes a page. What writes at a place returns where it ended. */
interface Writing {
  /** What comes before the digits of the first record's sequence number, and of every other. */
  readonly begin: Buffer;
  readonly between: Buffer;
  /** What comes between the digits and the data. */
  time(arrival: number): Buffer;
  data(page: Buffer, at: number, bytes: Buffer, from: number, to: number): number;
  /** With the name of the key before it. */
  key(page: Buffer, at: number, bytes: Buffer, from: number, to: number): number;
  /** What comes after the last record, and instead of all when there is none. */
  readonly end: Buffer;
  readonly empty: Buffer;
}

function pageOf(records: HeldRecords, writing: Writing): Buffer {
  if (records.length === 0) return writing.empty;
  const { begin, between, end } = writing;
  // No byte of a key takes more than the six of `\u0001`, and three of data no more than four.
  const perRecord = between.length + mostAround;
  const ofData = Math.ceil(((records.bytes - records.keyBytes) * 4) / 3);
  const most = records.length * perRecord + 6 * records.keyBytes + ofData;
  const page = Buffer.allocUnsafeSlow(begin.length + most + end.length);
  let [at, before] = [0, begin];
  let [time, arrivedAt] = [end, Number.NaN];
  records.visit((digits, arrival, bytes, keyStart, dataStart, dataEnd) => {
    // Most have that of the record before them.
    if (arrival !== arrivedAt) [time, arrivedAt] = [writing.time(arrival), arrival];
    at = put(page, at, before);
    at = put(page, at, digits);
    at = put(page, at, time);
    at = writing.data(page, at, bytes, dataStart, dataEnd);
    at = writing.key(page, at, bytes, keyStart, dataStart);
    before = between;
  });
  return page.subarray(0, put(page, at, end));
}

/** Digits, names, a time, lengths, quotes and what fills base64 up are less than these. */
const mostAround = 160;

function put(page: Buffer, at: number, bytes: Uint8Array): number {
  page.set(bytes, at);
  return at + bytes.length;
}

/** Records know milliseconds, of which the clock may have parts. */
const timeOf = Math.trunc;

export function jsonPage({ records, encryption, more }: RecordPage): Buffer {
  const encrypted = encryption === undefined ? "" : `,"EncryptionType":"${encryption}"`;
  const first = '{"SequenceNumber":"';
  const rest = `],${json.write(more).slice(1)}`;
  return pageOf(held(records), {
    begin: Buffer.from(`{"Records":[${first}`),
    between: Buffer.from(`${encrypted}},${first}`),
    time: (at) => Buffer.from(`","ApproximateArrivalTimestamp":${timeOf(at) / 1000},"Data":"`),
    data: (page, at, bytes, from, to) =>
      at + page.write(bytes.toString("base64", from, to), at, "latin1"),
    key: (page, at, bytes, from, to) => putQuoted(page, put(page, at, keyName), bytes, from, to),
    end: Buffer.from(`${encrypted}}${rest}`),
    empty: Buffer.from(`{"Records":[${rest}`),
  });
}

const keyName = Buffer.from('","PartitionKey":');
const [quote, backslash] = [0x22, 0x5c];

function putQuoted(page: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  let end = at;
  page[end++] = quote;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 || byte > 0x7e || byte === quote || byte === backslash) {
      return at + page.write(JSON.stringify(bytes.toString("utf8", from, to)), at);
    }
    page[end++] = byte;
  }
  page[end++] = quote;
  return end;
}

export function cborPage({ records, encryption, more }: RecordPage): Buffer {
  const others = Object.entries(more).filter(([, value]) => value !== undefined);
  const encrypted =
    encryption === undefined
      ? Buffer.alloc(0)
      : Buffer.concat([encodeCbor("EncryptionType"), encodeCbor(encryption)]);
  const first = Buffer.concat([
    head(map, encryption === undefined ? 4 : 5),
    encodeCbor("SequenceNumber"),
    head(text, digitCount),
  ]);
  const begin = Buffer.concat([
    head(map, 1 + others.length),
    encodeCbor("Records"),
    head(list, records.length),
  ]);
  const rest = Buffer.concat(
    others.flatMap(([name, value]) => [encodeCbor(name), encodeCbor(value)]),
  );
  return pageOf(held(records), {
    begin: Buffer.concat([begin, first]),
    between: Buffer.concat([encrypted, first]),
    time: (at) => Buffer.concat([timeName, encodeCbor(timeOf(at)), dataName]),
    data: (page, at, bytes, from, to) => putCounted(byteString, page, at, bytes, from, to),
    key: (page, at, bytes, from, to) =>
      putCounted(text, page, put(page, at, keyNameInCbor), bytes, from, to),
    end: Buffer.concat([encrypted, rest]),
    empty: Buffer.concat([begin, rest]),
  });
}

function putCounted(
  type: number,
  page: Buffer,
  at: number,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  const start = put(page, at, head(type, to - from));
  return start + bytes.copy(page, start, from, to);
}

const timeName = encodeCbor("ApproximateArrivalTimestamp");
const dataName = encodeCbor("Data");
const keyNameInCbor = encodeCbor("PartitionKey");

/** CBOR's major types, as they stand in a first byte. */
const [byteString, text, list, map] = [0x40, 0x60, 0x80, 0xa0];

/** What begins a value of so many bytes or members. */
function head(type: number, count: number): Uint8Array {
  if (count < 24) return Uint8Array.of(type + count);
  if (count < 2 ** 8) return Uint8Array.of(type + 24, count);
  if (count < 2 ** 16) return Uint8Array.of(type + 25, count >> 8, count & 255);
  const [high, low] = [Math.floor(count / 2 ** 16), count % 2 ** 16];
  return Uint8Array.of(type + 26, high >> 8, high & 255, low >> 8, low & 255);
}

function held(records: RecordPage["records"]): HeldRecords {
  return "visit" in records ? records : heldAlready(records);
}

/** Records that were copied out of their shard, as if it held them. */
function heldAlready(records: readonly KinesisRecord[]): HeldRecords {
  const keys = records.map(({ partitionKey }) => Buffer.from(partitionKey));
  const sum = (lengths: readonly { readonly length: number }[]) =>
    lengths.reduce((bytes, { length }) => bytes + length, 0);
  const keyBytes = sum(keys);
  return {
    length: records.length,
    keyBytes,
    bytes: keyBytes + sum(records.map(({ data }) => data)),
    copy: () => [...records],
    visit(visit) {
      for (const [place, key] of keys.entries()) {
        const { data, sequenceNumber, approximateArrivalTimestamp } = records[place]!;
        const bytes = Buffer.concat([key, data]);
        const digits = Buffer.from(sequenceNumber);
        visit(digits, approximateArrivalTimestamp, bytes, 0, key.length, bytes.length);
      }
    },
  };
}
