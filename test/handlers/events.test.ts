/** Each example handler, with its events in events/, on a local DynamoDB. */
import { readFile } from "node:fs/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { parquetReadObjects } from "hyparquet";
import { withRuntime } from "shardmill";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";

import { servedBucket } from "../park/served-stores.ts";
import { opensearchDouble } from "../sinks/opensearch-double.ts";

let db: DynamoDb;
let client: DynamoDBDocumentClient;

beforeAll(async () => {
  db = await createDynamoDb();
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", db.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
});
afterAll(async () => {
  client.destroy();
  vi.unstubAllEnvs();
  await db.close();
});
beforeEach(() => void vi.spyOn(process.stdout, "write").mockReturnValue(true));

/** Tables of its own for the handler, as `serverless.yml` has them. */
async function tables(effects: string, variable: string, partitionKey: string, sortKey = "") {
  const progress = `${effects}-progress`;
  await db.createTable({ name: progress, sortKey: "sk" });
  await db.createTable({ name: effects, partitionKey, ...(sortKey && { sortKey }) });
  vi.stubEnv("PROGRESS_TABLE", progress);
  vi.stubEnv(variable, effects);
  return { progress, effects };
}

async function scan(TableName: string) {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items;
}

/** Delivers the event to a new environment of the function. */
async function deliver(handlerFile: string, eventFile: string): Promise<unknown> {
  vi.resetModules();
  const { handler } = await import(`../../handlers/${handlerFile}.ts`);
  const event = await readFile(new URL(`../../events/${eventFile}.json`, import.meta.url), "utf8");
  return handler(JSON.parse(event), {
    functionName: handlerFile,
    awsRequestId: "00000000-0000-4000-8000-000000000001",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${handlerFile}`,
    getRemainingTimeInMillis: () => 30_000,
  });
}

const allDone = { batchItemFailures: [] };

it.each([["departures"], ["departures-aggregated"], ["departures-fan-out"]])(
  "departures.ts counts the flights of %s.json once, in how many environments ever",
  async (event) => {
    const { effects } = await tables(event, "COUNTS_TABLE", "airport");
    expect(await deliver("departures", event)).toEqual(allDone);
    expect(await deliver("departures", event)).toEqual(allDone);
    const counts = (await scan(effects)).sort((a, b) => a.airport.localeCompare(b.airport));
    expect(counts).toEqual([
      { airport: "JFK", flights: 1, delay: 0 },
      { airport: "LAX", flights: 1, delay: -3 },
      { airport: "SFO", flights: 3, delay: 64 },
    ]);
  },
);

it("orders.ts adds each order once, leaves out a duplicate, and parks what is in another currency", async () => {
  const { effects, progress } = await tables("accounts", "ACCOUNTS_TABLE", "account");
  expect(await deliver("orders", "orders")).toEqual(allDone);
  expect(await deliver("orders", "orders")).toEqual(allDone);
  const accounts = (await scan(effects)).sort((a, b) => a.account.localeCompare(b.account));
  expect(accounts).toEqual([
    { account: "ann", orders: 2, cents: 3250 },
    { account: "bob", orders: 1, cents: 900 },
  ]);
  const parked = (await scan(progress)).filter(({ pk }) => pk.endsWith("#parked"));
  expect(parked).toHaveLength(1);
  expect(JSON.stringify(parked[0])).toContain("Order o-3 is in USD, not in EUR.");
});

it("log-errors.ts counts errors by the hour, and drops the control message", async () => {
  const { effects } = await tables("errors", "ERRORS_TABLE", "logGroup", "hour");
  expect(await deliver("log-errors", "log-errors")).toEqual(allDone);
  expect(await deliver("log-errors", "log-errors")).toEqual(allDone);
  expect(await scan(effects)).toEqual([
    { logGroup: "/aws/lambda/checkout", hour: "2026-01-01T09", errors: 1 },
    { logGroup: "/aws/lambda/checkout", hour: "2026-01-01T10", errors: 1 },
  ]);
});

it("orders-to-parquet.ts archives each order in one file, once, by the day of its arrival", async () => {
  await tables("archived", "UNUSED_TABLE", "id");
  const { bucket, client: s3, close } = await servedBucket("archive");
  const { hostname, port, protocol } = await s3.config.endpoint!();
  vi.stubEnv("AWS_ENDPOINT_URL_S3", `${protocol}//${hostname}:${port}`);
  vi.stubEnv("ARCHIVE_BUCKET", bucket);
  expect(await deliver("orders-to-parquet", "orders")).toEqual(allDone);
  expect(await deliver("orders-to-parquet", "orders")).toEqual(allDone);
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: "orders/" }),
  );
  expect(Contents).toHaveLength(1);
  expect(Contents[0]!.Key).toMatch(/^orders\/day=2026-01-01\/orders\/shardId-.*\.parquet$/);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: Contents[0]!.Key }));
  const bytes = await Body!.transformToByteArray();
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer as ArrayBuffer });
  expect(rows).toHaveLength(5);
  expect(rows[0]).toMatchObject({ account: "ann", currency: "EUR" });
  await close();
});

