/** Checkpoints in memory and in DynamoDB: one owner, who alone moves them. */
import { dynamodbCheckpoints } from "shardmill/dynamodb";
import { memoryCheckpoints, type VideoCheckpoints } from "shardmill/video";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type LocalDynamoDb, startDynamoDb } from "../dynamodb-runtime/engines.ts";

const at = (n: number) => ({
  fragmentNumber: `9134385233318143239268206260774392014615916939${n}`,
  producerTimestamp: 1_767_225_600.513 + n,
  serverTimestamp: 1_767_225_601 + n,
  at: 1_767_225_602_000 + n,
});

async function keepsItsPromise(store: VideoCheckpoints): Promise<void> {
  expect(await store.claim("recorder#door", "a")).toBeUndefined();
  expect(await store.write("recorder#door", "a", at(1))).toBe(true);
  // A lost reply: the same again.
  expect(await store.write("recorder#door", "a", at(1))).toBe(true);
  expect(await store.claim("recorder#yard", "b")).toBeUndefined();
  expect(await store.claim("recorder#door", "b")).toEqual(at(1));
  expect(await store.write("recorder#door", "a", at(2))).toBe(false);
  expect(await store.write("recorder#door", "b", at(3))).toBe(true);
  expect(await store.claim("recorder#door", "c")).toEqual(at(3));
  expect(await store.write("recorder#hall", "nobody", at(1))).toBe(false);
}

it("in memory", () => keepsItsPromise(memoryCheckpoints()));

describe.each(engines)("in DynamoDB (%s)", (engine) => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  });
  afterAll(() => db.close());

  it("are one item each, and say so when their table is not there", async () => {
    const store = dynamodbCheckpoints({ tableName: "progress", client: db.client });
    await keepsItsPromise(store);
    expect(await db.items("recorder#door")).toEqual([
      { pk: "recorder#door", sk: "video checkpoint", owner: "c", checkpoint: at(3) },
    ]);
    const missing = dynamodbCheckpoints({ tableName: "missing", client: db.client });
    await expect(missing.claim("a", "b")).rejects.toThrow(/missing/);
    expect(store.isTransient(Object.assign(new Error(), { name: "ThrottlingException" }))).toBe(
      true,
    );
    expect(store.isTransient(new TypeError())).toBe(false);
  });
});
