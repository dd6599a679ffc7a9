import { beforeEach, expect, test } from "vitest";
import { actions } from "../../../../packages/local/src/kinesis/api/index.ts";
import { encodeIterator } from "../../../../packages/local/src/kinesis/iterator-token.ts";
import { virtualClock } from "../../../../src/time/virtual-clock.ts";
import { hour, shardId, start } from "../simulated.ts";
import { type Served, served } from "./served.ts";

let api: Served;
beforeEach(async () => {
  api = await served();
  await api.call("CreateStream", { StreamName: "orders", ShardCount: 3, Tags: { a: "1" } });
});

const StreamName = "orders";
const StreamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const ConsumerName = "app";

const summary = async () =>
  (await api.call("DescribeStreamSummary", { StreamName })).StreamDescriptionSummary;

test("there are 39 actions", () => {
  expect(actions.size).toBe(39);
});

test.each([
  ["neither a mode nor a count", {}, "ON_DEMAND", 4],
  ["on demand", { StreamModeDetails: { StreamMode: "ON_DEMAND" } }, "ON_DEMAND", 4],
  ["a count", { ShardCount: 2 }, "PROVISIONED", 2],
])("a stream that asks for %s", async (_, asked, StreamMode, OpenShardCount) => {
  await api.call("CreateStream", { StreamName: "new", ...asked });
  const { StreamDescriptionSummary } = await api.call("DescribeStreamSummary", {
    StreamName: "new",
  });
  expect(StreamDescriptionSummary).toMatchObject({
    StreamModeDetails: { StreamMode },
    OpenShardCount,
  });
});

test("a provisioned stream without a count is refused, and not made", async () => {
  const StreamModeDetails = { StreamMode: "PROVISIONED" };
  expect(await api.call("CreateStream", { StreamName: "new", StreamModeDetails })).toEqual({
    __type: "ValidationException",
    message:
      "Request is invalid. Stream new is to be in PROVISIONED mode, which needs a ShardCount.",
  });
  expect((await api.call("ListStreams")).StreamNames).toEqual([StreamName]);
});

test("a stream is described with its shards, page by page", async () => {
  const first = await api.call("DescribeStream", { StreamName, Limit: 2 });
  expect(first.StreamDescription).toEqual({
    StreamName,
    StreamARN,
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: "PROVISIONED" },
    RetentionPeriodHours: 24,
    StreamCreationTimestamp: start / 1000,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: "NONE",
    Shards: [expect.objectContaining({ ShardId: shardId(0) }), expect.anything()],
    HasMoreShards: true,
  });
  const second = await api.call("DescribeStream", {
    StreamARN,
    ExclusiveStartShardId: shardId(1),
  });
  expect(second.StreamDescription.Shards.map((one: any) => one.ShardId)).toEqual([shardId(2)]);
  expect(second.StreamDescription.HasMoreShards).toBe(false);
});

test("a summary counts open shards and consumers", async () => {
  await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  expect(await summary()).toMatchObject({
    OpenShardCount: 3,
    ConsumerCount: 1,
    MaxRecordSizeInKiB: 1024,
  });
});

test("streams are listed by name, and with a token", async () => {
  for (const name of ["b", "a", "c"]) await api.call("CreateStream", { StreamName: name });
  const first = await api.call("ListStreams", { Limit: 3 });
  expect(first.StreamNames).toEqual(["a", "b", "c"]);
  expect(first.HasMoreStreams).toBe(true);
  expect(first.StreamSummaries[0]).toMatchObject({ StreamName: "a", StreamStatus: "ACTIVE" });
  const { NextToken } = first;
  expect((await api.call("ListStreams", { NextToken })).StreamNames).toEqual(["orders"]);
  api.clock.time += 300_001;
  const late = await api.call("ListStreams", { NextToken });
  expect(late.__type).toBe("ExpiredNextTokenException");
});

