/** The command line of `shardmill lint`, read and checked. */
import { parseCommandLine } from "../command-line/parse.ts";
import { projectOptions } from "../project/options.ts";

/** Throws UsageError. */
export function lintSettings(args: readonly string[]) {
  const { values } = parseCommandLine({
    args,
    allowPositionals: false,
    options: {
      ...projectOptions,
      verbose: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}
