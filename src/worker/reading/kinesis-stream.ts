/** A stream of AWS, through the SDK's client, which is loaded when it is needed. */
import type * as Sdk from "@aws-sdk/client-kinesis";
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient } from "../../aws/given.ts";
import type { Stream } from "./stream.ts";

const requestTimeout = 30_000;

/** By name or ARN. */
export function kinesisStream(reference: string, given: CommandSender | undefined): Stream {
  givenClient(given, "runWorker: client", "KinesisClient");
  const stream = reference.startsWith("arn:")
    ? { StreamARN: reference }
    : { StreamName: reference };
  let loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: CommandSender }> | undefined;

  async function load() {
    const sdk = await import("@aws-sdk/client-kinesis");
    return { sdk, client: given ?? new sdk.KinesisClient({}) };
  }

  async function send<T>(command: (sdk: typeof Sdk) => unknown): Promise<T> {
    loaded ??= load();
    const { sdk, client } = await loaded;
    const abortSignal = AbortSignal.timeout(requestTimeout);
    const sender = client as unknown as {
      send(command: unknown, options: object): PromiseLike<unknown>;
    };
    return (await sender.send(command(sdk), { abortSignal })) as T;
  }

  return {
    async describe() {
      const { StreamDescriptionSummary: found } = await send<Sdk.DescribeStreamSummaryOutput>(
        ({ DescribeStreamSummaryCommand }) => new DescribeStreamSummaryCommand(stream),
      );
      return {
        arn: found!.StreamARN!,
        name: found!.StreamName!,
        createdAt: found!.StreamCreationTimestamp!.getTime() / 1000,
        retentionMs: found!.RetentionPeriodHours! * 3_600_000,
      };
    },
    async listShards(from) {
      const filter = from && {
        ShardFilter:
          from.type === "AT_TIMESTAMP"
            ? ({ Type: "AT_TIMESTAMP", Timestamp: new Date(from.timestamp) } as const)
            : ({ Type: from.type === "LATEST" ? "AT_LATEST" : "AT_TRIM_HORIZON" } as const),
      };
      const shards: Sdk.Shard[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page = await send<Sdk.ListShardsOutput>(
          ({ ListShardsCommand }) =>
            new ListShardsCommand(NextToken ? { NextToken } : { ...stream, ...filter }),
        );
        shards.push(...(page.Shards ?? []));
        NextToken = page.NextToken;
        if (!NextToken) break;
      }
      return shards.map((shard) => ({
        shardId: shard.ShardId!,
        parents: [shard.ParentShardId, shard.AdjacentParentShardId].filter(
          (id) => id !== undefined,
        ),
        hashKeys: hashKeysOf(shard.HashKeyRange),
        startingSequenceNumber: shard.SequenceNumberRange!.StartingSequenceNumber!,
        isOpen: shard.SequenceNumberRange!.EndingSequenceNumber === undefined,
      }));
    },
    async iterator(ShardId, from) {
      const { ShardIterator } = await send<Sdk.GetShardIteratorOutput>(
        ({ GetShardIteratorCommand }) =>
          new GetShardIteratorCommand({
            ...stream,
            ShardId,
            ShardIteratorType: from.type,
            ...("sequenceNumber" in from && { StartingSequenceNumber: from.sequenceNumber }),
            ...("timestamp" in from && { Timestamp: new Date(from.timestamp) }),
          }),
      );
      return ShardIterator!;
    },
    async read(ShardIterator, Limit) {
      const page = await send<Sdk.GetRecordsOutput>(
        ({ GetRecordsCommand }) =>
          new GetRecordsCommand({
            ShardIterator,
            Limit,
            ...("StreamARN" in stream && stream),
          }),
      );
      return {
        records: (page.Records ?? []).map((record) => ({
          sequenceNumber: record.SequenceNumber!,
          partitionKey: record.PartitionKey!,
          data: record.Data!,
          approximateArrivalTimestamp: record.ApproximateArrivalTimestamp?.getTime() ?? Date.now(),
        })),
        next: page.NextShardIterator,
        millisBehindLatest: page.MillisBehindLatest ?? 0,
        children: (page.ChildShards ?? []).map(({ ShardId, ParentShards, HashKeyRange }) => ({
          shardId: ShardId!,
          parents: ParentShards!,
          hashKeys: hashKeysOf(HashKeyRange),
        })),
      };
    },
  };
}

const hashKeysOf = (range: Sdk.HashKeyRange | undefined) => ({
  starting: range!.StartingHashKey!,
  ending: range!.EndingHashKey!,
});
