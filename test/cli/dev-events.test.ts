/** The events that the page and programs get: docs/events.md. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient, PutRecordsCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { newRow } from "../../src/worker/leases/lease.ts";
import { kclLeases } from "../../src/worker.ts";
import {
  fn,
  mapping,
  type Project,
  project,
  stream,
  table,
  template,
} from "../local/run/templates.ts";
import { ofType, type RunningDev, runDev } from "./dev-machine.ts";

const handler = (process: string, more = "") => `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  ${more}
  process({ id }) { ${process} },
});`;

const orders = (at: Project, settings: Parameters<typeof mapping>[2] = {}) =>
  template(at.root, {
    sources: [at.at("template.json")],
    streams: [stream("orders")],
    tables: [table("progress", "pk", "sk")],
    functions: [fn("orders", at.at("orders.ts"), { environment: { PROGRESS_TABLE: "progress" } })],
    mappings: [
      {
        ...mapping("orders", "orders", {
          functionResponseTypes: ["ReportBatchItemFailures"],
          ...settings,
        }),
        consumerArn: `${stream("orders").arn}/consumer/fast:1`,
      },
    ],
  });

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const clientOf = (dev: RunningDev) =>
  new KinesisClient({
    ...{ endpoint: dev.lines.find(ofType("ready")).endpoints.kinesis, region: "us-east-1" },
    credentials,
  });

/** Each with a partition key of its own, in one request. */
async function put(dev: RunningDev, ...ids: readonly string[]) {
  const client = clientOf(dev);
  await client.send(
    new PutRecordsCommand({
      StreamName: "orders",
      Records: ids.map((id) => ({
        PartitionKey: `key ${id}`,
        Data: Buffer.from(JSON.stringify({ id })),
      })),
    }),
  );
  client.destroy();
}

