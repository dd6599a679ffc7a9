/**
 * Pages of records, written straight into the bytes that are sent: a page may have 10,000 records, and an object
 * of each and the texts of its members take three times as long.
 */
import { json, toBase64 } from "../../../../services/src/protocol/json.ts";
import type { RecordPage } from "../api/index.ts";
import type { KinesisRecord } from "../types.ts";
import { encodeCbor } from "./cbor.ts";

/** How a protocol writes a page. */
interface Writing {
  readonly encoding: "utf8" | "latin1";
  readonly begin: string;
  /** Stands between two records. */
  readonly comma: string;
  /** What comes before a record's data, and what comes after it. */
  head(record: KinesisRecord): string;
  tail(record: KinesisRecord): string;
  /** Writes data at a place and returns how many bytes that are. */
  data(bytes: Buffer, at: number, data: Uint8Array): number;
  readonly end: string;
}

function pageOf(records: readonly KinesisRecord[], writing: Writing): Buffer {
  const { begin, comma, encoding, end } = writing;
  const bytes = Buffer.allocUnsafeSlow(records.reduce(most, 3 * (begin.length + end.length)));
  let at = 0;
  let before = begin;
  for (const record of records) {
    at += bytes.write(before + writing.head(record), at, encoding);
    at += writing.data(bytes, at, record.data);
    before = writing.tail(record) + comma;
  }
  const last = records.length > 0 ? before.slice(0, before.length - comma.length) : before;
  at += bytes.write(last + end, at, encoding);
  return bytes.subarray(0, at);
}

/** No character of a key takes more than the six bytes of `\u0001`. */
const most = (sum: number, { partitionKey, data }: KinesisRecord) =>
  sum + 256 + 6 * partitionKey.length + 4 * Math.ceil(data.length / 3);

/** Records know milliseconds, of which the clock may have parts. */
const timeOf = (record: KinesisRecord) => Math.trunc(record.approximateArrivalTimestamp);

export function jsonPage({ records, encryption, more }: RecordPage): Buffer {
  const encrypted = encryption === undefined ? "" : `,"EncryptionType":"${encryption}"`;
  return pageOf(records, {
    encoding: "utf8",
    begin: '{"Records":[',
    comma: ",",
    head: (record) =>
      `{"SequenceNumber":"${record.sequenceNumber}","ApproximateArrivalTimestamp":${timeOf(record) / 1000},"Data":"`,
    data: (bytes, at, data) => bytes.write(toBase64(data), at, "latin1"),
    tail: ({ partitionKey }) => `","PartitionKey":${quoted(partitionKey)}${encrypted}}`,
    end: `],${json.write(more).toString().slice(1)}`,
  });
}

const quoted = (text: string) =>
  /["\\\p{Cc}\p{Cs}]/u.test(text) ? JSON.stringify(text) : `"${text}"`;

/** Its texts are bytes, one a character. */
export function cborPage({ records, encryption, more }: RecordPage): Buffer {
  const others = Object.entries(more).filter(([, value]) => value !== undefined);
  const encrypted = encryption === undefined ? "" : cbor("EncryptionType") + cbor(encryption);
  const begin = `${head(map, encrypted ? 5 : 4)}${cbor("SequenceNumber")}`;
  const beforeTime = cbor("ApproximateArrivalTimestamp");
  const beforeData = cbor("Data");
  const afterData = cbor("PartitionKey");
  let [time, timeText] = [Number.NaN, ""];
  return pageOf(records, {
    encoding: "latin1",
    begin: head(map, 1 + others.length) + cbor("Records") + head(list, records.length),
    comma: "",
    head(record) {
      // Most have that of the record before them.
      if (time !== timeOf(record)) [time, timeText] = [timeOf(record), cbor(timeOf(record))];
      const { data, sequenceNumber } = record;
      const number = head(text, sequenceNumber.length) + sequenceNumber;
      return begin + number + beforeTime + timeText + beforeData + head(bytes, data.length);
    },
    data(page, at, data) {
      page.set(data, at);
      return data.length;
    },
    tail({ partitionKey }) {
      const key = Buffer.from(partitionKey).toString("latin1");
      return afterData + head(text, key.length) + key + encrypted;
    },
    end: others.map(([name, value]) => cbor(name) + cbor(value)).join(""),
  });
}

const cbor = (value: unknown) => Buffer.from(encodeCbor(value)).toString("latin1");

/** CBOR's major types, as they stand in a first byte. */
const [bytes, text, list, map] = [0x40, 0x60, 0x80, 0xa0];

/** What begins a value of so many bytes or members. */
function head(type: number, count: number): string {
  if (count < 24) return String.fromCharCode(type + count);
  if (count < 2 ** 8) return String.fromCharCode(type + 24, count);
  if (count < 2 ** 16) return String.fromCharCode(type + 25, count >> 8, count & 255);
  const [high, low] = [Math.floor(count / 2 ** 16), count % 2 ** 16];
  return String.fromCharCode(type + 26, high >> 8, high & 255, low >> 8, low & 255);
}
