/** A lane for each open shard, or one for all of them as long as they are not known. */
import type { Batch } from "./answers.ts";
import { append, drain, type Lane, newLane, putInOrder } from "./lane.ts";
import { type Rate, rate } from "./rate.ts";
import { firstHashKey, lastHashKey, overlaps, type ShardMap, shardIn } from "./shard-map.ts";

export interface Lanes {
  readonly all: readonly Lane[];
  of(hashKey: string): Lane;
  /** Lays what waits into lanes for these shards. Those that have keys of a batch under way wait for it. */
  lay(map: ShardMap, underWay: Iterable<Batch>): void;
  /** A record is in this shard: as long as the shards are not known, they are counted. */
  seen(shardId: string): void;
}

export function laneSet(rateLimitPercent: number): Lanes {
  const rates = new Map<string, Rate>();
  const seen = new Set<string>();
  const unknown = rate(rateLimitPercent, () => Math.max(1, seen.size));
  let all = [newLane({ first: firstHashKey, last: lastHashKey, createdAt: 0 }, unknown)];

  function of(hashKey: string): Lane {
    let [low, high] = [0, all.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.last < hashKey) low = middle + 1;
      else high = middle;
    }
    return all[low]!;
  }

  return {
    get all() {
      return all;
    },
    of,
    lay(map, underWay) {
      const waiting = all.flatMap(drain);
      for (const shardId of rates.keys()) if (!shardIn(map, shardId)) rates.delete(shardId);
      all = map.map((shard) => {
        // A shard goes on with its own.
        const own = rates.get(shard.shardId) ?? rate(rateLimitPercent);
        rates.set(shard.shardId, own);
        return newLane(shard, own);
      });
      for (const pending of waiting) append(of(pending.hashKey), pending);
      all.forEach(putInOrder);
      for (const batch of underWay) {
        batch.lanes = all.filter((lane) => overlaps(lane, batch.lane));
        for (const lane of batch.lanes) lane.underWay++;
      }
    },
    seen(shardId) {
      if (!all[0]!.shardId) seen.add(shardId);
    },
  };
}
