/** The command line of `shardmill put`, read and checked. */
import { awsOptions } from "../aws/client.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { inputOptions, inputSettings } from "../input/command-options.ts";

const options = {
  ...awsOptions,
  ...inputOptions,
  key: { type: "string" },
  unordered: { type: "boolean", default: false },
  aggregate: { type: "boolean", default: false },
  rate: { type: "string" },
  concurrency: { type: "string", default: "4" },
  follow: { type: "boolean", short: "f", default: false },
  checkpoint: { type: "string" },
  restart: { type: "boolean", default: false },
  "skip-bad-lines": { type: "boolean", default: false },
  "give-up-after": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export type PutSettings = ReturnType<typeof putSettings>;

/** Throws UsageError. */
export function putSettings(args: readonly string[]) {
  const { values, positionals } = parse(args);
  const { help, json, key, unordered, aggregate, follow, checkpoint, restart } = values;
  const { endpoint, region, profile } = values;
  const [stream = "", ...files] = positionals;
  if (!help) {
    if (stream === "") throw new UsageError("which stream? Give its name or its ARN.");
    if (files.length === 0)
      throw new UsageError("which file? Give its name, or - for standard input.");
    if (files.includes("")) throw new UsageError("the name of a file is empty.");
    const follows = follow || checkpoint !== undefined;
    const option = follow ? "--follow" : "--checkpoint";
    if (follows && files.length > 1) throw new UsageError(`${option} takes one file.`);
    if (follows && files[0] === "-") {
      throw new UsageError(`${option} takes a file: standard input cannot be read again.`);
    }
    if (follows && files[0]!.endsWith(".gz")) {
      throw new UsageError(`${option} takes a file that is not packed.`);
    }
    if (restart && !follows) throw new UsageError("--restart belongs to --follow or --checkpoint.");
  }
  return {
    ...{ help, json, stream, files, key, unordered, aggregate, follow, restart },
    ...{ endpoint, region, profile, checkpoint },
    skipBadLines: values["skip-bad-lines"],
    ...inputSettings(values),
    rate: values.rate === undefined ? Number.POSITIVE_INFINITY : positive("--rate", values.rate),
    concurrency: whole("--concurrency", values.concurrency, 1, 100),
    giveUpAfterMs: giveUpAfterMs(values["give-up-after"], follow),
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({ args, options, allowPositionals: true });
}

const defaultGiveUpAfterSeconds = 60;

function giveUpAfterMs(text: string | undefined, follow: boolean): number {
  if (text !== undefined) return 1000 * positive("--give-up-after", text);
  return follow ? Number.POSITIVE_INFINITY : 1000 * defaultGiveUpAfterSeconds;
}

function positive(option: string, text: string): number {
  const value = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new UsageError(`${option} takes a number above 0, not ${text}.`);
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${text}.`);
}
