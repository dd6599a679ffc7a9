/** The command line of `shardmill inspect`, read and checked. */
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

/** Throws UsageError. */
export function inspectSettings(args: readonly string[]) {
  const { values, positionals } = parse(args);
  const [operand = "", ...more] = positionals;
  if (!values.help) {
    if (operand === "") throw new UsageError("which file? Name one, or - for standard input.");
    if (more.length > 0) throw new UsageError(`one file at a time, not ${more[0]} too.`);
  }
  return { ...values, operand };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}
