import { beforeEach, describe, expect, test } from "vitest";
import { processorTime } from "../../../processor-time.ts";
import { type Served, served } from "./served.ts";

let api: Served;
beforeEach(async () => {
  api = await served();
});

const name = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

test.each([
  [
    "PutRecord",
    {},
    "2 validation errors detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null; Value null at 'data' failed to satisfy constraint: Member must not be null",
  ],
  [
    "PutRecord",
    { StreamName: "", PartitionKey: "", Data: "" },
    `3 validation errors detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'streamName' failed to satisfy constraint: ${name}; Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  ],
  [
    "PutRecord",
    { StreamName: "a", PartitionKey: "a".repeat(257), Data: "", ExplicitHashKey: "01" },
    `2 validation errors detected: Value '${"a".repeat(257)}' at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256; Value '01' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})`,
  ],
  [
    "PutRecords",
    { StreamName: "a", Records: [] },
    "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "PutRecords",
    { StreamName: "a", Records: Array(501).fill({ PartitionKey: "a", Data: "" }) },
    "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
  ],
  [
    "PutRecords",
    { StreamName: "a", Records: Array(501).fill({ PartitionKey: "", Data: "" }) },
    `10 validation errors detected: ${["Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500", ...Array.from({ length: 9 }, (_, i) => `Value '' at 'records.${i + 1}.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1`)].join("; ")}`,
  ],
  [
    "PutRecords",
    { StreamName: "a", Records: [{ Data: "" }, { PartitionKey: "a" }, null] },
    "3 validation errors detected: Value null at 'records.1.member.partitionKey' failed to satisfy constraint: Member must not be null; Value null at 'records.2.member.data' failed to satisfy constraint: Member must not be null; Value null at 'records.3.member' failed to satisfy constraint: Member must not be null",
  ],
  [
    "CreateStream",
    { StreamName: "a b", ShardCount: 0 },
    `2 validation errors detected: Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1; Value 'a b' at 'streamName' failed to satisfy constraint: ${name}`,
  ],
  [
    "GetShardIterator",
    { StreamName: "a", ShardId: "shardId-0", ShardIteratorType: "FIRST" },
    "1 validation error detected: Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
  ],
  [
    "GetRecords",
    { ShardIterator: "a".repeat(513), Limit: 10_001 },
    `2 validation errors detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000; Value '${"a".repeat(513)}' at 'shardIterator' failed to satisfy constraint: Member must have length less than or equal to 512`,
  ],
  [
    "AddTagsToStream",
    { StreamName: "a", Tags: { "": "b" } },
    "1 validation error detected: Value '{=b}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
  ],
  [
    "RemoveTagsFromStream",
    { StreamName: "a", TagKeys: ["a", ""] },
    "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
  ],
  [
    "ListShards",
    { StreamName: "a", ShardFilter: { ShardId: "" } },
    `3 validation errors detected: Value null at 'shardFilter.type' failed to satisfy constraint: Member must not be null; Value '' at 'shardFilter.shardId' failed to satisfy constraint: ${name}; Value '' at 'shardFilter.shardId' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  ],
])("%s of %j is refused with all that is wrong with it", async (action, input, message) => {
  const { status, body } = await api.send(action, JSON.stringify(input));
  expect(body).toEqual({ __type: "ValidationException", message });
  expect(status).toBe(400);
});

test("no more than ten things are said to be wrong", async () => {
  const { message } = await api.call("PutRecords", { Records: Array(20).fill({}) });
  expect(message).toMatch(/^10 validation errors detected: (Value [^;]*; ){9}Value [^;]*$/);
});

test.each([
  [{ StreamName: true }, "class java.lang.Boolean can not be converted to an String"],
  [
    { StreamName: 1 },
    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
  ],
  [{ StreamName: [] }, "Start of list found where not expected"],
  [{ StreamName: {} }, "Start of structure or map found where not expected."],
  [{ Limit: "1" }, "class java.lang.String can not be converted to an Integer"],
])("DescribeStream of %j is refused before anything is validated", async (input, message) => {
  const body = await api.call("DescribeStream", { ...input, ExclusiveStartShardId: "" });
  expect(body).toEqual({ __type: "SerializationException", Message: message });
});

