/** The operations of Kinesis, over the streams of one account in one region. */

import { systemClock } from "../../../../src/time/clock.ts";
import { randomHex, systemRandom } from "../../../../src/time/random.ts";
import { checkNumber } from "../../../../src/values/number-option.ts";
import { checkName, checkRange } from "./constraint.ts";
import {
  consumerNotActive,
  describeConsumer,
  findConsumer,
  registerConsumer,
} from "./consumers.ts";
import { invalidArgument, resourceInUse } from "./error.ts";
import type { HeldPage } from "./held-records.ts";
import { startingPosition } from "./iterator-position.ts";
import { decodeIterator, encodeIterator } from "./iterator-token.ts";
import { shardFilter } from "./list-shards.ts";
import { checkProvisioned, planModeSwitch } from "./mode.ts";
import { putMany, putOne } from "./put.ts";
import { continuationOf, mostBytes, mostRecords, readHeld } from "./read.ts";
import { noRecorder, type Recorder } from "./recorder.ts";
import { planMerge, planSplit, type Reshard } from "./reshard.ts";
import { checkRetention, setRetention, trimToSize } from "./retention.ts";
import { mostShards, planDoubling, planScaling } from "./scaling.ts";
import { describeShard } from "./shard.ts";
import type { StreamState } from "./state.ts";
import { addFirstShards, createStreamState, describeStream, notifyChange } from "./stream.ts";
import { checkReady, notActive, streamsOf } from "./streams.ts";
import { throughput, unlimited } from "./throughput.ts";
import { transitions } from "./transition.ts";
import type {
  BillingCommitment,
  GetRecordsResult,
  KeptSettings,
  Kinesis,
  KinesisOptions,
} from "./types.ts";

/**
 * Kinesis Data Streams in this process: synchronous, and the same every time under a given clock
 * and chance. Whatever AWS refuses is refused with a `KinesisError` of AWS's code and text.
 *
 * @example
 * const kinesis = createKinesis();
 * kinesis.createStream({ name: "orders", shards: 2 });
 * const data = new TextEncoder().encode("{}");
 * const { shardId } = kinesis.putRecord({ stream: "orders", partitionKey: "a", data });
 * const shardIterator = kinesis.getShardIterator({ stream: "orders", shardId, type: "TRIM_HORIZON" });
 * kinesis.getRecords({ shardIterator }).records.length; // 1
 */
export const createKinesis = (options: KinesisOptions = {}): Kinesis => recordedKinesis(options);

