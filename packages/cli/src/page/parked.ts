/** Parked records: what they are, and bringing them back through the function that runs here. */

import type { S3Client } from "@aws-sdk/client-s3";
import { type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { FunctionError } from "@shardmill/local/rig";
import { formatPosition } from "../../../../src/record/position.ts";
import { systemClock } from "../../../../src/time/clock.ts";
import { clientConfig } from "../aws/client.ts";
import type { ProjectMachine } from "../project/machine.ts";
import type { ProgressTables } from "../project/progress-tables.ts";
import { bucketSource } from "../redrive/bucket.ts";
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
  /** One of them: where it lies. */
  readonly table?: string;
  readonly bucket?: string;
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

/** Where parked records may be. */
export interface ParkedPlaces {
  readonly progress: ProgressTables | undefined;
  readonly buckets: readonly string[];
  readonly s3: () => Promise<S3Client>;
}

/** Under this prefix a bucket is looked through: that of `s3Parking`, unless it is given another. */
const prefix = "parked/";

/** Those in the tables and buckets, the newest first; redriven ones too, until their time is over. */
export async function readParked({ progress, buckets, s3 }: ParkedPlaces): Promise<ShownParked[]> {
  const shown: ShownParked[] = [];
  for (const table of progress?.tables ?? []) {
    const { client } = progress!;
    for (const consumer of await consumersIn(client, table)) {
      const { find } = tableSource(client, table, consumer, Date.now);
      for await (const one of find()) {
        if (one.kind === "parked") shown.push(shownParked(one.item, { table }));
      }
    }
  }
  for (const bucket of buckets) {
    const source = await bucketSource(await s3(), bucket, prefix, Date.now, () => {});
    try {
      for await (const one of source.find()) {
        if (one.kind === "parked") shown.push(shownParked(one.item, { bucket }));
      }
    } finally {
      source.close();
    }
  }
  return shown.sort((a, b) => b.parkedAt - a.parkedAt);
}

/** Those of a project that runs here. */
export function parkedPlaces(
  { machine, template }: Pick<ProjectMachine, "machine" | "template">,
  progress: ProgressTables | undefined,
): ParkedPlaces {
  const endpoint = machine.endpoints.s3;
  const config: Config = (service) =>
    clientConfig(service, { endpoint: machine.endpoints[service], region: template.region }, {});
  return {
    progress,
    buckets: endpoint === undefined ? [] : template.buckets.map(({ name }) => name),
    s3: awsClients(config).s3,
  };
}

function shownParked(item: ParkedItem, place: Pick<ShownParked, "bucket" | "table">): ShownParked {
  const { attempts, consumer, error, id, parkedAt, partitionKey, payload, shardId, state } = item;
  const { name, message } = error;
  return {
    ...place,
    ...{ id, consumer, shardId, partitionKey, state, attempts, parkedAt },
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
  readonly buckets: readonly string[];
  /** The function that wrote the log of a consumer's records. */
  readonly functionOf: (
    consumer: string,
  ) => Promise<{ readonly name: string; readonly table: string } | undefined>;
  /** Invokes a function of this machine. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
}

/** Brings back the records `ids` of a consumer, or all of them. Resolves to what became of each. */
export async function redriveParked(
  { buckets, config, functionOf, invoke, tables }: Redriving,
  { bucket, consumer, ids = [], table }: Readonly<Record<string, unknown>>,
): Promise<{ readonly told: readonly Told[]; readonly notes: readonly string[] }> {
  const isInBucket = typeof bucket === "string" && buckets.includes(bucket);
  if (!isInBucket && (typeof table !== "string" || !tables.includes(table))) {
    throw new PageRefusal(`There is no ${bucket ? `bucket ${bucket}` : `table ${table}`} here.`);
  }
  if (typeof consumer !== "string" || !Array.isArray(ids)) {
    throw new PageRefusal("A redrive needs a consumer, and a list of ids, which may be empty.");
  }
  const writer = await functionOf(consumer);
  if (!writer) {
    throw new PageRefusal(`No function of this template has written progress of ${consumer}.`);
  }
  const { name } = writer;
  const asked = {
    ...(isInBucket ? { bucket, prefix, "progress-table": writer.table } : { table }),
    ...{ consumer, function: name },
  };
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
