import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { documentClient } from "./document-client.ts";
import { type FakeDynamoDbOptions, fakeDynamoDb } from "./fake-dynamodb.ts";

const TableName = "things";

function store(more: Partial<FakeDynamoDbOptions> = {}) {
  const clock = virtualClock();
  const tables = { [TableName]: { sortKey: "sk" } };
  const db = fakeDynamoDb({ clock, random: seededRandom(7), tables, ...more });
  return { clock, db };
}

const put = (pk: string, sk = "1", more: object = {}) =>
  new PutCommand({ TableName, Item: { pk, sk, ...more } });
const name = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    ({ name }) => name,
  );

let real: DynamoDb;
beforeAll(async () => {
  real = await createDynamoDb();
  await real.createTable({ name: TableName, sortKey: "sk" });
});
afterAll(() => real.close());

describe.each([
  ["the fake", () => store().db],
  ["dynalite", () => documentClient(real.endpoint)],
])("%s", (_, client) => {
  test("takes keys of 2,048 and 1,024 bytes, and none that is longer", async () => {
    const db = client();
    await db.send(put("é".repeat(1024), "k".repeat(1024)));
    await expect(db.send(put("k".repeat(2049)))).rejects.toThrow(/hashkey.* 2048|of2048/s);
    const key = { pk: "a", sk: "k".repeat(1025) };
    for (const command of [
      put(key.pk, key.sk),
      new GetCommand({ TableName, Key: key }),
      new DeleteCommand({ TableName, Key: key }),
      new UpdateCommand({ TableName, Key: key, UpdateExpression: "REMOVE grown" }),
    ]) {
      await expect(db.send(command as PutCommand)).rejects.toThrow("1024 bytes");
    }
  });

  test("takes items of 400 KB, and none that is larger", async () => {
    const db = client();
    const text = "x".repeat(400 * 1024 - 10);
    await db.send(put("a", "1", { text }));
    await expect(db.send(put("a", "1", { text: `${text}x` }))).rejects.toThrow("maximum");
    const grown = new UpdateCommand({
      ...{ TableName, Key: { pk: "a", sk: "1" }, UpdateExpression: "SET grown = :x" },
      ExpressionAttributeValues: { ":x": "xxxxxx" },
    });
    await expect(db.send(grown)).rejects.toThrow("maximum");
  });

  test("scans all items, page by page, and filters them", async () => {
    const db = client();
    for (const pk of ["scan a", "scan b", "scan c"]) await db.send(put(pk, "1", { scanned: 1 }));
    const found: unknown[] = [];
    for (let start: Record<string, unknown> | undefined, pages = 0; pages < 100; pages++) {
      const { Items = [], LastEvaluatedKey } = await db.send(
        new ScanCommand({
          ...{ TableName, Limit: 1, ExclusiveStartKey: start },
          ...{ FilterExpression: "scanned = :one", ProjectionExpression: "pk" },
          ExpressionAttributeValues: { ":one": 1 },
        }),
      );
      found.push(...Items.map(({ pk }) => pk));
      start = LastEvaluatedKey;
      if (!start) break;
    }
    expect(found.sort()).toEqual(["scan a", "scan b", "scan c"]);
  });
});

test("a transaction takes 100 writes and 4 MB, and none that is larger", async () => {
  const { db } = store();
  const write = (count: number, size: number) =>
    db.send(
      new TransactWriteCommand({
        TransactItems: Array.from({ length: count }, (_, n) => ({
          Put: { TableName, Item: { pk: `t${n}`, sk: "1", text: "x".repeat(size) } },
        })),
      }),
    );
  expect(await name(write(100, 100))).toBe("done");
  expect(await name(write(101, 100))).toBe("ValidationException");
  expect(await name(write(10, 390 * 1024))).toBe("done");
  expect(await name(write(11, 390 * 1024))).toBe("ValidationException");
});

