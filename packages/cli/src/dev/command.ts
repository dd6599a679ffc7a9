/** `shardmill dev`: everything in the template up on one machine, until Ctrl-C. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  faultsByHand,
  type TemplateFunction,
  type WatchedHandler,
  watchFiles,
  watchHandler,
} from "@shardmill/local/rig";
import { clientConfig } from "../aws/client.ts";
import { interrupted } from "../command-line/interrupted.ts";
import type { Output } from "../command-line/run-command.ts";
import type { DevEvent } from "../events/dev-event.ts";
import { leasesWatch } from "../events/leases.ts";
import { windowsWatch } from "../events/windows.ts";
import { newFeed } from "../page/feed.ts";
import { openInBrowser } from "../page/open-in-browser.ts";
import { startPage } from "../page/start.ts";
import { bringUp, type ProjectMachine, type Surroundings } from "../project/machine.ts";
import { progressTables } from "../project/progress-tables.ts";
import { atMapping } from "../project/refused-mapping.ts";
import { announceDev } from "../project/running-dev.ts";
import { statusOf } from "../project/status.ts";
import { templateReader } from "../project/template-reader.ts";
import { eventsReport, everyReport } from "./events-report.ts";
import { devHelp } from "./help.ts";
import { type DevReport, linesReport } from "./report.ts";
import { type DevSettings, devSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status when
 * it has been interrupted and everything has ended.
 *
 * @example
 * process.exitCode = await devCommand(process.argv.slice(3));
 */
export async function devCommand(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<number> {
  return statusOf("dev", surroundings, async ({ out }) => {
    const settings = devSettings(args);
    if (settings.help) {
      out.write(devHelp);
      return 0;
    }
    const signal = surroundings.signal ?? interrupted();
    await run(settings, { ...surroundings, out }, signal).catch((error) => {
      // Ctrl-C is how it ends, also before it is up.
      if (!signal.aborted) throw error;
    });
    return 0;
  });
}

async function run(
  settings: DevSettings,
  { out, env = process.env, cwd = process.cwd(), readTemplate }: Surroundings & { out: Output },
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const feed = settings.page ? newFeed() : undefined;
  const faults = settings.page ? faultsByHand() : undefined;
  let progress: ReturnType<typeof progressTables>;
  let running: ProjectMachine | undefined;
  let tables: DynamoDBClient | undefined;
  const tell = (event: DevEvent) => {
    if (settings.json) out.write(`${JSON.stringify(event)}\n`);
    feed?.add(event);
  };
  const windows = windowsWatch({
    ...{ progress: () => progress, tell },
    reader: (functionName) => running?.machine.reader(functionName),
  });
  const leases = leasesWatch(() => tables, tell);
  const reports = [
    ...(settings.json ? [] : [linesReport(out, env, cwd)]),
    ...(settings.json || feed ? [eventsReport(tell, () => progress?.witness, windows)] : []),
  ];
  const report = everyReport(reports);
  const { ports, data, limits, dynamodb, opensearch, aws, python, oneAddress, inspect, reading } =
    settings;
  const project = await bringUp({
    readTemplate: await templateReader(readTemplate),
    reading: { ...reading, cwd, signal, log: report.note },
    services: { ports, limits, ...dynamodb, ...(data !== undefined && { data }) },
    keptBuckets: "buckets",
    ...{ opensearch, aws, python, oneAddress },
    debug: inspect && { ...inspect, say: report.note },
    onEvent: report.event,
    watch: settings.json || settings.page,
    onTableRequest: leases.request,
    faults,
  });
  running = project;
  tables = tablesOf(project);
  progress = progressTables(project);
  const page =
    feed && (await startPage({ project, progress, feed, faults, title: "shardmill dev" }));
  const { template, machine } = project;
  const unannounce = await announceDev(template.projectRoot, machine.address ?? "");
  const handlers = template.functions.map((fn) => watch(fn, project, report));
  const sources = watchFiles(report.sourcesChanged, report.unwatched);
  try {
    sources.set(template.sources, Date.now());
    await Promise.all(handlers.map(({ ready }) => ready));
    for (const mapping of template.mappings) {
      try {
        for (const warning of machine.map(mapping).warnings) report.note(warning);
      } catch (error) {
        throw atMapping(error, mapping, cwd);
      }
    }
    for (const schedule of template.schedules) machine.schedule(schedule);
    report.ready(project, performance.now() - began, page?.url);
    if (page && settings.open) openInBrowser(page.url, report.note);
    await untilAborted(signal);
  } finally {
    sources.close();
    windows.close();
    leases.close();
    tables?.destroy();
    await page?.close();
    await unannounce();
    progress?.client.destroy();
    await Promise.all(handlers.map((handler) => handler.close()));
    await project.close();
  }
}

/** For whoever looks at tables that no template names. */
function tablesOf({ machine, template }: ProjectMachine): DynamoDBClient | undefined {
  const endpoint = machine.endpoints.dynamodb;
  if (endpoint === undefined) return undefined;
  return new DynamoDBClient(clientConfig("dynamodb", { endpoint, region: template.region }, {}));
}

function watch(
  fn: TemplateFunction,
  { machine, outdirOf, python }: ProjectMachine,
  report: DevReport,
): WatchedHandler {
  return watchHandler({
    source: fn.source,
    outdir: outdirOf(fn),
    python,
    onBuilt(code, saved) {
      try {
        machine.load(fn, code);
        report.built(fn.name, saved);
      } catch (error) {
        report.broken(fn.name, error as Error);
      }
    },
    onBroken: (error) => report.broken(fn.name, error),
    onUnwatched: report.unwatched,
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  // A signal alone keeps no process alive, and a machine without functions has nothing else that does.
  const alive = setInterval(() => {}, 2 ** 30);
  return new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  }).finally(() => clearInterval(alive));
}
