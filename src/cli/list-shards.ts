/** The shards of a stream, page by page. */
import {
  type KinesisClient,
  ListShardsCommand,
  type Shard,
  type ShardFilter,
} from "@aws-sdk/client-kinesis";

/** A stream by its name or its ARN. */
export type StreamId = { readonly StreamName: string } | { readonly StreamARN: string };

export const streamId = (stream: string): StreamId =>
  stream.startsWith("arn:") ? { StreamARN: stream } : { StreamName: stream };

/** `orders`, of its name or its ARN. */
export const streamNameOf = (stream: string): string =>
  stream.startsWith("arn:") ? (stream.split("/")[1] ?? stream) : stream;

export async function listShards(
  client: Pick<KinesisClient, "send">,
  stream: StreamId,
  filter?: ShardFilter,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new ListShardsCommand(
        nextToken === undefined
          ? { ...stream, ...(filter ? { ShardFilter: filter } : {}) }
          : { NextToken: nextToken },
      ),
    );
    shards.push(...(page.Shards ?? []));
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return shards;
}
