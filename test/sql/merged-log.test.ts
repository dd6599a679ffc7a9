/** The log in which shards are merged, in DynamoDB: an environment finds there what others gave, and a person what is parked. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { memoryParking, NonRetryableError, withRuntime } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { sqlConsumer } from "shardmill/sql";
import { kinesisEvent } from "shardmill/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { progressCommand } from "../../packages/cli/src/progress/command.ts";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { redriveEvent } from "../../src/park/redrive-event.ts";

const shards = ["shardId-000000000000", "shardId-000000000001"];
const sql = `
  CREATE STREAM "TOTALS" ("SALES" INTEGER, "TOTAL" DOUBLE);
  CREATE PUMP "P" AS INSERT INTO "TOTALS" SELECT STREAM COUNT(*), SUM("PRICE") FROM "SALES"
    GROUP BY FLOOR("SALES".ROWTIME TO MINUTE);`;

let db: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  db = await createDynamoDb();
  await db.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient({ endpoint: db.endpoint, region: "us-east-1", credentials });
});

afterAll(async () => {
  client.destroy();
  await db.close();
});

async function shown(): Promise<string> {
  let out = "";
  const write = (text: string) => (out += text);
  const args = ["show", "--table", "progress", "--endpoint", db.endpoint, "--region", "us-east-1"];
  await progressCommand(args, { out: { write }, err: { write }, ask: undefined });
  return out;
}

it("adds up two shards, each in an environment of its own, and a row that fails for good is parked there until it is redriven", async () => {
  const park = memoryParking();
  const rows: unknown[] = [];
  let isDown = true;
  const context = withRuntime(
    {
      getRemainingTimeInMillis: () => 60_000,
      invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:totals",
    },
    {
      write() {},
      parentsOf: async () => [],
      shardsOf: async () =>
        shards.map((shardId) => {
          const { Records } = kinesisEvent([{}], { shardId, arrival: 0 });
          const startingSequenceNumber = Records[0]!.kinesis.sequenceNumber;
          return { shardId, parents: [], startingSequenceNumber };
        }),
    },
  );
  const environment = () =>
    sqlConsumer({
      ...{ consumer: "totals", metrics: false, sql, park, maxAttempts: 1 },
      progress: dynamodbProgress({ tableName: "progress", client }),
      source: {
        SALES: { recordColumns: [{ name: "PRICE", sqlType: "DOUBLE", mapping: "$.price" }] },
      },
      output: {
        TOTALS(given) {
          if (isDown) throw new NonRetryableError("never");
          for (const { value } of given) rows.push(value);
        },
      },
    });
  for (const minute of [0, 1]) {
    for (const [at, shardId] of shards.entries()) {
      const arrival = Date.UTC(2026, 0, 1, 0, minute);
      const from = 2 * minute;
      const prices = [{ price: 1 + at }, { price: 10 }];
      const event = kinesisEvent(prices, { shardId, arrival, from });
      expect(await environment()(event, context)).toEqual({ batchItemFailures: [] });
      expect(park.parked.size).toBe(minute === 1 && at === 1 ? 1 : 0);
    }
  }
  expect(await shown()).toMatch(
    /shardId-merged\n(?: .*\n)* {2}parked {4}1 row of windows or SQL\n/,
  );
  isDown = false;
  for (const outcome of ["redriven", "repeated"]) {
    const items = [...park.parked.values()];
    const event = redriveEvent(items, { token: "t", deadline: Number.MAX_SAFE_INTEGER });
    expect(await environment()(event as never, context)).toMatchObject({
      redriven: [{ outcome }],
    });
  }
  expect(rows).toEqual([{ SALES: 4, TOTAL: 23 }]);
  expect(await shown()).not.toContain("parked");
});
