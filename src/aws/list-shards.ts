import type { Shard } from "@aws-sdk/client-kinesis";

/**
 * All shards of a stream. The client is loaded when it is needed: a cold start does not pay for it. Rejects
 * when the signal fires, or else after ten seconds: in a VPC without an endpoint for Kinesis, nobody answers.
 */
export async function listShards(
  streamArn: string,
  abortSignal = AbortSignal.timeout(10_000),
): Promise<Shard[]> {
  const { KinesisClient, ListShardsCommand } = await import("@aws-sdk/client-kinesis");
  const client = new KinesisClient({});
  try {
    const shards: Shard[] = [];
    for (let NextToken: string | undefined; ; ) {
      const command = new ListShardsCommand(NextToken ? { NextToken } : { StreamARN: streamArn });
      const page = await client.send(command, { abortSignal });
      shards.push(...(page.Shards ?? []));
      NextToken = page.NextToken;
      if (!NextToken) return shards;
    }
  } finally {
    client.destroy();
  }
}
