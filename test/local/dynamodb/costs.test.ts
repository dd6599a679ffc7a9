import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type AnsweredRequest,
  createDynamoDb,
  type DynamoDb,
} from "../../../packages/local/src/dynamodb/index.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const TableName = "billed";
let db: DynamoDb;
let client: ReturnType<typeof documentClient>;
let requests: AnsweredRequest[];

beforeEach(async () => {
  requests = [];
  db = await createDynamoDb({ onRequest: (request) => requests.push(request) });
  await db.createTable({ name: TableName, sortKey: "sk" });
  client = documentClient(db.endpoint);
});
afterEach(() => db.close());

const item = (sk: string, bytes = 0) => ({ pk: "a", sk, text: "x".repeat(bytes) });
const key = (sk: string) => ({ pk: "a", sk });

test("a request is billed whether or not it asks for its cost", async () => {
  const silent = await client.send(new PutCommand({ TableName, Item: item("1", 2500) }));
  expect(silent).not.toHaveProperty("ConsumedCapacity");
  const told = await client.send(
    new GetCommand({ TableName, Key: key("1"), ReturnConsumedCapacity: "TOTAL" }),
  );
  expect(told.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 0.5 });
  expect(db.costs()).toEqual({ [TableName]: { requests: 2, read: 0.5, write: 3 } });
});

test("a failed condition is billed by the item that it met", async () => {
  await client.send(new PutCommand({ TableName, Item: item("1", 2500) }));
  const isNew = new PutCommand({
    TableName,
    Item: item("1"),
    ConditionExpression: "attribute_not_exists(pk)",
  });
  await expect(client.send(isNew)).rejects.toThrow();
  expect(requests.at(-1)).toMatchObject({
    operation: "PutItem",
    error: "ConditionalCheckFailedException",
    consumed: { [TableName]: { read: 0, write: 3 } },
  });
});

test("a transaction is billed twice over, done or cancelled", async () => {
  const transact = (condition: string) =>
    client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName, Item: item("1", 1500) } },
          { ConditionCheck: { TableName, Key: key("2"), ConditionExpression: condition } },
        ],
      }),
    );
  await transact("attribute_not_exists(pk)");
  await expect(transact("attribute_exists(pk)")).rejects.toThrow("ConditionalCheckFailed");
  expect(requests.map(({ consumed }) => consumed[TableName]?.write)).toEqual([6, 6]);
});

test("a read that finds nothing costs the smallest read", async () => {
  const query = (ConsistentRead: boolean) =>
    new QueryCommand({
      TableName,
      ConsistentRead,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "nobody" },
    });
  await client.send(query(true));
  await client.send(query(false));
  const Keys = [key("1"), key("2")];
  await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
  expect(requests.map(({ consumed }) => consumed[TableName]?.read)).toEqual([1, 0.5, 1]);
});
