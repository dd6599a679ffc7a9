import assert from "node:assert/strict";
import { test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { createDynamoDb } from "@shardmill/local";
import { testConsumer } from "shardmill/testing";

test("an order is added once, also where it was put twice", async (context) => {
  const db = await createDynamoDb();
  context.after(() => db.close());
  await db.createTable({ name: "accounts", partitionKey: "customer" });
  await db.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });
  Object.assign(process.env, {
    ACCOUNTS_TABLE: "accounts",
    PROGRESS_TABLE: "progress",
    AWS_ENDPOINT_URL_DYNAMODB: db.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  const { handler } = await import("./handler.ts");

  const t = await testConsumer(handler, { shards: 2 });
  await t.put(
    [
      { id: "1", customer: "ann", total: 12 },
      { id: "1", customer: "ann", total: 12 },
      { id: "2", customer: "ann", total: 30 },
    ],
    { partitionKey: ({ customer }) => customer },
  );
  await t.drain();
  await t.close();

  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { Items } = await client.send(new ScanCommand({ TableName: "accounts" }));
  client.destroy();
  assert.deepEqual(Items, [{ customer: "ann", orders: 2, owed: 42 }]);
});
