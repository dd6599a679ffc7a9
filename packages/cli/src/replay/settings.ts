/** The command line of `shardmill replay`, read and checked. */

import { parseCommandLine } from "../command-line/parse.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { inputOptions, inputSettings } from "../input/command-options.ts";
import { awsNames } from "../project/aws-passage.ts";
import { opensearchUrl, projectOptions, readOptions, runOptions } from "../project/options.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

export type ReplaySettings = ReturnType<typeof replaySettings>;

/** Throws UsageError. */
export function replaySettings(args: readonly string[]) {
  const { values, positionals } = parse(args);
  const [functionName = "", ...files] = positionals;
  if (!values.help) {
    if (functionName === "") throw new UsageError("which function? Give its name.");
    if (files.length === 0) throw new UsageError("which records? Give a file, or -.");
    if (files.includes("")) throw new UsageError("the name of a file is empty.");
    if (values.open && !values.page)
      throw new UsageError("--open opens the page: give --page with it.");
    if (values.report !== undefined && !/.\.html?$/i.test(values.report)) {
      throw new UsageError(
        `--report takes a file whose name ends with .html, not ${values.report}.`,
      );
    }
    if (values.seed !== undefined && !values.faults) {
      throw new UsageError("--seed decides which faults: give --faults with it.");
    }
  }
  return {
    help: values.help,
    json: values.json,
    functionName,
    files,
    speed: speed(values.speed),
    stream: values.stream,
    ...inputSettings(values),
    key: values.key,
    attempts:
      values.attempts === undefined ? undefined : wholeNumber("--attempts", values.attempts, 1),
    out: values.out,
    page: values.page,
    open: values.open,
    report: values.report,
    skipBadLines: values["skip-bad-lines"],
    seed: values.faults ? wholeNumber("--seed", values.seed ?? "1", 0) : undefined,
    opensearch: opensearchUrl(values.opensearch),
    aws: awsNames(values.aws),
    python: values.python,
    reading: readOptions(values),
  };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      ...projectOptions,
      ...runOptions,
      ...inputOptions,
      speed: text,
      stream: text,
      key: text,
      attempts: text,
      out: text,
      page: flag,
      open: flag,
      report: text,
      opensearch: text,
      "skip-bad-lines": flag,
      faults: flag,
      seed: text,
      aws: { type: "string", multiple: true, default: [] as string[] },
      json: flag,
      help: { ...flag, short: "h" },
    },
  });
}

function speed(given: string | undefined): number {
  if (given === undefined) return Number.POSITIVE_INFINITY;
  const value = /^(?:\d+(?:\.\d+)?|\.\d+)x?$/.test(given) ? Number.parseFloat(given) : 0;
  if (value > 0) return value;
  throw new UsageError(`--speed takes how many times as fast, such as 10x, not ${given}.`);
}

function wholeNumber(option: string, given: string, least: number): number {
  const value = /^\d+$/.test(given) ? Number(given) : -1;
  if (value >= least && value <= 2 ** 32) return value;
  throw new UsageError(`${option} takes a whole number from ${least} on, not ${given}.`);
}