it("logs-to-opensearch.ts makes each log event one document, in the index of its day", async () => {
  await tables("searched", "UNUSED_TABLE", "id");
  const double = opensearchDouble();
  vi.stubGlobal("fetch", double.fetch);
  vi.stubEnv("SEARCH_ENDPOINT", "https://search.example");
  expect(await deliver("logs-to-opensearch", "log-errors")).toEqual(allDone);
  expect(await deliver("logs-to-opensearch", "log-errors")).toEqual(allDone);
  const documents = Object.entries<any>(double.documents());
  expect(documents.map(([name]) => name.split("/")[0])).toEqual(
    documents.map(() => "logs-2026-01-01"),
  );
  expect(documents.filter(([, { message }]) => message.includes("ERROR"))).toHaveLength(2);
  vi.unstubAllGlobals();
});

it("doorbell.ts says once a visit who is at the door, whatever comes again", async () => {
  await tables("doorbell", "UNUSED_TABLE", "id");
  const told = vi.spyOn(console, "log").mockReturnValue();
  expect(await deliver("doorbell", "doorbell")).toEqual(allDone);
  // A function that has forgotten what it has done, but for its visits.
  const progress = "doorbell-progress";
  for (const { pk, sk } of await scan(progress)) {
    if (sk !== "visit")
      await client.send(new DeleteCommand({ TableName: progress, Key: { pk, sk } }));
  }
  expect(await deliver("doorbell", "doorbell")).toEqual(allDone);
  expect(told.mock.calls.flat().toSorted()).toEqual([
    "2026-01-01T00:00:00.024Z: ann is at the door.",
    "2026-01-01T00:01:40.000Z: ann is at the door.",
    "2026-01-01T00:01:41.500Z: fox is at the yard.",
  ]);
  told.mockRestore();
});

it("ticker.ts runs ticker.sql: a minute is one item, an alert one line, whatever comes again", async () => {
  const { effects } = await tables("minutes", "MINUTES_TABLE", "TICKER", "START_OF");
  const told = vi.spyOn(console, "warn").mockReturnValue();
  const event = await readFile(new URL("../../events/ticker.json", import.meta.url), "utf8");
  const context = withRuntime(
    { getRemainingTimeInMillis: () => 30_000 },
    { parentsOf: async () => [] },
  );
  for (const batch of [event, event]) {
    vi.resetModules();
    const { handler } = await import("../../handlers/ticker.ts");
    expect(await handler(JSON.parse(batch), context as never)).toEqual(allDone);
  }
  const minutes = (await scan(effects)).sort((a, b) => a.TICKER.localeCompare(b.TICKER));
  expect(minutes).toMatchObject([
    { TICKER: "AMZN", START_OF: "2026-01-01 00:00:00", LOW: 10, HIGH: 40, TRADES: 3 },
    { TICKER: "MSFT", START_OF: "2026-01-01 00:00:00", LOW: 19, HIGH: 20, TRADES: 2 },
  ]);
  expect(told.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
    { TICKER: "AMZN", PRICE: 40 },
  ]);
  told.mockRestore();
});

it("delays.ts adds up what comes through several shards, each row once", async () => {
  const { effects } = await tables("delayed", "DELAYS_TABLE", "airport", "start");
  const event = await readFile(new URL("../../events/delays.json", import.meta.url), "utf8");
  const other = event.replaceAll("shardId-000000000000", "shardId-000000000001");
  vi.resetModules();
  const { handler } = await import("../../handlers/delays.ts");
  const context = withRuntime(
    { getRemainingTimeInMillis: () => 30_000 },
    { parentsOf: async () => [] },
  );
  for (const batch of [event, other, event, other]) {
    expect(await handler(JSON.parse(batch), context as never)).toEqual(allDone);
  }
  const start = "2026-01-01T00:00:00.000Z";
  const items = (await scan(effects)).toSorted((a, b) => (a.airport < b.airport ? -1 : 1));
  // The flights an hour later are of a window that is still open.
  expect(items).toEqual([
    { airport: "BCN", start, flights: 2, delay: 14 },
    { airport: "MAD", start, flights: 4, delay: 6 },
  ]);
});
