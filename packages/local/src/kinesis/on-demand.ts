/**
 * On-demand streams grow by themselves. AWS does not say when; the rule here is that a stream
 * doubles its shards once its writes, over a minute or longer, come to more than 80 % of what its
 * open shards take. It is looked at on a write, and a stream never shrinks.
 */
import type { StreamState } from "./state.ts";

const minute = 60_000;
const fullness = 0.8;

export interface Demand {
  /** Counts a record that was written. */
  count(stream: StreamState, bytes: number, now: number): void;
  /** True once, after the stream's writes have filled it for a minute. */
  outgrown(stream: StreamState, now: number): boolean;
}

/** `records` and `bytes`: what a shard takes in a second. */
export function demandOn(shard: { records: number; bytes: number }): Demand {
  const written = new WeakMap<StreamState, { from: number; records: number; bytes: number }>();
  return {
    count(stream, bytes, now) {
      const sum = written.get(stream);
      if (!sum) {
        written.set(stream, { from: now, records: 1, bytes });
        return;
      }
      sum.records++;
      sum.bytes += bytes;
    },
    outgrown(stream, now) {
      const sum = written.get(stream);
      if (stream.mode !== "ON_DEMAND" || stream.status !== "ACTIVE" || !sum) return false;
      const seconds = (now - sum.from) / 1000;
      if (seconds * 1000 < minute) return false;
      written.delete(stream);
      const room = fullness * seconds * stream.open.length;
      return sum.records > room * shard.records || sum.bytes > room * shard.bytes;
    },
  };
}
