// From the bytes of one Kinesis record to the user records that the KPL packed into it.
//
//   F3 89 9A C2 | AggregatedRecord, a proto2 message | MD5 of that message, 16 bytes
//
//   AggregatedRecord: 1 partition key table, 2 explicit hash key table, 3 records
//   Record: 1 partition key index, 2 explicit hash key index (optional), 3 data, 4 tags (ignored)

import { BufferView } from "./buffer-view.ts";
import { hash } from "./hash.ts";
import type { KplUserRecord } from "./user-record.ts";

/** Loaded with the first aggregate, and not with the handler's import. */
let buffer: Pick<typeof import("node:buffer"), "isAscii"> | undefined;

const magicLength = 4;
const digestLength = 16;
/** As deep as protobuf's own parsers go; a bound also on our recursion. */
const maxGroupDepth = 100;

/** V8 copies a slice that is shorter; a longer one would keep the whole table in memory. */
const shortestSlice = 13;

interface Message {
  /** From the magic on; the message itself ends before the digest. */
  readonly bytes: Buffer;
  /** What `bytes` lies in, and where: a typed array's own accessors are slow. */
  readonly memory: ArrayBufferLike;
  readonly offset: number;
  readonly end: number;
  readonly partitionKeys: string[];
  readonly explicitHashKeys: string[];
}

/**
 * The user records of a KPL aggregate, in the producer's order, which is that of their
 * subsequence numbers; never an empty list. Each `data` is a view into the given bytes, not a copy.
 *
 * `undefined` means: this is no aggregate, take the bytes as a plain record. It is all or
 * nothing, so that no byte is lost in silence. As in the KCL, no aggregate is what is too short,
 * lacks the magic bytes, fails its MD5 or does not parse. Stricter than the KCL, no aggregate is
 * also what points outside of its key tables or holds no user record at all. Key bytes that are
 * not UTF-8 become U+FFFD, as in the KCL.
 *
 * Never throws, whatever the bytes; the memory it takes is bounded by their number.
 *
 * @example
 * const { partitionKey, data } = event.Records[0].kinesis;
 * const bytes = Buffer.from(data, "base64");
 * const userRecords = deaggregate(bytes) ?? [{ partitionKey, data: bytes }];
 */
export function deaggregate(data: Uint8Array): KplUserRecord[] | undefined {
  const bytes = framed(data);
  return bytes &&
    hash("md5", messageOf(bytes)) === bytes.toString("hex", bytes.length - digestLength)
    ? userRecordsOf(bytes)
    : undefined;
}

/** The bytes, if they begin like an aggregate and are long enough for one. */
export function framed(data: Uint8Array): Buffer | undefined {
  return data[0] === 0xf3 &&
    data[1] === 0x89 &&
    data[2] === 0x9a &&
    data[3] === 0xc2 &&
    data.length > magicLength + digestLength
    ? new BufferView(data.buffer, data.byteOffset, data.length)
    : undefined;
}

/** What the digest at the end is of. */
export const messageOf = (bytes: Buffer): Buffer => bytes.subarray(magicLength, -digestLength);

/** Takes an aggregate apart whose digest is right. */
export function userRecordsOf(bytes: Buffer): KplUserRecord[] | undefined {
  const { buffer: memory, byteOffset: offset } = bytes;
  const end = bytes.length - digestLength;
  const message = { bytes, memory, offset, end, partitionKeys: [], explicitHashKeys: [] };
  return readRecords(message, readKeys(message));
}

// A varint may be read past `end`, into the digest, the next record or nothing. `at > end` shows
// that, and the message is rejected before anything is made of it.

/**
 * Reads the partition keys that stand at the message's beginning, below 128 bytes each: where all of them
 * are ASCII, with one call for their text. Returns where they end; beyond the message where it is cut off.
 */
function readKeys({ bytes, partitionKeys }: Message): number {
  let stop = magicLength;
  while (bytes[stop] === 0x0a && bytes[stop + 1]! < 128) stop += 2 + bytes[stop + 1]!;
  buffer ??= process.getBuiltinModule("node:buffer");
  const text = buffer.isAscii(bytes.subarray(magicLength, stop))
    ? bytes.toString("latin1", magicLength, stop)
    : undefined;
  for (let at = magicLength; at < stop; ) {
    const length = bytes[at + 1]!;
    const start = at + 2;
    at = start + length;
    partitionKeys.push(
      text && length < shortestSlice
        ? text.slice(start - magicLength, at - magicLength)
        : bytes.toString(text ? "latin1" : "utf8", start, at),
    );
  }
  return stop;
}

