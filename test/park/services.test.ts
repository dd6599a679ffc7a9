/** Parking with the SDK's own clients, as a handler makes them, against the services of this machine. */
import { kinesisConsumer, memoryProgress, NonRetryableError, type Parking } from "shardmill";
import { s3Parking, s3Payloads } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { kinesisEvent } from "shardmill/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createS3, type S3, serveS3 } from "../../packages/services/src/s3/index.ts";
import { createSqs, type Sqs, serveSqs } from "../../packages/services/src/sqs/index.ts";

let s3: S3;
let sqs: Sqs;
let base: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  s3 = createS3();
  sqs = createSqs();
  const buckets = await serveS3({ s3 });
  const queues = await serveSqs({ sqs });
  closing.push(buckets.close, queues.close, s3.close);
  base = `${queues.endpoint}/123456789012`;
  await s3.createBucket("parked");
  vi.stubEnv("AWS_ENDPOINT_URL_S3", buckets.endpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", queues.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

/** A consumer that can process nothing. */
function hopeless(park: Parking) {
  const handler = kinesisConsumer({
    consumer: "billing",
    progress: memoryProgress(),
    park,
    metrics: false,
    runtime: { write() {} },
    process() {
      throw new NonRetryableError("never");
    },
  });
  return (values: (string | Uint8Array)[]) => handler(kinesisEvent(values));
}

async function objects(): Promise<Map<string, any>> {
  const bucket = await s3.bucket("parked");
  const found = new Map<string, any>();
  for (const { key } of (await bucket.list({})).objects) {
    const opened = await bucket.open(key);
    const content = await opened!.file.readFile();
    await opened!.file.close();
    found.set(key, key.endsWith(".json") ? JSON.parse(content.toString()) : content);
  }
  return found;
}

const dataOf = ({ data }: { data: string }) => Buffer.from(data, "base64").toString();

it("s3Parking leaves one confirmed object for each record, however often it is parked", async () => {
  const values = ["poison 1", "poison 2"];
  for (let time = 0; time < 2; time++) {
    expect(await hopeless(s3Parking({ bucket: "parked" }))(values)).toEqual({
      batchItemFailures: [],
    });
  }
  const found = [...(await objects()).values()];
  expect(found.map(dataOf)).toEqual(values);
  expect(found.map(({ state }) => state)).toEqual(["confirmed", "confirmed"]);
});

it("s3Parking blocks the shard while its bucket is not there", async () => {
  await s3.deleteBucket("parked");
  const { batchItemFailures } = (await hopeless(s3Parking({ bucket: "parked" }))([
    "poison",
  ])) as any;
  expect(batchItemFailures).toHaveLength(1);
});

it("sqsParking sends a message for each record", async () => {
  const queue = sqs.createQueue("parked");
  await hopeless(sqsParking({ queueUrl: `${base}/parked` }))(["poison 1", "poison 2"]);
  const received = await queue.receive({ maxMessages: 10 });
  const payloads = received.map(({ body }) => dataOf(JSON.parse(body)));
  expect(payloads.sort()).toEqual(["poison 1", "poison 2"]);
});

it("sqsParking to a FIFO queue keeps one message of a record that is parked twice", async () => {
  const queue = sqs.createQueue("parked.fifo", { FifoQueue: "true" });
  for (let time = 0; time < 2; time++) {
    const invoke = hopeless(sqsParking({ queueUrl: `${base}/parked.fifo` }));
    expect(await invoke(["poison 1", "poison 2"])).toEqual({ batchItemFailures: [] });
  }
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("2");
});

it("sqsParking puts a payload that no message holds into a bucket", async () => {
  const queue = sqs.createQueue("parked");
  const large = Buffer.alloc(900 * 1024, 7);
  const overflow = s3Payloads({ bucket: "parked" });
  await hopeless(sqsParking({ queueUrl: `${base}/parked`, overflow }))([large]);
  const [message] = await queue.receive();
  const { payloadLocation, data } = JSON.parse(message!.body);
  expect(data).toBeUndefined();
  const stored = (await objects()).get(payloadLocation.replace("s3://parked/", ""));
  expect(large.equals(stored)).toBe(true);
});

it.each([
  [
    "a bucket that is not there",
    () => s3Parking({ bucket: "nowhere" }),
    /^s3Parking: s3:\/\/nowhere\/parked\/: ./,
  ],
  [
    "a queue that is not there",
    () => sqsParking({ queueUrl: `${base}/nowhere` }),
    /^sqsParking: http.*\/nowhere: ./,
  ],
])("%s is named in the log line", async (_, make, message) => {
  const lines: string[] = [];
  const handler = kinesisConsumer({
    consumer: "billing",
    progress: memoryProgress(),
    park: make(),
    maxAttempts: 1,
    metrics: false,
    runtime: { write: (line) => void lines.push(line) },
    process() {
      throw new Error("no");
    },
  });
  expect((await handler(kinesisEvent(["a"]))).batchItemFailures).toHaveLength(1);
  const logged = lines.map((line) => JSON.parse(line));
  const { error } = logged.find(({ message }) =>
    message.startsWith("A record could not be parked"),
  );
  expect(error.message).toMatch(message);
});
