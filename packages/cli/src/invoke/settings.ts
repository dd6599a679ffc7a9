/** The command line of `shardmill invoke`, read and checked. */
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { awsNames } from "../project/aws-passage.ts";
import {
  inspectOption,
  inspectOptions,
  projectOptions,
  readOptions,
  runOptions,
  withInspectPort,
} from "../project/options.ts";

export interface InvokeSettings {
  readonly help: boolean;
  readonly json: boolean;
  readonly functionName: string;
  readonly event: string;
  readonly aws: readonly string[];
  readonly python: string | undefined;
  readonly inspect: ReturnType<typeof inspectOption>;
  readonly reading: ReturnType<typeof readOptions>;
}

/** Throws UsageError. */
export function invokeSettings(args: readonly string[]): InvokeSettings {
  const { values, positionals } = parse(args);
  const { help, json } = values;
  const [functionName = "", ...more] = positionals;
  if (!help) {
    if (functionName === "") throw new UsageError("which function? Give its name.");
    if (more.length > 0) throw new UsageError(`one function at a time, not ${more[0]} too.`);
    if (values.event === undefined) throw new UsageError("which event? Give --event FILE, or -.");
  }
  return {
    ...{ help, json, functionName },
    event: values.event ?? "-",
    aws: awsNames(values.aws),
    python: values.python,
    inspect: inspectOption(values.inspect),
    reading: readOptions(values),
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: withInspectPort(args),
    allowPositionals: true,
    options: {
      ...projectOptions,
      ...runOptions,
      ...inspectOptions,
      event: { type: "string" },
      aws: { type: "string", multiple: true, default: [] as string[] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}
