/** SplitShard: one shard becomes two. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { hashKey, shardId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const splitShard = action(
  { NewStartingHashKey: required(hashKey), ...stream, ShardToSplit: required(shardId) },
  (input, { kinesis }) =>
    kinesis.splitShard({
      stream: streamOf(input),
      shardToSplit: input.ShardToSplit,
      newStartingHashKey: input.NewStartingHashKey,
    }),
);
