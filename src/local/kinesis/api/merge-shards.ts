/** MergeShards: two adjacent shards become one. */
import { action } from "./action.ts";
import { shardId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";
import { required } from "./shape.ts";

export const mergeShards = action(
  { ShardToMerge: required(shardId), AdjacentShardToMerge: required(shardId), ...stream },
  (input, { kinesis }) =>
    kinesis.mergeShards({
      stream: streamOf(input),
      shardToMerge: input.ShardToMerge,
      adjacentShardToMerge: input.AdjacentShardToMerge,
    }),
);
