import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { documentClient } from "./document-client.ts";
import { fakeDynamoDb } from "./fake-dynamodb.ts";

const TableName = "things";

const fake = (faults = {}) =>
  fakeDynamoDb({
    clock: virtualClock(),
    random: seededRandom(7),
    tables: { [TableName]: { sortKey: "sk" } },
    faults,
  });

let real: DynamoDb;
beforeAll(async () => {
  real = await createDynamoDb();
  await real.createTable({ name: TableName, sortKey: "sk" });
});
afterAll(() => real.close());

describe.each([
  ["the fake", () => fake()],
  ["dynalite", () => documentClient(real.endpoint)],
])("%s", (_, client) => {
  test("gives the item of a failed condition as attribute values, as lib-dynamodb does", async () => {
    const db = client();
    await db.send(new PutCommand({ TableName, Item: { pk: "old", sk: "1", n: 5 } }));
    const again = new PutCommand({
      TableName,
      Item: { pk: "old", sk: "1" },
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    await expect(db.send(again)).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      Item: { pk: { S: "old" }, sk: { S: "1" }, n: { N: "5" } },
    });
  });

  test("ends a page with the item that fills the megabyte", async () => {
    const db = client();
    const text = "x".repeat(300 * 1024);
    for (const sk of ["1", "2", "3", "4", "5"]) {
      await db.send(new PutCommand({ TableName, Item: { pk: "big", sk, text } }));
    }
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "big" },
      ReturnConsumedCapacity: "TOTAL",
    } as const;
    const first = await db.send(new QueryCommand(query));
    expect(first.Items?.map(({ sk }) => sk)).toEqual(["1", "2", "3", "4"]);
    expect(first.ConsumedCapacity?.CapacityUnits).toBe(301);
    const ExclusiveStartKey = first.LastEvaluatedKey;
    const second = await db.send(new QueryCommand({ ...query, ExclusiveStartKey }));
    expect(second.Items?.map(({ sk }) => sk)).toEqual(["5"]);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });

  test("refuses two actions on one item in a transaction", async () => {
    const Put = { TableName, Item: { pk: "twice", sk: "1" } };
    const twice = new TransactWriteCommand({ TransactItems: [{ Put }, { Put }] });
    await expect(client().send(twice)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("performs a transaction once for each token", async () => {
    const db = client();
    const add = (amount: number) =>
      new TransactWriteCommand({
        ClientRequestToken: "token-1",
        TransactItems: [
          {
            Update: {
              TableName,
              Key: { pk: "token", sk: "1" },
              UpdateExpression: "ADD n :amount",
              ExpressionAttributeValues: { ":amount": amount },
            },
          },
        ],
      });
    await db.send(add(1));
    await db.send(add(1));
    await expect(db.send(add(2))).rejects.toMatchObject({
      name: "IdempotentParameterMismatchException",
    });
    const { Item } = await db.send(new GetCommand({ TableName, Key: { pk: "token", sk: "1" } }));
    expect(Item?.n).toBe(1);
  });

  test("bills each write of a transaction twice", async () => {
    const { ConsumedCapacity } = await client().send(
      new TransactWriteCommand({
        ReturnConsumedCapacity: "TOTAL",
        TransactItems: [
          { Put: { TableName, Item: { pk: "billed", sk: "1", text: "x".repeat(1500) } } },
          { Put: { TableName, Item: { pk: "billed", sk: "2" } } },
        ],
      }),
    );
    expect(ConsumedCapacity).toMatchObject([{ TableName, CapacityUnits: 6 }]);
  });

  test("bills a query that finds nothing like the smallest read", async () => {
    const { ConsumedCapacity } = await client().send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        ReturnConsumedCapacity: "TOTAL",
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": "nobody" },
      }),
    );
    expect(ConsumedCapacity?.CapacityUnits).toBe(1);
  });

  test("refuses values and names that no expression uses", async () => {
    const unused = new PutCommand({
      TableName,
      Item: { pk: "a", sk: "1" },
      ConditionExpression: "attribute_not_exists(pk)",
      ExpressionAttributeValues: { ":unused": 1 },
    });
    await expect(client().send(unused)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("refuses an item above 400 KB", async () => {
    const text = "x".repeat(400 * 1024);
    const big = new PutCommand({ TableName, Item: { pk: "a", sk: "1", text } });
    await expect(client().send(big)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("has no table but its own", async () => {
    const nowhere = new GetCommand({ TableName: "nowhere", Key: { pk: "a", sk: "1" } });
    await expect(client().send(nowhere)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("refuses an undefined value inside an attribute", async () => {
    const Item = { pk: "a", sk: "1", map: { hole: undefined } };
    const hole = new PutCommand({ TableName, Item });
    await expect(client().send(hole)).rejects.toThrow("removeUndefinedValues");
  });
});

test("the fake orders sort keys by their UTF-8 bytes", async () => {
  const db = fake();
  for (const sk of ["\u{1d54f}", "b", "\uff5e", "é", "a"]) {
    await db.send(new PutCommand({ TableName, Item: { pk: "order", sk } }));
  }
  const { Items } = await db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk AND sk > :a",
      ExpressionAttributeValues: { ":pk": "order", ":a": "a" },
    }),
  );
  expect(Items?.map(({ sk }) => sk)).toEqual(["b", "é", "\uff5e", "\u{1d54f}"]);
});

test("the fake leaves keys of a batch unprocessed when told to", async () => {
  const db = fake({ unprocessedKeys: 1 });
  const keys = ["1", "2", "3"].map((sk) => ({ pk: "batch", sk }));
  for (const Item of keys) await db.send(new PutCommand({ TableName, Item }));
  const { Responses, UnprocessedKeys } = await db.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } }),
  );
  const left = UnprocessedKeys?.[TableName]?.Keys ?? [];
  expect(left.length).toBeGreaterThan(0);
  expect([...(Responses?.[TableName] ?? []), ...left]).toEqual(keys);
});

test("the fake refuses aloud what it does not do", async () => {
  const db = fake();
  await expect(db.send(new BatchWriteCommand({ RequestItems: {} }))).rejects.toThrow(
    "no operation BatchWrite",
  );
  const byIndex = new QueryCommand({
    TableName,
    IndexName: "by-time",
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": "a" },
  });
  await expect(db.send(byIndex)).rejects.toThrow("does not know IndexName");
});

test("the fake counts what it costs", async () => {
  const db = fake();
  await db.send(new PutCommand({ TableName, Item: { pk: "a", sk: "1", text: "x".repeat(2000) } }));
  await db.send(new GetCommand({ TableName, Key: { pk: "a", sk: "1" } }));
  expect(db.costs()).toEqual({ [TableName]: { requests: 2, read: 0.5, write: 2 } });
});
