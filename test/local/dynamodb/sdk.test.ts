import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { documentClient } from "../../faults/store/document-client.ts";

let db: DynamoDb;
beforeAll(async () => {
  db = await createDynamoDb();
});
afterAll(() => db.close());

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

test("a table made by the SDK can be used as soon as the call returns", async () => {
  const client = new DynamoDBClient({ endpoint: db.endpoint, region: "eu-west-1", credentials });
  const TableName = "made-by-sdk";
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  await client.send(new PutItemCommand({ TableName, Item: { id: { N: "1" } } }));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { N: "1.0" } } }));
  expect(Item).toEqual({ id: { N: "1" } });
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 5 }, { TableName });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.TableArn).toBe(`arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`);
  await client.send(new DeleteTableCommand({ TableName }));
  expect((await client.send(new ListTablesCommand({}))).TableNames).not.toContain(TableName);
});

test("sets, binaries, lists and maps come back as they went in", async () => {
  await db.createTable({ name: "values" });
  const client = documentClient(db.endpoint);
  const Item = {
    pk: "all",
    set: new Set(["a", "b"]),
    bytes: new Uint8Array([0, 255, 7]),
    list: [1, "two", null, { deep: [true] }],
    map: { number: -2.5, empty: "" },
  };
  await client.send(new PutCommand({ TableName: "values", Item }));
  const got = await client.send(new GetCommand({ TableName: "values", Key: { pk: "all" } }));
  expect(got.Item).toEqual(Item);
});

test("a batch of writes is read back by a query, page by page", async () => {
  await db.createTable({ name: "pages", sortKey: "sk" });
  const client = documentClient(db.endpoint);
  const puts = Array.from({ length: 25 }, (_, n) => ({
    PutRequest: { Item: { pk: "a", sk: String(n).padStart(3, "0") } },
  }));
  await client.send(new BatchWriteCommand({ RequestItems: { pages: puts } }));
  const seen: string[] = [];
  let ExclusiveStartKey: Record<string, string> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: "pages",
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": "a" },
        Limit: 10,
        ExclusiveStartKey,
      }),
    );
    seen.push(...(page.Items ?? []).map(({ sk }) => sk));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  expect(seen).toEqual(puts.map(({ PutRequest }) => PutRequest.Item.sk));
});

test("what is no request of DynamoDB's is refused by name", async () => {
  const post = async (target: string, body: string, authorization = "AWS4-HMAC-SHA256") => {
    const headers = { "x-amz-target": target, ...(authorization && { authorization }) };
    const response = await fetch(db.endpoint, { method: "POST", headers, body });
    const { __type } = (await response.json()) as { __type: string };
    return { status: response.status, type: __type.replace(/.*#/, "") };
  };
  const api = "DynamoDB_20120810";
  expect(await post(`${api}.Fly`, "{}")).toEqual({
    status: 400,
    type: "UnknownOperationException",
  });
  expect(await post("S3.GetItem", "{}")).toEqual({
    status: 400,
    type: "UnknownOperationException",
  });
  expect(await post(`${api}.GetItem`, "{")).toEqual({
    status: 400,
    type: "SerializationException",
  });
  expect(await post(`${api}.GetItem`, "{}", "")).toEqual({
    status: 400,
    type: "MissingAuthenticationTokenException",
  });
});

test("a port that is taken is named in the error", async () => {
  const port = Number(new URL(db.endpoint).port);
  await expect(createDynamoDb({ port })).rejects.toThrow(`127.0.0.1:${port}`);
});

test("closing waits for the request under way", async () => {
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const other = await createDynamoDb({
    intercept: () => {
      arrived();
      return { delayMs: 50 };
    },
  });
  await other.createTable({ name: "last" });
  const client = documentClient(other.endpoint);
  const last = client.send(new PutCommand({ TableName: "last", Item: { pk: "a" } }));
  await arrival;
  await Promise.all([other.close(), other.close()]);
  await last;
  await expect(
    client.send(new GetCommand({ TableName: "last", Key: { pk: "a" } })),
  ).rejects.toThrow();
});