describe("a partition takes so many units a second:", () => {
  test("beyond, it is throttled, and another is not", async () => {
    const { db, clock } = store({ faults: { partitionUnits: 2 } });
    for (let n = 0; n < 10; n++) await db.send(put("hot", String(n)));
    expect(await name(db.send(put("hot")))).toBe("ProvisionedThroughputExceededException");
    expect(await name(db.send(put("cool")))).toBe("done");
    await clock.advance(1000);
    expect(await name(db.send(put("hot")))).toBe("done");
  });

  test("reads are counted apart, and three times as many", async () => {
    const { db } = store({ faults: { partitionUnits: 2 } });
    const read = (pk: string) =>
      db.send(
        new QueryCommand({
          ...{ TableName, ConsistentRead: true, KeyConditionExpression: "pk = :pk" },
          ExpressionAttributeValues: { ":pk": pk },
        }),
      );
    for (let n = 0; n < 30; n++) await read("hot");
    expect(await name(read("hot"))).toBe("ProvisionedThroughputExceededException");
    expect(await name(db.send(put("hot")))).toBe("done");
    const get = async (...pks: string[]) => {
      const Keys = pks.map((pk) => ({ pk, sk: "1" }));
      const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
      return (await db.send(new BatchGetCommand({ RequestItems }))).UnprocessedKeys?.[TableName];
    };
    expect((await get("hot", "cool"))?.Keys).toEqual([{ pk: "hot", sk: "1" }]);
    expect(await name(get("hot"))).toBe("ProvisionedThroughputExceededException");
  });

  test("a transaction is told which of its items was throttled", async () => {
    const { db } = store({ faults: { partitionUnits: 1 } });
    for (let n = 0; n < 5; n++) await db.send(put("hot", String(n)));
    const TransactItems = ["cool", "hot"].map((pk) => ({
      Put: { TableName, Item: { pk, sk: "9" } },
    }));
    const error = await db.send(new TransactWriteCommand({ TransactItems })).catch((e) => e);
    expect(error.CancellationReasons.map(({ Code }: { Code: string }) => Code)).toEqual([
      "None",
      "ThrottlingError",
    ]);
    expect(db.items(TableName)).toHaveLength(5);
  });
});

describe("TTL", () => {
  const day = 86_400_000;
  const items = async (lateMs: [number, number], afterMs: number, skewMs = 0) => {
    const { db, clock } = store({ timeToLive: { lateMs }, skewMs });
    const expiresAt = clock.now() / 1000 + 60;
    for (let n = 0; n < 50; n++) {
      await db.send(put("a", String(n).padStart(6, "0"), n === 0 ? {} : { expiresAt }));
    }
    await clock.advance(afterMs);
    return db.items(TableName).length;
  };

  test("deletes as soon as an item has expired, and nothing else", async () => {
    expect(await items([0, 0], 60_000)).toBe(50);
    expect(await items([0, 0], 60_001)).toBe(1);
  });

  test("goes by the store's own clock", async () => {
    expect(await items([0, 0], 60_001, -100)).toBe(50);
    expect(await items([0, 0], 59_950, 100)).toBe(1);
  });

  test("deletes days later, each item at its own time", async () => {
    expect(await items([2 * day, 3 * day], 2 * day)).toBe(50);
    expect(await items([2 * day, 3 * day], 3 * day + 60_001)).toBe(1);
    const left = await items([2 * day, 3 * day], 2.5 * day);
    expect(left).toBeGreaterThan(10);
    expect(left).toBeLessThan(40);
  });

  test("has deleted what a condition asks about", async () => {
    const { db, clock } = store({ timeToLive: { lateMs: [0, 0] } });
    await db.send(put("a", "1", { expiresAt: clock.now() / 1000 + 1 }));
    const again = new PutCommand({
      ...{ TableName, Item: { pk: "a", sk: "1" } },
      ConditionExpression: "attribute_not_exists(pk)",
    });
    expect(await name(db.send(again))).toBe("ConditionalCheckFailedException");
    await clock.advance(1001);
    expect(await name(db.send(again))).toBe("done");
  });
});
