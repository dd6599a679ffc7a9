/** `shardmill replay`: captured or written records, through a stream and a mapping once more. */
import { basename, join } from "node:path";

import {
  buildHandler,
  type MachineEvent,
  refusalText,
  replay,
  replayDelivery,
  seededFaults,
  type Template,
  type TemplateFunction,
  type TemplateMapping,
} from "@shardmill/local/rig";
import { nearest } from "../../../../src/values/nearest.ts";
import { interrupted } from "../command-line/interrupted.ts";
import type { Output } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { addCounts, type Counts, readMetrics } from "../project/function-output.ts";
import { bringUp, type ProjectMachine, type Surroundings } from "../project/machine.ts";
import { findFunction } from "../project/options.ts";
import { atMapping } from "../project/refused-mapping.ts";
import { statusOf } from "../project/status.ts";
import { templateReader } from "../project/template-reader.ts";
import { progressBar } from "../terminal/progress-bar.ts";
import { oneLine } from "../terminal/terminal.ts";
import {
  checkForDelivery,
  type DeliverySummary,
  deliveryStreamOf,
  describeDelivery,
  emptyFolder,
  foldersOf,
} from "./delivery.ts";
import { watchFailures } from "./failures.ts";
import { replayHelp } from "./help.ts";
import { readRecords } from "./records.ts";
import { describeReplay, type ReplaySummary } from "./report.ts";
import { type ReplaySettings, replaySettings } from "./settings.ts";
import { type Watched, watchReplay } from "./watch.ts";

export interface ReplaySurroundings extends Surroundings {
  readonly input?: AsyncIterable<Uint8Array | string>;
}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await replayCommand(["departures", "yesterday.ndjson", "--speed", "10x"]);
 */
export async function replayCommand(
  args: readonly string[],
  surroundings: ReplaySurroundings = {},
): Promise<number> {
  return statusOf("replay", surroundings, async ({ out, err }) => {
    const settings = replaySettings(args);
    if (settings.help) {
      out.write(replayHelp);
      return 0;
    }
    const text = (summary: Summary) =>
      "deliveryStream" in summary
        ? describeDelivery(summary, surroundings.cwd ?? process.cwd())
        : describeReplay(summary);
    const summary = await run(settings, { ...surroundings, err }, async (summary, watched) => {
      out.write(settings.json ? `${JSON.stringify(summary)}\n` : text(summary));
      await watched?.end(text(summary));
      await watched?.looked();
    });
    const wrong = "deliveryStream" in summary ? summary.failed : summary.lost;
    return wrong > 0 || summary.left > 0 ? 1 : 0;
  });
}

type Summary = ReplaySummary | DeliverySummary;