test("a put, its delivery, what became of each record and why, and the checkpoint", async () => {
  const at = project({
    "orders.ts": handler(`if (id === "bad") throw new TypeError("no stock");`),
  });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  await put(dev, "bad", "good");
  const { requestId, ...begun } = await dev.next(ofType("delivering"));
  expect(begun).toMatchObject({ functionName: "orders", stream: "orders", records: 2 });
  const fates = await dev.next(ofType("fates"));
  expect(fates).toMatchObject({
    ...{ requestId, stream: "orders", shardId: "shardId-000000000000" },
    log: { entry: 1, name: expect.stringMatching(/^orders#.*#shardId-000000000000$/) },
  });
  expect(fates.records).toMatchObject([
    {
      ...{ partitionKey: "key bad", outcome: "failed", attempt: 1 },
      error: { name: "TypeError", message: "no stock" },
      why: "Attempt 1 failed: TypeError: no stock",
    },
    {
      ...{ partitionKey: "key good", outcome: "processed" },
      why: "It was processed now, and the log says so, up to entry 1.",
    },
  ]);
  const first = await dev.next(ofType("batch"));
  expect(first).toMatchObject({
    requestId,
    outcome: "failure",
    next: { step: "retry", pause: 200 },
  });
  // The second delivery: what was done is skipped, and the log's entry that says so is named.
  const again = await dev.next(ofType("fates"));
  expect(again.records[1]).toMatchObject({ outcome: "redelivered", entry: 1 });
  expect(again.records[1].why).toMatch(
    /^It was done before: entry 1 of the log, appended \S+ by us-east-1:123456789012:orders, names this very record\.$/,
  );
  const told = await dev.next(ofType("put"));
  expect(told).toMatchObject({
    ...{ stream: "orders", shardId: "shardId-000000000000", records: 2, throttled: 0 },
    ...{ first: first.sequenceNumbers[0], last: first.sequenceNumbers[1] },
  });
  expect(told.keys).toEqual([
    { partitionKey: "key bad", records: 1 },
    { partitionKey: "key good", records: 1 },
  ]);
  at.write("orders.ts", handler(""));
  const checkpoint = await dev.next(ofType("checkpoint"));
  expect(checkpoint).toMatchObject({
    ...{ functionName: "orders", behind: 0, sequenceNumber: first.sequenceNumbers[1] },
  });
});

test("halves and rests name the delivery that they were a part of; a record that is given up for good is parked", async () => {
  const code = handler(
    `if (id === "bad") throw new Error("no stock");`,
    `park: dynamodbParking({ tableName: process.env.PROGRESS_TABLE }), maxAttempts: 2,`,
  );
  const at = project({ "orders.ts": code });
  const dev = runDev(at.root, orders(at, { bisectBatchOnFunctionError: true }));
  await dev.next(ofType("ready"));
  await put(dev, "bad", "a", "b", "c");
  const whole = await dev.next(ofType("batch"));
  expect(whole).toMatchObject({ outcome: "failure", batchSize: 4, next: { step: "halves" } });
  expect(whole.parent).toBeUndefined();
  const parked = await dev.next(ofType("parked"));
  expect(parked).toMatchObject({
    ...{ functionName: "orders", stream: "orders", partitionKey: "key bad", attempts: 2 },
    error: { name: "Error", message: "no stock" },
    position: whole.sequenceNumbers[0],
  });
  const first = await dev.next(ofType("batch"));
  expect(first).toMatchObject({ parent: whole.requestId, batchSize: 2, next: { step: "done" } });
  const second = await dev.next(ofType("batch"));
  expect(second).toMatchObject({ parent: whole.requestId, batchSize: 2 });
  expect(second.requestId).not.toBe(first.requestId);
});

test("shards that were split are told with their parents", async () => {
  const at = project({ "orders.ts": handler("") });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  const client = clientOf(dev);
  await client.send(
    new SplitShardCommand({
      ...{ StreamName: "orders", ShardToSplit: "shardId-000000000000" },
      NewStartingHashKey: "170141183460469231731687303715884105728",
    }),
  );
  client.destroy();
  expect(await dev.next(ofType("reshard"))).toMatchObject({
    stream: "orders",
    closed: ["shardId-000000000000"],
    opened: [
      { shardId: "shardId-000000000001", parents: ["shardId-000000000000"] },
      { shardId: "shardId-000000000002", parents: ["shardId-000000000000"] },
    ],
  });
});

test("windows are told with what they have come to, out of the log and out of Lambda's state; what cannot be read is said", async () => {
  const counting = (window: string, progress: string) => `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { count, lambdaWindow, tumbling } from "shardmill/windows";
export const handler = kinesisConsumer({
  consumer: "counting",
  decode: json<{ id: string }>(),
  ${progress}
  window: ${window},
  process() {},
});`;
  const of = "key: (o: any) => o.id, aggregate: { n: count() }";
  const at = project({
    "orders.ts": counting(
      `tumbling({ seconds: 60 }, { ${of}, time: () => 1_767_225_601_000 })`,
      `progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),`,
    ),
    "lambda.ts": counting(`lambdaWindow({ ${of} })`, ""),
  });
  const both = orders(at);
  const dev = runDev(at.root, {
    ...both,
    functions: [...both.functions, fn("lambda", at.at("lambda.ts"))],
    mappings: [
      ...both.mappings,
      mapping("lambda", "orders", {
        functionResponseTypes: ["ReportBatchItemFailures"],
        tumblingWindowInSeconds: 900,
      }),
    ],
  });
  await dev.next(ofType("ready"));
  await put(dev, "a", "b", "a");
  const told = (functionName: string) =>
    dev.next((line) => line.type === "windows" && line.functionName === functionName);
  const start = 1_767_225_600_000;
  expect(await told("orders")).toMatchObject({
    ...{ stream: "orders", shardId: "shardId-000000000000", of: "windows", open: 2, due: 0 },
    ...{ rows: 0, watermark: start + 1_000 },
    windows: [
      { key: "a", start, end: start + 60_000, closesAt: start + 60_000, values: { n: 2 } },
      { key: "b", isDue: false, values: { n: 1 } },
    ],
  });
  const { windows, ...lambda } = await told("lambda");
  expect(lambda).toMatchObject({ of: "windows", open: 2, rows: 0 });
  expect(windows.map(({ key, values }: any) => [key, values])).toEqual([
    ["a", { n: 2 }],
    ["b", { n: 1 }],
  ]);
}, 30_000);

test("a lease is told when its row is written, by whoever writes it; other rows are not", async () => {
  const at = project();
  const dev = runDev(at.root, template(at.root, { streams: [stream("orders")] }));
  const { endpoints } = await dev.next(ofType("ready"));
  const client = new DynamoDBClient({
    ...{ endpoint: endpoints.dynamodb, region: "us-east-1", credentials },
  });
  const table = kclLeases({ client }).open("billing");
  await table.ready();
  const key = "shardId-000000000000";
  const checkpoint = { sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 };
  const isNew = { leaseKey: undefined };
  const set = newRow({ key, checkpoint, parents: [], hashKeys: undefined });
  await table.write({ key: "no lease", kind: "put", expect: isNew, set: {} });
  await table.write({ key, kind: "put", expect: isNew, set });
  const { at: _, ...told } = await dev.next(ofType("lease"));
  const lease = { type: "lease", table: "billing", key, shardId: key, checkpoint: "TRIM_HORIZON" };
  expect(told).toEqual({ ...lease, counter: 0 });
  const owned = { leaseOwner: { S: "b" }, checkpointOwner: { S: "a" } };
  await table.write({ key, kind: "update", expect: {}, exists: true, set: owned, add: 1 });
  expect(await dev.next(ofType("lease"))).toMatchObject({
    ...{ ...lease, owner: "b", handedBy: "a", counter: 1 },
  });
  client.destroy();
});