/** Reads on at `start`. With `isAgain` the key tables are known already. */
function readRecords(
  message: Message,
  start: number,
  isAgain = false,
): KplUserRecord[] | undefined {
  const { bytes, end, partitionKeys, explicitHashKeys } = message;
  const records: KplUserRecord[] = [];
  let incomplete = false;
  for (let at = start; at !== end; ) {
    const key = bytes[at]!;
    if (key !== 0x0a && key !== 0x12 && key !== 0x1a) {
      at = skipField(bytes, at, end);
      if (at < 0) return undefined;
      continue;
    }
    let length = bytes[++at]!;
    if (length > 127) length = readVarint(bytes, at);
    const payload = afterVarint(bytes, at);
    at = payload + length;
    if (length < 0 || at > end) return undefined;
    if (key === 0x1a) {
      const record = readRecord(message, payload, at);
      if (record) records.push(record);
      else incomplete = true;
    } else if (!isAgain) {
      const table = key === 0x0a ? partitionKeys : explicitHashKeys;
      table.push(bytes.toString("utf8", payload, at));
    }
  }
  // Protobuf allows a table to come after the records that point into it; no known producer does
  // so. Then the message is read again, with its tables known.
  if (incomplete) return isAgain ? undefined : readRecords(message, magicLength, true);
  return records.length > 0 ? records : undefined;
}

function readRecord(
  { bytes, memory, offset, partitionKeys, explicitHashKeys }: Message,
  start: number,
  end: number,
): KplUserRecord | undefined {
  let partitionKeyIndex = -1;
  let explicitHashKeyIndex = -1;
  let dataStart = -1;
  let dataEnd = -1;
  for (let at = start; at !== end; ) {
    const key = bytes[at]!;
    if (key !== 0x08 && key !== 0x10 && key !== 0x1a) {
      at = skipField(bytes, at, end);
      if (at < 0) return undefined;
      continue;
    }
    let value = bytes[++at]!;
    if (value > 127) value = readVarint(bytes, at);
    at = afterVarint(bytes, at);
    if (key === 0x08) partitionKeyIndex = value;
    else if (key === 0x10) explicitHashKeyIndex = value;
    else {
      dataStart = at;
      dataEnd = at += value;
    }
    if (value < 0 || at > end) return undefined;
  }
  const partitionKey = partitionKeys[partitionKeyIndex];
  if (partitionKey === undefined || dataStart < 0) return undefined;
  const data = new BufferView(memory, offset + dataStart, dataEnd - dataStart);
  if (explicitHashKeyIndex < 0) return { partitionKey, data };
  const explicitHashKey = explicitHashKeys[explicitHashKeyIndex];
  return explicitHashKey === undefined ? undefined : { partitionKey, explicitHashKey, data };
}

/**
 * Where the field at `at` ends, whatever it is. -1: malformed. A field number that is written in
 * more bytes than it needs counts as malformed: it could hide one of the known fields.
 */
function skipField(bytes: Buffer, at: number, end: number, depth = 0): number {
  const key = readVarint(bytes, at);
  let next = afterVarint(bytes, at);
  if (key < 8 || key >= 2 ** 32 || (key < 128 && next > at + 1)) return -1;
  switch (key & 7) {
    case 0:
      if (readVarint(bytes, next) < 0) return -1;
      next = afterVarint(bytes, next);
      break;
    case 1:
      next += 8;
      break;
    case 2: {
      const length = readVarint(bytes, next);
      if (length < 0) return -1;
      next = afterVarint(bytes, next) + length;
      break;
    }
    case 3:
      next = depth < maxGroupDepth ? skipGroup(bytes, next, end, key + 1, depth + 1) : -1;
      break;
    case 5:
      next += 4;
      break;
    default:
      return -1;
  }
  return next > end ? -1 : next;
}

/** Where the group ends whose first field is at `at`, and whose end has the key `endKey`. */
function skipGroup(bytes: Buffer, at: number, end: number, endKey: number, depth: number): number {
  while (at >= 0 && at < end) {
    if ((bytes[at]! & 7) === 4)
      return readVarint(bytes, at) === endKey ? afterVarint(bytes, at) : -1;
    at = skipField(bytes, at, end, depth);
  }
  return -1;
}

/** Up to 64 bits. Inexact from 2^53 on, which is out of every range anyway. -1: malformed. */
function readVarint(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
    const byte = bytes[at + i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  return -1;
}

function afterVarint(bytes: Buffer, at: number): number {
  while (bytes[at]! > 127) at++;
  return at + 1;
}
