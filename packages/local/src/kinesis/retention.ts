/** What passes retention goes: records first, then the closed shards that held them. */
import { invalidArgument } from "./error.ts";
import type { ShardLog } from "./shard-log.ts";
import type { StreamState } from "./state.ts";

const hour = 3_600_000;

/**
 * Forgets what is older than the stream's retention; what is exactly as old is still there.
 * Every operation on a stream begins with it.
 */
export function trim(stream: StreamState, now: number): void {
  const { trimmed } = stream;
  if (trimmed.at <= now && now <= trimmed.until) return;
  const horizon = trimHorizon(stream, now);
  // What arrives from now on is younger than this, unless the clock goes back: then it is done again.
  let oldest = now;
  for (const shard of stream.shards.values()) {
    shard.log.trim(horizon);
    const gone = shard.closedAt !== undefined && shard.closedAt < horizon;
    if (gone) stream.shards.delete(shard.shardId);
    else oldest = Math.min(oldest, shard.log.oldestArrival ?? shard.closedAt ?? oldest);
  }
  stream.trimHorizon = horizon;
  stream.trimmed = { at: now, until: oldest + stream.retentionHours * hour };
}

/** The moment from which on records are kept, in epoch milliseconds. It never moves back. */
export function trimHorizon(stream: StreamState, now: number): number {
  return Math.max(stream.trimHorizon, now - stream.retentionHours * hour);
}

/** Forgets the oldest records of all streams until the rest costs at most `maxBytes`. */
export function trimToSize(streams: Iterable<StreamState>, maxBytes: number): void {
  const logs = [...streams].flatMap(({ shards }) => [...shards.values()].map(({ log }) => log));
  let held = logs.reduce((sum, log) => sum + log.heldBytes, 0);
  while (held > maxBytes) {
    let oldest: ShardLog | undefined;
    for (const log of logs) {
      const arrival = log.oldestChunkArrival;
      if (arrival !== undefined && arrival < (oldest?.oldestChunkArrival ?? Infinity)) oldest = log;
    }
    // One chunk of each shard stays, so that it can take the next record.
    if (!oldest) return;
    held -= oldest.dropOldestChunk();
  }
}

/** Sets the retention. A shorter one trims at once, a longer one brings nothing back. */
export function setRetention(stream: StreamState, hours: number, now: number): void {
  checkRetention(hours);
  stream.trimmed = neverTrimmed;
  trim(stream, now);
  stream.retentionHours = hours;
  stream.trimmed = neverTrimmed;
  trim(stream, now);
}

export const neverTrimmed = { at: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

export function checkRetention(hours: number): void {
  if (!(hours >= 24)) {
    throw invalidArgument(
      `Minimum allowed retention period is 24 hours. Requested retention period (${hours} hours) is too short.`,
    );
  }
  if (hours > 8760) {
    throw invalidArgument(
      `Maximum allowed retention period is 8760 hours. Requested retention period (${hours} hours) is too long.`,
    );
  }
}
