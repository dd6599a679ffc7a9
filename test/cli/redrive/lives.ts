/** A record, its consumer, a store of parked records and all that may happen between them, behind servers. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  json,
  kinesisConsumer,
  NonRetryableError,
  type ParkedRecord,
  type Parking,
  parking,
} from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { s3Parking } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { kinesisEvent } from "shardmill/testing";
import { listLogs, resetLog } from "../../../packages/cli/src/aws/progress-logs.ts";
import { documentClient } from "../../../packages/cli/src/aws/table.ts";
import { redriveCommand } from "../../../packages/cli/src/redrive/command.ts";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { serveS3 } from "../../../packages/services/src/s3/index.ts";
import { createSqs, serveSqs } from "../../../packages/services/src/sqs/index.ts";
import { written } from "../put/served.ts";

export type StoreKind = "a table" | "a bucket" | "a queue" | "a FIFO queue";
export type LivesWorld = Awaited<ReturnType<typeof livesWorld>>;

const settings = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};
const context = { invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:billing" };

/** What is set before a step, and undone after it. */
interface Trouble {
  isFailing: boolean;
  diesBefore: "park" | "log" | "confirm" | undefined;
}

export async function livesWorld(kind: StoreKind) {
  let now = Date.UTC(2026, 0, 2);
  const clock = {
    now: () => now,
    sleep: async () => {},
    after: () => () => {},
  };
  const db = await createDynamoDb();
  await db.createTable({ name: "progress", sortKey: "sk" });
  const s3Server = await serveS3();
  const sqsServer = await serveSqs({ sqs: createSqs({ clock }) });
  const dynamodb = new DynamoDBClient({ ...settings, endpoint: db.endpoint });
  const documents = documentClient({ ...settings, endpoint: db.endpoint });
  const s3 = new S3Client({ ...settings, endpoint: s3Server.endpoint, forcePathStyle: true });
  const sqs = new SQSClient({ ...settings, endpoint: sqsServer.endpoint });
  await s3.send(new CreateBucketCommand({ Bucket: "parked" }));
  let lives = 0;

  /** The store of one life, and the command line by which a redrive finds what is in it. */
  async function storeFor(
    consumer: string,
  ): Promise<{ readonly inner: Parking; readonly args: string[] }> {
    if (kind === "a table") {
      const inner = dynamodbParking({ tableName: "progress", client: dynamodb });
      return { inner, args: ["--table", "progress", "--consumer", consumer] };
    }
    const log = ["--progress-table", "progress"];
    if (kind === "a bucket") {
      const inner = s3Parking({ bucket: "parked", client: s3, prefix: `${consumer}/` });
      return { inner, args: ["--bucket", "parked", "--prefix", `${consumer}/`, ...log] };
    }
    const isFifo = kind === "a FIFO queue";
    const QueueName = `${consumer}${isFifo ? ".fifo" : ""}`;
    const Attributes = isFifo ? { FifoQueue: "true" } : {};
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return {
      inner: sqsParking({ queueUrl: QueueUrl, client: sqs }),
      args: ["--queue", QueueUrl, ...log],
    };
  }

  async function begin() {
    const consumer = `life${++lives}`;
    const { inner, args } = await storeFor(consumer);
    const progress = dynamodbProgress({ tableName: "progress", client: dynamodb });
    const trouble: Trouble = { isFailing: false, diesBefore: undefined };
    const parked: ParkedRecord[] = [];
    const confirmed: ParkedRecord[] = [];
    /** How often the effect happened, between one reset and the next. */
    const effects = [0];
    let isAnswered = false;
    let isDelivered = false;
    const event = kinesisEvent([{ id: "it" }], { arrival: now });
    const diesBefore = (step: Trouble["diesBefore"]) => {
      if (trouble.diesBefore === step) throw new Error("died");
    };

    /** A new environment of the function. */
    const start = () => {
      const handler = kinesisConsumer({
        consumer,
        decode: json(),
        progress: {
          ...progress,
          async append(...entry) {
            diesBefore("log");
            return progress.append(...entry);
          },
        },
        park: parking({
          async park(record) {
            diesBefore("park");
            parked.push(record);
            return inner.park(record);
          },
          async confirm(record) {
            diesBefore("confirm");
            confirmed.push(record);
            await inner.confirm(record);
          },
        }),
        metrics: false,
        runtime: { clock, write: () => {}, parentsOf: async () => [] },
        process() {
          if (trouble.isFailing) throw new NonRetryableError("no");
          effects[effects.length - 1]!++;
        },
      });
      return (event: unknown): Promise<any> => handler(event, context);
    };

    const deliver = async (more: Partial<Trouble> = {}) => {
      Object.assign(trouble, more);
      const { batchItemFailures } = await start()(event);
      isDelivered = true;
      // An environment that died answers nothing.
      isAnswered = batchItemFailures.length === 0 && trouble.diesBefore === undefined;
      Object.assign(trouble, { isFailing: false, diesBefore: undefined });
    };
    const reset = async () => {
      const all = await listLogs(documents, "progress");
      const logs = all.filter((log) => log.consumer === consumer);
      for (const log of logs) await resetLog(documents, "progress", log, clock.now);
      if (logs.length > 0) {
        effects.push(0);
        isDelivered = false;
      }
    };
    const redrive = async (invoke = start()) => {
      const { out, err, texts } = written();
      const endpoints = {
        dynamodb: db.endpoint,
        s3: s3Server.endpoint,
        sqs: sqsServer.endpoint,
        kinesis: db.endpoint,
      };
      const status = await redriveCommand(
        [
          ...[...args, "--function", "billing", "--json"],
          ...Object.entries(endpoints).flatMap(([name, url]) => ["--endpoint", `${name}=${url}`]),
        ],
        {
          ...{
            out,
            err,
            env: {},
            clock,
            queueWaitSeconds: 0,
            signal: new AbortController().signal,
          },
          target: { name: "billing", functionName: "billing", invoke, close: async () => {} },
        },
      );
      return { status, ...texts };
    };

    const steps: Record<string, () => Promise<unknown>> = {
      deliver: () => deliver(),
      "deliver, and it fails": () => deliver({ isFailing: true }),
      "deliver, it fails, and dies before it is parked": () =>
        deliver({ isFailing: true, diesBefore: "park" }),
      "deliver, it fails, and dies before the log is told": () =>
        deliver({ isFailing: true, diesBefore: "log" }),
      "deliver, it fails, and dies before it is confirmed": () =>
        deliver({ isFailing: true, diesBefore: "confirm" }),
      reset,
      redrive: () => redrive(),
      async "redrive, and it fails"() {
        trouble.isFailing = true;
        await redrive();
        trouble.isFailing = false;
      },
      "redrive, and its answer is lost": () =>
        redrive(async (request) => {
          await start()(request);
          throw new Error("the line was cut");
        }),
      "redrive, and a reset and a delivery that fails come between": () =>
        redrive(async (request) => {
          const response = await start()(request);
          await reset();
          await deliver({ isFailing: true });
          return response;
        }),
      async "park it late"() {
        if (parked.length > 0) await inner.park(parked[0]!);
      },
      async "confirm it late"() {
        if (confirmed.length > 0) await inner.confirm(confirmed[0]!);
      },
      async "a quarter of an hour passes"() {
        now += 17 * 60_000;
      },
    };

    return {
      live: (step: string) => steps[step]!(),
      /** Lambda delivers what was not answered; the time of every redrive is over; then all comes back. */
      async end() {
        now += 17 * 60_000;
        if (!isAnswered) await deliver();
        await redrive();
        const { out } = await redrive();
        return out;
      },
      effects: () => effects.reduce((sum, count) => sum + count),
      effectsBetweenResets: () => effects,
      wasDeliveredSinceReset: () => isDelivered,
    };
  }

  return {
    begin,
    async close() {
      for (const client of [dynamodb, documents, s3, sqs]) client.destroy();
      await Promise.all([db.close(), s3Server.close(), sqsServer.close()]);
    },
  };
}
