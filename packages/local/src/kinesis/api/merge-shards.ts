/** MergeShards: two adjacent shards become one. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { shardId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const mergeShards = action(
  { ShardToMerge: required(shardId), AdjacentShardToMerge: required(shardId), ...stream },
  (input, { kinesis }) =>
    kinesis.mergeShards({
      stream: streamOf(input),
      shardToMerge: input.ShardToMerge,
      adjacentShardToMerge: input.AdjacentShardToMerge,
    }),
);