describe("data", () => {
  test.each([
    ["abc", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"],
    ["ab-c", "Invalid Base64 character: '-'"],
    ["=ab=", "Invalid Base64 character: '='"],
    ["ab==ab==", "Invalid Base64 character: '='"],
    ["ab/=", "Invalid last non-pad Base64 character dectected"],
  ])("%j is no base64", async (Data, why) => {
    const body = await api.call("PutRecord", { StreamName: "a", PartitionKey: "a", Data });
    expect(body.__type).toBe("SerializationException");
    expect(body.Message).toBe(`'${Data}' can not be converted to a Blob: ${why}`);
  });
});

test("null is as good as nothing, and members that nobody knows are ignored", async () => {
  await api.call("CreateStream", { StreamName: "a", ShardCount: null, Colour: "blue" });
  const input = '{"StreamName":"a","Limit":null,"__proto__":{"Limit":0}}';
  const { body } = await api.send("DescribeStream", input);
  expect(body.StreamDescription.Shards).toHaveLength(4);
});

test("a stream that is named neither by name nor by ARN, or by two that differ, is refused", async () => {
  await api.call("CreateStream", { StreamName: "a" });
  expect(await api.call("DescribeStreamSummary")).toEqual({
    __type: "InvalidArgumentException",
    message: "Stream arn and stream name can't be empty at the same time",
  });
  const StreamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/a";
  const both = await api.call("DescribeStreamSummary", { StreamName: "a", StreamARN });
  expect(both.StreamDescriptionSummary.StreamName).toBe("a");
  const differ = await api.call("DescribeStreamSummary", { StreamName: "b", StreamARN });
  expect(differ.__type).toBe("InvalidArgumentException");
});

test("an ARN of megabytes is refused at once", async () => {
  await api.call("CreateStream", { StreamName: "a" });
  const begun = processorTime();
  const StreamARN = `arn:aws${":kinesis:".repeat(500_000)}`;
  const answer = await api.call("DescribeStreamSummary", { StreamARN });
  expect(processorTime() - begun).toBeLessThan(1000);
  expect(answer.__type).toBe("ValidationException");
});

describe("what is looked at before the stream", () => {
  const unknown = { StreamName: "nothing" };
  const none = "Stream nothing under account 123456789012 not found.";

  test.each(["ABKLFD8", "2.14E4", "2147483648", "shardId-002147483648"])(
    "SplitShard and MergeShards have no shard %s, whether or not there is a stream",
    async (shard) => {
      const message = `Could not find shard ${shard} in stream nothing under account 123456789012.`;
      const NewStartingHashKey = "1";
      const split = { ...unknown, ShardToSplit: shard, NewStartingHashKey };
      const merge = { ...unknown, ShardToMerge: shard, AdjacentShardToMerge: "0" };
      const adjacent = { ...unknown, ShardToMerge: "0", AdjacentShardToMerge: shard };
      const refused = { __type: "ResourceNotFoundException", message };
      expect(await api.call("SplitShard", split)).toEqual(refused);
      expect(await api.call("MergeShards", merge)).toEqual(refused);
      expect(await api.call("MergeShards", adjacent)).toEqual(refused);
    },
  );

  test("an id with a number is not, nor are the characters of tags", async () => {
    const split = { ...unknown, ShardToSplit: "shardId-9", NewStartingHashKey: "1" };
    expect((await api.call("SplitShard", split)).message).toBe(none);
    const added = await api.call("AddTagsToStream", { ...unknown, Tags: { "a;b": "1" } });
    expect(added.message).toBe(none);
    const removed = await api.call("RemoveTagsFromStream", { ...unknown, TagKeys: ["a;b"] });
    expect(removed.message).toBe(none);
  });
});
