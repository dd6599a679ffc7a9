// User records on their way into one aggregate: their places in its key tables, and its exact size.

import { maxHashKey, parseHashKey } from "./hash-key.ts";
import type { KplUserRecord } from "./user-record.ts";

/** The first bytes of every aggregate. */
export const magic = [0xf3, 0x89, 0x9a, 0xc2] as const;
export const digestLength = 16;

export interface Draft {
  readonly placed: Placed[];
  /** Each key and its index in the table; a Map keeps them in that order. */
  readonly partitionKeys: Map<string, number>;
  readonly explicitHashKeys: Map<string, number>;
  /** Bytes of the aggregate as it stands. */
  size: number;
}

/** A record with its place in a draft. An index equal to the table's size is that of a new key. */
export interface Placed {
  readonly record: KplUserRecord;
  readonly partitionKeyIndex: number;
  /** -1: the record has no explicit hash key. */
  readonly explicitHashKeyIndex: number;
  /** Bytes of its Record message. */
  readonly length: number;
  /** Bytes by which it makes the aggregate grow. */
  readonly growth: number;
}

export function newDraft(): Draft {
  return {
    placed: [],
    partitionKeys: new Map(),
    explicitHashKeys: new Map(),
    size: magic.length + digestLength,
  };
}

/**
 * Where the record would go and what it would cost. The draft stays as it is.
 * @throws RangeError for an explicit hash key that is none.
 */
export function place(draft: Draft, record: KplUserRecord): Placed {
  const { partitionKey, explicitHashKey, data } = record;
  let growth = 0;
  let partitionKeyIndex = draft.partitionKeys.get(partitionKey);
  if (partitionKeyIndex === undefined) {
    partitionKeyIndex = draft.partitionKeys.size;
    growth += fieldSize(Buffer.byteLength(partitionKey));
  }
  let length = 1 + varintSize(partitionKeyIndex) + fieldSize(data.length);
  let explicitHashKeyIndex: number | undefined = -1;
  if (explicitHashKey !== undefined) {
    explicitHashKeyIndex = draft.explicitHashKeys.get(explicitHashKey);
    if (explicitHashKeyIndex === undefined) {
      checkHashKey(explicitHashKey, draft.placed.length, partitionKey);
      explicitHashKeyIndex = draft.explicitHashKeys.size;
      growth += fieldSize(explicitHashKey.length);
    }
    length += 1 + varintSize(explicitHashKeyIndex);
  }
  growth += fieldSize(length);
  return { record, partitionKeyIndex, explicitHashKeyIndex, length, growth };
}

export function append(draft: Draft, placed: Placed): void {
  const { partitionKey, explicitHashKey } = placed.record;
  draft.placed.push(placed);
  draft.size += placed.growth;
  if (placed.partitionKeyIndex === draft.partitionKeys.size) {
    draft.partitionKeys.set(partitionKey, placed.partitionKeyIndex);
  }
  if (
    explicitHashKey !== undefined &&
    placed.explicitHashKeyIndex === draft.explicitHashKeys.size
  ) {
    draft.explicitHashKeys.set(explicitHashKey, placed.explicitHashKeyIndex);
  }
}

function checkHashKey(explicitHashKey: string, index: number, partitionKey: string): void {
  if (parseHashKey(explicitHashKey) !== undefined) return;
  throw new RangeError(
    `User record ${index} (partition key ${JSON.stringify(partitionKey)}) has the explicit hash key ` +
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
