/** The stores of parked records behind servers of this machine, with their limits on, and what a redrive finds in them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ParkedRecord, Parking } from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { bucketSource } from "../../packages/cli/src/redrive/bucket.ts";
import type { Found, Hold, ParkedItem, Source } from "../../packages/cli/src/redrive/found.ts";
import { queueSource } from "../../packages/cli/src/redrive/queue.ts";
import { tableSource } from "../../packages/cli/src/redrive/table.ts";
import { serveS3 } from "../../packages/services/src/s3/index.ts";
import { serveSqs } from "../../packages/services/src/sqs/index.ts";
import type { PayloadStore } from "../../src/park/payload.ts";
import { emptyDynamoDb, engines } from "../dynamodb-runtime/engines.ts";

export interface ServedStore {
  /** In a bucket under a prefix of this record's own: a redrive looks through no others. */
  parking(record: ParkedRecord, overflow?: PayloadStore): Parking;
  /** What a redrive looks through for the record. */
  source(record: ParkedRecord, now: () => number): Promise<Source>;
  close(): Promise<void>;
}

const settings = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

/** A bucket behind a server. */
export async function servedBucket(name = "parked") {
  const server = await serveS3();
  const client = new S3Client({ ...settings, endpoint: server.endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    client,
    bucket: name,
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

/** A table `progress` behind a server. */
export async function servedTable(engine: (typeof engines)[number]) {
  const db = await emptyDynamoDb(engine);
  await db.createTable({ name: "progress", sortKey: "sk" });
  const dynamodb = new DynamoDBClient({ ...settings, endpoint: db.endpoint });
  return {
    dynamodb,
    documents: DynamoDBDocumentClient.from(dynamodb),
    async close() {
      dynamodb.destroy();
      await db.close();
    },
  };
}

const prefixOf = ({ sequenceNumber }: ParkedRecord) => `${sequenceNumber}/`;

async function inBucket(): Promise<ServedStore> {
  const { client, bucket, close } = await servedBucket();
  return {
    parking: (record) => s3Parking({ bucket, client, prefix: prefixOf(record) }),
    source: (record, now) => bucketSource(client, bucket, prefixOf(record), now, () => {}),
    close,
  };
}

const inTable = (engine: (typeof engines)[number]) => async (): Promise<ServedStore> => {
  const { dynamodb, documents, close } = await servedTable(engine);
  return {
    parking: (_, overflow) =>
      dynamodbParking({ tableName: "progress", client: dynamodb, ...(overflow && { overflow }) }),
    source: async ({ consumer }, now) => tableSource(documents, "progress", consumer, now),
    close,
  };
};

const inQueue = (most: number, isFifo: boolean) => async (): Promise<ServedStore> => {
  const server = await serveSqs();
  const client = new SQSClient({ ...settings, endpoint: server.endpoint });
  const { QueueUrl: queueUrl } = await client.send(
    new CreateQueueCommand({
      QueueName: isFifo ? "parked.fifo" : "parked",
      Attributes: { MaximumMessageSize: `${most}`, ...(isFifo && { FifoQueue: "true" }) },
    }),
  );
  return {
    parking: (_, overflow) => sqsParking({ queueUrl, client, ...(overflow && { overflow }) }),
    source: () => queueSource(client, queueUrl!, Number.POSITIVE_INFINITY, 0, () => {}),
    async close() {
      client.destroy();
      await server.close();
    },
  };
};

export const servedStores: Readonly<Record<string, () => Promise<ServedStore>>> = {
  "a bucket": inBucket,
  ...Object.fromEntries(engines.map((engine) => [`a table of ${engine}`, inTable(engine)])),
  "a queue of 1 MiB": inQueue(1024 * 1024, false),
  "a queue of 256 KiB": inQueue(256 * 1024, false),
  "a queue of 1 KiB": inQueue(1024, false),
  "a FIFO queue": inQueue(1024 * 1024, true),
};

/** The record among all that is parked; rejects when it is not there. */
export async function findIn(
  source: Source,
  { id }: ParkedRecord,
): Promise<{ readonly item: ParkedItem; readonly hold: Hold }> {
  const others: Found[] = [];
  for await (const one of source.find()) {
    if (one.kind === "parked" && one.item.id === id) return one;
    others.push(one);
  }
  throw new Error(`${id} is not there, but ${JSON.stringify(others)}.`);
}
