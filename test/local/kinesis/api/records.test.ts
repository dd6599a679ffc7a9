import { beforeEach, expect, test } from "vitest";
import { shardId, start } from "../simulated.ts";
import { type Served, served } from "./served.ts";

let api: Served;
const StreamName = "orders";
const base64 = (text: string) => Buffer.from(text).toString("base64");

beforeEach(async () => {
  api = await served();
  await api.call("CreateStream", { StreamName, ShardCount: 1 });
});

async function read(from: object = { ShardIteratorType: "TRIM_HORIZON" }) {
  const where = { StreamName, ShardId: shardId(0), ...from };
  const { ShardIterator } = await api.call("GetShardIterator", where);
  return api.call("GetRecords", { ShardIterator });
}

test("what is put in JSON is read in CBOR, and the other way round", async () => {
  const put = await api.call("PutRecord", { StreamName, PartitionKey: "é", Data: base64("one") });
  api.clock.time += 1234;
  const { body: many } = await api.cbor("PutRecords", {
    StreamName,
    Records: [
      { PartitionKey: "a", Data: Buffer.from("two") },
      { PartitionKey: "b", Data: Buffer.from([0, 255]), ExplicitHashKey: "7" },
    ],
  });
  expect(many.FailedRecordCount).toBe(0);
  const asJson = await read();
  expect(asJson).toEqual({
    Records: [
      {
        SequenceNumber: put.SequenceNumber,
        ApproximateArrivalTimestamp: start / 1000,
        Data: base64("one"),
        PartitionKey: "é",
      },
      expect.objectContaining({
        SequenceNumber: many.Records[0].SequenceNumber,
        ApproximateArrivalTimestamp: (start + 1234) / 1000,
      }),
      expect.objectContaining({ PartitionKey: "b", Data: "AP8=" }),
    ],
    NextShardIterator: expect.any(String),
    MillisBehindLatest: 0,
  });
  const position = {
    ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
    StartingSequenceNumber: put.SequenceNumber,
  };
  const iterator = { StreamName, ShardId: shardId(0), ...position };
  const { ShardIterator } = await api.call("GetShardIterator", iterator);
  const { body: asCbor } = await api.cbor("GetRecords", { ShardIterator });
  expect(asCbor.Records[0]).toEqual({
    SequenceNumber: many.Records[0].SequenceNumber,
    ApproximateArrivalTimestamp: start + 1234,
    Data: new Uint8Array(Buffer.from("two")),
    PartitionKey: "a",
  });
});

test("reading begins at a time, in seconds as a fraction", async () => {
  for (let i = 0; i < 3; i++) {
    await api.call("PutRecord", { StreamName, PartitionKey: "a", Data: base64(String(i)) });
    api.clock.time += 500;
  }
  const at = { ShardIteratorType: "AT_TIMESTAMP", Timestamp: start / 1000 + 0.5 };
  const { Records } = await read(at);
  expect(Records.map((one: any) => one.Data)).toEqual([base64("1"), base64("2")]);
});

test("an iterator position that says too much or too little is refused", async () => {
  const latest = { ShardIteratorType: "LATEST", StartingSequenceNumber: "1" };
  const where = { StreamName, ShardId: shardId(0) };
  expect((await api.call("GetShardIterator", { ...where, ...latest })).message).toContain(
    "Request specified LATEST and also a StartingSequenceNumber.",
  );
  expect(
    (await api.call("GetShardIterator", { ...where, ShardIteratorType: "AT_TIMESTAMP" })).__type,
  ).toBe("InvalidArgumentException");
});

test("records that a full shard refuses are reported one by one", async () => {
  const limited = await served({ limits: true });
  await limited.call("CreateStream", { StreamName, ShardCount: 1 });
  const Data = Buffer.alloc(600_000).toString("base64");
  const result = await limited.call("PutRecords", {
    StreamName,
    Records: [
      { PartitionKey: "a", Data },
      { PartitionKey: "a", Data },
    ],
  });
  expect(result).toEqual({
    FailedRecordCount: 1,
    Records: [
      { ShardId: shardId(0), SequenceNumber: expect.any(String) },
      {
        ErrorCode: "ProvisionedThroughputExceededException",
        ErrorMessage:
          "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012.",
      },
    ],
  });
});

test("a closed shard that is read to its end names its children", async () => {
  const split = { StreamName, ShardToSplit: shardId(0), NewStartingHashKey: "100" };
  await api.call("SplitShard", split);
  expect(await read()).toEqual({
    Records: [],
    MillisBehindLatest: 0,
    ChildShards: [
      {
        ShardId: shardId(1),
        ParentShards: [shardId(0)],
        HashKeyRange: { StartingHashKey: "0", EndingHashKey: "99" },
      },
      expect.objectContaining({ ShardId: shardId(2) }),
    ],
  });
});
