import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const TableName = "mortal";
const clock = virtualClock();
let db: DynamoDb;
let client: ReturnType<typeof documentClient>;

beforeEach(async () => {
  db = await createDynamoDb({ clock, expireEveryMs: 1000 });
  await db.createTable({ name: TableName, timeToLive: "expiresAt" });
  client = documentClient(db.endpoint);
});
afterEach(() => db.close());

const inSeconds = (seconds: number) => Math.floor(clock.now() / 1000) + seconds;
const put = (pk: string, expiresAt: unknown) =>
  client.send(new PutCommand({ TableName, Item: { pk, expiresAt } }));
const names = async () =>
  (await client.send(new ScanCommand({ TableName }))).Items?.map(({ pk }) => pk).sort();

test("an item is there until it has expired and somebody has looked", async () => {
  await put("soon", inSeconds(10));
  await put("later", inSeconds(100));
  expect(await db.deleteExpired()).toBe(0);
  await clock.advance(500);
  expect(await names()).toEqual(["later", "soon"]);
  await clock.advance(20_000);
  expect(await db.deleteExpired()).toBe(0);
  expect(await names()).toEqual(["later"]);
});

test("only numbers count, and none that expired more than five years ago", async () => {
  await put("text", String(inSeconds(-10)));
  await put("ancient", inSeconds(-6 * 365 * 86_400));
  await put("expired", inSeconds(-10));
  expect(await db.deleteExpired()).toBe(1);
  expect(await names()).toEqual(["ancient", "text"]);
});

test("it is switched on and off as on AWS", async () => {
  const update = (Enabled: boolean, AttributeName: string) =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled, AttributeName },
      }),
    );
  const describe = async () =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  expect(await describe()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
  await expect(update(true, "expiresAt")).rejects.toThrow("already enabled");
  await expect(update(true, "other")).rejects.toThrow("different AttributeName");
  await put("expired", inSeconds(-10));
  await update(false, "expiresAt");
  expect(await describe()).toEqual({ TimeToLiveStatus: "DISABLED" });
  expect(await db.deleteExpired()).toBe(0);
  await expect(update(false, "expiresAt")).rejects.toThrow("already disabled");
});
