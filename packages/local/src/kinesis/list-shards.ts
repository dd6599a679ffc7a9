/** Which shards a ListShards filter lets through. */
import { constraintError } from "./constraint.ts";
import { invalidArgument } from "./error.ts";
import { checkTimestamp } from "./iterator-position.ts";
import { trimHorizon } from "./retention.ts";
import type { ShardState } from "./shard.ts";
import type { StreamState } from "./state.ts";
import type { ShardFilter } from "./types.ts";

/**
 * A shard's life runs from its creation to just before its closing, when its children's begin:
 * the shards open at any one moment are the whole hash space.
 */
export function shardFilter(
  stream: StreamState,
  filter: ShardFilter,
  now: number,
): (shard: ShardState) => boolean {
  // A stream has its first shards somewhat later than it is created.
  const first = Math.min(...[...stream.shards.values()].map(({ createdAt }) => createdAt));
  const oldest = Math.max(trimHorizon(stream, now), first);
  switch (filter.type) {
    case "FROM_TRIM_HORIZON":
      return () => true;
    case "AT_TRIM_HORIZON":
      return openAt(oldest);
    case "AT_LATEST":
      return (shard) => shard.closedAt === undefined;
    case "AFTER_SHARD_ID": {
      const after = filter.shardId;
      if (after === undefined) throw missing("ShardId", filter.type);
      return (shard) => shard.shardId > after;
    }
    case "AT_TIMESTAMP":
      return openAt(Math.max(timestampOf(filter, now), oldest));
    case "FROM_TIMESTAMP": {
      const from = timestampOf(filter, now);
      return (shard) => shard.closedAt === undefined || shard.closedAt >= from;
    }
    default:
      throw constraintError(
        "shardFilter.type",
        filter.type,
        "Member must satisfy enum value set: [AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP]",
      );
  }
}

const openAt = (time: number) => (shard: ShardState) =>
  shard.createdAt <= time && (shard.closedAt === undefined || shard.closedAt > time);

function timestampOf(filter: ShardFilter, now: number): number {
  if (filter.timestamp === undefined) throw missing("Timestamp", filter.type);
  checkTimestamp(filter.timestamp, now);
  return filter.timestamp;
}

const missing = (field: string, type: string) =>
  invalidArgument(`Must specify ${field} in the ShardFilter of type ${type}.`);
