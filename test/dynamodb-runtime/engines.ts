import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import {
  createDynamoDb,
  type DynamoDb,
  type DynamoDbOptions,
  type DynamoDbRequest,
  type Interference,
} from "../../packages/local/src/dynamodb/index.ts";
import {
  findOfficial,
  officialAt,
  startOfficial,
} from "../../packages/local/src/dynamodb/official.ts";
import { serveEngine } from "../../packages/local/src/dynamodb/serve-engine.ts";
import { systemClock } from "../../src/time/clock.ts";

const official = await findOfficial();
if ("missing" in official) console.log(`Only against dynalite, because ${official.missing}.`);

/** What the stores are tested against. */
export const engines: readonly ("dynalite" | "official")[] =
  "missing" in official ? ["dynalite"] : ["dynalite", "official"];

let running: Promise<number> | undefined;

/** The port of the one that all files of a run use; without such (in the runs of mutants) of the worker's, which ends with it. */
async function startedOnce(found: Parameters<typeof startOfficial>[0]): Promise<number> {
  const shared = inject("dynamoDbLocal");
  if (shared === undefined) return (await startOfficial(found)).port;
  const answer = await fetch(shared);
  if (!answer.ok) throw new Error(await answer.text());
  return Number(await answer.text());
}

/** An empty DynamoDB. Java starts once, for all files of a run, which see nothing of each other's tables. */
export async function emptyDynamoDb(
  engine: (typeof engines)[number],
  options: Pick<DynamoDbOptions, "intercept" | "onRequest"> = {},
): Promise<DynamoDb> {
  if (engine === "dynalite" || "missing" in official) return createDynamoDb({ engine, ...options });
  running ??= startedOnce(official);
  const tables = officialAt(await running, `user${randomUUID().replaceAll("-", "")}`);
  return serveEngine(tables, {
    ...{ port: 0, host: "127.0.0.1", hosts: [], clock: systemClock },
    ...options,
  });
}

/** A DynamoDB with the table `progress`; `interfere` decides what goes wrong, and may be changed. */
export async function startDynamoDb(engine: (typeof engines)[number]) {
  const wrong: { interfere: (request: DynamoDbRequest) => Interference | undefined } = {
    interfere: () => undefined,
  };
  const requests: string[] = [];
  const db = await emptyDynamoDb(engine, {
    intercept: (request) => wrong.interfere(request),
    onRequest: ({ operation }) => void requests.push(operation),
  });
  // Without a time to live: these tests take place in the past, and DynamoDB Local would tidy up after them.
  await db.createTable({ name: "progress", sortKey: "sk" });
  await db.createTable({ name: "accounts", partitionKey: "id" });
  const settings = {
    endpoint: db.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    // The stores decide themselves what is tried again.
    maxAttempts: 1,
  };
  const client = new DynamoDBClient(settings);
  await client.send(
    new CreateTableCommand({
      TableName: "counters",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "n", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "n", KeyType: "HASH" }],
    }),
  );
  const documents = DynamoDBDocumentClient.from(client);
  requests.length = 0;
  return {
    client,
    settings,
    documents,
    wrong,
    requests,
    /** The items of a partition, as they are stored. */
    async items(pk: string): Promise<Record<string, any>[]> {
      const { Items } = await documents.send(
        new QueryCommand({
          TableName: "progress",
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": pk },
        }),
      );
      return Items ?? [];
    },
    async close() {
      client.destroy();
      await db.close();
    },
  };
}

export type LocalDynamoDb = Awaited<ReturnType<typeof startDynamoDb>>;
