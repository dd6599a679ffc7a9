/** The command line of `shardmill record`, read and checked. */
import { awsOptions } from "../aws/client.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

const options = {
  ...awsOptions,
  output: { type: "string", short: "o", default: "-" },
  overwrite: { type: "boolean", default: false },
  shard: { type: "string", multiple: true, default: [] as string[] },
  from: { type: "string", default: "TRIM_HORIZON" },
  until: { type: "string" },
  limit: { type: "string" },
  follow: { type: "boolean", short: "f", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export type RecordSettings = ReturnType<typeof recordSettings>;

/** Where a recording begins. */
type From =
  | { readonly type: "TRIM_HORIZON" }
  | { readonly type: "LATEST" }
  /** Epoch milliseconds. */
  | { readonly type: "AT_TIMESTAMP"; readonly time: number }
  | { readonly type: "AT_SEQUENCE_NUMBER"; readonly sequenceNumber: string };

/** Where it ends: what lies there is in it. */
type Until =
  | { readonly type: "time"; readonly time: number }
  | { readonly type: "sequenceNumber"; readonly sequenceNumber: string };

/** Throws UsageError. */
export function recordSettings(args: readonly string[], now: number) {
  const { values, positionals } = parse(args);
  const { help, json, output, overwrite, shard, follow, endpoint, region, profile } = values;
  const [stream = "", ...more] = positionals;
  const from = fromOf(values.from, now);
  const until = values.until === undefined ? undefined : untilOf(values.until, now);
  if (!help) {
    if (stream === "") throw new UsageError("which stream? Give its name or its ARN.");
    if (more.length > 0) throw new UsageError(`one stream at a time, not ${more[0]} too.`);
    if (overwrite && output === "-") throw new UsageError("--overwrite belongs to --output FILE.");
    for (const [option, given] of [
      ["--from", from.type === "AT_SEQUENCE_NUMBER"],
      ["--until", until?.type === "sequenceNumber"],
    ] as const) {
      if (given && shard.length !== 1) {
        throw new UsageError(
          `${option} with a sequence number needs one --shard: it is of a shard.`,
        );
      }
    }
  }
  return {
    ...{ help, json, stream, output, overwrite, shards: shard, from, until, follow },
    ...{ endpoint, region, profile },
    limit: values.limit === undefined ? Number.POSITIVE_INFINITY : whole("--limit", values.limit),
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({ args, options, allowPositionals: true });
}

function fromOf(text: string, now: number): From {
  const name = text.toUpperCase();
  if (name === "TRIM_HORIZON" || name === "LATEST") return { type: name };
  if (isSequenceNumber(text)) return { type: "AT_SEQUENCE_NUMBER", sequenceNumber: text };
  const time = timeOf(text, now);
  if (time !== undefined) return { type: "AT_TIMESTAMP", time };
  throw new UsageError(
    `--from takes TRIM_HORIZON, LATEST, a time such as 2026-01-31T08:00:00Z, how long ago, such as 90min, or a sequence number, not ${text}.`,
  );
}

function untilOf(text: string, now: number): Until {
  if (isSequenceNumber(text)) return { type: "sequenceNumber", sequenceNumber: text };
  const time = timeOf(text, now);
  if (time !== undefined) return { type: "time", time };
  throw new UsageError(
    `--until takes a time such as 2026-01-31T08:00:00Z, how long ago, such as 90min, or a sequence number, not ${text}.`,
  );
}

/** Shorter numbers are none that Kinesis makes. */
const isSequenceNumber = (text: string) => /^\d{21,}$/.test(text);

const units: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or how long ago. Epoch milliseconds. */
function timeOf(text: string, now: number): number | undefined {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(s|min|h|d)$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * units[unit]!;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function whole(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new UsageError(`${option} takes a whole number above 0, not ${text}.`);
}
