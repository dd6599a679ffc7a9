import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const TableName = "conditions";
const Key = { pk: "a" };
const ReturnValuesOnConditionCheckFailure = "ALL_OLD";

let db: DynamoDb;
beforeAll(async () => {
  db = await createDynamoDb();
  await db.createTable({ name: TableName });
});
afterAll(() => db.close());

const send = (command: PutCommand | UpdateCommand | DeleteCommand) =>
  documentClient(db.endpoint).send(command as PutCommand);

beforeEach(() => send(new PutCommand({ TableName, Item: { ...Key, n: 1 } })));

const isNew = { ConditionExpression: "attribute_not_exists(pk)" };
const refused = { name: "ConditionalCheckFailedException" };
const Item = { pk: { S: "a" }, n: { N: "1" } };

test.each([
  ["put", new PutCommand({ TableName, Item: Key, ...isNew, ReturnValuesOnConditionCheckFailure })],
  ["delete", new DeleteCommand({ TableName, Key, ...isNew, ReturnValuesOnConditionCheckFailure })],
  [
    "update",
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: "REMOVE n",
      ...isNew,
      ReturnValuesOnConditionCheckFailure,
    }),
  ],
])("a %s whose condition fails shows the item that it met", async (_, command) => {
  await expect(send(command)).rejects.toMatchObject({ ...refused, Item });
});

test("nothing is shown unless asked for", async () => {
  const error = await send(new PutCommand({ TableName, Item: Key, ...isNew })).catch((e) => e);
  expect(error).toMatchObject(refused);
  expect(error.Item).toBeUndefined();
});

test("nothing is shown where there is nothing", async () => {
  const exists = new DeleteCommand({
    TableName,
    Key: { pk: "nobody" },
    ConditionExpression: "attribute_exists(pk)",
    ReturnValuesOnConditionCheckFailure,
  });
  const error = await send(exists).catch((e) => e);
  expect(error).toMatchObject(refused);
  expect(error.Item).toBeUndefined();
});

test("under concurrent writes, the item that is shown always fails the condition", async () => {
  const flip = (n: number) => send(new PutCommand({ TableName, Item: { ...Key, n } }));
  const claim = () =>
    send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: "SET claimed = :yes",
        ConditionExpression: "n = :one",
        ExpressionAttributeValues: { ":yes": true, ":one": 1 },
        ReturnValuesOnConditionCheckFailure,
      }),
    ).then(
      () => "claimed",
      (error) => error.Item.n.N,
    );
  const outcomes: Promise<string>[] = [];
  const flips: Promise<unknown>[] = [];
  for (let round = 0; round < 60; round++) {
    flips.push(flip(round % 2));
    outcomes.push(claim(), claim());
  }
  await Promise.all(flips);
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["claimed", "0"]));
});
