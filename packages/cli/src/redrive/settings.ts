/** The command line of `shardmill redrive`, read and checked. */

import { nearest } from "../../../../src/values/nearest.ts";
import type { AwsSettings } from "../aws/client.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

const several = { type: "string", multiple: true, default: [] as string[] } as const;

const options = {
  table: { type: "string" },
  consumer: { type: "string" },
  queue: { type: "string" },
  bucket: { type: "string" },
  prefix: { type: "string", default: "" },
  "progress-table": { type: "string" },
  function: { type: "string" },
  handler: { type: "string" },
  timeout: { type: "string", default: "60" },
  stream: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  unconfirmed: { type: "boolean", default: false },
  id: several,
  limit: { type: "string" },
  "batch-size": { type: "string", default: "100" },
  filter: several,
  "whole-range": { type: "boolean", default: false },
  endpoint: several,
  region: { type: "string" },
  profile: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export type RedriveSettings = ReturnType<typeof redriveSettings>;

/** Throws UsageError. */
export function redriveSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) {
  const { values, positionals: files } = parse(args);
  const { help, json, consumer, queue, bucket, prefix, stream, handler, id: ids } = values;
  const isElsewhere = queue !== undefined || bucket !== undefined || files.length > 0;
  const table = values.table ?? (isElsewhere ? undefined : env.PROGRESS_TABLE);
  const sources = [table, queue, bucket].filter((one) => one !== undefined).length;
  const targets = [values.function, handler, stream].filter((one) => one !== undefined).length;
  if (!help) {
    if (files.includes("")) throw new UsageError("the name of a file is empty.");
    if (sources + (files.length > 0 ? 1 : 0) === 0) {
      throw new UsageError(
        "what shall come back? Give --table, --queue, --bucket, or files with failure documents.",
      );
    }
    if (sources + (files.length > 0 ? 1 : 0) > 1) {
      throw new UsageError("one of --table, --queue, --bucket and files at a time.");
    }
    if (targets > 1) throw new UsageError("one of --function, --handler and --stream at a time.");
    if (targets === 0 && !values["dry-run"]) {
      throw new UsageError(
        "where to? Give --function, --handler or --stream; or --dry-run, to see what there is.",
      );
    }
  }
  return {
    ...{ help, json, table, consumer, queue, bucket, prefix, files, stream, ids },
    handler: handler === undefined ? undefined : handlerOf(handler),
    functionName: values.function,
    progressTable: values["progress-table"] ?? values.table ?? env.PROGRESS_TABLE,
    timeoutSeconds: whole("--timeout", values.timeout, 1, 900),
    dryRun: values["dry-run"],
    unconfirmed: values.unconfirmed,
    limit:
      values.limit === undefined
        ? Number.POSITIVE_INFINITY
        : whole("--limit", values.limit, 1, 1_000_000),
    batchSize: whole("--batch-size", values["batch-size"], 1, 10_000),
    filters: values.filter,
    wholeRange: values["whole-range"],
    aws: (service: Service): AwsSettings => ({
      endpoint: endpoints(values.endpoint)[service],
      region: values.region,
      profile: values.profile,
    }),
  };
}

const services = ["dynamodb", "kinesis", "lambda", "s3", "sqs"] as const;
export type Service = (typeof services)[number];

function parse(args: readonly string[]) {
  const parsed = parseCommandLine({ args, options, allowPositionals: true });
  endpoints(parsed.values.endpoint);
  return parsed;
}

/** `http://…` for all services, or `kinesis=http://…` for one. */
function endpoints(texts: readonly string[]): Partial<Record<Service, string>> {
  const found: Partial<Record<Service, string>> = {};
  for (const text of texts) {
    const [, name = "", url = text] = /^(\w+)=(.*)$/.exec(text) ?? [];
    if (!/^https?:\/\//.test(url)) {
      throw new UsageError(`--endpoint takes a URL, or SERVICE=URL, not ${text}.`);
    }
    const known = services.find((one) => one === name);
    if (name !== "" && !known) {
      const near = nearest(name, services);
      const hint = near ? `Did you mean ${near}?` : `It takes ${services.join(", ")}.`;
      throw new UsageError(`--endpoint: there is no service "${name}" here. ${hint}`);
    }
    if (known) found[known] = url;
    else for (const service of services) found[service] ??= url;
  }
  return found;
}

/** `handlers/orders.ts`, or with the name of its export: `handlers/orders.ts:handler`. */
function handlerOf(text: string): { readonly file: string; readonly exportName: string } {
  const [, file = text, exportName = "handler"] = /^(.*):([\w$.]+)$/.exec(text) ?? [];
  return { file, exportName };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${text}.`);
}
