/** What the services of this machine see of requests that are made in an invocation. */
import {
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, expect, test } from "vitest";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../packages/local/src/kinesis/server/index.ts";
import { serveFirehose } from "../../../packages/services/src/firehose/index.ts";
import type { SeenRequest } from "../../../packages/services/src/http/seen.ts";
import { serveS3 } from "../../../packages/services/src/s3/index.ts";
import { createSns, serveSns } from "../../../packages/services/src/sns/index.ts";
import { createSqs, serveSqs } from "../../../packages/services/src/sqs/index.ts";

const trace = "Root=1-5e1b4151-5ac6c58f5b5daa6eb8c5a6e1;Parent=53995c3f42cd8ad8;Sampled=0";
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (let end = ends.pop(); end; end = ends.pop()) await end();
});

const at = (endpoint: string) => ({
  ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

interface Client {
  readonly middlewareStack: { add(middleware: any, options: any): void };
  send(command: any): Promise<unknown>;
  destroy(): void;
}

function traced<C extends Client>(client: C): C {
  const add = (next: (args: any) => unknown) => (args: any) => {
    args.request.headers["X-Amzn-Trace-Id"] = trace;
    return next(args);
  };
  client.middlewareStack.add(add, { step: "build" });
  ends.push(() => client.destroy());
  return client;
}

function seeing() {
  const seen: SeenRequest[] = [];
  const see = (request: SeenRequest) => void seen.push(request);
  /** The last one, without its times. */
  const last = () => {
    const { at, duration, ...rest } = seen.at(-1)!;
    expect([typeof at, typeof duration]).toEqual(["number", "number"]);
    return rest;
  };
  return { see, seen, last };
}

async function served<S extends { close(): unknown }>(server: Promise<S>): Promise<S> {
  const running = await server;
  ends.push(() => running.close());
  return running;
}

test("S3 tells the operation, the object, its bytes, and why it refused", async () => {
  const { last, see, seen } = seeing();
  const { endpoint } = await served(serveS3({ see }));
  const quiet = new S3Client({ ...at(endpoint), forcePathStyle: true });
  await quiet.send(new CreateBucketCommand({ Bucket: "orders" }));
  quiet.destroy();
  // Whoever is in no invocation is not told of.
  expect(seen).toEqual([]);
  const client = traced(new S3Client({ ...at(endpoint), forcePathStyle: true }));
  const put = { Bucket: "orders", Key: "a/b.json", Body: "12345", IfNoneMatch: "*" };
  await client.send(new PutObjectCommand(put));
  const object = { service: "s3", place: "orders", key: "a/b.json", bytes: 5, trace };
  expect(last()).toEqual({ ...object, operation: "PutObject", status: 200 });
  await expect(client.send(new PutObjectCommand(put))).rejects.toThrow();
  expect(last()).toMatchObject({ ...object, status: 412, error: { type: "PreconditionFailed" } });
});

test("DynamoDB tells tables, entries and errors, and which requests are of progress", async () => {
  const { last, see } = seeing();
  const db = await served(createDynamoDb({ see }));
  await db.createTable({ name: "things", sortKey: "sk" });
  const client = traced(new DynamoDBClient(at(db.endpoint)));
  const put = (pk: string) => ({ TableName: "things", Item: { pk: { S: pk }, sk: { S: "1" } } });
  await client.send(new PutItemCommand(put("a thing of the user's, #1")));
  const { bytes, ...rest } = last();
  expect(bytes).toBeGreaterThan(50);
  expect(rest).toEqual({
    ...{ service: "dynamodb", operation: "PutItem", place: "things", status: 200, trace },
  });
  const log = "billing#us-east-1:123456789012:orders#1795969052000#shardId-000000000000";
  for (const pk of [log, "billing#parked"]) {
    await client.send(new PutItemCommand(put(pk)));
    expect(last().isProgress).toBe(true);
  }
  // With an effect in it, it is one.
  const Put = { ...put(log), ConditionExpression: "attribute_exists(nothing)" };
  const both = new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Put: put("b") }] });
  await expect(client.send(both)).rejects.toThrow();
  expect(last()).toMatchObject({
    ...{ operation: "TransactWriteItems", place: "things", entries: 2, status: 400 },
    error: { type: "TransactionCanceledException" },
  });
  expect(last().isProgress).toBeUndefined();
});

test("Kinesis and Firehose tell how many records they refused, and why the first", async () => {
  const { last, see } = seeing();
  const kinesis = createKinesis({ limits: true });
  kinesis.createStream({ name: "orders", shards: 1 });
  const streams = await served(createKinesisServer({ kinesis, see }));
  const client = traced(new KinesisClient(at(streams.endpoint)));
  const Records = ["a", "b", "c"].map((PartitionKey) => ({
    ...{ PartitionKey, Data: Buffer.alloc(500_000) },
  }));
  await client.send(new PutRecordsCommand({ StreamName: "orders", Records }));
  expect(last()).toMatchObject({
    ...{ service: "kinesis", operation: "PutRecords", place: "orders", entries: 3, refused: 1 },
    error: { type: "ProvisionedThroughputExceededException" },
  });
  const firehose = await served(serveFirehose({ see }));
  const delivery = traced(new FirehoseClient(at(firehose.endpoint)));
  const asked = { DeliveryStreamName: "lines", Records: [{ Data: Buffer.from("a") }] };
  await expect(delivery.send(new PutRecordBatchCommand(asked))).rejects.toThrow();
  expect(last()).toMatchObject({
    ...{ service: "firehose", operation: "PutRecordBatch", place: "lines", entries: 1 },
    error: { type: "ResourceNotFoundException" },
  });
});

test("SQS and SNS tell queues and topics", async () => {
  const { last, see } = seeing();
  const sqs = createSqs();
  sqs.createQueue("doors");
  const QueueUrl = "http://localhost/123456789012/doors";
  const queues = await served(serveSqs({ sqs, see }));
  const client = traced(new SQSClient(at(queues.endpoint)));
  const Entries = [1, 2].map((n) => ({ Id: String(n), MessageBody: "open" }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(last()).toMatchObject({
    ...{ service: "sqs", operation: "SendMessageBatch", place: "doors", entries: 2, status: 200 },
  });
  const topics = await served(serveSns({ sns: createSns({ sqs }), see }));
  const publisher = traced(new SNSClient(at(topics.endpoint)));
  const TopicArn = "arn:aws:sns:us-east-1:123456789012:bells";
  await expect(publisher.send(new PublishCommand({ TopicArn, Message: "a" }))).rejects.toThrow();
  expect(last()).toMatchObject({
    ...{ service: "sns", operation: "Publish", place: "bells", status: 404 },
    error: { type: "NotFound" },
  });
});