test("shards are listed with a filter and a token, which say everything that a next page needs", async () => {
  await api.call("UpdateShardCount", {
    StreamName,
    TargetShardCount: 6,
    ScalingType: "UNIFORM_SCALING",
  });
  const ShardFilter = { Type: "AT_LATEST" };
  let page = await api.call("ListShards", { StreamName, ShardFilter, MaxResults: 4 });
  const found = [...page.Shards];
  page = await api.call("ListShards", { NextToken: page.NextToken, MaxResults: 4 });
  found.push(...page.Shards);
  expect(found).toHaveLength(6);
  expect(found.every((one) => one.SequenceNumberRange.EndingSequenceNumber === undefined)).toBe(
    true,
  );
  expect(page.NextToken).toBeUndefined();
});

test.each([
  [{}, "Either NextToken or StreamName should be provided."],
  [{ StreamName, NextToken: "a" }, "NextToken and StreamName cannot be provided together."],
  [{ StreamARN, NextToken: "a" }, "NextToken and StreamARN cannot be provided together."],
  [
    { StreamCreationTimestamp: 1, NextToken: "a" },
    "NextToken and StreamCreationTimestamp cannot be provided together.",
  ],
  [
    { ExclusiveStartShardId: shardId(0), NextToken: "a" },
    "NextToken and ExclusiveStartShardId cannot be provided together.",
  ],
  [
    { ShardFilter: { Type: "AT_LATEST" }, NextToken: "a" },
    "NextToken and ShardFilter cannot be provided together.",
  ],
  [{ NextToken: "a" }, "Invalid NextToken."],
  [
    {
      NextToken: Buffer.from(
        '{"kind":"ListStreams","after":"","issuedAt":1,"request":{}}',
      ).toString("base64"),
    },
    "Invalid NextToken.",
  ],
])("ListShards of %j is refused", async (input, message) => {
  expect(await api.call("ListShards", input)).toEqual({
    __type: "InvalidArgumentException",
    message,
  });
});

test("a page has at most 100 streams, consumers or shards of a description, however many are asked for", async () => {
  const { kinesis } = api;
  kinesis.createStream({ name: "wide", shards: 101 });
  const wide = await api.call("DescribeStream", { StreamName: "wide", Limit: 10_000 });
  expect(wide.StreamDescription.Shards).toHaveLength(100);
  expect(wide.StreamDescription.HasMoreShards).toBe(true);
  for (let i = 0; i < 100; i++) kinesis.createStream({ name: `stream-${i}` });
  const streams = await api.call("ListStreams", { Limit: 10_000 });
  expect(streams.StreamNames).toHaveLength(100);
  expect(streams.HasMoreStreams).toBe(true);
  const { NextToken } = streams;
  expect((await api.call("ListStreams", { NextToken, Limit: 10_000 })).StreamNames).toEqual([
    "stream-99",
    "wide",
  ]);
  kinesis.registerStreamConsumer({ stream: "orders", name: ConsumerName });
  const consumers = await api.call("ListStreamConsumers", { StreamARN, MaxResults: 10_000 });
  expect(consumers.Consumers).toHaveLength(1);
});

test("a token that somebody made up is read like a request, whatever it holds", async () => {
  const forged = (request: unknown, after: unknown = "") => {
    const token = { kind: "ListShards", after, issuedAt: start, request };
    return Buffer.from(JSON.stringify(token)).toString("base64");
  };
  const filter = { Type: "AFTER_SHARD_ID", ShardId: { toString: 1 } };
  for (const NextToken of [
    forged({}),
    forged([]),
    forged({ StreamARN, ShardFilter: filter }),
    forged({ StreamARN, ShardFilter: "FROM" }),
    forged({ StreamARN }, { toString: 1 }),
  ]) {
    const { status } = await api.send("ListShards", JSON.stringify({ NextToken }));
    expect(status).toBe(400);
  }
});

test("an iterator that somebody made up is no iterator", async () => {
  const token = { streamName: StreamName, incarnation: "0".repeat(16), shardIndex: 0 };
  for (const position of [Number.NaN, 1.5, Number.NEGATIVE_INFINITY]) {
    const ShardIterator = encodeIterator({ ...token, position, issuedAt: start });
    const { body } = await api.send("GetRecords", JSON.stringify({ ShardIterator }));
    expect(body.message).toBe("Invalid ShardIterator.");
  }
});

