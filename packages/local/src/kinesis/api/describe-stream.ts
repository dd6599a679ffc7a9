/** DescribeStream: a stream with its shards, page by page. */
import { action } from "./action.ts";
import { shardOutput, streamOutput } from "./describe.ts";
import { pageSize, shardId, stream } from "./members.ts";
import { pageOf, upToHundred } from "./page.ts";
import { streamOf } from "./reference.ts";

export const describeStream = action(
  { Limit: pageSize, ExclusiveStartShardId: shardId, ...stream },
  (input, { kinesis }) => {
    const reference = streamOf(input);
    const description = kinesis.describeStream({ stream: reference });
    const { Limit, ExclusiveStartShardId: after } = input;
    const size = upToHundred(Limit);
    const { page, more } = pageOf(description.shards, (shard) => shard.shardId, after, size);
    return {
      StreamDescription: {
        ...streamOutput(description, kinesis.kept(reference)),
        Shards: page.map(shardOutput),
        HasMoreShards: more,
      },
    };
  },
);
