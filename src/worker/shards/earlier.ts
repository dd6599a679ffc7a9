/**
 * Leases of an earlier stream: one that was deleted and made again has the same name and the same shard ids, and the rows stay. Sequence
 * numbers tell, since they begin with the time at which their shard was made: no record of a shard is before the shard's first number.
 */
import { isAtEnd, isNumber, type Lease } from "../leases/lease.ts";
import type { ListedShard } from "./sync.ts";

export interface Earlier {
  /** Shows that the stream was made again: a position before its shard's first number. */
  readonly proofs: readonly Lease[];
  /** Shows it too, unless the listing is behind: the shard is open, and its lease is at its end. */
  readonly doubts: readonly Lease[];
  /** What goes if it was: all but the leases that are of the present stream for certain. */
  readonly leases: readonly Lease[];
}

export function earlierLeases(shards: readonly ListedShard[], leases: readonly Lease[]): Earlier {
  const listed = new Map(shards.map((shard) => [shard.shardId, shard]));
  /** Undefined where the position says nothing. */
  function isBefore({ checkpoint, shardId }: Lease): boolean | undefined {
    const shard = listed.get(shardId);
    if (!shard || !isNumber(checkpoint)) return undefined;
    return BigInt(checkpoint.sequenceNumber) < BigInt(shard.startingSequenceNumber);
  }
  return {
    proofs: leases.filter((lease) => isBefore(lease) === true),
    doubts: leases.filter((lease) => isAtEnd(lease) && listed.get(lease.shardId)?.isOpen === true),
    leases: leases.filter((lease) => isBefore(lease) !== false),
  };
}