test("a stream of an earlier creation is not the stream", async () => {
  const at = async (StreamCreationTimestamp: number) =>
    (await api.call("ListShards", { StreamName, StreamCreationTimestamp })).__type;
  expect(await at(start / 1000)).toBeUndefined();
  expect(await at(start / 1000 - 5)).toBe("ResourceNotFoundException");
});

test("retention goes up with one action and down with the other", async () => {
  const set = (action: string, RetentionPeriodHours: number) =>
    api.call(`${action}StreamRetentionPeriod`, { StreamName, RetentionPeriodHours });
  expect(await set("Increase", 48)).toBeUndefined();
  expect((await summary()).RetentionPeriodHours).toBe(48);
  expect((await set("Increase", 47)).message).toBe(
    "Requested retention period (47 hours) for stream orders can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.",
  );
  expect((await set("Decrease", 49)).message).toContain("can not be longer than existing");
  expect((await set("Decrease", 23)).message).toContain("Minimum allowed retention period is 24");
  await set("Decrease", 24);
  expect((await summary()).RetentionPeriodHours).toBe(24);
});

test("a stream with consumers is deleted only when that is said", async () => {
  await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  expect((await api.call("DeleteStream", { StreamName })).__type).toBe("ResourceInUseException");
  await api.call("DeleteStream", { StreamName, EnforceConsumerDeletion: true });
  expect((await api.call("ListStreams")).StreamNames).toEqual([]);
});

test("shards split and merge, and their count is updated", async () => {
  const split = { StreamName, ShardToSplit: shardId(0), NewStartingHashKey: "100" };
  await api.call("SplitShard", split);
  const merge = { ShardToMerge: shardId(3), AdjacentShardToMerge: shardId(4) };
  await api.call("MergeShards", { StreamName, ...merge });
  expect((await summary()).OpenShardCount).toBe(3);
  const counted = { TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" };
  expect(await api.call("UpdateShardCount", { StreamName, ...counted })).toEqual({
    StreamName,
    StreamARN,
    CurrentShardCount: 3,
    TargetShardCount: 4,
  });
  expect((await api.call("SplitShard", split)).message).toContain("already been merged or split");
});

test("consumers are registered, described by either name, listed and deregistered", async () => {
  const { Consumer } = await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  const { ConsumerARN } = Consumer;
  expect(Consumer).toEqual({
    ConsumerName,
    ConsumerARN: `${StreamARN}/consumer/app:${start / 1000}`,
    ConsumerStatus: "CREATING",
    ConsumerCreationTimestamp: start / 1000,
  });
  const described = await api.call("DescribeStreamConsumer", { ConsumerARN });
  expect(described.ConsumerDescription).toMatchObject({ StreamARN, ConsumerStatus: "ACTIVE" });
  const named = await api.call("DescribeStreamConsumer", { StreamARN, ConsumerName });
  expect(named).toEqual(described);
  await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "aaa" });
  const page = await api.call("ListStreamConsumers", { StreamARN, MaxResults: 1 });
  expect(page.Consumers.map((one: any) => one.ConsumerName)).toEqual(["aaa"]);
  const next = await api.call("ListStreamConsumers", { StreamARN, NextToken: page.NextToken });
  expect(next.Consumers.map((one: any) => one.ConsumerName)).toEqual(["app"]);
  const StreamCreationTimestamp = start / 1000;
  const both = { StreamARN, NextToken: page.NextToken, StreamCreationTimestamp };
  expect(await api.call("ListStreamConsumers", both)).toEqual({
    __type: "InvalidArgumentException",
    message: "NextToken and StreamCreationTimestamp cannot be provided together.",
  });
  await api.call("DeregisterStreamConsumer", { ConsumerARN });
  expect((await api.call("DescribeStreamConsumer", { ConsumerARN })).message).toBe(
    `Consumer with ARN ${ConsumerARN} not found.`,
  );
});

