/** The command line of `shardmill work`, read and checked. */
import { isDate } from "../../../../src/values/kinds.ts";
import { awsOptions } from "../aws/client.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

export type WorkSettings = ReturnType<typeof workSettings>;

/** Throws UsageError. */
export function workSettings(args: readonly string[]) {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      ...awsOptions,
      stream: { type: "string", multiple: true, default: [] },
      application: { type: "string" },
      table: { type: "string" },
      handler: { type: "string", default: "handler" },
      from: { type: "string", default: "TRIM_HORIZON" },
      "batch-size": { type: "string", default: "100" },
      "fan-out": { type: "boolean", default: false },
      "worker-id": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [file, ...others] = positionals;
  const { application, stream, from } = values;
  const batchSize = Number(values["batch-size"]);
  if (!values.help) {
    if (file === undefined) throw new UsageError("which file has the handler?");
    if (others.length > 0) throw new UsageError(`one file, and not ${others[0]} too.`);
    if (stream.length === 0) throw new UsageError("which stream? Give --stream.");
    if (application === undefined) {
      throw new UsageError("which application? Give --application: its workers share the shards.");
    }
    if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 10_000)) {
      throw new UsageError(`--batch-size takes 1 to 10000, not ${values["batch-size"]}.`);
    }
  }
  return {
    ...values,
    file: file ?? "",
    application: application ?? "",
    batchSize,
    initialPosition: positionOf(from),
  };
}

function positionOf(from: string): "TRIM_HORIZON" | "LATEST" | Date {
  if (from === "TRIM_HORIZON" || from === "LATEST") return from;
  const date = new Date(from);
  if (isDate(date) && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(
    `--from takes TRIM_HORIZON, LATEST or a date such as 2026-11-29T10:00:00Z, not ${from}.`,
  );
}
