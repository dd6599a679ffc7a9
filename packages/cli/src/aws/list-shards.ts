/** The shards of a stream, page by page. */
import {
  type KinesisClient,
  ListShardsCommand,
  type Shard,
  type ShardFilter,
} from "@aws-sdk/client-kinesis";
import { UsageError } from "../command-line/usage-error.ts";

/** A stream by its name or its ARN. */
export type StreamId = { readonly StreamName: string } | { readonly StreamARN: string };

/** Throws UsageError for the ARN of something else. */
export function streamId(stream: string): StreamId {
  if (!stream.startsWith("arn:")) return { StreamName: stream };
  if (/^arn:[^:]+:kinesis:[^:]*:\d*:stream\/[^/]+$/.test(stream)) return { StreamARN: stream };
  throw new UsageError(
    `${stream} is no ARN of a stream, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.`,
  );
}

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
