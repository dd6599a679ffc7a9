/** SubscribeToShard: a shard's records, pushed to a fan-out consumer as they come. */

import type { Output } from "../../../../services/src/protocol/json.ts";
import { required, structure, timestamp } from "../../../../services/src/protocol/shape.ts";
import { resourceInUse } from "../error.ts";
import type { ConsumerReadResult, IteratorPosition } from "../types.ts";
import { type Api, action } from "./action.ts";
import { childShardsOutput, encryptionType, recordOutput } from "./describe.ts";
import { consumerArn, iteratorType, sequenceNumber, shardId } from "./members.ts";
import { consumerOf } from "./reference.ts";

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
  },
  (input, { kinesis, subscriptions }) => {
    const consumer = consumerOf(kinesis, { ConsumerARN: input.ConsumerARN });
    if (consumer.status !== "ACTIVE") {
      throw resourceInUse(
        `Consumer ${consumer.name} under stream ${consumer.streamArn} is not in ACTIVE status.`,
      );
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
    const { reads, end } = subscriptions.begin({ ...shard, shardIterator });
    return { eventType: "SubscribeToShardEvent", events: eventsOf(reads, kinesis, stream), end };
  },
);

async function* eventsOf(
  reads: AsyncIterable<ConsumerReadResult>,
  kinesis: Api["kinesis"],
  stream: string,
): AsyncGenerator<Output> {
  for await (const read of reads) {
    const encryption = encryptionType(kinesis.kept(stream));
    yield {
      Records: read.records.map(recordOutput(encryption)),
      ContinuationSequenceNumber: read.continuationSequenceNumber,
      MillisBehindLatest: read.millisBehindLatest,
      ChildShards: childShardsOutput(read),
    };
  }
}
