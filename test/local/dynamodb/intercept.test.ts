import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import {
  createDynamoDb,
  type DynamoDbRequest,
  type Interference,
} from "../../../packages/local/src/dynamodb/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const TableName = "faulty";

async function faulty(interfere: (request: DynamoDbRequest) => Interference | undefined) {
  const clock = virtualClock();
  const db = await createDynamoDb({
    clock,
    intercept: (request) => (request.operation === "PutItem" ? interfere(request) : undefined),
  });
  await db.createTable({ name: TableName });
  const client = documentClient(db.endpoint);
  return {
    ...{ db, clock },
    put: (pk: string) => client.send(new PutCommand({ TableName, Item: { pk } })),
    has: async (pk: string) =>
      (await client.send(new GetCommand({ TableName, Key: { pk } }))).Item !== undefined,
  };
}

test("an error before means that nothing was done", async () => {
  const { db, put, has } = await faulty(() => ({
    before: { name: "ProvisionedThroughputExceededException" },
  }));
  await expect(put("a")).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
  expect(await has("a")).toBe(false);
  await db.close();
});

test("an error after hides that it was done", async () => {
  const { db, put, has } = await faulty(() => ({ after: { name: "InternalServerError" } }));
  await expect(put("a")).rejects.toMatchObject({
    name: "InternalServerError",
    $metadata: { httpStatusCode: 500 },
  });
  expect(await has("a")).toBe(true);
  await db.close();
});

test("a lost reply breaks the connection after the write", async () => {
  const { db, put, has } = await faulty(() => ({ after: "dropReply" }));
  await expect(put("a")).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(await has("a")).toBe(true);
  await db.close();
});

test("a delayed request is performed when its time has come", async () => {
  const { db, clock, put, has } = await faulty(() => ({ delayMs: 60_000 }));
  const late = put("a");
  while (!(await has("a"))) await clock.advance(20_000);
  await late;
  await db.close();
});

test("single calls are singled out by what they ask", async () => {
  const { db, put, has } = await faulty(({ input }) => {
    const { pk } = input.Item as { pk: { S: string } };
    return pk.S === "b" ? { before: { name: "RequestLimitExceeded" } } : undefined;
  });
  await put("a");
  await expect(put("b")).rejects.toMatchObject({ name: "RequestLimitExceeded" });
  expect([await has("a"), await has("b")]).toEqual([true, false]);
  await db.close();
});
