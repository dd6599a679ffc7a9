/** A stream without its records, as it is kept in the log: in JSON, whole at every change. */

import { neverTrimmed } from "../retention.ts";
import { createShard, type ShardState } from "../shard.ts";
import type { ConsumerState, StreamState } from "../state.ts";
import { createStreamState } from "../stream.ts";
import type { KeptSettings } from "../types.ts";

export type StreamEntry = ReturnType<typeof streamEntry>;

export function streamEntry(stream: StreamState) {
  const { name, arn, accountId, incarnation, createdAt, status, mode, underway } = stream;
  const { retentionHours, maxRecordSizeInKiB, nextShardIndex, scalings, modeSwitches } = stream;
  return {
    ...{ name, arn, accountId, incarnation, createdAt, status, mode, underway },
    ...{ retentionHours, maxRecordSizeInKiB, nextShardIndex, scalings, modeSwitches },
    trimHorizon: Math.max(stream.trimHorizon, 0),
    kept: keptEntry(stream.kept),
    consumers: [...stream.consumers.values()].map((one) => ({ ...one, kept: keptEntry(one.kept) })),
    shards: [...stream.shards.values()].map((shard) => ({
      index: shard.index,
      range: [String(shard.range.start), String(shard.range.end)] as const,
      parents: shard.parents,
      createdAt: shard.createdAt,
      createdSeconds: shard.createdSeconds,
      closedAt: shard.closedAt,
      next: shard.log.next,
      lastArrival: Math.max(shard.log.lastArrival, 0),
    })),
  };
}

const keptEntry = (kept: KeptSettings) => ({ ...kept, tags: [...kept.tags] });

/** The stream that the entry describes, with the records that `before`, its former self, had. */
export function streamFrom(entry: StreamEntry, before: StreamState | undefined): StreamState {
  const stream = before ?? createStreamState(entry, entry);
  stream.status = entry.status;
  stream.underway = entry.underway;
  stream.mode = entry.mode;
  stream.retentionHours = entry.retentionHours;
  stream.maxRecordSizeInKiB = entry.maxRecordSizeInKiB;
  stream.nextShardIndex = entry.nextShardIndex;
  stream.scalings = entry.scalings;
  stream.modeSwitches = entry.modeSwitches;
  stream.trimHorizon = entry.trimHorizon;
  stream.trimmed = neverTrimmed;
  stream.kept = { ...entry.kept, tags: new Map(entry.kept.tags) };
  stream.consumers.clear();
  for (const { kept, ...consumer } of entry.consumers) {
    const state: ConsumerState = { ...consumer, kept: { ...kept, tags: new Map(kept.tags) } };
    stream.consumers.set(state.name, state);
  }
  restoreShards(stream, entry.shards);
  return stream;
}

function restoreShards(stream: StreamState, entries: StreamEntry["shards"]): void {
  const before = new Map([...stream.shards.values()].map((shard) => [shard.index, shard]));
  const byId = new Map<string, ShardState>();
  for (const entry of entries) {
    const shard = before.get(entry.index) ?? shardFrom(entry, byId);
    shard.closedAt = entry.closedAt;
    // Records that the log has lost sight of had passed retention.
    if (shard.log.next < entry.next) shard.log.skipTo(entry.next);
    shard.log.lastArrival = Math.max(shard.log.lastArrival, entry.lastArrival);
    byId.set(shard.shardId, shard);
  }
  stream.shards.clear();
  for (const [id, shard] of byId) stream.shards.set(id, shard);
  stream.open = [...byId.values()]
    .filter((shard) => shard.closedAt === undefined)
    .sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
}

function shardFrom(
  { index, range, parents, createdAt, createdSeconds }: StreamEntry["shards"][number],
  known: ReadonlyMap<string, ShardState>,
): ShardState {
  const hashRange = { start: BigInt(range[0]), end: BigInt(range[1]) };
  const shard = createShard(index, hashRange, createdAt, parents, createdSeconds);
  for (const parent of parents) known.get(parent)?.children.push(shard);
  return shard;
}
