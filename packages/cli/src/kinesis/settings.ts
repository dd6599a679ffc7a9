/** The command line of `shardmill kinesis`, read and checked. */
import { readFileSync } from "node:fs";
import {
  actions,
  type Certificate,
  type CreateStream,
  type Fault,
  type KinesisFaults,
  originOf,
} from "@shardmill/local/rig";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";

const several = { type: "string", multiple: true, default: [] as string[] } as const;

const options = {
  port: { type: "string", default: "4567" },
  host: { type: "string", default: "127.0.0.1" },
  "allow-host": several,
  cors: several,
  stream: several,
  data: { type: "string" },
  "max-bytes": { type: "string" },
  "no-limits": { type: "boolean", default: false },
  transitions: { type: "boolean", default: false },
  throttle: several,
  fail: several,
  latency: several,
  tls: { type: "boolean", default: false },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  region: { type: "string", default: "us-east-1" },
  account: { type: "string", default: "123456789012" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export type KinesisSettings = ReturnType<typeof kinesisSettings>;

/** Throws UsageError. */
export function kinesisSettings(args: readonly string[]) {
  const given = parse(args);
  if (!/^\d{12}$/.test(given.account)) {
    throw new UsageError(`--account takes 12 digits, not ${given.account}.`);
  }
  return {
    help: given.help,
    json: given.json,
    port: wholeNumber("--port", given.port, 0, 65_535),
    host: given.host,
    hosts: given["allow-host"],
    cors: given.cors.map(origin),
    streams: given.stream.map(stream),
    data: given.data,
    maxBytes:
      given["max-bytes"] === undefined
        ? Number.POSITIVE_INFINITY
        : wholeNumber("--max-bytes", given["max-bytes"], 1, Number.MAX_SAFE_INTEGER),
    limits: !given["no-limits"],
    transitions: given.transitions,
    faults: faults(given),
    tls: certificate(given["tls-cert"], given["tls-key"]) ?? given.tls,
    region: given.region,
    accountId: given.account,
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({ args, options, allowPositionals: false }).values;
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${text}.`);
}

/** "http://localhost:5173" */
function origin(text: string): string {
  const origin = originOf(text);
  if (origin !== undefined) return origin;
  throw new UsageError(
    `--cors takes the origin of a web page, such as http://localhost:5173, not ${text}.`,
  );
}

/** "orders:4" */
function stream(text: string): CreateStream {
  const [, name, shards] = /^([a-zA-Z0-9_.-]{1,128})(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--stream takes NAME:SHARDS, not ${text}.`);
  return { name, shards: shards === undefined ? 1 : wholeNumber("--stream", shards, 1, 10_000) };
}

function faults(given: {
  readonly throttle: readonly string[];
  readonly fail: readonly string[];
  readonly latency: readonly string[];
}): KinesisFaults {
  const faults: Record<string, Fault> = {};
  const add = (option: string, texts: readonly string[], member: keyof Fault, most: number) => {
    for (const text of texts) {
      const [action = "", value = ""] = text.split("=", 2);
      const number = value === "" ? Number.NaN : Number(value);
      if (!actions.has(action) || !(number >= 0 && number <= most)) {
        throw new UsageError(
          `${option} takes an action and a number from 0 to ${most}, such as PutRecords=${most === 1 ? 0.1 : 100}, not ${text}.`,
        );
      }
      faults[action] = { ...faults[action], [member]: number };
    }
  };
  add("--throttle", given.throttle, "throttleRate", 1);
  add("--fail", given.fail, "internalFailureRate", 1);
  add("--latency", given.latency, "latencyMs", 3_600_000);
  return faults;
}

function certificate(cert: string | undefined, key: string | undefined): Certificate | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError("--tls-cert and --tls-key belong together.");
  }
  return { cert: pem("--tls-cert", cert), key: pem("--tls-key", key) };
}

function pem(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw new Error(`cannot read ${option} ${file}: ${why}.`, { cause });
  }
}
