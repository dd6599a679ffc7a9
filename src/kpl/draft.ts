// User records on their way into one aggregate: their places in its key tables, and its exact size.

import { maxHashKey, parseHashKey } from "./hash-key.ts";
import type { KplUserRecord } from "./user-record.ts";

/** Read once: the global is an accessor, which takes as long as the length of a key. */
export const { byteLength } = Buffer;

/** The first bytes of every aggregate. */
export const magic = [0xf3, 0x89, 0x9a, 0xc2] as const;
export const digestLength = 16;

/** What is packed: a user record, or whatever else carries one. */
export interface Packable {
  readonly partitionKey: string;
  readonly explicitHashKey?: string | undefined;
  readonly data: Uint8Array;
}

export interface Draft<R extends Packable = KplUserRecord> {
  readonly records: R[];
  /** Three for each record: its keys' places in the tables, -1 for an explicit hash key that it has not, and the bytes of its message. */
  readonly places: number[];
  /** Each key and its place in the table; a Map keeps them in that order. */
  readonly partitionKeys: Map<string, number>;
  readonly explicitHashKeys: Map<string, number>;
  /** Bytes of the aggregate as it stands. */
  size: number;
}

export const newDraft = <R extends Packable>(): Draft<R> => ({
  ...{ records: [], places: [], partitionKeys: new Map(), explicitHashKeys: new Map() },
  size: magic.length + digestLength,
});

/** False, and nothing is added: the aggregate would be larger than that. The first record is always added. */
export function add<R extends Packable>(draft: Draft<R>, record: R, maxSize: number): boolean {
  const { partitionKey, explicitHashKey, data } = record;
  const { partitionKeys, explicitHashKeys, records } = draft;
  let size = draft.size;
  const key = partitionKeys.get(partitionKey) ?? partitionKeys.size;
  const isNew = key === partitionKeys.size;
  if (isNew) size += fieldSize(byteLength(partitionKey));
  let length = 1 + varintSize(key) + fieldSize(data.length);
  let hashKey = -1;
  if (explicitHashKey !== undefined) {
    hashKey = explicitHashKeys.get(explicitHashKey) ?? explicitHashKeys.size;
    if (hashKey === explicitHashKeys.size) size += fieldSize(explicitHashKey.length);
    length += 1 + varintSize(hashKey);
  }
  size += fieldSize(length);
  if (size > maxSize && records.length > 0) return false;
  draft.size = size;
  records.push(record);
  draft.places.push(key, hashKey, length);
  if (isNew) partitionKeys.set(partitionKey, key);
  if (hashKey === explicitHashKeys.size) explicitHashKeys.set(explicitHashKey!, hashKey);
  return true;
}

/** @throws RangeError for an explicit hash key that is none, of a record that is to be added. */
export function checkHashKey(
  { explicitHashKeys, records }: Draft,
  { explicitHashKey, partitionKey }: KplUserRecord,
): void {
  if (explicitHashKey === undefined || explicitHashKeys.has(explicitHashKey)) return;
  if (parseHashKey(explicitHashKey) !== undefined) return;
  throw new RangeError(
    `User record ${records.length} (partition key ${JSON.stringify(partitionKey)}) has the explicit hash key ` +
      `${JSON.stringify(explicitHashKey)}. It must be a decimal integer from 0 to ${maxHashKey}, ` +
      "without leading zeros; leave it out to have the partition key hashed.",
  );
}

/** Bytes of a field: its key, which takes one here, the length of its payload, and the payload. */
function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest >>>= 7) size++;
  return size;
}
