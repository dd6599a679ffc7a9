/** Documents and items, as the parts that write them write them. */
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type Entry,
  kinesisConsumer,
  memoryProgress,
  NonRetryableError,
  type Parking,
} from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { kinesisEvent } from "shardmill/testing";
import { expect, onTestFinished, test } from "vitest";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { packArrivals } from "../../../src/progress/entry.ts";
import { inspected, printed } from "./run.ts";

const event = kinesisEvent([{ id: "o-1" }, { id: "o-2" }]);
const [first, last] = event.Records.map(({ kinesis }) => kinesis.sequenceNumber) as [
  string,
  string,
];

const document = {
  requestContext: {
    requestId: "r-1",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST",
    condition: "RetryAttemptsExhausted",
    approximateInvokeCount: 3,
  },
  responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
  version: "1.0",
  timestamp: "2026-01-01T00:00:10.000Z",
  KinesisBatchInfo: {
    shardId: "shardId-000000000000",
    startSequenceNumber: first,
    endSequenceNumber: last,
    approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
    approximateArrivalOfLastRecord: "2026-01-01T00:00:00.001Z",
    batchSize: 2,
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  },
};

test("a failure document is told with its range, and where its records are", async () => {
  const { status, out } = await printed(document);
  expect(status).toBe(0);
  for (const line of [
    "a failure document about 2 records\n",
    "condition  RetryAttemptsExhausted: it failed as often as the mapping allows\n",
    "attempts   3\n",
    "error      Unhandled\n",
    `first      ${first}\n`,
    "arrived    2026-01-01T00:00:00.000Z to 2026-01-01T00:00:00.001Z\n",
    "payload    none: the records are in the stream alone, until its retention ends\n",
  ]) {
    expect(out).toContain(line);
  }
  const { things } = await inspected(document);
  expect(things).toMatchObject([
    {
      kind: "failureDocument",
      first: { sequenceNumber: first, index: "1" },
      timestamp: document.timestamp,
    },
  ]);
});

test("the event in the document of a bucket is shown with it", async () => {
  const { status, things } = await inspected({ ...document, payload: JSON.stringify(event) });
  expect(status).toBe(0);
  expect(things[0].event.records[1].data.json).toEqual({ id: "o-2" });
  const { out } = await printed({ ...document, payload: JSON.stringify(event) });
  expect(out).toContain('{"id": "o-2"}');
  const broken = await inspected({ ...document, payload: "{" });
  expect(broken.status).toBe(1);
  expect(broken.err).toMatch(/payload: it is no JSON/);
  const other = await inspected({ ...document, payload: "{}" });
  expect(other.err).toMatch(/payload: it is no event of a stream: it has no list "Records"/);
});

test("a document is found in messages of a queue, also where it came through a topic", async () => {
  const body = JSON.stringify(document);
  const notification = JSON.stringify({ Type: "Notification", TopicArn: "t", Message: body });
  const forms = [
    { Messages: [{ Body: body }, { Body: notification }] },
    {
      Records: [
        { eventSource: "aws:sqs", body },
        { eventSource: "aws:sqs", body: notification },
      ],
    },
    {
      Records: [
        { EventSource: "aws:sns", Sns: { Message: body } },
        { EventSource: "aws:sns", Sns: { Message: body } },
      ],
    },
    [document, JSON.parse(notification)],
  ];
  for (const form of forms) {
    const { status, things } = await inspected(form);
    expect([status, things.map(({ kind }) => kind)]).toEqual([
      0,
      ["failureDocument", "failureDocument"],
    ]);
  }
});

test("a message that is nothing known is told with its line, and the others are shown", async () => {
  const messages = { Messages: [{ Body: "hello" }, { Body: JSON.stringify(document) }] };
  const { status, out, err } = await printed(messages);
  expect(status).toBe(1);
  expect(out).toContain("standard input:6: Messages[1]: a failure document");
  expect(err).toContain("standard input:3: Messages[0]: this is nothing that can be inspected.");
});

/** A table, and what is in it as the AWS CLI prints it. */
async function table() {
  const db = await createDynamoDb();
  await db.createTable({ name: "progress", sortKey: "sk" });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const settings = { endpoint: db.endpoint, region: "us-east-1", credentials };
  const bare = new DynamoDBClient(settings);
  const client = DynamoDBDocumentClient.from(bare);
  onTestFinished(async () => {
    bare.destroy();
    await db.close();
  });
  const scan = async () => {
    const { Items } = await bare.send(new ScanCommand({ TableName: "progress" }));
    const inBase64 = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
    return JSON.stringify({ Items, Count: Items?.length }, inBase64, 2);
  };
  return { client, scan };
}

