// From user records to the bytes of one Kinesis record; deaggregate.ts draws their layout.

import {
  add,
  byteLength,
  checkHashKey,
  type Draft,
  digestLength,
  magic,
  newDraft,
  type Packable,
} from "./draft.ts";
import { hash } from "./hash.ts";
import { effectiveHashKey } from "./hash-key.ts";
import type { KplUserRecord } from "./user-record.ts";

/** A Kinesis record that holds an aggregate: what PutRecord and PutRecords want to know. */
export interface KplAggregate {
  /** Always "a", as the KPL has it: the explicit hash key decides the shard. */
  readonly partitionKey: string;
  /** That of the first user record, or else the hash of its partition key. */
  readonly explicitHashKey: string;
  readonly data: Uint8Array;
}

/**
 * Packs user records into one Kinesis record, laid out as the KPL does it, equal keys shared.
 * All of them go to the shard of the first, so give it records that belong to one shard: the KCL
 * and Lambda's enhanced fan-out drop an aggregate that has a record of a foreign shard.
 *
 * One record gives an aggregate too. The KPL itself sends a single record plain, and so does
 * `kplAggregator`.
 *
 * @throws RangeError for an empty list, or an explicit hash key that is no decimal integer from
 *   0 to 2^128 - 1. Sizes are not limited here: Kinesis refuses what is too large.
 *
 * @example
 * const { partitionKey, explicitHashKey, data } = aggregate([
 *   { partitionKey: "KLM", data: Buffer.from("boarding") },
 *   { partitionKey: "KLM", data: Buffer.from("departed") },
 * ]);
 * await kinesis.send(new PutRecordCommand({
 *   StreamName: "flights", PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey, Data: data,
 * }));
 */
export function aggregate(records: readonly KplUserRecord[]): KplAggregate {
  return encode(draftOf(records));
}

export function draftOf(records: readonly KplUserRecord[]): Draft {
  const draft = newDraft<KplUserRecord>();
  for (const record of records) {
    checkHashKey(draft, record);
    add(draft, record, Number.POSITIVE_INFINITY);
  }
  return draft;
}

/** @throws RangeError for an empty draft. */
export function encode(draft: Draft): KplAggregate {
  const aggregate = unsealed(draft);
  seal(aggregate.data);
  return aggregate;
}

/**
 * The aggregate without its digest, whose place is at its end.
 * @throws RangeError for an empty draft.
 */
export function unsealed(draft: Draft): KplAggregate & { readonly data: Buffer } {
  const [first] = draft.records;
  if (!first) {
    throw new RangeError("An aggregate needs at least one user record: do not send an empty list.");
  }
  const explicitHashKey = effectiveHashKey(first).toString();
  return { partitionKey: "a", explicitHashKey, data: write(draft) };
}

/** Writes the digest to its place. */
export function seal(data: Buffer): void {
  const end = data.length - digestLength;
  data.write(hash("md5", data.subarray(magic.length, end)), end, "hex");
}

/** The aggregate's bytes, those of its digest not yet written. */
export function write({
  records,
  places,
  partitionKeys,
  explicitHashKeys,
  size,
}: Draft<Packable>): Buffer {
  // Not from Buffer's shared pool: an aggregate may wait long to be sent.
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes.set(magic);
  let at: number = magic.length;
  for (const key of partitionKeys.keys()) at = putString(bytes, at, 0x0a, key);
  for (const key of explicitHashKeys.keys()) at = putString(bytes, at, 0x12, key);
  let place = 0;
  for (const { data } of records) {
    const key = places[place++]!;
    const hashKey = places[place++]!;
    at = putVarint(bytes, at, 0x1a, places[place++]!);
    at = putVarint(bytes, at, 0x08, key);
    if (hashKey >= 0) at = putVarint(bytes, at, 0x10, hashKey);
    at = putVarint(bytes, at, 0x1a, data.length);
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

/** Of ASCII alone, as keys are, one by one: a call of Buffer's takes longer than a short key. */
function putString(bytes: Buffer, at: number, key: number, text: string): number {
  const start = putVarint(bytes, at, key, byteLength(text));
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || i === longestOneByOne) return start + bytes.write(text, start);
    bytes[start + i] = code;
  }
  return start + text.length;
}

const longestOneByOne = 32;

/** Writes a field's key and then a varint: the field's value, or the length of its payload. */
function putVarint(bytes: Buffer, start: number, key: number, value: number): number {
  let at = start;
  bytes[at++] = key;
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}
