/** Which leases a stream needs that the table has not: KCL's rules for an empty table, and for one with a hole in it. */
import type { Checkpoint, HashKeys, Lease, NewLease } from "../leases/lease.ts";
import { at, hasBegun } from "../leases/lease.ts";

/** A shard, as ListShards shows it. */
export interface ListedShard {
  readonly shardId: string;
  readonly parents: readonly string[];
  readonly hashKeys: HashKeys;
  readonly startingSequenceNumber: string;
  readonly isOpen: boolean;
}

/** The keys of all records: 0 to 2^128 - 1. */
const lastHashKey = 2n ** 128n - 1n;

/** Whether ranges of hash keys leave none out. */
export function coversAll(ranges: readonly HashKeys[]): boolean {
  const sorted = ranges
    .map(({ starting, ending }) => [BigInt(starting), BigInt(ending)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let next = 0n;
  for (const [starting, ending] of sorted) {
    if (starting > next) return false;
    if (ending >= next) next = ending + 1n;
  }
  return next > lastHashKey;
}

/** The leases of a table that has none: of the shards that a listing at the initial position shows. */
export const firstLeases = (shards: readonly ListedShard[], initial: Checkpoint): NewLease[] =>
  inOrder(shards).map((shard) => leaseOf(shard, initial));

/**
 * The leases that are missing beside those that are there. A lease is removed only once all children of its shard have begun, so a shard
 * without one was never begun, and none of its parents was finished and forgotten: a parent that is listed and has no lease either is
 * read before it. One of which a child has begun was read, whatever an old listing says of it. Below leased parents, listed or not, a shard
 * begins at its first record, elsewhere at the initial position. With LATEST nobody wants the past: an open shard without any leased ancestor
 * begins at its tip.
 */
export function missingLeases(
  shards: readonly ListedShard[],
  leases: readonly Pick<Lease, "shardId" | "parents" | "checkpoint">[],
  initial: Checkpoint,
): NewLease[] {
  const leased = new Set(leases.map(({ shardId }) => shardId));
  const listed = new Map(shards.map((shard) => [shard.shardId, shard]));
  // The row may be of an earlier stream of this name: of a shard that is listed, the listing says who its parents are.
  const parentsOfLease = ({ shardId, parents }: Pick<Lease, "shardId" | "parents">) =>
    listed.get(shardId)?.parents ?? parents;
  const read = new Set(leases.filter(hasBegun).flatMap(parentsOfLease));
  const missing = new Map<string, NewLease>();
  const fromBeginning = initial.sequenceNumber === "AT_TIMESTAMP" ? initial : at("TRIM_HORIZON");
  const parentsOf = ({ parents }: ListedShard) => parents.flatMap((id) => listed.get(id) ?? []);

  const isKnown = ({ shardId }: ListedShard) => leased.has(shardId) || read.has(shardId);
  const hasLeasedParent = ({ parents }: ListedShard) => parents.some((id) => leased.has(id));

  function hasLeasedAncestor(shard: ListedShard): boolean {
    return hasLeasedParent(shard) || parentsOf(shard).some(hasLeasedAncestor);
  }

  function add(shard: ListedShard): void {
    if (isKnown(shard) || missing.has(shard.shardId)) return;
    const parents = parentsOf(shard);
    const unread = parents.filter((parent) => !isKnown(parent));
    for (const parent of unread) add(parent);
    // Otherwise it follows when they end.
    if (unread.length > 0) return;
    const follows = parents.length > 0 || hasLeasedParent(shard);
    missing.set(shard.shardId, leaseOf(shard, follows ? fromBeginning : initial));
  }

  for (const shard of inOrder(shards)) {
    if (!shard.isOpen || isKnown(shard)) continue;
    if (initial.sequenceNumber !== "LATEST" || hasLeasedAncestor(shard)) add(shard);
    else missing.set(shard.shardId, leaseOf(shard, initial));
  }
  return [...missing.values()];
}

const inOrder = (shards: readonly ListedShard[]) =>
  [...shards].sort((a, b) => {
    const [one, other] = [BigInt(a.startingSequenceNumber), BigInt(b.startingSequenceNumber)];
    return one < other ? -1 : one > other ? 1 : 0;
  });

const leaseOf = (
  { shardId, parents, hashKeys }: ListedShard,
  checkpoint: Checkpoint,
): NewLease => ({
  key: shardId,
  shardId,
  checkpoint,
  parents,
  hashKeys,
});
