import type { Shard } from "@aws-sdk/client-kinesis";

/** All shards of a stream. The client is loaded when it is needed: a cold start does not pay for it. */
export async function listShards(streamArn: string): Promise<Shard[]> {
  const { KinesisClient, ListShardsCommand } = await import("@aws-sdk/client-kinesis");
  const client = new KinesisClient({});
  const shards: Shard[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await client.send(
      new ListShardsCommand(NextToken ? { NextToken } : { StreamARN: streamArn }),
    );
    shards.push(...(page.Shards ?? []));
    NextToken = page.NextToken;
    if (!NextToken) break;
  }
  client.destroy();
  return shards;
}

/** The one of this name. @throws Error where there is none. */
export function shardIn(shards: readonly Shard[], shardId: string): Shard {
  const shard = shards.find(({ ShardId }) => ShardId === shardId);
  if (!shard) throw new Error(`ListShards does not know ${shardId}.`);
  return shard;
}
