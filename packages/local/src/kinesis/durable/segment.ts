/**
 * A segment: one file of the log. It begins with the whole state but for the records, so that the
 * segments before it are needed for nothing but the records that they hold.
 */
import type { StreamState } from "../state.ts";

export interface Segment {
  readonly path: string;
  readonly holds: Holdings;
}

/** The last index held of each shard: by the stream's incarnation, then by the shard's id. */
export type Holdings = Map<string, Map<string, number>>;

export function holdRecord(
  holds: Holdings,
  incarnation: string,
  shardId: string,
  index: number,
): void {
  let shards = holds.get(incarnation);
  if (!shards) {
    shards = new Map();
    holds.set(incarnation, shards);
  }
  shards.set(shardId, index);
}

export function holdAll(holds: Holdings, more: Holdings): void {
  for (const [incarnation, shards] of more) {
    for (const [shardId, index] of shards) holdRecord(holds, incarnation, shardId, index);
  }
}

/** Whether none of its records is still there: all have passed retention, or their streams are gone. */
export function isSpent({ holds }: Segment, streams: Iterable<StreamState>): boolean {
  for (const { incarnation, shards } of streams) {
    for (const [shardId, last] of holds.get(incarnation) ?? []) {
      const log = shards.get(shardId)?.log;
      if (log && log.first <= last) return false;
    }
  }
  return true;
}

export const segmentName = (number: number) => `${String(number).padStart(12, "0")}.log`;

/** The number of a segment's file; undefined for other files. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^(\d{12})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
