/** Split and merge: parents close, children take over their ranges. */

import { invalidArgument } from "./error.ts";
import { parseHashKey } from "./hash-space.ts";
import { noSuchShard, type ShardState } from "./shard.ts";
import type { StreamState } from "./state.ts";
import { addShard } from "./stream.ts";

/** What a split or a merge of an existing stream will do, once it has been found possible. */
export type Reshard = (now: number) => void;

export function planSplit(stream: StreamState, shardId: string, newStart: string): Reshard {
  const shard = shardToReshard(stream, shardId);
  const at = parseHashKey("newStartingHashKey", newStart);
  const { start, end } = shard.range;
  if (at <= start + 1n || at >= end) {
    throw invalidArgument(
      `NewStartingHashKey ${newStart} used in SplitShard() on shard ${shard.shardId} in stream ${stream.name} under account ${stream.accountId} is not both greater than one plus the shard's StartingHashKey ${start} and less than the shard's EndingHashKey ${end}.`,
    );
  }
  checkOpen(stream, shard);
  return (now) => splitAt(stream, shard, at, now);
}

export function planMerge(stream: StreamState, shardId: string, adjacentId: string): Reshard {
  const shard = shardToReshard(stream, shardId);
  const adjacent = shardToReshard(stream, adjacentId);
  if (shard.range.end + 1n !== adjacent.range.start) {
    throw invalidArgument(
      `Shards ${shard.shardId} and ${adjacent.shardId} in stream ${stream.name} under account ${stream.accountId} are not an adjacent pair of shards eligible for merging`,
    );
  }
  checkOpen(stream, shard);
  checkOpen(stream, adjacent);
  return (now) => mergePair(stream, shard, adjacent, now);
}

/** Splits an open shard in two; the upper one starts at `at`. Returns them in order. */
export function splitAt(
  stream: StreamState,
  shard: ShardState,
  at: bigint,
  now: number,
): [ShardState, ShardState] {
  const { start, end } = shard.range;
  close(shard, now);
  const lower = addShard(stream, { start, end: at - 1n }, now, [shard]);
  const upper = addShard(stream, { start: at, end }, now, [shard]);
  stream.open.splice(stream.open.indexOf(shard), 1, lower, upper);
  return [lower, upper];
}

/** Merges two open shards, the second of which starts where the first ends. */
export function mergePair(
  stream: StreamState,
  shard: ShardState,
  adjacent: ShardState,
  now: number,
): ShardState {
  close(shard, now);
  close(adjacent, now);
  const range = { start: shard.range.start, end: adjacent.range.end };
  const merged = addShard(stream, range, now, [shard, adjacent]);
  stream.open.splice(stream.open.indexOf(shard), 2, merged);
  return merged;
}

function close(shard: ShardState, now: number): void {
  shard.closedAt = Math.max(now, shard.createdAt, shard.log.lastArrival);
}

function shardToReshard(stream: StreamState, shardId: string): ShardState {
  const shard = stream.shards.get(shardId);
  if (shard) return shard;
  throw noSuchShard(stream.name, shardId, stream.accountId);
}

function checkOpen(stream: StreamState, shard: ShardState): void {
  if (shard.closedAt === undefined) return;
  throw invalidArgument(
    `Shard ${shard.shardId} in stream ${stream.name} under account ${stream.accountId} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
}