test("an entry of the log is told from its item, names and arrivals included", async () => {
  const { client, scan } = await table();
  const store = dynamodbProgress({ tableName: "progress", client });
  const log = "billing#us-east-1:123456789012:orders#1735689600#shardId-000000000000";
  const position = (sequenceNumber: string, subSequenceNumber = 0) => ({
    sequenceNumber,
    subSequenceNumber,
  });
  const entry: Entry = {
    ...{ n: 7, at: Date.UTC(2026, 0, 1), writer: "us-east-1:1:f", token: "t", v: 1, kind: "done" },
    ...{ first: position(first), last: position(last, 3), through: position(first) },
    names: Buffer.from("00112233445566778899aabbccddeeffffeeddccbbaa99887766554433221100", "hex"),
    arrivals: packArrivals([1_767_225_600, 1_767_225_601]),
    open: [{ position: position(last, 3), attempts: 2, since: Date.UTC(2026, 0, 1), key: "SFO" }],
    parked: [position(last, 1)],
    parkedKeys: ["JFK"],
  };
  await store.append(log, entry, 1_768_003_272);
  const { status, things } = await inspected(await scan());
  expect(status).toBe(0);
  const byKind = things.toSorted((a: any, b: any) => (a.kind < b.kind ? 1 : -1));
  expect(byKind).toMatchObject([
    {
      kind: "progressEntry",
      log: {
        consumer: "billing",
        shardId: "shardId-000000000000",
        shardCreatedAt: "2025-01-01T00:00:00.000Z",
      },
      entry: {
        ...{ n: 7, writer: "us-east-1:1:f" },
        through: { sequenceNumber: first, index: "1" },
        names: [
          { name: "00112233445566778899aabbccddeeff", arrivedAt: "2026-01-01T00:00:00.000Z" },
          { name: "ffeeddccbbaa99887766554433221100", arrivedAt: "2026-01-01T00:00:01.000Z" },
        ],
        open: [{ position: `${last}.3`, attempts: 2, key: "SFO" }],
        parked: [`${last}.1`],
        parkedKeys: ["JFK"],
      },
    },
    {
      ...{ kind: "parkedKey", consumer: "billing", stream: "us-east-1:123456789012:orders" },
      ...{ key: "JFK", log },
    },
  ]);
  const { out } = await printed(await scan());
  expect(out).toContain("entry 7 of a progress log: what a slice of a batch did");
  expect(out).toContain(
    `${last}.3: failed 2 times since 2026-01-01T00:00:00.000Z, partition key SFO`,
  );
  expect(out).toContain("00112233445566778899aabbccddeeff  2026-01-01T00:00:00.000Z");
});

test("an entry whose names and arrivals do not fit is told so", async () => {
  const item = {
    ...{ pk: "c#r:a:s#1735689600#shardId-000000000000", sk: "000000000001", at: 1, v: 1 },
    ...{ writer: "w", token: "t", names: Buffer.alloc(16).toJSON(), arrivals: "" },
  };
  const { status, err, things } = await inspected(item);
  expect([status, things[0].kind]).toEqual([1, "progressEntry"]);
  expect(err).toContain("names: there are 16 bytes of names, 16 each, for 0 arrival times");
});

test("a log that was written by a consumer can be read entry by entry", async () => {
  const { client, scan } = await table();
  const handler = kinesisConsumer({
    consumer: "billing",
    progress: dynamodbProgress({ tableName: "progress", client }),
    metrics: false,
    runtime: { write() {} },
    process() {},
  });
  await handler(event);
  const { status, things } = await inspected(await scan());
  expect(status).toBe(0);
  expect(things).toMatchObject([
    { kind: "progressEntry", entry: { kind: "done", through: { sequenceNumber: last } } },
  ]);
  expect(things[0].entry.names).toHaveLength(2);
});

/** What is parked of one record that cannot be processed. */
async function park(parking: Parking): Promise<void> {
  const handler = kinesisConsumer({
    consumer: "billing",
    progress: memoryProgress(),
    park: parking,
    metrics: false,
    runtime: { write() {} },
    process() {
      throw new NonRetryableError("no such customer", { cause: new Error("404") });
    },
  });
  await handler(kinesisEvent([{ id: "o-1" }]));
}

function expectParked({ status, things }: Awaited<ReturnType<typeof inspected>>): void {
  expect(status).toBe(0);
  expect(things).toMatchObject([
    {
      kind: "parkedRecord",
      consumer: "billing",
      position: { sequenceNumber: first, shardId: "shardId-000000000000" },
      partitionKey: "key-0",
      error: { message: "no such customer" },
      payload: { json: { id: "o-1" } },
    },
  ]);
}

test("a parked record is told from its item in a table", async () => {
  const { client, scan } = await table();
  await park(dynamodbParking({ tableName: "progress", client }));
  expectParked(await inspected(await scan()));
  const { out } = await printed(await scan());
  expect(out).toContain("confirmed: the log says that it is parked");
  expect(out).toMatch(/error {10}NonRetryableError: no such customer\n/);
  expect(out).toContain("caused by Error: 404");
  expect(out).toContain('{"id": "o-1"}');
});

test("a parked record is told from an object of a bucket and from a message of a queue", async () => {
  const sent: any[] = [];
  const send = async ({ input }: any) => {
    sent.push(input);
    return { ETag: '"1"' };
  };
  const client = { send } as never;
  await park(s3Parking({ bucket: "b", client }));
  await park(sqsParking({ queueUrl: "http://q", client }));
  const [object, confirmed, message] = sent;
  expectParked(await inspected(object.Body));
  expectParked(await inspected(confirmed.Body));
  expectParked(await inspected({ Messages: [{ Body: message.MessageBody }] }));
});

test("a payload that is elsewhere is said to be there", async () => {
  const parked = {
    ...{ consumer: "c", streamArn: "a", shardId: "shardId-000000000000", sequenceNumber: first },
    ...{ partitionKey: "k", parkedAt: 1, subSequenceNumber: 3 },
  };
  const { out } = await printed({ ...parked, payloadLocation: "s3://b/k.data" });
  expect(out).toContain("in s3://b/k.data");
  expect(out).toContain(`${first}.3\n`);
  expect((await printed({ ...parked, pointer: true })).out).toContain("is in the stream until");
  const broken = await printed({ ...parked, data: "%%%" });
  expect([broken.status, broken.err]).toEqual([
    1,
    expect.stringContaining(": data: it is no base64."),
  ]);
});