/** `over` hears of the summary while everything is still up. */
async function run(
  settings: ReplaySettings,
  surroundings: ReplaySurroundings & { readonly err: Output },
  over: (summary: Summary, watched: Watched | undefined) => Promise<void>,
): Promise<Summary> {
  const { signal = interrupted(), cwd = process.cwd(), err } = surroundings;
  const { functionName, aws, python, speed, attempts, seed } = settings;
  const log = (line: string) => err.write(`${line}\n`);
  const reading = { ...settings.reading, cwd, signal, log };
  const bucketFolder =
    settings.out === undefined ? undefined : await emptyFolder(settings.out, cwd);
  const readTemplate = await templateReader(surroundings.readTemplate);
  const template = await readTemplate(reading);
  const fn = findFunction(template, functionName);
  const deliveryStream = deliveryStreamOf(template, fn, settings.stream);
  if (deliveryStream) checkForDelivery(deliveryStream, settings);
  const stdin = surroundings.input ?? process.stdin;
  let skipped = 0;
  const skip = (error: Error) => {
    skipped++;
    log(`left out: ${oneLine(error.message)}`);
  };
  const onBadLine = settings.skipBadLines ? skip : undefined;
  const isLog = deliveryStream !== undefined;
  const { records, streams } = await readRecords(settings, stdin, isLog, onBadLine);
  const faults = seed === undefined ? undefined : seededFaults(seed);
  const failures = watchFailures();
  const notes = new Set<string>();
  let counts: Counts = {};
  let listen: (event: MachineEvent) => void = () => {};
  const names = settings.files.map((file) => basename(file));
  const title = ["shardmill replay", functionName, ...names].join(" ");
  const watched = await watchReplay(settings, { title, err, cwd, signal });

  const project = await bringUp({
    readTemplate: async () => template,
    reading,
    services: { limits: false, ...(faults && { intercept: faults.intercept }) },
    ...{
      ...{ aws, python },
      bucketFolder,
      opensearch: settings.opensearch,
      ...(deliveryStream && { keptBuckets: "replay" }),
    },
    watch: watched !== undefined,
    onEvent(event) {
      failures.onEvent(event);
      listen(event);
      watched?.onEvent(event);
      if (event.type === "log") counts = addCounts(counts, readMetrics(event.line.line) ?? {});
      if (event.type === "refused") notes.add(refusalText(event.call));
      if (event.type === "note") notes.add(event.text);
    },
  });
  const bar = progressBar(`Replaying ${functionName}`, records.length, err);
  try {
    await watched?.begin(project);
    const summary = await replayed(project).finally(bar.end);
    await over(summary, watched);
    return summary;
  } finally {
    await watched?.close();
    await project.close();
  }

  async function replayed(project: ProjectMachine): Promise<Summary> {
    const { services, machine, outdirOf } = project;
    const { kinesis } = services;
    const common = { machine, records, signal, onProgress: bar.update };
    if (deliveryStream) {
      const replayed = replayDelivery({ ...common, kinesis, deliveryStream });
      listen = replayed.onEvent;
      machine.load(fn, await buildHandler(fn.source, outdirOf(fn), project.python));
      const result = await replayed.run();
      const outbox = join(project.outboxFolder, deliveryStream.name);
      const folders = [
        ...foldersOf(project.bucketFolder, result.buckets),
        ...(result.files > 0 ? [outbox] : []),
      ];
      const names = { function: fn.name, deliveryStream: deliveryStream.name };
      return { ...names, ...result, folders, ...(skipped > 0 && { skipped }), notes: [...notes] };
    }
    const mapping = mappingOf(template, fn, settings.stream, streams);
    const enrichment = template.functions.filter(
      ({ logicalId }) => logicalId === mapping.enrichmentLogicalId,
    );
    for (const one of [fn, ...enrichment]) {
      machine.load(one, await buildHandler(one.source, outdirOf(one), project.python));
    }
    const replayed = replay({
      ...{ ...common, kinesis: kinesis!, mapping, speed, errorOf: failures.errorOf },
      ...(attempts !== undefined && { attempts }),
      ...(faults && { around: faults.around(machine.functions.get(fn.logicalId)!) }),
    });
    listen = (event) => {
      if (event.type === "batch") replayed.onBatch(event);
    };
    const result = await replayed.run().catch((error) => {
      throw atMapping(error, mapping, cwd);
    });
    const { IteratorAge: _, EffectiveWindow: __, ...told } = counts;
    return {
      function: fn.name,
      stream: streamOf(mapping),
      ...result,
      givenUp: failures.givenUp,
      ...(skipped > 0 && { skipped }),
      parked: told.Parked ?? 0,
      counts: told,
      ...(seed !== undefined && faults && { seed, faults: faults.counts }),
      notes: [...notes],
    };
  }
}

const streamOf = ({ streamArn }: TemplateMapping) => streamArn.split("/")[1] ?? streamArn;

/** The mapping that is asked for, or the one that the records come from, or the only one. */
function mappingOf(
  { mappings }: Template,
  fn: TemplateFunction,
  asked: string | undefined,
  from: ReadonlySet<string>,
): TemplateMapping {
  const own = mappings.filter(({ functionLogicalId }) => functionLogicalId === fn.logicalId);
  if (own.length === 0) {
    throw new Error(`no stream leads to ${fn.name}, and no delivery stream. Use shardmill invoke.`);
  }
  const names = own.map(streamOf);
  if (asked !== undefined) {
    const found = own.find((mapping) => streamOf(mapping) === asked);
    if (found) return found;
    const near = nearest(asked, names);
    const hint = near ? `Did you mean ${near}?` : `It reads ${names.join(", ")}.`;
    throw new UsageError(`${fn.name} does not read a stream "${asked}". ${hint}`);
  }
  const ofRecords = own.filter((mapping) => from.has(streamOf(mapping)));
  const [only] = own.length === 1 ? own : ofRecords;
  if (only && (own.length === 1 || ofRecords.length === 1)) return only;
  throw new UsageError(`${fn.name} reads ${names.join(", ")}: say which with --stream.`);
}
