import {
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const TableName = "accounts";
const clock = virtualClock();
let db: DynamoDb;
let client: ReturnType<typeof documentClient>;

beforeEach(async () => {
  db = await createDynamoDb({ clock });
  await db.createTable({ name: TableName, sortKey: "sk" });
  client = documentClient(db.endpoint);
});
afterEach(() => db.close());

const key = (sk: string) => ({ pk: "bank", sk });
const put = (sk: string, amount: number) =>
  client.send(new PutCommand({ TableName, Item: { ...key(sk), amount } }));
const amountOf = async (sk: string) =>
  (await client.send(new GetCommand({ TableName, Key: key(sk) }))).Item?.amount;

type Items = NonNullable<TransactWriteCommandInput["TransactItems"]>;
const transact = (TransactItems: Items, more = {}) =>
  client.send(new TransactWriteCommand({ TransactItems, ...more }));

const add = (sk: string, amount: number, condition = {}) => ({
  Update: {
    TableName,
    Key: key(sk),
    UpdateExpression: "ADD amount :amount",
    ExpressionAttributeValues: { ":amount": amount },
    ...condition,
  },
});

test("all four kinds of action are done together", async () => {
  await put("checked", 1);
  await put("deleted", 1);
  await transact([
    { Put: { TableName, Item: { ...key("put"), amount: 5 } } },
    add("added", 3),
    { Delete: { TableName, Key: key("deleted") } },
    {
      ConditionCheck: {
        TableName,
        Key: key("checked"),
        ConditionExpression: "amount = :one",
        ExpressionAttributeValues: { ":one": 1 },
      },
    },
  ]);
  expect(await Promise.all(["put", "added", "deleted", "checked"].map(amountOf))).toEqual([
    ...[5, 3, undefined, 1],
  ]);
});

test("one failed condition takes everything back, and every action is given its reason", async () => {
  await put("old", 1);
  await put("kept", 7);
  const failing = transact([
    { Put: { TableName, Item: key("new") } },
    add("kept", 1),
    {
      Put: {
        TableName,
        Item: key("old"),
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    { Delete: { TableName, Key: key("gone"), ConditionExpression: "attribute_exists(pk)" } },
  ]);
  await expect(failing).rejects.toMatchObject({
    name: "TransactionCanceledException",
    message:
      "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed, ConditionalCheckFailed]",
    CancellationReasons: [
      { Code: "None" },
      { Code: "None" },
      {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        Item: { pk: { S: "bank" }, sk: { S: "old" }, amount: { N: "1" } },
      },
      { Code: "ConditionalCheckFailed" },
    ],
  });
  expect(await amountOf("kept")).toBe(7);
  expect(await client.send(new GetCommand({ TableName, Key: key("new") }))).not.toHaveProperty(
    "Item",
  );
});

test("an action that does not fit its item cancels the transaction", async () => {
  await client.send(new PutCommand({ TableName, Item: { ...key("text"), amount: "much" } }));
  await expect(transact([add("other", 1), add("text", 1)])).rejects.toMatchObject({
    CancellationReasons: [{ Code: "None" }, { Code: "ValidationError" }],
  });
  expect(await amountOf("other")).toBeUndefined();
});

/** Makes a transaction last. */
const others = Array.from({ length: 60 }, (_, n) => key(`other-${n}`));

test("no read sees half a transaction", async () => {
  const accounts = ["a", "b", "c", "d"];
  for (const account of accounts) await put(account, 100);
  const checks = others.map((Key) => ({
    ConditionCheck: { TableName, Key, ConditionExpression: "attribute_not_exists(pk)" },
  }));
  /** Each of the first two can pay once. */
  const transfer = (n: number) =>
    transact([
      add(accounts[2 + (n % 2)]!, 60),
      ...checks,
      {
        Update: {
          TableName,
          Key: key(accounts[n % 2]!),
          UpdateExpression: "SET amount = amount - :paid",
          ConditionExpression: "amount >= :paid",
          ExpressionAttributeValues: { ":paid": 60 },
        },
      },
    ]).then(
      () => "done",
      (error) => error.name,
    );
  const sum = async () => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :bank",
        ExpressionAttributeValues: { ":bank": "bank" },
      }),
    );
    return Items.reduce((total, { amount }) => total + amount, 0);
  };
  let over = false;
  const sums = new Set<number>();
  const read = async () => {
    while (!over) sums.add(await sum());
  };
  const reading = [read(), read(), read()];
  const outcomes = new Set(await Promise.all(Array.from({ length: 8 }, (_, n) => transfer(n))));
  over = true;
  await Promise.all(reading);
  expect(sums).toEqual(new Set([400]));
  expect(outcomes).toEqual(new Set(["done", "TransactionCanceledException"]));
});

