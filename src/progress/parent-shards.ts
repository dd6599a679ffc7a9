import { listShards } from "../aws/list-shards.ts";
import { shardCreatedAt } from "../record/position.ts";
import type { EntryStore } from "./store.ts";

/**
 * Asks Kinesis for a shard's parents, once in a shard's life and only where the window reaches
 * back before its creation.
 */
export const parentsOf: EntryStore["parentsOf"] = async (streamArn, shardId) => {
  try {
    const shards = await listShards(streamArn);
    const child = shards.find(({ ShardId }) => ShardId === shardId);
    if (!child) throw new Error(`ListShards does not know ${shardId}.`);
    const parents = [child.ParentShardId, child.AdjacentParentShardId];
    return shards
      .filter(({ ShardId }) => ShardId && parents.includes(ShardId))
      .map(({ ShardId, SequenceNumberRange }) => ({
        shardId: ShardId!,
        createdAt: shardCreatedAt(SequenceNumberRange!.StartingSequenceNumber!),
      }));
  } catch (cause) {
    throw new Error(
      `The parents of ${shardId} could not be asked for: ${(cause as Error).message} The function's role needs kinesis:ListShards on ${streamArn}.`,
      { cause },
    );
  }
};
