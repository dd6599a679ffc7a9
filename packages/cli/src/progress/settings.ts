/** The command line of `shardmill progress`, read and checked. */
import { awsOptions } from "../aws/client.ts";
import { takeAction } from "../command-line/action.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

export type ProgressSettings = ReturnType<typeof progressSettings>["settings"];

/** Throws UsageError. */
export function progressSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) {
  const { action, rest } = takeAction(args, ["show", "reset"]);
  const { values } = parse(rest);
  const table = values.table ?? env.PROGRESS_TABLE;
  if (action && !table) throw new UsageError("which table? Give --table or set PROGRESS_TABLE.");
  if (action === "reset" && !values.consumer) {
    throw new UsageError(
      "reset needs --consumer: it makes everything of that consumer happen again.",
    );
  }
  return { action, settings: { ...values, table: table ?? "" } };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: false,
    options: {
      ...awsOptions,
      table: { type: "string" },
      consumer: { type: "string" },
      stream: { type: "string" },
      shard: { type: "string" },
      yes: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}