test("tags are put on streams and consumers, listed by key and taken away", async () => {
  await api.call("AddTagsToStream", { StreamName, Tags: { c: "3", b: "2", __proto__x: "" } });
  await api.call("TagResource", { ResourceARN: StreamARN, Tags: { b: "4" } });
  const first = await api.call("ListTagsForStream", { StreamName, Limit: 2 });
  expect(first).toEqual({
    Tags: [
      { Key: "__proto__x", Value: "" },
      { Key: "a", Value: "1" },
    ],
    HasMoreTags: true,
  });
  await api.call("RemoveTagsFromStream", { StreamName, TagKeys: ["__proto__x", "c"] });
  await api.call("UntagResource", { ResourceARN: StreamARN, TagKeys: ["a"] });
  expect(await api.call("ListTagsForResource", { ResourceARN: StreamARN })).toEqual({
    Tags: [{ Key: "b", Value: "4" }],
  });
  const consumer = { StreamARN, ConsumerName, Tags: { team: "x" } };
  const { Consumer } = await api.call("RegisterStreamConsumer", consumer);
  expect(await api.call("ListTagsForResource", { ResourceARN: Consumer.ConsumerARN })).toEqual({
    Tags: [{ Key: "team", Value: "x" }],
  });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ""]));
  expect((await api.call("AddTagsToStream", { StreamName, Tags: many })).message).toContain(
    "more than 50 tags",
  );
  const most = Object.fromEntries(Object.entries(many).slice(1));
  for (const [Tags, name, isMade] of [
    [many, "tagged", false],
    [most, "tagged-most", true],
  ] as const) {
    const made = await api.call("CreateStream", { StreamName: name, ShardCount: 1, Tags });
    expect(made?.__type).toBe(isMade ? undefined : "InvalidArgumentException");
    expect(api.kinesis.listStreams().includes(name)).toBe(isMade);
    const as = { StreamARN, ConsumerName: name, Tags };
    const registered = await api.call("RegisterStreamConsumer", as);
    expect(registered.Consumer?.ConsumerName).toBe(isMade ? name : undefined);
  }
  expect((await api.call("AddTagsToStream", { StreamName, Tags: { "*": "" } })).message).toContain(
    "Some tags contain invalid characters.",
  );
});

test("an encryption key and metrics are kept and given back", async () => {
  const key = { StreamName, EncryptionType: "KMS", KeyId: "alias/k" };
  await api.call("StartStreamEncryption", key);
  expect(await summary()).toMatchObject({ EncryptionType: "KMS", KeyId: "alias/k" });
  const put = { StreamName, PartitionKey: "a", Data: "" };
  expect((await api.call("PutRecord", put)).EncryptionType).toBe("KMS");
  await api.call("StopStreamEncryption", key);
  expect((await summary()).EncryptionType).toBe("NONE");

  const some = { StreamName, ShardLevelMetrics: ["IncomingBytes"] };
  await api.call("EnableEnhancedMonitoring", { StreamName, ShardLevelMetrics: ["ALL"] });
  const { DesiredShardLevelMetrics } = await api.call("DisableEnhancedMonitoring", some);
  expect(DesiredShardLevelMetrics).toHaveLength(6);
  expect((await summary()).EnhancedMonitoring).toEqual([
    { ShardLevelMetrics: DesiredShardLevelMetrics },
  ]);
});

test("a policy is kept and given back, is empty where there is none, and goes only once", async () => {
  const { Consumer } = await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  for (const ResourceARN of [StreamARN, Consumer.ConsumerARN]) {
    const of = { ResourceARN };
    const empty = { Policy: "{}" };
    expect(await api.call("GetResourcePolicy", of)).toEqual(empty);
    const Policy = '{"Version":"2012-10-17"}';
    await api.call("PutResourcePolicy", { ...of, Policy });
    expect(await api.call("GetResourcePolicy", of)).toEqual({ Policy });
    await api.call("DeleteResourcePolicy", of);
    expect(await api.call("GetResourcePolicy", of)).toEqual(empty);
    expect(await api.call("DeleteResourcePolicy", of)).toEqual({
      __type: "ResourceNotFoundException",
      message: `No resource policy found for resource ARN ${ResourceARN}.`,
    });
  }
  for (const Policy of ["not JSON", "[]", "null", ""]) {
    const refused = await api.call("PutResourcePolicy", { ResourceARN: StreamARN, Policy });
    expect([Policy, refused?.__type]).toEqual([Policy, "InvalidArgumentException"]);
  }
  for (const action of ["Get", "Delete"]) {
    const none = await api.call(`${action}ResourcePolicy`, { ResourceARN: `${StreamARN}-2` });
    expect(none.__type).toBe("ResourceNotFoundException");
  }
});

