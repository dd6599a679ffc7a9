/** The page of `shardmill dev`: what it may ask of the running project, and do with it. */
import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { clientConfig } from "../aws/client.ts";
import { listLogs, reportLog } from "../aws/progress-logs.ts";
import { pageAssets } from "../page/assets.ts";
import type { BatchDetail, Feed } from "../page/feed.ts";
import { readParked, redriveParked } from "../page/parked.ts";
import { readEntries, readLogs } from "../page/progress.ts";
import { putRecord, readRecords, recordsAt } from "../page/records.ts";
import { PageRefusal, type PageServer, servePage } from "../page/server.ts";
import type { ProjectMachine } from "../project/machine.ts";
import type { ProgressTables } from "./progress-tables.ts";

/** Records of one batch that are shown with their payloads. */
const recordsShown = 500;

export interface PageOptions {
  readonly feed: Feed;
  readonly port: number;
}

/** Starts it. Rejects when the port cannot be had. */
export async function startPage(
  project: ProjectMachine,
  progress: ProgressTables | undefined,
  { feed, port }: PageOptions,
): Promise<PageServer> {
  const { machine, services, template } = project;
  const kinesis = () => {
    if (services.kinesis) return services.kinesis;
    throw new PageRefusal("Kinesis runs elsewhere: its records cannot be looked at here.");
  };
  const tables = progress?.tables ?? [];
  const config = (service: "dynamodb" | "kinesis" | "lambda" | "s3" | "sqs") =>
    clientConfig(service, { endpoint: machine.endpoints[service], region: template.region }, {});

  async function invoke(functionName: string, event: unknown): Promise<unknown> {
    const fn = template.functions.find(({ name }) => name === functionName);
    const running = fn && machine.functions.get(fn.logicalId);
    if (!running) throw new PageRefusal(`There is no function ${functionName} here.`);
    return running.invoke(event, { awsRequestId: randomUUID() });
  }

  return servePage({
    ...{ feed, port, assets: await pageAssets() },
    questions: {
      project: () => ({
        streams: template.streams.map(({ name }) => ({ name, shards: shardsOf(name) })),
        functions: template.functions.map(({ name }) => name),
        mappings: template.mappings.map(({ functionLogicalId, settings, streamArn }) => ({
          functionName: template.functions.find((fn) => fn.logicalId === functionLogicalId)?.name,
          stream: streamArn.split("/")[1],
          settings,
        })),
        tables,
      }),
      batch: (query) => batchShown(feed, services.kinesis, query),
      fates: (query) => feed.fatesAfter(query.get("stream") ?? "", Number(query.get("after") ?? 0)),
      records: (query) => readRecords(kinesis(), feed, query),
      progress: () => (progress ? readLogs(progress.client, tables, Date.now()) : []),
      entries: (query) =>
        progress ? readEntries(progress.client, tables, query) : { entries: [], more: false },
      parked: () => (progress ? readParked(progress.client, tables) : []),
    },
    actions: {
      put: (input) => putRecord(kinesis(), input),
      redrive(input) {
        if (!progress) throw new PageRefusal("No table of the template keeps parked records.");
        const functionOf = (consumer: string) => writerOf(progress, consumer);
        return redriveParked({ config, tables, functionOf, invoke }, input);
      },
    },
  });

  function shardsOf(stream: string) {
    try {
      return kinesis().listShards({ stream });
    } catch {
      return [];
    }
  }
}

/** Everything that is known of one batch. */
function batchShown(
  feed: Feed,
  kinesis: ProjectMachine["services"]["kinesis"],
  query: URLSearchParams,
): BatchDetail & { readonly records: ReturnType<typeof recordsAt>; readonly left: number } {
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

/** The function that has written a consumer's newest log. */
async function writerOf(
  { client, tables }: { client: DynamoDBDocumentClient; tables: readonly string[] },
  consumer: string,
): Promise<string | undefined> {
  for (const table of tables) {
    for (const log of (await listLogs(client, table)).reverse()) {
      if (log.consumer !== consumer && log.consumer.split("@")[0] !== consumer) continue;
      const { writer } = await reportLog(client, table, log, Date.now());
      const [, , name] = writer.split(":");
      if (name) return name;
    }
  }
  return undefined;
}
