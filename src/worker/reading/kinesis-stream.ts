/** A stream of AWS, through the SDK's client, which is loaded when it is needed. */
import type * as Sdk from "@aws-sdk/client-kinesis";
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenClient } from "../../aws/given.ts";
import { sendInTime } from "../../aws/in-time.ts";
import { deliveredRecords, type GetRecords, getRecords } from "./get-records.ts";
import type {
  ChildShard,
  Pushed,
  Stream,
  StreamConsumer,
  StreamDescription,
  Subscription,
} from "./stream.ts";

const requestTimeout = 30_000;

/** By name or ARN. */
export function kinesisStream(reference: string, given: CommandSender | undefined): Stream {
  givenClient(given, "runWorker: client", "KinesisClient");
  const stream: { readonly StreamARN?: string; readonly StreamName?: string } =
    reference.startsWith("arn:") ? { StreamARN: reference } : { StreamName: reference };
  let loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: CommandSender }> | undefined;

  async function load() {
    const sdk = await import("@aws-sdk/client-kinesis");
    return { sdk, client: given ?? new sdk.KinesisClient({}) };
  }

  async function send<T>(
    command: (sdk: typeof Sdk) => unknown,
    closing?: AbortController,
  ): Promise<T> {
    loaded ??= load();
    const { sdk, client } = await loaded;
    return await sendInTime(client, command(sdk), {
      ...{ ms: requestTimeout, who: "Kinesis" },
      ...(closing && { closing }),
    });
  }

  async function describe(): Promise<StreamDescription> {
    const { StreamDescriptionSummary: found } = await send<Sdk.DescribeStreamSummaryOutput>(
      ({ DescribeStreamSummaryCommand }) => new DescribeStreamSummaryCommand(stream),
    );
    return {
      arn: found!.StreamARN!,
      name: found!.StreamName!,
      createdAt: found!.StreamCreationTimestamp!.getTime() / 1000,
    };
  }

  const arn = async () => stream.StreamARN ?? (await describe()).arn;

  return {
    describe,
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
      return ShardIterator ?? undefined;
    },
    async read(ShardIterator, Limit) {
      let request: GetRecords;
      const page = await send<Sdk.GetRecordsOutput>((sdk) => {
        const input = { ShardIterator, Limit, ...(stream.StreamARN !== undefined && stream) };
        request = getRecords(sdk, input);
        return request.command;
      });
      return {
        records: request!.recordsOf(page),
        next: page.NextShardIterator ?? undefined,
        millisBehindLatest: page.MillisBehindLatest ?? 0,
        children: childrenOf(page.ChildShards),
      };
    },
    async consumer(ConsumerName) {
      const StreamARN = await arn();
      try {
        const { ConsumerDescription } = await send<Sdk.DescribeStreamConsumerOutput>(
          ({ DescribeStreamConsumerCommand }) =>
            new DescribeStreamConsumerCommand({ StreamARN, ConsumerName }),
        );
        return consumerOf(ConsumerDescription);
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    async register(ConsumerName) {
      const StreamARN = await arn();
      const { Consumer } = await send<Sdk.RegisterStreamConsumerOutput>(
        ({ RegisterStreamConsumerCommand }) =>
          new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }),
      );
      return consumerOf(Consumer);
    },
    async subscribe(ConsumerARN, ShardId, from) {
      const closing = new AbortController();
      const { EventStream } = await send<Sdk.SubscribeToShardOutput>(
        ({ SubscribeToShardCommand }) =>
          new SubscribeToShardCommand({
            ConsumerARN,
            ShardId,
            StartingPosition: {
              Type: from.type,
              ...("sequenceNumber" in from && { SequenceNumber: from.sequenceNumber }),
              ...("timestamp" in from && { Timestamp: new Date(from.timestamp) }),
            },
          }),
        closing,
      );
      return subscriptionOf(EventStream!, () => closing.abort());
    },
  };
}

function subscriptionOf(
  events: AsyncIterable<Sdk.SubscribeToShardEventStream>,
  close: () => void,
): Subscription {
  const source = events[Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const { value, done } = await source.next();
        if (done) return undefined;
        // Others are of a kind that is not known here; errors are thrown.
        if (value.SubscribeToShardEvent) return pushedIn(value.SubscribeToShardEvent);
      }
    },
    close() {
      close();
      source.return?.()?.catch(() => {});
    },
  };
}

const pushedIn = ({
  Records,
  ContinuationSequenceNumber,
  ChildShards,
  MillisBehindLatest = 0,
}: Sdk.SubscribeToShardEvent): Pushed => ({
  records: deliveredRecords(Records),
  continuation: ContinuationSequenceNumber || undefined,
  millisBehindLatest: MillisBehindLatest,
  children: childrenOf(ChildShards),
});

const childrenOf = (children: readonly Sdk.ChildShard[] = []): readonly ChildShard[] =>
  children.map(({ ShardId, ParentShards, HashKeyRange }) => ({
    shardId: ShardId!,
    parents: ParentShards!,
    hashKeys: hashKeysOf(HashKeyRange),
  }));

const consumerOf = (consumer: Sdk.Consumer | undefined): StreamConsumer => ({
  arn: consumer!.ConsumerARN!,
  isActive: consumer!.ConsumerStatus === "ACTIVE",
});

const hashKeysOf = (range: Sdk.HashKeyRange | undefined) => ({
  starting: range!.StartingHashKey!,
  ending: range!.EndingHashKey!,
});