test("the reads of a transaction see one moment", async () => {
  const keys = [key("first"), ...others, key("second")];
  const TransactItems = keys.map((Key) => ({ Get: { TableName, Key } }));
  const write = async () => {
    for (let n = 0; n < 40; n++) {
      await put("first", n);
      await put("second", n);
    }
  };
  const lead = async () => {
    const { Responses = [] } = await client.send(new TransactGetCommand({ TransactItems }));
    return (Responses[0]?.Item?.amount ?? 0) - (Responses.at(-1)?.Item?.amount ?? 0);
  };
  const writing = write();
  const leads = new Set<number>();
  for (let n = 0; n < 30; n++) leads.add(await lead());
  await writing;
  expect([...leads].filter((ahead) => ahead !== 0 && ahead !== 1)).toEqual([]);
});

test("a hundred actions are enough, and one more is too many", async () => {
  const puts = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ Put: { TableName, Item: key(`many-${n}`) } }));
  await transact(puts(100));
  await expect(transact(puts(101))).rejects.toMatchObject({ name: "ValidationException" });
  await expect(transact([])).rejects.toMatchObject({ name: "ValidationException" });
});

test("two actions on one item are refused", async () => {
  await expect(transact([add("a", 1), add("a", 2)])).rejects.toMatchObject({
    name: "ValidationException",
    message: "Transaction request cannot include multiple operations on one item",
  });
});

test("a missing table refuses the transaction by its own name", async () => {
  const nowhere = { Put: { TableName: "nowhere", Item: key("a") } };
  await expect(transact([add("a", 1), nowhere])).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  expect(await amountOf("a")).toBeUndefined();
});

test("a token makes a repeated call harmless for ten minutes", async () => {
  const token = { ClientRequestToken: "once", ReturnConsumedCapacity: "TOTAL" };
  const first = await transact([add("a", 1)], token);
  expect(first.ConsumedCapacity).toMatchObject([{ WriteCapacityUnits: 2 }]);
  const second = await transact([add("a", 1)], token);
  expect(second.ConsumedCapacity).toMatchObject([{ ReadCapacityUnits: 2 }]);
  expect(await amountOf("a")).toBe(1);
  await expect(transact([add("a", 5)], token)).rejects.toMatchObject({
    name: "IdempotentParameterMismatchException",
  });
  await clock.advance(10 * 60_000);
  await transact([add("a", 5)], token);
  expect(await amountOf("a")).toBe(6);
});

test("a cancelled transaction may be tried again under its token", async () => {
  const token = { ClientRequestToken: "again" };
  const exists = { ConditionExpression: "attribute_exists(pk)" };
  await expect(transact([add("a", 1, exists)], token)).rejects.toThrow("ConditionalCheckFailed");
  await put("a", 1);
  await transact([add("a", 1, exists)], token);
  expect(await amountOf("a")).toBe(2);
});

test("a transaction of reads answers in order, with what it projects", async () => {
  await put("a", 1);
  const { Responses, ConsumedCapacity } = await client.send(
    new TransactGetCommand({
      ReturnConsumedCapacity: "TOTAL",
      TransactItems: [
        { Get: { TableName, Key: key("nobody") } },
        { Get: { TableName, Key: key("a"), ProjectionExpression: "amount" } },
      ],
    }),
  );
  expect(Responses).toEqual([{}, { Item: { amount: 1 } }]);
  expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 4, ReadCapacityUnits: 4 }]);
});
