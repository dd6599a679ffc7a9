/** What an invocation changed in the progress logs of the template's tables. */
import type { Template } from "@shardmill/local/rig";
import type { LogReport } from "../aws/progress-logs.ts";

export interface ProgressChange {
  readonly table: string;
  readonly before: LogReport | undefined;
  readonly after: LogReport;
}

type Logs = ReadonlyMap<string, { readonly table: string; readonly report: LogReport }>;

/** Looks at the logs twice; the returned function gives those that have changed in between. */
export async function watchProgress(
  endpoint: string | undefined,
  template: Template,
): Promise<() => Promise<readonly ProgressChange[]>> {
  const tables = template.tables.filter(isProgressTable).map(({ name }) => name);
  if (endpoint === undefined || tables.length === 0) return async () => [];
  const before = await readLogs(endpoint, template.region, tables);
  return async () => {
    const after = await readLogs(endpoint, template.region, tables);
    return [...after]
      .map(([name, { table, report }]) => ({
        table,
        before: before.get(name)?.report,
        after: report,
      }))
      .filter(({ before, after }) => before?.entries.newest !== after.entries.newest);
  };
}

/** Progress lives in tables with these keys; what else lives there is no log. */
const isProgressTable = ({ keySchema }: Template["tables"][number]) =>
  keySchema.map(({ AttributeName }) => AttributeName).join() === "pk,sk";

async function readLogs(
  endpoint: string,
  region: string,
  tables: readonly string[],
): Promise<Logs> {
  const [{ DynamoDBClient }, { DynamoDBDocumentClient }, { listLogs, reportLog }] =
    await Promise.all([
      import("@aws-sdk/client-dynamodb"),
      import("@aws-sdk/lib-dynamodb"),
      import("../aws/progress-logs.ts"),
    ]);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint, region, credentials }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  const logs = new Map<string, { table: string; report: LogReport }>();
  try {
    for (const table of tables) {
      for (const log of await listLogs(client, table)) {
        const report = await reportLog(client, table, log, Date.now());
        logs.set(`${table} ${log.name}`, { table, report });
      }
    }
  } finally {
    client.destroy();
  }
  return logs;
}

/** In lines for a person. */
export function describeChange({ table, before, after }: ProgressChange): string[] {
  const entries = (report: LogReport | undefined) => report?.entries.newest ?? 0;
  const fresh = after.parked.filter((position) => !before?.parked.includes(position));
  return [
    `${after.consumer}  ${after.stream}  ${after.shardId}  (table ${table})`,
    `  entries   ${entries(before)} → ${entries(after)}`,
    `  through   ${before?.through ?? "nothing"} → ${after.through ?? "nothing"}`,
    `  names     ${before?.names ?? 0} → ${after.names} records remembered`,
    ...after.open.map(
      ({ position, attempts }) =>
        `  open      ${position}: ${attempts > 0 ? `failed ${attempts} times` : "given back"}`,
    ),
    ...fresh.map((position) => `  parked    ${position}`),
  ];
}
