/** The command line of `shardmill plan`, read and checked. */
import { defaultWishes, type Load, type PolicyOptions, type Wishes } from "@shardmill/local/rig";
import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { type InputSettings, inputOptions, inputSettings } from "../input/command-options.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const options = {
  rate: text,
  peak: text,
  bytes: text,
  keys: text,
  "hottest-key": text,
  aggregate: text,
  from: text,
  ...inputOptions,
  "handler-ms": text,
  "overhead-ms": text,
  concurrency: text,
  consumers: text,
  "fan-out": flag,
  "max-age": text,
  timeout: text,
  memory: text,
  "no-progress": flag,
  headroom: text,
  scaling: flag,
  load: text,
  "min-shards": text,
  "max-shards": text,
  target: text,
  operations: text,
  prices: text,
  "print-prices": flag,
  json: flag,
  help: { ...flag, short: "h" },
} as const;

export interface PlanSettings {
  readonly help: boolean;
  readonly json: boolean;
  readonly printPrices: boolean;
  /** A file of prices. */
  readonly prices: string | undefined;
  /** A recording. */
  readonly from: string | undefined;
  /** How it is read. */
  readonly input: InputSettings;
  /** What was said of the load. */
  readonly given: { readonly [Part in keyof Load]?: Load[Part] | undefined };
  readonly wishes: Wishes;
  /** Shards over time are asked for, and not those of a moment. */
  readonly scaling:
    | { readonly load: string | undefined; readonly policy: PolicyOptions }
    | undefined;
}

/** Throws UsageError. */
export function planSettings(args: readonly string[]): PlanSettings {
  const values = parse(args);
  const numberOf = (
    option: Exclude<
      keyof typeof values,
      "fan-out" | "no-progress" | "scaling" | "print-prices" | "json" | "help"
    >,
    least: number,
    most: number,
    isWhole = false,
  ): number | undefined => {
    const given = values[option];
    if (given === undefined) return undefined;
    const value = /^(?:\d+(?:\.\d+)?|\.\d+)(?:e\d+)?$/i.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
    const what = isWhole ? "a whole number" : "a number";
    throw new UsageError(`--${option} takes ${what} from ${least} to ${most}, not ${given}.`);
  };
  const percent = numberOf("hottest-key", 0, 100);
  const target = numberOf("target", 1, 100);
  const max = numberOf("max-shards", 1, 10_000, true) ?? 10_000;
  const policy = {
    min: numberOf("min-shards", 1, 10_000, true) ?? 1,
    max,
    ...(target !== undefined && {
      targetUtilization: target / 100,
      upAbove: Math.max(0.9, target / 100),
    }),
    operationsPerDay: numberOf("operations", 4, 10, true) ?? 8,
  };
  if (policy.min > max) throw new UsageError(`--min-shards is ${policy.min}, above ${max}.`);
  const ofScaling = ["load", "min-shards", "max-shards", "target", "operations"] as const;
  const alone = ofScaling.find((option) => values[option] !== undefined);
  if (alone !== undefined && !values.scaling)
    throw new UsageError(`--${alone} goes with --scaling.`);
  if (values.scaling && values.load !== undefined && values.from !== undefined) {
    throw new UsageError("give --load or --from, not both.");
  }
  if (values.scaling && values.load === undefined && values.from === undefined) {
    throw new UsageError(
      "which load? Give --load FILE, by the minute, or a recording with --from.",
    );
  }
  const { fanOut: _, progress: __, ...standard } = defaultWishes;
  return {
    help: values.help,
    json: values.json,
    printPrices: values["print-prices"],
    prices: values.prices,
    from: values.from,
    input: inputSettings(values),
    given: {
      recordsPerSecond: numberOf("rate", 0.001, 1e9),
      peakRecordsPerSecond: numberOf("peak", 0.001, 1e9),
      bytes: numberOf("bytes", 1, 10_485_760),
      keys: numberOf("keys", 1, 1e12, true),
      hottestShare: percent === undefined ? undefined : percent / 100,
      perAggregate: numberOf("aggregate", 1, 100_000, true),
    },
    wishes: {
      handlerMs: numberOf("handler-ms", 0, 900_000) ?? standard.handlerMs,
      overheadMs: numberOf("overhead-ms", 0, 900_000) ?? standard.overheadMs,
      concurrency: numberOf("concurrency", 1, 10_000, true) ?? standard.concurrency,
      sharedConsumers: numberOf("consumers", 1, 100, true) ?? standard.sharedConsumers,
      fanOut: values["fan-out"],
      maxAgeSeconds: numberOf("max-age", 1, 604_800) ?? standard.maxAgeSeconds,
      timeoutSeconds: numberOf("timeout", 1, 900, true) ?? standard.timeoutSeconds,
      memoryMb: numberOf("memory", 128, 10_240, true) ?? standard.memoryMb,
      progress: !values["no-progress"],
      headroomPercent: numberOf("headroom", 0, 90) ?? standard.headroomPercent,
    },
    scaling: values.scaling ? { load: values.load, policy } : undefined,
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({ args, options, allowPositionals: false }).values;
}
