/** The command line of `shardmill dev`, read and checked. */
import { type LocalService, localServices, type ServicesOptions } from "@shardmill/local/rig";
import { nearest } from "../../../../src/values/nearest.ts";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { awsNames } from "../project/aws-passage.ts";
import {
  inspectOption,
  inspectOptions,
  opensearchUrl,
  projectOptions,
  readOptions,
  runOptions,
  withInspectPort,
} from "../project/options.ts";

const several = { type: "string", multiple: true, default: [] as string[] } as const;

export type DevSettings = ReturnType<typeof devSettings>;

/** Throws UsageError. */
export function devSettings(args: readonly string[]) {
  const values = parse(args);
  if (values.open && values["no-page"]) {
    throw new UsageError("--open opens the page, and --no-page leaves it out.");
  }
  return {
    help: values.help,
    json: values.json,
    page: !values["no-page"],
    open: values.open,
    ...ports(values.port),
    data: values.data,
    limits: !values["no-limits"],
    dynamodb: dynamodb(values.dynamodb),
    opensearch: opensearchUrl(values.opensearch),
    aws: awsNames(values.aws),
    python: values.python,
    inspect: inspectOption(values.inspect),
    reading: readOptions(values),
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: withInspectPort(args),
    allowPositionals: false,
    options: {
      ...projectOptions,
      ...runOptions,
      ...inspectOptions,
      port: several,
      data: { type: "string" },
      dynamodb: { type: "string", default: "dynalite" },
      opensearch: { type: "string" },
      "no-limits": { type: "boolean", default: false },
      aws: several,
      "no-page": { type: "boolean", default: false },
      open: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

/** An engine, or where another DynamoDB is. */
function dynamodb(given: string): Pick<ServicesOptions, "dynamodbEngine" | "elsewhere"> {
  if (given === "dynalite" || given === "official" || given === "auto") {
    return { dynamodbEngine: given };
  }
  if (!URL.canParse(given) || !/^https?:/.test(given)) {
    throw new UsageError(`--dynamodb takes dynalite, official, auto or a URL, not ${given}.`);
  }
  if (/\.amazonaws\.com(\.cn)?$/.test(new URL(given).hostname)) {
    throw new UsageError("--dynamodb: that is AWS. --aws dynamodb lets it through.");
  }
  return { elsewhere: { dynamodb: given.replace(/\/$/, "") } };
}

const firstPort = 4567;
const lastPort = 65_535;

/** The ports of the services from a first one on, and the one address of all of them below. */
function ports(texts: readonly string[]) {
  const base = portNumber(texts.findLast((text) => !text.includes("=")) ?? String(firstPort));
  const found = Object.fromEntries(
    localServices.map((service, index) => [service, base === 0 ? 0 : base + index]),
  );
  if (base > lastPort - localServices.length + 1) {
    throw new UsageError(`--port ${base} leaves no room for the ${localServices.length} services.`);
  }
  let all: number | undefined;
  for (const text of texts) {
    if (!text.includes("=")) continue;
    const [service = "", number = ""] = text.split("=", 2);
    if (service === "all") {
      all = portNumber(number);
      continue;
    }
    if (!localServices.includes(service as LocalService)) {
      const near = nearest(service, localServices);
      const hint = near ? `Did you mean ${near}?` : `There are ${localServices.join(", ")}.`;
      throw new UsageError(`--port: there is no service "${service}" here. ${hint}`);
    }
    found[service] = portNumber(number);
  }
  const below = base === 0 ? 0 : base - 1;
  return {
    ports: found as Record<LocalService, number>,
    oneAddress: { host: "127.0.0.1", port: all ?? below, orAny: all === undefined },
  };
}

function portNumber(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= lastPort) return port;
  throw new UsageError(`--port takes a whole number from 0 to ${lastPort}, not ${text}.`);
}
