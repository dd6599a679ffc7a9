/** From a shard to those that follow it: the leases that its end makes, and whether the parents of one are done. */
import { at, isAtEnd, type Lease, leaseIn } from "../leases/lease.ts";
import type { LeaseTable } from "../leases/table.ts";
import { create } from "../leases/writes.ts";
import type { ChildShard } from "../reading/stream.ts";
import { inStream, type KnownStream, keyOf, streamOf } from "../streams.ts";

export interface FollowingOptions {
  readonly table: LeaseTable;
  readonly streams: readonly KnownStream[];
  /** Makes all leases that are missing of a stream. */
  readonly sync: (known: KnownStream) => Promise<boolean>;
}

export interface Following {
  /** Makes the leases of the shards that follow one that has ended. */
  follow(lease: Lease, children: readonly ChildShard[]): Promise<readonly string[]>;
  /** Whether each parent's lease is at its end, or gone. */
  parentsDone(lease: Lease): Promise<boolean>;
}

export function following({ table, streams, sync }: FollowingOptions): Following {
  const isMissing = async (known: KnownStream, shardId: string) =>
    (await table.get(keyOf(known, shardId))) === undefined;

  return {
    async follow(lease, children) {
      const known = streamOf(streams, lease)!;
      for (const { shardId, parents, hashKeys } of children) {
        // Of a merge: if the other parent has no lease and the child neither, nobody has begun the other one.
        const others = parents.filter((parent) => parent !== lease.shardId);
        const isAlone = await Promise.all(others.map((parent) => isMissing(known, parent)));
        if (isAlone.includes(true) && (await isMissing(known, shardId))) await sync(known);
        const child = { key: shardId, shardId, checkpoint: at("TRIM_HORIZON"), parents, hashKeys };
        await table.write(create(inStream(known, child)));
      }
      return children.map(({ shardId }) => shardId);
    },
    async parentsDone(lease) {
      const known = streamOf(streams, lease)!;
      for (const parent of lease.parents) {
        const row = await table.get(keyOf(known, parent));
        const found = row && leaseIn(row);
        if (found && !isAtEnd(found)) return false;
      }
      return true;
    },
  };
}
