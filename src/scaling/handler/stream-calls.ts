/** The calls to Kinesis: what a stream is, and what is done to it. */
import {
  AddTagsToStreamCommand,
  DescribeStreamSummaryCommand,
  type DescribeStreamSummaryOutput,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type GetShardIteratorOutput,
  ListShardsCommand,
  type ListShardsOutput,
  ListTagsForStreamCommand,
  type ListTagsForStreamOutput,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
  UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import type { CommandSender } from "../../aws/command-sender.ts";
import { deaggregate } from "../../kpl/deaggregate.ts";
import { effectiveHashKey } from "../../kpl/hash-key.ts";
import type { SampledRecord } from "../split-point.ts";
import { fromTag, operationsTag, type RememberedOperations, toTag } from "./operation-tag.ts";

/** What is known of a stream. */
export interface StreamSummary {
  readonly status: string;
  readonly shards: number;
  readonly isOnDemand: boolean;
  /** Whether each shard has metrics of its own for bytes and records. */
  readonly hasShardMetrics: boolean;
}

/** What can be asked of a stream, and done to it. */
export interface StreamCalls {
  summary(): Promise<StreamSummary>;
  remembered(): Promise<RememberedOperations>;
  remember(operations: RememberedOperations, now: number): Promise<void>;
  openShards(): Promise<readonly Shard[]>;
  /** Records that the shard has got since then, those in aggregates one by one: as many as one call gives. */
  sample(shardId: string, since: number): Promise<readonly SampledRecord[]>;
  scale(target: number): Promise<void>;
  split(shardId: string, newStartingHashKey: string): Promise<void>;
  merge(lowerId: string, upperId: string): Promise<void>;
}

export function streamCalls(kinesis: CommandSender, StreamName: string): StreamCalls {
  return {
    async summary() {
      const { StreamDescriptionSummary: found }: DescribeStreamSummaryOutput = await kinesis.send(
        new DescribeStreamSummaryCommand({ StreamName }),
      );
      const metrics: readonly string[] =
        found?.EnhancedMonitoring?.flatMap(({ ShardLevelMetrics = [] }) => ShardLevelMetrics) ?? [];
      const has = (name: string) => metrics.includes(name) || metrics.includes("ALL");
      return {
        status: found?.StreamStatus ?? "unknown",
        shards: found?.OpenShardCount ?? 0,
        isOnDemand: found?.StreamModeDetails?.StreamMode === "ON_DEMAND",
        hasShardMetrics: has("IncomingBytes") && has("IncomingRecords"),
      };
    },
    async remembered() {
      for (let ExclusiveStartTagKey: string | undefined; ; ) {
        const { Tags = [], HasMoreTags }: ListTagsForStreamOutput = await kinesis.send(
          new ListTagsForStreamCommand({ StreamName, ExclusiveStartTagKey }),
        );
        const tag = Tags.find(({ Key }) => Key === operationsTag);
        if (tag || !HasMoreTags) return fromTag(tag?.Value);
        ExclusiveStartTagKey = Tags.at(-1)?.Key;
      }
    },
    async remember(operations, now) {
      const Tags = { [operationsTag]: toTag(operations, now) };
      await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags }));
    },
    async openShards() {
      const shards: Shard[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page: ListShardsOutput = await kinesis.send(
          new ListShardsCommand(
            NextToken ? { NextToken } : { StreamName, ShardFilter: { Type: "AT_LATEST" } },
          ),
        );
        shards.push(...(page.Shards ?? []));
        NextToken = page.NextToken;
        if (!NextToken) return shards;
      }
    },
    async sample(ShardId, since) {
      const { ShardIterator }: GetShardIteratorOutput = await kinesis.send(
        new GetShardIteratorCommand({
          StreamName,
          ShardId,
          ShardIteratorType: "AT_TIMESTAMP",
          Timestamp: new Date(since),
        }),
      );
      const { Records = [] }: GetRecordsOutput = await kinesis.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      return Records.flatMap(({ PartitionKey = "", Data = new Uint8Array() }) =>
        (deaggregate(Data) ?? [{ partitionKey: PartitionKey, data: Data }]).map((record) => ({
          hashKey: effectiveHashKey(record),
          bytes: record.data.length + record.partitionKey.length,
        })),
      );
    },
    async scale(TargetShardCount) {
      await kinesis.send(
        new UpdateShardCountCommand({
          StreamName,
          TargetShardCount,
          ScalingType: "UNIFORM_SCALING",
        }),
      );
    },
    async split(ShardToSplit, NewStartingHashKey) {
      await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
    },
    async merge(ShardToMerge, AdjacentShardToMerge) {
      await kinesis.send(
        new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }),
      );
    },
  };
}
