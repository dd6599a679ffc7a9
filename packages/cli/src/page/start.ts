/** The page: what it may ask of the running project, and do with it. */
import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { FaultsByHand } from "@shardmill/local/rig";
import { clientConfig } from "../aws/client.ts";
import { listLogs, reportLog } from "../aws/progress-logs.ts";
import type { ProjectMachine } from "../project/machine.ts";
import type { ProgressTables } from "../project/progress-tables.ts";
import { awsClients } from "../redrive/clients.ts";
import { pageAssets } from "./assets.ts";
import { withDecoded } from "./decoded.ts";
import { flushDelivery, readDeliveries, readObject } from "./deliveries.ts";
import { askFault } from "./faults.ts";
import type { BatchDetail, Feed } from "./feed.ts";
import { parkedPlaces, readParked, redriveParked } from "./parked.ts";
import { readEntries, readLogs } from "./progress.ts";
import { putRecord, readRecords, recordsAt, type ShownRecord } from "./records.ts";
import { type Actions, PageRefusal, type PageServer, servePage } from "./server.ts";

/** Records of one batch that are shown with their payloads. */
const recordsShown = 500;

export interface PageOptions {
  readonly project: ProjectMachine;
  readonly progress: ProgressTables | undefined;
  readonly feed: Feed;
  /** What may go wrong by a button. @default nothing */
  readonly faults?: FaultsByHand | undefined;
  /** Of the window. */
  readonly title: string;
  /** What it may do. @default everything */
  readonly can?: readonly ("fault" | "flush" | "put" | "redrive")[];
}

/** Starts it. */
export function startPage({
  project,
  progress,
  feed,
  title,
  faults,
  can = ["put", "redrive", "flush", ...(faults ? (["fault"] as const) : [])],
}: PageOptions): Promise<PageServer> {
  const { machine, services, template } = project;
  const kinesis = () => {
    if (services.kinesis) return services.kinesis;
    throw new PageRefusal("Kinesis runs elsewhere: its records cannot be looked at here.");
  };
  const tables = progress?.tables ?? [];
  const places = parkedPlaces(project, progress);
  const config = (service: "dynamodb" | "kinesis" | "lambda" | "s3" | "sqs") =>
    clientConfig(service, { endpoint: machine.endpoints[service], region: template.region }, {});

  async function invoke(functionName: string, event: unknown): Promise<unknown> {
    const fn = template.functions.find(({ name }) => name === functionName);
    const running = fn && machine.functions.get(fn.logicalId);
    if (!running) throw new PageRefusal(`There is no function ${functionName} here.`);
    return running.invoke(event, { awsRequestId: randomUUID() });
  }

  const actions: Actions = {
    put: (input) => putRecord(kinesis(), input),
    flush: ({ name }) => flushDelivery(machine, name),
    fault(input) {
      if (faults) return askFault(faults, project, input);
      throw new PageRefusal("Nothing goes wrong here by a button.");
    },
    redrive(input) {
      if (!progress) throw new PageRefusal("No table of the template keeps progress.");
      const functionOf = (consumer: string) => writerOf(progress, consumer);
      const { buckets } = places;
      return redriveParked({ config, tables, buckets, functionOf, invoke }, input);
    },
  };

  return servePage({
    feed,
    assets: (names) => pageAssets(title, names),
    questions: {
      async batch(query) {
        const shown = batchShown(feed, services.kinesis, query);
        const [{ functionName, stream } = { functionName: "", stream: "" }] = shown.deliveries;
        const records = await withDecoded(project, stream, shown.records, functionName);
        return { ...shown, records };
      },
      fates: (query) => feed.fatesAfter(query.get("stream") ?? "", Number(query.get("after") ?? 0)),
      async records(query) {
        const answer = readRecords(kinesis(), feed, query);
        const stream = query.get("stream") ?? "";
        return { ...answer, records: await withDecoded(project, stream, answer.records) };
      },
      progress: () => (progress ? readLogs(progress.client, tables, Date.now()) : []),
      entries: (query) =>
        progress ? readEntries(progress.client, tables, query) : { entries: [], more: false },
      deliveries: () => readDeliveries(machine, template),
      async object(query) {
        const s3 = await awsClients(config).s3();
        return readObject(s3, query).finally(() => s3.destroy());
      },
      parked: () => readParked(places),
    },
    actions: Object.fromEntries(can.map((name) => [name, actions[name]!])),
  });
}

/** Everything that is known of one batch. */
export function batchShown(
  feed: Feed,
  kinesis: ProjectMachine["services"]["kinesis"],
  query: URLSearchParams,
): BatchDetail & { readonly records: readonly ShownRecord[]; readonly left: number } {
  const detail = feed.detail(query.get("function") ?? "", query.get("request") ?? "");
  if (!detail) {
    throw new PageRefusal("That batch is not known here any more: only the newest are kept.");
  }
  const [delivery] = detail.deliveries;
  const numbers = [...new Set(delivery?.sequenceNumbers ?? [])];
  const shown = numbers.slice(0, recordsShown);
  const records =
    delivery && kinesis ? recordsAt(kinesis, delivery.stream, delivery.shardId, shown) : [];
  return { ...detail, records, left: numbers.length - shown.length };
}

/** The function that has written a consumer's newest log, and where that is. */
async function writerOf(
  { client, tables }: { client: DynamoDBDocumentClient; tables: readonly string[] },
  consumer: string,
): Promise<{ readonly name: string; readonly table: string } | undefined> {
  for (const table of tables) {
    for (const log of (await listLogs(client, table)).reverse()) {
      if (log.consumer !== consumer && log.consumer.split("@")[0] !== consumer) continue;
      const { writer } = await reportLog(client, table, log, Date.now());
      const [, , name] = writer.split(":");
      if (name) return { name, table };
    }
  }
  return undefined;
}
