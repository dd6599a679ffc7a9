import { listenHttp } from "../../../services/src/http/listen.ts";
import { type Answer, type Engine, refusedAs } from "./engine.ts";
import { dynamoDbServer, type ServerOptions } from "./server.ts";
import type { CreateTable, DynamoDb, Input } from "./types.ts";

/** Where it listens, beside what its requests meet. */
export interface ServeOptions extends ServerOptions {
  readonly port: number;
  readonly host: string;
}

/** A DynamoDB at an endpoint of its own, in front of an engine. Closing it closes the engine. */
export async function serveEngine(
  engine: Engine,
  { port, host, ...options }: ServeOptions,
): Promise<DynamoDb> {
  const hosts = [...options.hosts, host];
  const { respond, costs } = dynamoDbServer(engine, { ...options, hosts });
  const listening = await listenHttp({ service: "DynamoDB", host, port, respond }).catch(
    async (error: unknown) => {
      await engine.close();
      throw error;
    },
  );

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
