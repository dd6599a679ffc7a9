/** When a lane may send, when it should, and as what. */
import { firstIn, type Lane, waitingIn } from "./lane.ts";
import type { Settings } from "./settings.ts";
import type { Shards } from "./shards.ts";
import { never } from "./wake-up.ts";

/** Of a lane, in one batch: no more than a shard takes in a moment. */
const mostAggregates = 4;

export interface Turns {
  /** When the lane may send, whatever it has to send. */
  opensAt(lane: Lane): number;
  /** When its first record need not wait for others any longer. */
  dueAt(lane: Lane): number;
  /** How its records go now, if as aggregates. */
  packing(lane: Lane): Settings["aggregation"];
  /** How many of this size it sends together. */
  aggregatesIn(lane: Lane, maxSize: number): number;
}

/** `hurriedUpTo`: nothing up to this ordinal waits for others. */
export function turns(
  { aggregation, collection, isOrdered, maxBufferedMs }: Settings,
  shards: Pick<Shards, "mode">,
  hurriedUpTo: () => number,
): Turns {
  const packing = (lane: Lane) =>
    lane.shardId && shards.mode === "aggregate" ? aggregation : undefined;

  return {
    packing,
    opensAt(lane) {
      const isBusy = isOrdered && lane.underWay > 0;
      return isBusy || !firstIn(lane) ? never : Math.max(lane.pausedUntil, lane.rate.readyAt);
    },
    dueAt(lane) {
      const { attempts, ordinal, putAt } = firstIn(lane)!;
      const packs = packing(lane);
      const count = waitingIn(lane);
      const { maxCount, maxSize } = packs ?? collection;
      // Keys come on top: an aggregate is not sent before it is full.
      const isFull = count >= maxCount || lane.bytes + (packs ? 6 * count : 0) >= maxSize;
      return isFull || attempts.length > 0 || ordinal <= hurriedUpTo() ? 0 : putAt + maxBufferedMs;
    },
    aggregatesIn(lane, maxSize) {
      const bytes = Math.min(collection.maxSize, lane.bytes, lane.rate.bytesPerSecond);
      const full = Math.floor(bytes / (maxSize + 1));
      return Math.max(1, Math.min(mostAggregates, collection.maxCount, full));
    },
  };
}
