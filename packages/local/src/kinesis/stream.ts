/** A stream: its settings, its shards, and which open shard a hash key belongs to. */
import {
  evenRanges,
  type HashRange,
  hashPartitionKey,
  parseExplicitHashKey,
} from "./hash-space.ts";
import { neverTrimmed } from "./retention.ts";
import { createdSecondsAfter, createShard, describeShard, type ShardState } from "./shard.ts";
import type { StreamState } from "./state.ts";
import type { CreateStream, KeptSettings, StreamDescription } from "./types.ts";

export const nothingKept: KeptSettings = { tags: new Map(), shardLevelMetrics: [] };

export function createStreamState(
  input: Omit<CreateStream, "shards">,
  identity: Pick<StreamState, "arn" | "accountId" | "incarnation" | "createdAt">,
): StreamState {
  return {
    ...identity,
    name: input.name,
    status: "CREATING",
    mode: input.mode ?? "PROVISIONED",
    retentionHours: input.retentionHours ?? 24,
    maxRecordSizeInKiB: input.maxRecordSizeInKiB ?? 1024,
    shards: new Map(),
    open: [],
    nextShardIndex: 0,
    trimHorizon: Number.NEGATIVE_INFINITY,
    trimmed: neverTrimmed,
    scalings: [],
    modeSwitches: [],
    underway: undefined,
    consumers: new Map(),
    kept: nothingKept,
    listeners: new Set(),
  };
}

/** Gives the stream its first shards. */
export function addFirstShards(stream: StreamState, count: number, now: number): void {
  stream.open = evenRanges(count).map((range) => addShard(stream, range, now));
}

export function describeStream(stream: StreamState): StreamDescription {
  const shards = [...stream.shards.values()];
  return {
    name: stream.name,
    arn: stream.arn,
    status: stream.status,
    mode: stream.mode,
    createdAt: stream.createdAt,
    retentionHours: stream.retentionHours,
    maxRecordSizeInKiB: stream.maxRecordSizeInKiB,
    openShardCount: stream.open.length,
    shards: shards.map(describeShard),
    heldBytes: shards.reduce((sum, { log }) => sum + log.heldBytes, 0),
  };
}

export function addShard(
  stream: StreamState,
  range: HashRange,
  now: number,
  parents: readonly ShardState[] = [],
): ShardState {
  const ids = parents.map(({ shardId }) => shardId);
  const seconds = createdSecondsAfter(parents, now);
  const shard = createShard(stream.nextShardIndex++, range, now, ids, seconds);
  stream.shards.set(shard.shardId, shard);
  for (const parent of parents) parent.children.push(shard);
  return shard;
}

/** The open shard that owns the hash key of a partition key. */
export function route({ open }: StreamState, partitionKey: string): ShardState {
  return open.length === 1 ? open[0]! : ownerOf(open, hashPartitionKey(partitionKey));
}

/** The open shard that owns a hash key in decimal. `member` is what errors name, such as "explicitHashKey". */
export function routeExplicitly(
  { open }: StreamState,
  explicitHashKey: string,
  member: string,
): ShardState {
  return ownerOf(open, parseExplicitHashKey(member, explicitHashKey));
}

/** The last shard that starts at the hash key or before it. */
function ownerOf(open: readonly ShardState[], hashKey: string): ShardState {
  let low = 0;
  let high = open.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (open[middle]!.startingHashKey <= hashKey) low = middle;
    else high = middle - 1;
  }
  return open[low]!;
}

export function notifyChange(stream: StreamState, shardId: string): void {
  if (stream.listeners.size === 0) return;
  for (const changed of [...stream.listeners]) changed(shardId);
}
