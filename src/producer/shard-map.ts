/** Which shard a record goes to. Hash keys are 32 hexadecimal digits here: they compare as text does, and MD5 comes so. */
import { hash } from "../kpl/hash.ts";
import { maxHashKey, parseHashKey } from "../kpl/hash-key.ts";

/** An open shard, and the hash keys that it has. */
export interface ShardRange {
  readonly shardId: string;
  readonly first: string;
  readonly last: string;
  /** When it was made, in seconds; a stream that is made again has shards of the same names. 0: not known. */
  readonly createdAt: number;
}

/** The open shards of a stream, in the order of their hash keys, without a hole. */
export interface ShardMap {
  readonly shards: readonly ShardRange[];
  byId(shardId: string): ShardRange | undefined;
}

export const firstHashKey = "0".repeat(32);
export const lastHashKey = "f".repeat(32);

export const hashKeyText = (hashKey: bigint): string => hashKey.toString(16).padStart(32, "0");

export const contains = (range: Pick<ShardRange, "first" | "last">, hashKey: string): boolean =>
  range.first <= hashKey && hashKey <= range.last;

export const overlaps = (
  one: Pick<ShardRange, "first" | "last">,
  other: Pick<ShardRange, "first" | "last">,
): boolean => one.first <= other.last && other.first <= one.last;

/** @throws Error where the shards do not cover every hash key once: ListShards was asked in the middle of a reshard. */
export function shardMap(shards: readonly ShardRange[]): ShardMap {
  const sorted = [...shards].sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = 0n;
  for (const { first, last, shardId } of sorted) {
    if (first !== hashKeyText(next)) {
      throw new Error(`ListShards left a hole, or names a hash key twice, before ${shardId}.`);
    }
    next = BigInt(`0x${last}`) + 1n;
  }
  if (next !== maxHashKey + 1n) throw new Error("ListShards left a hole at the end.");
  const ids = new Map(sorted.map((shard) => [shard.shardId, shard]));
  return {
    shards: sorted,
    byId: (shardId) => ids.get(shardId),
  };
}

export const isSameMap = (one: ShardMap | undefined, other: ShardMap): boolean =>
  one?.shards.length === other.shards.length &&
  one.shards.every(
    (shard, place) =>
      shard.shardId === other.shards[place]!.shardId &&
      shard.createdAt === other.shards[place]!.createdAt,
  );

/** So many keys are remembered with their hashes: most producers put few keys often. */
const remembered = 16_384;

/** Finds the hash key of records. Undefined: their explicit hash key is none. */
export function hashKeys(): (
  partitionKey: string,
  explicitHashKey: string | undefined,
) => string | undefined {
  const known = new Map<string, string>();
  return (partitionKey, explicitHashKey) => {
    if (explicitHashKey !== undefined) {
      const hashKey = parseHashKey(explicitHashKey);
      return hashKey === undefined ? undefined : hashKeyText(hashKey);
    }
    const before = known.get(partitionKey);
    if (before !== undefined) return before;
    if (known.size >= remembered) known.clear();
    const hashKey = hash("md5", partitionKey);
    known.set(partitionKey, hashKey);
    return hashKey;
  };
}
