import { kinesisConsumer, text } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";

let calls = 0;
const handler = kinesisConsumer({
  consumer: "c",
  metrics: false,
  process() {
    calls++;
  },
});

/** An event of two good records, the second of which is spoilt. */
function spoilt(spoil: (record: any) => void) {
  const event = structuredClone(kinesisEvent(["a", "b"])) as any;
  spoil(event.Records[1]);
  return event;
}

async function refusal(event: unknown): Promise<string> {
  calls = 0;
  const error = await handler(event).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(Error);
  expect(calls).toBe(0);
  return error.message;
}

describe("an event that cannot be read fails as a whole, before anything is processed", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "hello"],
    ["a number", 7],
    ["a list", []],
    ["an object", { source: "aws.events" }],
    ["records that are no list", { Records: {} }],
  ])("%s", async (_, event) => {
    expect(await refusal(event)).toMatch(/is not an event of a Kinesis stream/);
  });

  it.each<[string, (record: any) => void, RegExp]>([
    ["no data", (record) => delete record.kinesis.data, /data that is not base64: it is undefined/],
    ["no partition key", (record) => delete record.kinesis.partitionKey, /no partition key/],
    [
      "no sequence number",
      (record) => delete record.kinesis.sequenceNumber,
      /the sequence number undefined, not 1 to 129 digits/,
    ],
    [
      "a sequence number that is a number",
      (record) => {
        record.kinesis.sequenceNumber = 49;
      },
      /sequence number 49, not 1 to 129 digits/,
    ],
    [
      "a sequence number with a zero before it",
      (record) => {
        record.kinesis.sequenceNumber = "0049";
      },
      /sequence number 0049, not .* the first not 0/,
    ],
    [
      "a sequence number that is too long",
      (record) => {
        record.kinesis.sequenceNumber = "4".repeat(130);
      },
      /, not 1 to 129 digits/,
    ],
    [
      "keys in lower case",
      (record) => {
        record.eventid = record.eventID;
        delete record.eventID;
      },
      /eventID undefined/,
    ],
    ["no eventID", (record) => delete record.eventID, /eventID undefined/],
    [
      "an eventID without a shard",
      (record) => {
        record.eventID = "1234";
      },
      /not <shard id>:<sequence number>/,
    ],
    ["no eventSourceARN", (record) => delete record.eventSourceARN, /no eventSourceARN/],
    [
      "no arrival time",
      (record) => delete record.kinesis.approximateArrivalTimestamp,
      /approximateArrivalTimestamp undefined\. Lambda gives epoch seconds/,
    ],
    ...[
      "2026-01-01",
      "1767225600",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      1767225600000,
      1767225600000000,
      1767225600n,
      new Date(0),
      null,
    ].map((time): [string, (record: any) => void, RegExp] => [
      `the arrival time ${String(time)}`,
      (record) => {
        record.kinesis.approximateArrivalTimestamp = time;
      },
      /approximateArrivalTimestamp .*\. Lambda gives epoch seconds: divide milliseconds by 1000/,
    ]),
    [
      "data that somebody has parsed already",
      (record) => {
        record.kinesis.data = { id: "b" };
      },
      /data that is not base64: it is an object\. Has a middleware decoded it\?/,
    ],
    [
      "data that somebody has decoded already",
      (record) => {
        record.kinesis.data = '{"id":"b"}';
      },
      /not base64/,
    ],
  ])("%s", async (_, spoil, message) => {
    const said = await refusal(spoilt(spoil));
    expect(said).toMatch(/Records\[1\]/);
    expect(said).toMatch(message);
  });

  it("a record that is null", async () => {
    const { Records } = kinesisEvent(["a"]);
    expect(await refusal({ Records: [...Records, null] })).toMatch(/Records\[1\] is not an object/);
  });

  it.each([
    ["kinesisSchemaVersion", (record: any) => (record.kinesis.kinesisSchemaVersion = "2.0")],
    ["eventVersion", (record: any) => (record.eventVersion = "3.1")],
  ])("an unknown %s, and it says what to do", async (_, spoil) => {
    const said = await refusal(spoilt(spoil));
    expect(said).toMatch(/reads version 1/);
    expect(said).toMatch(/Update it/);
  });

  it("records of two shards, for which one answer cannot speak", async () => {
    const [a] = kinesisEvent(["a"]).Records;
    const [b] = kinesisEvent(["b"], { shardId: "shardId-000000000001" }).Records;
    expect(await refusal({ Records: [a, b] })).toMatch(
      /shardId-000000000001.* is not of shardId-000000000000.* an event is of one shard/,
    );
  });

  it("records of two streams", async () => {
    const [a] = kinesisEvent(["a"]).Records;
    const [b] = kinesisEvent(["b"], { streamName: "refunds" }).Records;
    expect(await refusal({ Records: [a, b] })).toMatch(/refunds/);
  });

  it("the event of a tumbling window, whose state would be lost", async () => {
    const event = { ...kinesisEvent(["a"]), window: {}, isFinalInvokeForWindow: false };
    expect(await refusal(event)).toMatch(/TumblingWindowInSeconds/);
  });
});

