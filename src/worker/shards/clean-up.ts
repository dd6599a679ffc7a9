/** Which leases are of no more use: of shards that are done and whose children are under way, and of shards that the stream forgot. */
import { hasBegun, isAtEnd, type Lease } from "../leases/lease.ts";

/**
 * Leases at SHARD_END whose children all have leases that have begun, and whose own parents' leases are gone. A lease that goes too
 * early would let a child begin beside its parent, or be made anew.
 */
export function finishedLeases(leases: readonly Lease[]): Lease[] {
  const byShard = new Map(leases.map((lease) => [lease.shardId, lease]));
  const isUnderWay = (shardId: string) => {
    const child = byShard.get(shardId);
    return child !== undefined && hasBegun(child);
  };
  return leases.filter(
    (lease) =>
      isAtEnd(lease) &&
      lease.children.length > 0 &&
      lease.children.every(isUnderWay) &&
      lease.parents.every((parent) => !byShard.has(parent)),
  );
}

/** Leases of shards that ListShards shows no longer: their records are gone with the stream's retention. */
export function forgottenLeases(leases: readonly Lease[], listed: ReadonlySet<string>): Lease[] {
  return leases.filter(({ shardId }) => !listed.has(shardId));
}
