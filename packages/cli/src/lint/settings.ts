/** The command line of `shardmill lint`, read and checked. */
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { projectOptions } from "../project/options.ts";

const formats = ["text", "json", "sarif", "junit"] as const;

const isFormat = (text: string): text is (typeof formats)[number] =>
  (formats as readonly string[]).includes(text);

/** Throws UsageError. */
export function lintSettings(args: readonly string[]) {
  const { values } = parseCommandLine({
    args,
    allowPositionals: false,
    options: {
      ...projectOptions,
      verbose: { type: "boolean", default: false },
      format: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { format = values.json ? "json" : "text" } = values;
  if (!isFormat(format)) {
    throw new UsageError(`--format takes ${formats.join(", ")}, not ${format}.`);
  }
  if (values.json && format !== "json") {
    throw new UsageError(`--json and --format ${format} say two things: give one.`);
  }
  return { ...values, format };
}
