/** Through the AWS SDK for JavaScript, against the local Kinesis and the local DynamoDB. */

import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  PutRecordsCommand,
  SplitShardCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type KinesisServer,
} from "../../packages/local/src/kinesis/server/index.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { fanOut, kclLeases, polling, runWorker } from "../../src/worker.ts";

let kinesisServer: KinesisServer;
let dynamoDb: DynamoDb;
let kinesis: KinesisClient;
let tables: DynamoDBClient;

beforeAll(async () => {
  kinesisServer = await createKinesisServer({ kinesis: createKinesis({ limits: true }) });
  dynamoDb = await createDynamoDb();
  const settings = {
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  };
  kinesis = new KinesisClient({ ...settings, endpoint: kinesisServer.endpoint });
  tables = new DynamoDBClient({ ...settings, endpoint: dynamoDb.endpoint });
});

afterAll(async () => {
  kinesis.destroy();
  tables.destroy();
  await kinesisServer.close();
  await dynamoDb.close();
});

it("two workers read a stream through a split, hand over without a repeat, and leave the rows", async () => {
  const StreamName = "orders";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 30 }, { StreamName });
  const values: string[] = [];
  const all = Promise.withResolvers<void>();
  const handler = ({ Records }: KinesisEvent) => {
    values.push(...Records.map(({ kinesis }) => atob(kinesis.data)));
    if (values.length >= 300) all.resolve();
  };
  const start = (workerId: string) =>
    runWorker(handler, {
      application: "billing",
      stream: StreamName,
      client: kinesis,
      workerId,
      leases: kclLeases({ client: tables }),
      retrieval: polling({ idleMs: 200 }),
      failoverMs: 3000,
    });
  const put = async (from: number) => {
    const Records = Array.from({ length: 100 }, (_, at) => ({
      PartitionKey: String(from + at),
      Data: Buffer.from(String(from + at)),
    }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  };
  await put(0);
  const one = start("one");
  await one.ready;
  const two = start("two");
  await two.ready;
  await put(100);
  await kinesis.send(
    new SplitShardCommand({
      StreamName,
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: String(2n ** 126n),
    }),
  );
  await put(200);
  await one.stop();
  await all.promise;
  await two.stop();
  expect(values).toHaveLength(300);
  expect(new Set(values).size).toBe(300);
  const { Items = [] } = await tables.send(new ScanCommand({ TableName: "billing" }));
  const ended = Items.find(({ leaseKey }) => leaseKey?.S === "shardId-000000000000");
  expect(ended).toMatchObject({
    checkpoint: { S: "SHARD_END" },
    childShardIds: { SS: ["shardId-000000000002", "shardId-000000000003"] },
  });
  const child = Items.find(({ leaseKey }) => leaseKey?.S === "shardId-000000000002");
  expect(child).toMatchObject({
    parentShardId: { SS: ["shardId-000000000000"] },
    checkpointSubSequenceNumber: { N: "0" },
  });
  expect(child?.leaseOwner).toBeUndefined();
});

it("a page's records are those that the SDK reads, whatever their bytes and however many", async () => {
  const StreamName = "bytes";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 30 }, { StreamName });
  const sizes = [1, 2, 3, 0, 262_144, 262_143, 1, 300_000, 5, 60_000, 60_000, 60_000, 7];
  const Records = sizes.map((size, at) => ({
    PartitionKey: `key "${at}" – é𝄞`,
    Data: Buffer.from(Array.from({ length: size }, (_, byte) => (byte * 31 + at) % 256)),
  }));
  await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      ...{ StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" },
    }),
  );
  const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const seen: KinesisEvent["Records"][number]["kinesis"][] = [];
  const all = Promise.withResolvers<void>();
  const worker = runWorker(
    ({ Records }: KinesisEvent) => {
      seen.push(...Records.map((record) => record.kinesis));
      if (seen.length === sizes.length) all.resolve();
    },
    {
      ...{ application: "bytes", stream: StreamName, client: kinesis },
      ...{ leases: kclLeases({ client: tables }), retrieval: polling({ idleMs: 200 }) },
    },
  );
  await all.promise;
  await worker.stop();
  expect(seen).toEqual(
    page.Records!.map((record) => ({
      kinesisSchemaVersion: "1.0",
      partitionKey: record.PartitionKey,
      sequenceNumber: record.SequenceNumber,
      data: Buffer.from(record.Data!).toString("base64"),
      approximateArrivalTimestamp: record.ApproximateArrivalTimestamp!.getTime() / 1000,
    })),
  );
});

it("by fan-out a worker reads a stream through a split over HTTP/2, and leaves the consumer", async () => {
  const StreamName = "pushed";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 30 }, { StreamName });
  const values: string[] = [];
  const all = Promise.withResolvers<void>();
  const handler = ({ Records }: KinesisEvent) => {
    values.push(...Records.map(({ kinesis }) => atob(kinesis.data)));
    if (values.length === 200) all.resolve();
  };
  const put = async (from: number) => {
    const Records = Array.from({ length: 100 }, (_, at) => ({
      PartitionKey: String(from + at),
      Data: Buffer.from(String(from + at)),
    }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  };
  const worker = runWorker(handler, {
    ...{ application: "pushes", stream: StreamName, client: kinesis, retrieval: fanOut() },
    leases: kclLeases({ client: tables }),
  });
  await worker.ready;
  await put(0);
  await kinesis.send(
    new SplitShardCommand({
      StreamName,
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: String(2n ** 126n),
    }),
  );
  await put(100);
  await all.promise;
  await worker.stop();
  expect(values.map(Number).sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
  const StreamARN = `arn:aws:kinesis:us-east-1:123456789012:stream/${StreamName}`;
  const { Consumers } = await kinesis.send(new ListStreamConsumersCommand({ StreamARN }));
  expect(Consumers).toMatchObject([{ ConsumerName: "pushes", ConsumerStatus: "ACTIVE" }]);
});
