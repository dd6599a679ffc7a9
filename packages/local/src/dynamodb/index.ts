import { systemClock } from "../../../../src/time/clock.ts";
import { checkNumber } from "../../../../src/values/number-option.ts";
import { dynaliteEngine } from "./dynalite.ts";
import type { Engine } from "./engine.ts";
import { findOfficial, officialEngine } from "./official.ts";
import { serveEngine } from "./serve-engine.ts";
import type { DynamoDb, DynamoDbOptions } from "./types.ts";

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
  const db = await serveEngine(engine, { ...options, port, host, hosts, clock });
  log?.(`DynamoDB: ${engines[engine.name]}, ${why}`);
  return db;
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
