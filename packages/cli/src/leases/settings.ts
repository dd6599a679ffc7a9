/** The command line of `shardmill leases`, read and checked. */
import { awsOptions } from "../aws/client.ts";
import { takeAction } from "../command-line/action.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

export type LeasesSettings = ReturnType<typeof leasesSettings>["settings"];

/** Throws UsageError. */
export function leasesSettings(args: readonly string[]) {
  const { action, rest } = takeAction(args, ["show", "release"]);
  const { values } = parse(rest);
  const table = values.table ?? values.application;
  if (action && table === undefined) {
    throw new UsageError("which table? Give --application, or --table where it has another name.");
  }
  if (action === "release" && !values.worker && !values.shard) {
    throw new UsageError("release needs --worker or --shard: whose leases, or which?");
  }
  return { action, settings: { ...values, table: table ?? "" } };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: false,
    options: {
      ...awsOptions,
      application: { type: "string" },
      table: { type: "string" },
      worker: { type: "string" },
      shard: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}
