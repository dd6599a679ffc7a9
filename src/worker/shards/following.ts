/** From a shard to those that follow it: the leases that its end makes, and whether the parents of one are done. */

import type { Holding } from "../leases/holding.ts";
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
  follow(
    held: Pick<Holding, "lease" | "isValid">,
    children: readonly ChildShard[],
  ): Promise<readonly string[]>;
  /** Whether each parent's lease is at its end, or gone. */
  parentsDone(lease: Lease): Promise<boolean>;
}

export function following({ table, streams, sync }: FollowingOptions): Following {
  const isMissing = async (known: KnownStream, shardId: string) =>
    (await table.get(keyOf(known, shardId))) === undefined;

  /** Of a shard that went with its retention nobody says what follows it. As long as its lease is there, that begins at its first record. */
  async function followForgotten(known: KnownStream): Promise<void> {
    try {
      await sync(known);
    } catch (error) {
      // With the stream went all that could follow.
      if ((error as Error).name !== "ResourceNotFoundException") throw error;
    }
  }

  return {
    async follow({ lease, isValid }, children) {
      const known = streamOf(streams, lease)!;
      if (children.length === 0) await followForgotten(known);
      for (const { shardId, parents, hashKeys } of children) {
        // Of a merge: if the other parent has no lease and the child neither, nobody has begun the other one.
        const others = parents.filter((parent) => parent !== lease.shardId);
        const isAlone = await Promise.all(others.map((parent) => isMissing(known, parent)));
        if (isAlone.includes(true) && (await isMissing(known, shardId))) await sync(known);
        const child = { key: shardId, shardId, checkpoint: at("TRIM_HORIZON"), parents, hashKeys };
        // Whoever has taken the shard meanwhile may be done with the child, too.
        if (!isValid()) throw new Error(`The lease ${lease.key} is not held any more.`);
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
