/** SubscribeToShard: a shard's records, pushed to a fan-out consumer as they come. */

import {
  boolean,
  required,
  structure,
  timestamp,
} from "../../../../services/src/protocol/shape.ts";
import { subscriberNotActive } from "../consumers.ts";
import { dryRunDone } from "../error.ts";
import type { ConsumerReadResult, IteratorPosition } from "../types.ts";
import { type Api, action, type RecordPage } from "./action.ts";
import { childShardsOutput, encryptionType } from "./describe.ts";
import { consumerArn, iteratorType, sequenceNumber, shardId } from "./members.ts";
import { consumerOf, nameOfStream } from "./reference.ts";

export const subscribeToShard = action(
  {
    ConsumerARN: required(consumerArn),
    ShardId: required(shardId),
    StartingPosition: required(
      structure({
        Type: required(iteratorType),
        SequenceNumber: sequenceNumber,
        Timestamp: timestamp,
      }),
    ),
    DryRun: boolean,
  },
  (input, { kinesis, subscriptions }) => {
    const consumer = consumerOf(kinesis, { ConsumerARN: input.ConsumerARN });
    const { accountId } = kinesis;
    if (consumer.status !== "ACTIVE") {
      throw subscriberNotActive({ name: nameOfStream(consumer.streamArn), accountId }, consumer);
    }
    const { Type, SequenceNumber, Timestamp } = input.StartingPosition;
    // The core refuses combinations of these that mean nothing.
    const position = {
      type: Type,
      sequenceNumber: SequenceNumber,
      timestamp: Timestamp,
    } as IteratorPosition;
    const { arn, streamArn: stream } = consumer;
    const shard = { stream, shardId: input.ShardId, consumer: arn };
    const shardIterator = kinesis.getShardIterator({ ...shard, ...position });
    if (input.DryRun) throw dryRunDone();
    const { reads, end } = subscriptions.begin({ ...shard, shardIterator });
    return { eventType: "SubscribeToShardEvent", events: eventsOf(reads, kinesis, stream), end };
  },
);

async function* eventsOf(
  reads: AsyncIterable<ConsumerReadResult>,
  kinesis: Api["kinesis"],
  stream: string,
): AsyncGenerator<RecordPage> {
  for await (const read of reads) {
    yield {
      records: read.records,
      encryption: encryptionType(kinesis.kept(stream)),
      more: {
        ContinuationSequenceNumber: read.continuationSequenceNumber,
        MillisBehindLatest: read.millisBehindLatest,
        ChildShards: childShardsOutput(read),
      },
    };
  }
}