test("mode, record size and warm throughput are updated", async () => {
  const onDemand = { StreamARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } };
  const warm = { StreamARN, WarmThroughputMiBps: 20 };
  expect((await api.call("UpdateStreamWarmThroughput", warm)).__type).toBe("ValidationException");
  await api.call("UpdateStreamMode", onDemand);
  expect((await api.call("UpdateStreamWarmThroughput", warm)).WarmThroughput).toEqual({
    TargetMiBps: 20,
    CurrentMiBps: 20,
  });
  await api.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 2048 });
  expect(await summary()).toMatchObject({
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    MaxRecordSizeInKiB: 2048,
    WarmThroughput: { TargetMiBps: 20, CurrentMiBps: 20 },
  });
  const count = { StreamName, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" };
  expect((await api.call("UpdateShardCount", count)).__type).toBe("ValidationException");
  expect(await api.call("DescribeLimits")).toEqual({
    ShardLimit: 20_000,
    OpenShardCount: 0,
    OnDemandStreamCount: 1,
    OnDemandStreamCountLimit: 50,
  });
});

test("a billing commitment ends a day after it began at the earliest", async () => {
  const commit = async (Status: string) => {
    const input = { MinimumThroughputBillingCommitment: { Status } };
    const output = await api.call("UpdateAccountSettings", input);
    return output.MinimumThroughputBillingCommitment;
  };
  const described = async () =>
    (await api.call("DescribeAccountSettings")).MinimumThroughputBillingCommitment;
  expect(await described()).toEqual({ Status: "DISABLED" });
  expect(await commit("ENABLED")).toEqual({
    Status: "ENABLED",
    StartedAt: start / 1000,
    EarliestAllowedEndAt: start / 1000 + 24 * 3600,
  });
  expect((await commit("DISABLED")).Status).toBe("ENABLED_UNTIL_EARLIEST_ALLOWED_END");
  api.clock.time += 25 * hour;
  expect(await described()).toMatchObject({
    Status: "DISABLED",
    EndedAt: start / 1000 + 24 * 3600,
  });
});

test("with transition times, shards are not listed of a stream that comes or goes, and a consumer that comes is not subscribed and has no policy", async () => {
  const clock = virtualClock();
  const slow = await served({ clock, transitionMs: 1000 });
  const inUse = (message: string) => ({ __type: "ResourceInUseException", message });
  const notReady = (state: string) =>
    inUse(
      `Stream orders under account 123456789012 not ACTIVE or UPDATING, instead in state ${state}`,
    );
  await slow.call("CreateStream", { StreamName, ShardCount: 1 });
  expect(await slow.call("ListShards", { StreamName })).toEqual(notReady("CREATING"));
  await clock.advance(1000);
  const { Consumer } = await slow.call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  const { ConsumerARN, ConsumerCreationTimestamp } = Consumer;
  const seconds = Math.floor(ConsumerCreationTimestamp);
  const StartingPosition = { Type: "LATEST" };
  const subscription = { ConsumerARN, ShardId: shardId(0), StartingPosition };
  expect(await slow.call("SubscribeToShard", subscription)).toEqual(
    inUse(
      `Consumer app with creation timestamp ${seconds} under stream: orders , account 123456789012 is not in ACTIVE status.`,
    ),
  );
  const policy = { ResourceARN: ConsumerARN, Policy: "{}" };
  expect(await slow.call("PutResourcePolicy", policy)).toEqual(
    inUse(
      `Consumer app with creation timestamp ${seconds} under stream orders and account 123456789012 is not in ACTIVE status.`,
    ),
  );
  await clock.advance(1000);
  expect(await slow.call("PutResourcePolicy", policy)).toBeUndefined();
  await slow.call("DeleteStream", { StreamName, EnforceConsumerDeletion: true });
  expect(await slow.call("ListShards", { StreamName })).toEqual(notReady("DELETING"));
});