/** A Kinesis whose changes are recorded, and that may begin with what was recorded before. */
export function recordedKinesis(
  {
    clock = systemClock,
    random = systemRandom,
    region = "us-east-1",
    accountId = "123456789012",
    limits = false,
    transitionMs = 0,
    maxBytes = Number.POSITIVE_INFINITY,
  }: KinesisOptions,
  recorder: Recorder = noRecorder,
  before: { streams: Iterable<StreamState>; billingCommitment: BillingCommitment } = {
    streams: [],
    billingCommitment: { status: "DISABLED" },
  },
): Kinesis {
  checkNumber("createKinesis: transitionMs", transitionMs, { least: 0 });
  checkNumber("createKinesis: maxBytes", maxBytes, { least: 1 });
  const streams = streamsOf(clock, region, accountId);
  for (const stream of before.streams) streams.add(stream);
  let { billingCommitment } = before;
  const { find, findReady, findActive } = streams;
  const { change, after } = transitions(clock, transitionMs, recorder);
  const budgets = limits ? throughput() : unlimited;

  function reshard(stream: StreamState, apply: Reshard, underway?: StreamState["underway"]): void {
    const applyAndTell = (now: number) => {
      const before = [...stream.open];
      const firstNew = stream.nextShardIndex;
      apply(now);
      const closed = before.filter((shard) => shard.closedAt !== undefined);
      const added = [...stream.shards.values()].filter((shard) => shard.index >= firstNew);
      for (const { shardId } of [...closed, ...added]) notifyChange(stream, shardId);
    };
    change(stream, "UPDATING", applyAndTell, underway);
  }

  function written(stream: StreamState, shardIds: Iterable<string>): void {
    if (maxBytes < Number.POSITIVE_INFINITY) trimToSize(streams.all(), maxBytes);
    for (const shardId of shardIds) notifyChange(stream, shardId);
    if (budgets.outgrown(stream, clock.now())) reshard(stream, planDoubling(stream));
  }

  /** The stream or the consumer that has the settings, and the stream that they belong to. */
  function holderOf(resource: string): { holder: { kept: KeptSettings }; stream: StreamState } {
    if (!resource.includes("/consumer/")) {
      const stream = find(resource);
      return { holder: stream, stream };
    }
    const { stream, consumer } = findConsumer(streams, resource);
    return { holder: consumer, stream };
  }

  function getRecords(input: Parameters<Kinesis["getRecords"]>[0]): GetRecordsResult {
    const page = readPage(input);
    return { ...page, records: page.records.copy() };
  }

  function readPage({
    shardIterator,
    limit = mostRecords,
    isLook = false,
  }: Parameters<Kinesis["getRecords"]>[0]): HeldPage {
    checkRange("limit", limit, 1, mostRecords);
    const now = clock.now();
    const { stream, shard, token } = streams.findIterated(decodeIterator(shardIterator, now));
    if (!isLook) budgets.checkRead(stream, shard, now);
    const page = readHeld(shard, token, limit, mostBytes, now);
    if (!isLook) budgets.read(shard, page.records.bytes, now);
    return page;
  }

  return {
    clock,
    region,
    accountId,

    createStream(input) {
      checkName("streamName", input.name);
      const shards = input.shards ?? (input.mode === "ON_DEMAND" ? 4 : 1);
      checkRange("shardCount", shards, 1, mostShards);
      checkRetention(input.retentionHours ?? 24);
      checkRange("maxRecordSizeInKiB", input.maxRecordSizeInKiB ?? 1024, 1024, 10_240);
      if (streams.get(input.name)) {
        throw resourceInUse(`Stream ${input.name} under account ${accountId} already exists.`);
      }
      const stream = createStreamState(input, {
        arn: streams.arnOf(input.name),
        accountId,
        incarnation: randomHex(random, 16),
        createdAt: clock.now(),
      });
      streams.add(stream);
      const addShards = (now: number) => addFirstShards(stream, shards, now);
      change(stream, "CREATING", addShards, { operation: "createStream", input });
    },

    deleteStream({ stream: reference, enforceConsumerDeletion = false }) {
      const stream = find(reference);
      if (stream.status === "DELETING") throw notActive(stream);
      if (stream.consumers.size > 0 && !enforceConsumerDeletion) {
        throw resourceInUse(
          `DeleteStream can't delete ${accountId}:${stream.name} because there are consumers associated with this data stream. To delete ${stream.name} anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.`,
        );
      }
      stream.status = "DELETING";
      recorder.stream(stream);
      after(() => {
        streams.remove(stream);
        recorder.removed(stream);
      });
    },

    describeStream: ({ stream }) => describeStream(find(stream)),

    listStreams: () => streams.names(),

    listShards({ stream: reference, filter = { type: "FROM_TRIM_HORIZON" } }) {
      const stream = find(reference);
      const lets = shardFilter(stream, filter, clock.now());
      return [...stream.shards.values()].filter(lets).map(describeShard);
    },

    putRecord(input) {
      const stream = findReady(input.stream);
      const ordering = input.sequenceNumberForOrdering;
      const taking = { throughput: budgets, recorder, dryRun: input.dryRun };
      const result = putOne(stream, input, ordering, clock.now(), taking);
      written(stream, [result.shardId]);
      return result;
    },

    putRecords({ stream: reference, records, refuses, dryRun }) {
      const stream = findReady(reference);
      const taking = { throughput: budgets, recorder, refuses, dryRun };
      const result = putMany(stream, records, clock.now(), taking);
      const shardIds = new Set<string>();
      for (const one of result.records) if ("shardId" in one) shardIds.add(one.shardId);
      written(stream, shardIds);
      return result;
    },

    getShardIterator(input) {
      const { stream, shard } = streams.findShard(input.stream, input.shardId);
      const now = clock.now();
      const position = startingPosition(stream, shard, input, now);
      if (input.consumer === undefined) budgets.iterator(stream, shard, now);
      const { name: streamName, incarnation } = stream;
      const shardIndex = shard.index;
      return encodeIterator({ streamName, incarnation, shardIndex, position, issuedAt: now });
    },

    getRecords: Object.assign(getRecords, { held: readPage }),

    splitShard(input) {
      const { stream: reference, shardToSplit, newStartingHashKey } = input;
      const shardId = streams.fullShardId(reference, shardToSplit);
      const stream = find(reference);
      checkProvisioned(stream);
      const apply = planSplit(stream, shardId, newStartingHashKey);
      reshard(findActive(reference), apply, { operation: "splitShard", input });
    },

    mergeShards(input) {
      const { stream: reference, shardToMerge, adjacentShardToMerge } = input;
      const shardId = streams.fullShardId(reference, shardToMerge);
      const adjacentId = streams.fullShardId(reference, adjacentShardToMerge);
      const stream = find(reference);
      checkProvisioned(stream);
      const apply = planMerge(stream, shardId, adjacentId);
      reshard(findActive(reference), apply, { operation: "mergeShards", input });
    },

    updateShardCount(input) {
      const stream = findActive(input.stream);
      checkProvisioned(stream);
      const apply = planScaling(stream, input.targetShardCount, clock.now());
      reshard(stream, apply, { operation: "updateShardCount", input });
    },

    setRetention({ stream: reference, hours }) {
      const stream = find(reference);
      setRetention(stream, hours, clock.now());
      recorder.stream(stream);
    },

    updateStreamMode(input) {
      const stream = findActive(input.stream);
      const apply = planModeSwitch(stream, input.mode, clock.now());
      change(stream, "UPDATING", apply, { operation: "updateStreamMode", input });
    },

    updateMaxRecordSize(input) {
      const { maxRecordSizeInKiB } = input;
      checkRange("maxRecordSizeInKiB", maxRecordSizeInKiB, 1024, 10_240);
      const stream = findActive(input.stream);
      const apply = () => {
        stream.maxRecordSizeInKiB = maxRecordSizeInKiB;
      };
      change(stream, "UPDATING", apply, { operation: "updateMaxRecordSize", input });
    },

    registerStreamConsumer({ stream: reference, name }) {
      const stream = find(reference);
      checkReady(stream);
      const consumer = registerConsumer(stream, name, clock.now(), billingCommitment);
      after(() => {
        if (consumer.status === "CREATING") consumer.status = "ACTIVE";
      });
      recorder.stream(stream);
      return describeConsumer(consumer);
    },

    deregisterStreamConsumer({ consumer: arn }) {
      const { stream, consumer } = findConsumer(streams, arn);
      if (consumer.status === "DELETING") throw consumerNotActive(stream, consumer);
      consumer.status = "DELETING";
      after(() => {
        stream.consumers.delete(consumer.name);
        recorder.stream(stream);
      });
    },

    listStreamConsumers: ({ stream }) => [...find(stream).consumers.values()].map(describeConsumer),

    readForConsumer({ consumer: arn, shardIterator }) {
      const now = clock.now();
      const { stream: consumed, consumer } = findConsumer(streams, arn);
      if (consumer.status !== "ACTIVE") throw consumerNotActive(consumed, consumer);
      const { stream, shard, token } = streams.findIterated(decodeIterator(shardIterator, now));
      if (stream !== consumed) throw invalidArgument("Invalid ShardIterator.");
      const left = budgets.fanOutBytes(arn, shard, now);
      const limit = left > 0 ? mostRecords : 0;
      const page = readHeld(shard, token, limit, Math.min(left, mostBytes), now);
      budgets.fanOutRead(arn, shard, page.records.bytes, now);
      const result = { ...page, records: page.records.copy() };
      return { ...result, continuationSequenceNumber: continuationOf(shard, result, token, now) };
    },

    kept: (resource) => holderOf(resource).holder.kept,

    keep(resource, settings, { updating = false } = {}) {
      const { holder, stream } = holderOf(resource);
      if (updating) change(findActive(resource), "UPDATING", () => {});
      holder.kept = { ...holder.kept, ...settings };
      recorder.stream(stream);
    },

    get billingCommitment() {
      return billingCommitment;
    },

    set billingCommitment(commitment) {
      billingCommitment = commitment;
      recorder.account();
    },

    onChange(reference, changed) {
      const { listeners } = find(reference);
      // A wrapper of its own, so that one function may listen twice.
      const listener = (shardId: string) => changed(shardId);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
