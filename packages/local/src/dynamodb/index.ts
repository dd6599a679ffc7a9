import { systemClock } from "../../../../src/time/clock.ts";
import { checkNumber } from "../../../../src/values/number-option.ts";
import { listenHttp } from "../../../services/src/http/listen.ts";
import { dynaliteEngine } from "./dynalite.ts";
import { type Answer, type Engine, refusedAs } from "./engine.ts";
import { findOfficial, officialEngine } from "./official.ts";
import { dynamoDbServer } from "./server.ts";
import type { CreateTable, DynamoDb, DynamoDbOptions, Input } from "./types.ts";

export type * from "./types.ts";

/**
 * Starts a DynamoDB on this machine that SDKs can talk to. Nothing is written to disk: its tables
 * end with it. Rejects if the port is taken, or if the official engine was asked for and cannot run.
 *
 * @example
 * const db = await createDynamoDb();
 * await db.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });
 * const client = new DynamoDBClient({
 *   endpoint: db.endpoint,
 *   region: "us-east-1",
 *   credentials: { accessKeyId: "local", secretAccessKey: "local" },
 * });
 * await db.close();
 */
export async function createDynamoDb({
  engine: wanted = "dynalite",
  port = 0,
  host = "127.0.0.1",
  hosts = [],
  region = "us-east-1",
  accountId = "123456789012",
  clock = systemClock,
  expireEveryMs = 60_000,
  log,
  ...options
}: DynamoDbOptions = {}): Promise<DynamoDb> {
  checkNumber("createDynamoDb: expireEveryMs", expireEveryMs, { least: 1 });
  const dynalite = () => dynaliteEngine({ region, accountId, clock, expireEveryMs });
  const { engine, why } = await chooseEngine(wanted, dynalite);
  const known = [...hosts, host];
  const { respond, costs } = dynamoDbServer(engine, { ...options, clock, hosts: known });
  const listening = await listenHttp({ service: "DynamoDB", host, port, respond }).catch(
    async (error: unknown) => {
      await engine.close();
      throw error;
    },
  );
  log?.(`DynamoDB: ${engines[engine.name]}, ${why}`);

  let closing: Promise<void> | undefined;
  return {
    endpoint: listening.endpoint,
    engine: engine.name,
    createTable: (table) => createTable(engine, table),
    costs,
    deleteExpired: engine.deleteExpired,
    close() {
      closing ??= listening.close().then(() => engine.close());
      return closing;
    },
  };
}

const engines = { dynalite: "dynalite, in this process", official: "AWS's DynamoDB Local" };

async function chooseEngine(
  wanted: "dynalite" | "official" | "auto",
  dynalite: () => Engine,
): Promise<{ readonly engine: Engine; readonly why: string }> {
  if (wanted === "dynalite") return { engine: dynalite(), why: "as asked" };
  const found = await findOfficial();
  if ("missing" in found) {
    if (wanted === "auto") return { engine: dynalite(), why: `because ${found.missing}` };
    throw new Error(`DynamoDB Local cannot run: ${found.missing}`);
  }
  const why = wanted === "auto" ? "because Java and its package are here" : "as asked";
  return { engine: await officialEngine(found), why };
}

async function createTable(
  engine: Engine,
  { name, partitionKey = "pk", sortKey, timeToLive }: CreateTable,
): Promise<void> {
  const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  await demand(engine, "CreateTable", {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: "S" })),
    KeySchema: keys.map((key, at) => ({ AttributeName: key, KeyType: at ? "RANGE" : "HASH" })),
  });
  if (timeToLive === undefined) return;
  await demand(engine, "UpdateTimeToLive", {
    TableName: name,
    TimeToLiveSpecification: { Enabled: true, AttributeName: timeToLive },
  });
}

async function demand(engine: Engine, operation: string, input: Input): Promise<void> {
  const answer: Answer = await engine.call(operation, input);
  const error = refusedAs(answer);
  if (error === undefined) return;
  const { message = answer.body.Message } = answer.body;
  throw new Error(`${operation} of ${input.TableName}: ${error}: ${message}`);
}
