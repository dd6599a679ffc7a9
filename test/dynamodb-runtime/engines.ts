import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import {
  createDynamoDb,
  type DynamoDbRequest,
  type Interference,
} from "../../packages/local/src/dynamodb/index.ts";
import { findOfficial } from "../../packages/local/src/dynamodb/official.ts";

const official = await findOfficial();
if ("missing" in official) console.log(`Only against dynalite, because ${official.missing}.`);

/** What the stores are tested against. */
export const engines =
  "missing" in official ? (["dynalite"] as const) : (["dynalite", "official"] as const);

/** A DynamoDB with the table `progress`; `interfere` decides what goes wrong, and may be changed. */
export async function startDynamoDb(engine: (typeof engines)[number]) {
  const wrong: { interfere: (request: DynamoDbRequest) => Interference | undefined } = {
    interfere: () => undefined,
  };
  const requests: string[] = [];
  const db = await createDynamoDb({
    engine,
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
