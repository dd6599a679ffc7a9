/** Parked records: what they are, and bringing them back through the function that runs here. */
import { type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { FunctionError } from "@shardmill/local/rig";
import { formatPosition } from "../../../../src/record/position.ts";
import { systemClock } from "../../../../src/time/clock.ts";
import { awsClients, type Config } from "../redrive/clients.ts";
import type { ParkedItem } from "../redrive/found.ts";
import {
  type FunctionTarget,
  functionNameIn,
  InvocationError,
} from "../redrive/function-target.ts";
import type { Told } from "../redrive/outcome.ts";
import { redriveAll } from "../redrive/redrive-all.ts";
import { redriveSettings } from "../redrive/settings.ts";
import { tableSource } from "../redrive/table.ts";
import { payloadShown, type ShownRecord } from "./records.ts";
import { PageRefusal } from "./server.ts";

export interface ShownParked {
  readonly id: string;
  readonly table: string;
  readonly consumer: string;
  readonly stream: string;
  readonly shardId: string;
  readonly position: string;
  readonly partitionKey: string | undefined;
  readonly state: ParkedItem["state"];
  readonly attempts: number;
  readonly error: { readonly name: string; readonly message: string };
  /** Epoch milliseconds. */
  readonly parkedAt: number;
  readonly arrivedAt: number;
  /** Absent: it is elsewhere, and `where` says where. */
  readonly payload?: Pick<ShownRecord, "data" | "text" | "title">;
  readonly where?: string;
}

/** Those in the tables, the newest first; redriven ones too, until their time is over. */
export async function readParked(
  client: DynamoDBDocumentClient,
  tables: readonly string[],
): Promise<ShownParked[]> {
  const shown: ShownParked[] = [];
  for (const table of tables) {
    for (const consumer of await consumersIn(client, table)) {
      const { find } = tableSource(client, table, consumer, Date.now);
      for await (const one of find()) {
        if (one.kind === "parked") shown.push(shownParked(one.item, table));
      }
    }
  }
  return shown.sort((a, b) => b.parkedAt - a.parkedAt);
}

function shownParked(item: ParkedItem, table: string): ShownParked {
  const { attempts, consumer, error, id, parkedAt, partitionKey, payload, shardId, state } = item;
  const { name, message } = error;
  return {
    ...{ id, table, consumer, shardId, partitionKey, state, attempts, parkedAt },
    stream: item.streamArn.split("/")[1] ?? item.streamArn,
    position: item.subSequenceNumber > 0 ? formatPosition(item) : item.sequenceNumber,
    error: { name, message },
    arrivedAt: item.approximateArrivalTimestamp,
    ...("data" in payload
      ? { payload: payloadShown(payload.data) }
      : { where: "payloadLocation" in payload ? payload.payloadLocation : "in the stream" }),
  };
}

/** Whose records are parked in a table. */
async function consumersIn(client: DynamoDBDocumentClient, table: string): Promise<string[]> {
  const consumers = new Set<string>();
  const pages = paginateScan(
    { client },
    { TableName: table, ProjectionExpression: "#pk", ExpressionAttributeNames: { "#pk": "pk" } },
  );
  for await (const { Items = [] } of pages) {
    for (const { pk } of Items) {
      const [consumer = "", rest, ...more] = String(pk).split("#");
      if (rest === "parked" && more.length === 0) consumers.add(consumer);
    }
  }
  return [...consumers].sort();
}

export interface Redriving {
  /** Where the services are. */
  readonly config: Config;
  readonly tables: readonly string[];
  /** The function that wrote the log of a consumer's records. */
  readonly functionOf: (consumer: string) => Promise<string | undefined>;
  /** Invokes a function of this machine. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
}

/** Brings back the records `ids` of a consumer, or all of them. Resolves to what became of each. */
export async function redriveParked(
  { config, functionOf, invoke, tables }: Redriving,
  { consumer, ids = [], table }: Readonly<Record<string, unknown>>,
): Promise<{ readonly told: readonly Told[]; readonly notes: readonly string[] }> {
  if (typeof table !== "string" || !tables.includes(table)) {
    throw new PageRefusal(`There is no table ${table} here.`);
  }
  if (typeof consumer !== "string" || !Array.isArray(ids)) {
    throw new PageRefusal("A redrive needs a consumer, and a list of ids, which may be empty.");
  }
  const name = await functionOf(consumer);
  if (name === undefined) {
    throw new PageRefusal(`No function of this template has written progress of ${consumer}.`);
  }
  const asked = { table, consumer, function: name };
  const args = [
    ...Object.entries(asked).map(([option, value]) => `--${option}=${value}`),
    ...ids.map((id) => `--id=${id}`),
  ];
  const target: FunctionTarget = {
    ...{ name, functionName: functionNameIn(name) },
    invoke: (event) =>
      invoke(name, event).catch((error) => {
        if (!(error instanceof FunctionError)) throw error;
        throw new InvocationError(`${error.errorType}: ${error.errorMessage}`, { cause: error });
      }),
    async close() {},
  };
  const told: Told[] = [];
  const notes: string[] = [];
  await redriveAll(redriveSettings(args, {}), {
    ...{ clients: awsClients(config), target, clock: systemClock, cwd: process.cwd(), env: {} },
    signal: new AbortController().signal,
    tell: (one) => told.push(one),
    note: (text) => notes.push(text),
  });
  return { told, notes };
}
