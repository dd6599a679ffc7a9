/** Streams, shards and consumers in the service's own form. */

import type { Output } from "../../../../services/src/protocol/json.ts";
import type {
  GetRecordsResult,
  KeptSettings,
  Shard,
  StreamConsumer,
  StreamDescription,
} from "../types.ts";

export const hashKeyRange = ({ startingHashKey, endingHashKey }: Shard["hashKeyRange"]) => ({
  StartingHashKey: startingHashKey,
  EndingHashKey: endingHashKey,
});

export const shardOutput = (shard: Shard): Output => ({
  ShardId: shard.shardId,
  ParentShardId: shard.parentShardId,
  AdjacentParentShardId: shard.adjacentParentShardId,
  HashKeyRange: hashKeyRange(shard.hashKeyRange),
  SequenceNumberRange: {
    StartingSequenceNumber: shard.sequenceNumberRange.startingSequenceNumber,
    EndingSequenceNumber: shard.sequenceNumberRange.endingSequenceNumber,
  },
});

/** What DescribeStream and DescribeStreamSummary both say. */
export const streamOutput = (stream: StreamDescription, kept: KeptSettings): Output => ({
  StreamName: stream.name,
  StreamARN: stream.arn,
  StreamStatus: stream.status,
  StreamModeDetails: { StreamMode: stream.mode },
  RetentionPeriodHours: stream.retentionHours,
  StreamCreationTimestamp: new Date(stream.createdAt),
  EnhancedMonitoring: [{ ShardLevelMetrics: kept.shardLevelMetrics }],
  EncryptionType: encryptionType(kept) ?? "NONE",
  KeyId: kept.encryptionKeyId,
});

/** Records and puts say it only of an encrypted stream. */
export const encryptionType = (kept: KeptSettings) =>
  kept.encryptionKeyId === undefined ? undefined : "KMS";

export const warmThroughput = ({ warmThroughputMiBps }: KeptSettings) =>
  warmThroughputMiBps === undefined
    ? undefined
    : { TargetMiBps: warmThroughputMiBps, CurrentMiBps: warmThroughputMiBps };

export const consumerOutput = (consumer: StreamConsumer): Output => ({
  ConsumerName: consumer.name,
  ConsumerARN: consumer.arn,
  ConsumerStatus: consumer.status,
  ConsumerCreationTimestamp: new Date(consumer.createdAt),
});

export const childShardsOutput = ({ childShards }: Pick<GetRecordsResult, "childShards">) =>
  childShards?.map((child) => ({
    ShardId: child.shardId,
    ParentShards: child.parentShards,
    HashKeyRange: hashKeyRange(child.hashKeyRange),
  }));
