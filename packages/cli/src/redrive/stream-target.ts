/** A stream that records go back into, as new ones. */
import { type KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { explicitHashKeyOf } from "../aws/aggregate-hash-key.ts";
import { streamId, streamNameOf } from "../aws/list-shards.ts";

export interface StreamTarget {
  readonly name: string;
  /** One after another: they stay in their order. */
  put(record: {
    readonly partitionKey: string;
    readonly explicitHashKey?: string | undefined;
    readonly data: Uint8Array;
  }): Promise<void>;
}

export function streamTarget(client: KinesisClient, stream: string): StreamTarget {
  return {
    name: streamNameOf(stream),
    async put({ partitionKey, explicitHashKey, data }) {
      const hashKey = explicitHashKeyOf({ explicitHashKey, data });
      await client.send(
        new PutRecordCommand({
          ...streamId(stream),
          ...{ PartitionKey: partitionKey, Data: data },
          ...(hashKey === undefined ? {} : { ExplicitHashKey: hashKey }),
        }),
      );
    },
  };
}