it.each([0, 0.001, 1428537600, 1545084650.987, 4102444800])(
  "an arrival time of %d seconds is read",
  async (time) => {
    const arrivals: number[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      metrics: false,
      process: (_, { approximateArrivalTimestamp }) =>
        void arrivals.push(approximateArrivalTimestamp),
    });
    const [record] = kinesisEvent(["a"]).Records;
    const kinesis = { ...record!.kinesis, approximateArrivalTimestamp: time };
    await handler({ Records: [{ ...record!, kinesis }] });
    expect(arrivals).toEqual([Math.round(time * 1000)]);
  },
);

it("base64 that was broken into lines is read", async () => {
  const payloads: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    metrics: false,
    decode: text(),
    process: (value) => void payloads.push(value),
  });
  const whole = "x".repeat(200);
  const event = kinesisEvent([whole, "b", whole]);
  const broken = (data: string) => `${data.replaceAll(/.{76}/g, "$&\r\n")}\n`;
  const Records = event.Records.map((record) => ({
    ...record,
    kinesis: { ...record.kinesis, data: broken(record.kinesis.data) },
  }));
  expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
  expect(payloads).toEqual([whole, "b", whole]);
});

describe("what is refused is not quoted", () => {
  const secret = "hunter2".repeat(30);
  it.each([
    [
      "a text",
      JSON.stringify(kinesisEvent([secret])),
      /a text of \d+ characters: is it unparsed JSON/,
    ],
    ["another service's", { Records: [{ eventSource: "aws:sqs", body: secret }] }, /aws:sqs/],
    ["a list", [{ body: secret }], /^A list is not an event/],
    ["a key", { [secret]: 1 }, /An event with the keys hunter2/],
    ["a source", { eventSource: secret }, /source "hunter2/],
    ["an eventID", spoilt((record) => Object.assign(record, { eventID: secret })), /the eventID/],
    ["data", spoilt((record) => Object.assign(record.kinesis, { data: [secret] })), /a list of 1/],
    [
      "a version",
      spoilt((record) => Object.assign(record, { eventVersion: secret })),
      /has version/,
    ],
  ])("%s", async (_, event, message) => {
    const said = await refusal(event);
    expect(said).toMatch(message);
    expect(said).not.toContain(secret);
    expect(said.length).toBeLessThan(500);
  });
});

describe("an event of another service is refused by name", () => {
  it.each([
    ["SQS", { Records: [{ eventSource: "aws:sqs", messageId: "1", body: "x" }] }, /"aws:sqs"/],
    ["SNS", { Records: [{ EventSource: "aws:sns", Sns: { Message: "x" } }] }, /"aws:sns"/],
    [
      "DynamoDB",
      { Records: [{ eventSource: "aws:dynamodb", dynamodb: { Keys: {} } }] },
      /"aws:dynamodb"/,
    ],
    ["S3", { Records: [{ eventSource: "aws:s3", s3: { bucket: {} } }] }, /"aws:s3"/],
    ["Kafka", { eventSource: "aws:kafka", records: { "t-0": [] } }, /"aws:kafka"/],
    [
      "a Kafka of one's own",
      { eventSource: "SelfManagedKafka", records: { "t-0": [] } },
      /"SelfManagedKafka"/,
    ],
    [
      "Firehose",
      { deliveryStreamArn: "arn:aws:firehose:…", records: [{ recordId: "1", data: "eA==" }] },
      /Firehose \(use firehoseTransform/,
    ],
    [
      "EventBridge Pipes",
      kinesisEvent(["a"]).Records.map(({ kinesis, ...record }) => ({ ...kinesis, ...record })),
      /A list of records, as EventBridge Pipes sends them .* event source mapping/,
    ],
    ["lower-cased keys", { records: kinesisEvent(["a"]).Records }, /with the keys records/],
    ["CloudWatch Logs", { awslogs: { data: "" } }, /a CloudWatch log group/],
    ["a URL", { requestContext: {}, body: "" }, /API Gateway, a URL/],
    ["Kinesis Data Analytics", { applicationArn: "arn", records: [] }, /Kinesis Data Analytics/],
    ["EventBridge", { source: "aws.events", "detail-type": "x" }, /keys source, detail-type/],
  ])("%s", async (_, event, message) => {
    expect(await refusal(event)).toMatch(message);
  });
});

it("an empty batch is done, and says nothing to CloudWatch about a stream without a name", async () => {
  const lines: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    runtime: { write: (line) => lines.push(line) },
    process() {},
  });
  expect(await handler({ Records: [] })).toEqual({ batchItemFailures: [] });
  expect(lines.filter((line) => line.includes("_aws"))).toEqual([]);
});
