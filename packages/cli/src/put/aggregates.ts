/** Entries that are KPL aggregates: as many records of a lane as one takes. */
import { effectiveHashKey, kplAggregator } from "../../../../src/kpl.ts";
import { type Entry, type Lane, type Pending, plainEntry, shift } from "./lanes.ts";

/** The shards that take records, by the hash keys that they begin with. */
export interface ShardMap {
  /** The shard where the record belongs; undefined: nobody knows. */
  find(record: {
    readonly partitionKey: string;
    readonly explicitHashKey?: string;
  }): Shard | undefined;
}

export interface Shard {
  readonly shardId: string;
  readonly start: bigint;
}

export function shardMap(shards: readonly Shard[]): ShardMap {
  const sorted = [...shards].sort((a, b) => (a.start < b.start ? -1 : 1));
  return {
    find(record) {
      const hashKey = effectiveHashKey(record);
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle]!.start <= hashKey) low = middle + 1;
        else high = middle;
      }
      return sorted[low - 1];
    },
  };
}

/**
 * An aggregate of the first records of a lane, as far as they belong to one shard: all of it goes where
 * the first of them belongs. One record goes plain, and so does what is an aggregate already.
 */
export function aggregateEntry(
  lane: Lane,
  { bytesAtMost, recordsAtMost }: { bytesAtMost: number; recordsAtMost: number },
  map: ShardMap,
): Entry {
  if (lane.queue[lane.head]!.isAggregate) return plainEntry(lane);
  const aggregator = kplAggregator({ aggregationMaxSize: bytesAtMost });
  const taken: Pending[] = [];
  const shard = map.find(userRecord(lane.queue[lane.head]!));
  for (let next = lane.queue[lane.head]; next; next = lane.queue[lane.head]) {
    const record = userRecord(next);
    const isForeign = next.isAggregate || map.find(record) !== shard;
    if (isForeign || !aggregator.add(record)) break;
    taken.push(shift(lane)!);
    if (taken.length >= recordsAtMost) break;
  }
  const { partitionKey, explicitHashKey, data } = aggregator.take()!;
  return { lane, pending: taken, data, partitionKey, explicitHashKey, refusals: 0 };
}

const userRecord = ({ partitionKey, record: { data, explicitHashKey } }: Pending) => ({
  ...{ partitionKey, data },
  ...(explicitHashKey === undefined ? {} : { explicitHashKey }),
});
