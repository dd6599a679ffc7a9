/** Which shard a record goes to. Hash keys are 32 hexadecimal digits here: they compare as text does, and MD5 comes so. */
import { hash } from "../kpl/hash.ts";
import { parseHashKey } from "../kpl/hash-key.ts";

/** An open shard, and the hash keys that it has. */
export interface ShardRange {
  readonly shardId: string;
  readonly first: string;
  readonly last: string;
  /** When it was made, in seconds; a stream that is made again has shards of the same names. 0: not known. */
  readonly createdAt: number;
}

/** The open shards of a stream, in the order of their hash keys, without a hole. */
export type ShardMap = readonly ShardRange[];

export const shardIn = (map: ShardMap | undefined, id: string): ShardRange | undefined =>
  map?.find(({ shardId }) => shardId === id);

export const firstHashKey = "0".repeat(32);
export const lastHashKey = "f".repeat(32);
const end = { first: `1${firstHashKey}`, last: "0", shardId: "the end" };

export const hashKeyText = (hashKey: bigint | string): string =>
  BigInt(hashKey).toString(16).padStart(32, "0");

export const contains = (range: Pick<ShardRange, "first" | "last">, hashKey: string): boolean =>
  range.first <= hashKey && hashKey <= range.last;

export const overlaps = (
  one: Pick<ShardRange, "first" | "last">,
  other: Pick<ShardRange, "first" | "last">,
): boolean => one.first <= other.last && other.first <= one.last;

/** @throws Error where the shards do not cover every hash key once: ListShards was asked in the middle of a reshard. */
export function shardMap(shards: readonly ShardRange[]): ShardMap {
  const sorted = [...shards].sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = firstHashKey;
  for (const { first, last, shardId } of [...sorted, end]) {
    if (first !== next) throw new Error(`ListShards has a hole or an overlap before ${shardId}.`);
    next = hashKeyText(BigInt(`0x${last}`) + 1n);
  }
  return sorted;
}

export const isSameMap = (one: ShardMap | undefined, other: ShardMap): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** So many keys are remembered with their hashes: most producers put few keys often. */
const remembered = 16_384;

/** What is known of a partition key. */
export interface Key {
  /** Its MD5. */
  readonly hashKey: string;
  /** Of UTF-8. */
  readonly bytes: number;
}

/** Finds the hashes of partition keys. Throws for one that Kinesis does not take. */
export function partitionKeys(): (partitionKey: string) => Key {
  const known = new Map<string, Key>();
  return (partitionKey) => {
    const before = known.get(partitionKey);
    if (before) return before;
    checkKey(partitionKey);
    if (known.size >= remembered) known.clear();
    const key = { hashKey: hash("md5", partitionKey), bytes: Buffer.byteLength(partitionKey) };
    known.set(partitionKey, key);
    return key;
  };
}

function checkKey(partitionKey: string): void {
  const count = partitionKey?.length > 0 ? [...partitionKey].length : 0;
  // Half a surrogate pair has no UTF-8: it would become another key.
  if (count > 0 && count < 257 && partitionKey.isWellFormed?.()) return;
  throw new RangeError(
    `a partition key is well-formed text of 1 to 256 characters; this one has ${count}.`,
  );
}

/** The hash key that an explicit one says. */
export function hashKeyIn(explicit: string): string {
  const hashKey = typeof explicit === "string" ? parseHashKey(explicit) : undefined;
  if (hashKey !== undefined) return hashKeyText(hashKey);
  throw new RangeError(
    `the explicit hash key ${JSON.stringify(explicit)} is no decimal integer from 0 to 2^128 - 1 without leading zeros.`,
  );
}
