/** `shardmill plan`: what a stream and its consumer need, and what they cost. */

import {
  checkPrices,
  type Load,
  type LoadMinute,
  loadOf,
  type Prices,
  plan,
  planScaling,
  policyOf,
  type RecordedArrival,
  standardPrices,
} from "@shardmill/local/rig";
import { deaggregate } from "../../../../src/kpl.ts";
import type { Outputs } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import type { InputSettings } from "../input/command-options.ts";
import { InputError, openInput, readInput, readText } from "../input/index.ts";
import { parseJson } from "../input/parse-json.ts";
import { statusOf } from "../project/status.ts";
import { planHelp } from "./help.ts";
import { minutesOf, readLoadFile } from "./load-file.ts";
import { planReport } from "./report.ts";
import { scalingReport } from "./scaling-report.ts";
import { type PlanSettings, planSettings } from "./settings.ts";

export interface PlanSurroundings extends Partial<Outputs> {
  readonly input?: AsyncIterable<Uint8Array | string>;
}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status:
 * 0, 1 (no settings keep up, or a file cannot be read) or 2 (the command line is wrong).
 *
 * @example
 * process.exitCode = await planCommand(["--rate", "5000", "--bytes", "2048", "--handler-ms", "5"]);
 */
export async function planCommand(
  args: readonly string[],
  { input = process.stdin, ...outputs }: PlanSurroundings = {},
): Promise<number> {
  return statusOf("plan", outputs, async ({ out }) => {
    const settings = planSettings(args);
    if (settings.help) {
      out.write(planHelp);
      return 0;
    }
    if (settings.printPrices) {
      out.write(`${JSON.stringify(standardPrices, null, 2)}\n`);
      return 0;
    }
    const prices = await readPrices(settings.prices);
    if (settings.scaling) {
      const minutes = await readMinutes(settings, input);
      const made = planScaling(minutes, policyOf(settings.scaling.policy), prices);
      out.write(settings.json ? `${JSON.stringify(made)}\n` : scalingReport(made, prices));
      return 0;
    }
    const load = await readLoad(settings, input);
    const made = await plan(load, settings.wishes, prices);
    out.write(settings.json ? `${JSON.stringify(made)}\n` : planReport(made, prices));
    return made.ok ? 0 : 1;
  });
}

async function readPrices(file: string | undefined): Promise<Prices> {
  if (file === undefined) return standardPrices;
  const value = parseJson(await readText(file, undefined, "the prices "), file);
  try {
    return checkPrices(value);
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}

/** What the options say goes before what a recording shows. */
async function readLoad(
  { given, from, input: how }: PlanSettings,
  input: AsyncIterable<Uint8Array | string>,
): Promise<Load> {
  const shown = from === undefined ? undefined : await loadIn(from, input, how);
  const recordsPerSecond = given.recordsPerSecond ?? shown?.recordsPerSecond;
  if (recordsPerSecond === undefined) {
    throw new UsageError("which load? Give --rate, or a recording with --from.");
  }
  const peak =
    given.peakRecordsPerSecond ??
    (given.recordsPerSecond === undefined ? shown?.peakRecordsPerSecond : undefined) ??
    recordsPerSecond;
  if (peak < recordsPerSecond) {
    throw new UsageError(`--peak is ${peak}, below the average of ${recordsPerSecond}.`);
  }
  const keys = given.keys ?? shown?.keys ?? 10_000;
  return {
    recordsPerSecond,
    peakRecordsPerSecond: peak,
    bytes: given.bytes ?? shown?.bytes ?? 1024,
    keys,
    hottestShare: Math.max(
      1 / keys,
      given.hottestShare ?? (given.keys === undefined ? (shown?.hottestShare ?? 0) : 0),
    ),
    perAggregate: given.perAggregate ?? shown?.perAggregate ?? 1,
  };
}

/** A load file's, or those of a recording. */
async function readMinutes(
  { scaling, from, input: how }: PlanSettings,
  input: AsyncIterable<Uint8Array | string>,
): Promise<LoadMinute[]> {
  const file = scaling?.load;
  if (file !== undefined) return readLoadFile(await readText(file, input, "the load "), file);
  return minutesOf((await arrivalsIn(from!, input, how)).arrivals);
}

async function loadIn(
  file: string,
  input: AsyncIterable<Uint8Array | string>,
  how: InputSettings,
): Promise<Load> {
  const { arrivals, kinesisRecords } = await arrivalsIn(file, input, how);
  try {
    return loadOf(arrivals, Math.max(1, arrivals.length / Math.max(1, kinesisRecords)));
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}

/** The user records of a recording, and in how many records of the stream they came. */
async function arrivalsIn(
  file: string,
  input: AsyncIterable<Uint8Array | string>,
  how: InputSettings,
): Promise<{ readonly arrivals: RecordedArrival[]; readonly kinesisRecords: number }> {
  const arrivals: RecordedArrival[] = [];
  let kinesisRecords = 0;
  for await (const record of readInput(await openInput(file, input), how)) {
    const { data, partitionKey = "", arrival, source } = record;
    if (arrival === undefined) {
      throw new InputError("a plan needs arrival times, and this record has none.", source);
    }
    kinesisRecords++;
    for (const inner of deaggregate(data) ?? [{ partitionKey, data }]) {
      arrivals.push({ partitionKey: inner.partitionKey, size: inner.data.length, arrival });
    }
  }
  return { arrivals, kinesisRecords };
}
