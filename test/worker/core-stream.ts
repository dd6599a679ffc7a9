/** A stream of the simulator's core, as a worker reads it. */

import { subscriptions } from "../../packages/local/src/kinesis/api/subscription.ts";
import type { Kinesis, Shard } from "../../packages/local/src/kinesis/index.ts";
import type { ConsumerReadResult } from "../../packages/local/src/kinesis/types.ts";
import type { Stream } from "../../src/worker/reading/stream.ts";

export function coreStream(kinesis: Kinesis, name: string): Stream {
  const { begin } = subscriptions(kinesis);
  return {
    async describe() {
      const { arn, createdAt } = kinesis.describeStream({ stream: name });
      return { arn, name, createdAt: createdAt / 1000 };
    },
    async listShards(from) {
      const filter =
        from &&
        (from.type === "AT_TIMESTAMP"
          ? ({ type: "AT_TIMESTAMP", timestamp: from.timestamp } as const)
          : ({ type: from.type === "LATEST" ? "AT_LATEST" : "AT_TRIM_HORIZON" } as const));
      const shards = kinesis.listShards({ stream: name, ...(filter && { filter }) });
      return shards.map((shard) => ({
        shardId: shard.shardId,
        parents: [shard.parentShardId, shard.adjacentParentShardId].filter(
          (id) => id !== undefined,
        ),
        hashKeys: hashKeysOf(shard.hashKeyRange),
        startingSequenceNumber: shard.sequenceNumberRange.startingSequenceNumber,
        isOpen: shard.sequenceNumberRange.endingSequenceNumber === undefined,
      }));
    },
    async iterator(shardId, from) {
      return kinesis.getShardIterator({ stream: name, shardId, ...from });
    },
    async read(shardIterator, limit) {
      const page = kinesis.getRecords({ shardIterator, limit });
      return {
        records: page.records,
        next: page.nextShardIterator,
        millisBehindLatest: page.millisBehindLatest,
        children: childrenOf(page),
      };
    },
    async consumer(wanted) {
      const found = kinesis
        .listStreamConsumers({ stream: name })
        .find((one) => one.name === wanted);
      return found && { arn: found.arn, isActive: found.status === "ACTIVE" };
    },
    async register(wanted) {
      const { arn, status } = kinesis.registerStreamConsumer({ stream: name, name: wanted });
      return { arn, isActive: status === "ACTIVE" };
    },
    async subscribe(consumer, shardId, from) {
      const shard = { stream: name, shardId, consumer };
      const shardIterator = kinesis.getShardIterator({ ...shard, ...from });
      const { reads, end } = begin({ ...shard, shardIterator });
      const events = reads[Symbol.asyncIterator]();
      return {
        async next() {
          const { value, done } = await events.next();
          if (done) return undefined;
          const { records, continuationSequenceNumber: continuation, millisBehindLatest } = value;
          return { records, continuation, millisBehindLatest, children: childrenOf(value) };
        },
        close: end,
      };
    },
  };
}

const childrenOf = ({ childShards = [] }: Pick<ConsumerReadResult, "childShards">) =>
  childShards.map((child) => ({
    shardId: child.shardId,
    parents: child.parentShards,
    hashKeys: hashKeysOf(child.hashKeyRange),
  }));

const hashKeysOf = ({ startingHashKey, endingHashKey }: Shard["hashKeyRange"]) => ({
  starting: startingHashKey,
  ending: endingHashKey,
});
