import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { aggregate } from "shardmill/kpl";
import { kinesisEvent } from "shardmill/testing";
import { expect, test } from "vitest";
import { recordedLine } from "../../../packages/cli/src/input/recorded.ts";
import { file, inspected, printed, run } from "./run.ts";

const orders = [
  { id: "o-1", total: 12 },
  { id: "o-2", total: 3 },
];

const hashKey = (key: string) => BigInt(`0x${createHash("md5").update(key).digest("hex")}`);

test("an event is shown record by record, in full", async () => {
  const event = kinesisEvent(orders);
  const path = file("event.json", JSON.stringify(event));
  const { status, out, err } = await run([path]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  const [{ kinesis }] = event.Records as [any];
  expect(out).toBe(`${path}:1: an event of a Kinesis stream
  stream   arn:aws:kinesis:us-east-1:123456789012:stream/orders
  shard    shardId-000000000000
  records  2 records, 2 user records
  record 0
    sequence number  ${kinesis.sequenceNumber}
                     put 2026-01-01T00:00:00Z, index 1 in shardId-000000000000, created 2025-01-01T00:00:00Z
    arrived          2026-01-01T00:00:00.000Z
    partition key    key-0
    hash key         ${hashKey("key-0")}
    data             23 bytes of JSON
      {"id": "o-1", "total": 12}
  record 1
    sequence number  ${event.Records[1]!.kinesis.sequenceNumber}
                     put 2026-01-01T00:00:00Z, index 2 in shardId-000000000000, created 2025-01-01T00:00:00Z
    arrived          2026-01-01T00:00:00.001Z
    partition key    key-1
    hash key         ${hashKey("key-1")}
    data             22 bytes of JSON
      {"id": "o-2", "total": 3}

`);
});

test("an aggregate is taken apart, with the keys of its user records", async () => {
  const event = kinesisEvent(orders, { aggregate: true, partitionKey: ({ id }) => id });
  const { things, status } = await inspected(event);
  expect([status, things.length]).toEqual([0, 1]);
  const [{ kind, records }] = things;
  expect([kind, records.length, records[0].data]).toEqual(["event", 1, undefined]);
  expect(records[0].userRecords).toMatchObject([
    { subSequenceNumber: 0, partitionKey: "o-1", data: { json: orders[0] } },
    { subSequenceNumber: 1, partitionKey: "o-2", data: { json: orders[1] } },
  ]);
  expect((await printed(event)).out).toContain("records  1 record, 2 user records");
});

test("data is shown as what it is: packed, text, bytes, numbers as they are written", async () => {
  const exact = '{"total":1.10,"big":12345678901234567890}';
  const event = kinesisEvent([
    gzipSync('{"a":1}'),
    "a line\nand another\u001b[2J\n",
    Uint8Array.of(0, 159, 146, 150, 65),
    exact,
    "",
  ]);
  const { things } = await inspected(event);
  const [packed, text, bytes, numbers, nothing] = things[0].records.map(({ data }: any) => data);
  expect(packed).toMatchObject({ packed: "gzip", json: { a: 1 } });
  expect(text.text).toBe("a line\nand another\u001b[2J\n");
  expect(bytes).toEqual({ bytes: 5, base64: "AJ+SlkE=" });
  expect(numbers).toEqual({ bytes: exact.length, text: exact });
  expect(nothing).toEqual({ bytes: 0, text: "" });
  const { out } = await printed(event);
  expect(out).toContain("a line\n      and another\\u001b[2J\n");
  expect(out).toContain("000000  00 9f 92 96 41                                   ....A\n");
  expect(out).toContain('{"total": 1.10, "big": 12345678901234567890}\n');
  expect(out).toContain("data             none\n");
});

test("long JSON has a line for each member, and loses nothing", async () => {
  const long = { a: "x".repeat(90), list: [1, [], {}, { b: 'quoted "text", {not} [JSON]' }] };
  const { out } = await printed(kinesisEvent([long]));
  const lines = out.split("data             ")[1]!.split("\n").slice(1);
  expect(JSON.parse(lines.join(""))).toEqual(long);
  expect(out).toContain(
    '        "list": [\n          1,\n          [],\n          {},\n          {\n',
  );
});

test("what is wrong with records is told with their lines, and the others are shown", async () => {
  const event: any = kinesisEvent(["a", "b", "c"]);
  event.Records[0].kinesis.data = "not base64";
  delete event.Records[1].kinesis.partitionKey;
  event.Records[2].eventID = event.Records[2].eventID.replace("00:", "07:");
  const path = file("event.json", JSON.stringify(event, null, 2));
  const { status, out, err } = await run([path]);
  expect(status).toBe(1);
  const lines = JSON.stringify(event, null, 2).split("\n");
  const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
  expect(err.split("\n")).toEqual([
    `shardmill inspect: ${path}:${lineOf("not base64")}: Records[0].kinesis.data: it is no base64.`,
    expect.stringMatching(/:\d+: Records\[1\]\.kinesis: it has no partitionKey\.$/),
    expect.stringMatching(
      /:\d+: Records\[2\]: the sequence number is of shardId-000000000000, and not of shardId-000000000007\.$/,
    ),
    expect.stringContaining("Records: its records are of 2 shards"),
    "",
  ]);
  expect(out).toContain("record 2");
  const { things } = await inspected(event);
  expect(things[0].problems).toHaveLength(4);
});

test("data that only begins as an aggregate does is said to be none", async () => {
  const broken = Buffer.from(aggregate([{ partitionKey: "a", data: Buffer.from("b") }]).data);
  broken[8]! ^= 1;
  const { err, out } = await printed(kinesisEvent([broken]));
  expect(err).toContain("begins as an aggregate does, and is none");
  expect(out).toContain("bytes of no text");
});

test("one record of an event, and one in quotes, are read too", async () => {
  const [record] = kinesisEvent(["a"]).Records;
  expect((await inspected(record)).things).toMatchObject([{ kind: "event", records: [{}] }]);
  const quoted = JSON.stringify(JSON.stringify(record));
  expect((await inspected(quoted)).things).toMatchObject([{ kind: "event" }]);
});

test("an event of a Firehose transformation is shown with its stream's places", async () => {
  const [{ kinesis }] = kinesisEvent(["a"]).Records as [any];
  const event = {
    invocationId: "i-1",
    deliveryStreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs",
    sourceKinesisStreamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    region: "us-east-1",
    records: [
      {
        recordId: "r-1",
        approximateArrivalTimestamp: 1_767_225_600_000,
        data: Buffer.from('{"a":1}').toString("base64"),
        kinesisRecordMetadata: {
          shardId: "shardId-000000000000",
          partitionKey: "k",
          sequenceNumber: kinesis.sequenceNumber,
        },
      },
    ],
  };
  const { status, things } = await inspected(event);
  expect(status).toBe(0);
  expect(things).toMatchObject([
    {
      kind: "firehoseEvent",
      deliveryStreamArn: event.deliveryStreamArn,
      records: [{ recordId: "r-1", partitionKey: "k", data: { json: { a: 1 } } }],
    },
  ]);
  const { out, err } = await printed({
    ...event,
    records: [event.records[0], { recordId: "r-1", data: "%" }],
  });
  expect(out).toContain("record 0: r-1\n");
  expect(err).toContain("records[1].data: it is no base64");
  expect(err).toContain("records[1]: it has the recordId r-1 of an earlier one");
});

test("what GetRecords answers is shown, times in either form", async () => {
  const [{ kinesis }] = kinesisEvent(["a"]).Records as [any];
  const record = (ApproximateArrivalTimestamp: unknown) => ({
    SequenceNumber: kinesis.sequenceNumber,
    ApproximateArrivalTimestamp,
    Data: kinesis.data,
    PartitionKey: "k",
  });
  const { things } = await inspected({
    Records: [record(1_767_225_600.5), record("2026-01-01T00:00:00.500000+00:00")],
    NextShardIterator: "x",
    MillisBehindLatest: 7,
  });
  expect(things).toMatchObject([{ kind: "records", MillisBehindLatest: 7 }]);
  const arrivals = things[0].records.map(({ arrivedAt }: any) => arrivedAt);
  expect(arrivals).toEqual(["2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00.500Z"]);
});

test("lines that shardmill record wrote are shown one by one", async () => {
  const [{ kinesis }] = kinesisEvent(["a"]).Records as [any];
  const line = (data: Uint8Array) =>
    recordedLine({
      shardId: "shardId-000000000000",
      sequenceNumber: kinesis.sequenceNumber,
      arrival: 1_767_225_600_000,
      partitionKey: "k",
      data,
    });
  const { status, things } = await inspected(line(Buffer.from("text")) + line(Buffer.of(255)));
  expect(status).toBe(0);
  expect(things).toMatchObject([
    { kind: "record", line: 1, records: [{ data: { text: "text" } }] },
    { kind: "record", line: 2, records: [{ data: { base64: "/w==" } }] },
  ]);
});
