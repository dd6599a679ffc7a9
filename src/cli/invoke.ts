/** `shardmill invoke`: one invocation of a function, and what came of it. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { FunctionError, type LogLine } from "../local/lambda/hosts/index.ts";
import { buildHandler, refusalText } from "../local/run/index.ts";
import type { Template, TemplateFunction } from "../local/template/types.ts";
import { readLogLine, readMetrics, words } from "./function-output.ts";
import { interrupted } from "./interrupted.ts";
import { invokeHelp } from "./invoke-help.ts";
import { describeChange, type ProgressChange, watchProgress } from "./invoke-progress.ts";
import { type ItemFailure, itemFailures } from "./item-failures.ts";
import { parseJson } from "./parse-json.ts";
import {
  awsNames,
  bringUp,
  runningServices,
  type Surroundings,
  statusOf,
} from "./project-machine.ts";
import { findFunction, projectOptions, readOptions } from "./project-options.ts";
import { templateReader } from "./template-reader.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await invokeCommand(["departures", "--event", "events/departures.json"]);
 */
export async function invokeCommand(
  args: readonly string[],
  surroundings: Surroundings & { readonly input?: AsyncIterable<unknown> } = {},
): Promise<number> {
  const { out = process.stdout, err = process.stderr } = surroundings;
  return statusOf("invoke", err, async () => {
    const settings = invokeSettings(args);
    if (settings.help) {
      out.write(invokeHelp);
      return 0;
    }
    const text = await eventText(settings.event, surroundings.input ?? process.stdin);
    const event = await parseJson(text, settings.event === "-" ? "standard input" : settings.event);
    const result = await invokeOnce(settings, event, surroundings);
    out.write(settings.json ? `${JSON.stringify(result)}\n` : describe(result));
    return result.error || result.failures.length > 0 ? 1 : 0;
  });
}

interface InvokeSettings {
  readonly help: boolean;
  readonly json: boolean;
  readonly functionName: string;
  readonly event: string;
  readonly aws: readonly string[];
  readonly reading: ReturnType<typeof readOptions>;
}

function invokeSettings(args: readonly string[]): InvokeSettings {
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
    reading: readOptions(values),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...projectOptions,
        event: { type: "string" },
        aws: { type: "string", multiple: true, default: [] as string[] },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

async function eventText(file: string, input: AsyncIterable<unknown>): Promise<string> {
  if (file === "-") {
    let text = "";
    for await (const chunk of input) text += chunk;
    return text;
  }
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw new Error(`cannot read the event ${file}: ${why}.`, { cause });
  }
}

/** What `--json` prints. */
interface InvokeResult {
  readonly function: string;
  readonly durationMs: number;
  /** Absent: it failed. */
  readonly response?: unknown;
  readonly error?: {
    readonly type: string;
    readonly message: string;
    readonly trace: readonly string[];
  };
  readonly failures: readonly ItemFailure[];
  readonly logs: readonly Pick<LogLine, "stream" | "line">[];
  readonly progress: readonly ProgressChange[];
  /** What a person should know of this invocation. */
  readonly notes: readonly string[];
}

async function invokeOnce(
  { functionName, aws, reading }: InvokeSettings,
  event: unknown,
  { signal = interrupted(), env = process.env, cwd = process.cwd(), readTemplate }: Surroundings,
): Promise<InvokeResult> {
  const logs: Pick<LogLine, "stream" | "line">[] = [];
  const notes = new Set<string>();
  const elsewhere = await runningServices(env);
  const project = await bringUp({
    readTemplate: await templateReader(readTemplate),
    reading: { ...reading, cwd, signal },
    services: { elsewhere, limits: false },
    aws,
    onEvent(event) {
      if (event.type === "log") logs.push({ stream: event.line.stream, line: event.line.line });
      if (event.type === "refused") notes.add(refusalText(event.call));
      if (event.type === "note") notes.add(event.text);
    },
  });
  signal.addEventListener("abort", () => void project.close(), { once: true });
  try {
    const { template, machine, outdir } = project;
    const fn = findFunction(template, functionName);
    if (Object.keys(elsewhere).length > 0) {
      notes.add(
        `Uses what runs already: ${Object.entries(elsewhere)
          .map((one) => one.join(" "))
          .join(", ")}.`,
      );
    }
    machine.load(fn, await buildHandler(fn.source, outdir));
    const changes = await watchProgress(machine.endpoints.dynamodb, template);
    const began = performance.now();
    const ended = await machine.functions
      .get(fn.logicalId)!
      .invoke(event, { awsRequestId: randomUUID() })
      .then((response) => ({ response }), failure);
    const durationMs = Math.round(performance.now() - began);
    if (signal.aborted) throw new Error("interrupted.");
    const failures = "response" in ended ? itemFailures(event, ended.response) : [];
    if (failures.length > 0 && !asksForFailures(template, fn)) {
      notes.add(
        `No mapping of ${fn.name} has ReportBatchItemFailures on: Lambda takes this answer for success, and the records are lost.`,
      );
    }
    const progress = await changes();
    return { function: fn.name, durationMs, ...ended, failures, logs, progress, notes: [...notes] };
  } finally {
    await project.close();
  }
}

function failure(error: unknown): Pick<InvokeResult, "error"> {
  if (!(error instanceof FunctionError)) throw error;
  const { errorType, errorMessage, trace } = error;
  return { error: { type: errorType, message: errorMessage, trace } };
}

/** Also where no mapping leads to it: then nobody ignores its answer. */
function asksForFailures({ mappings }: Template, { logicalId }: TemplateFunction): boolean {
  const own = mappings.filter(({ functionLogicalId }) => functionLogicalId === logicalId);
  return (
    own.length === 0 ||
    own.some(({ settings }) => settings.functionResponseTypes?.includes("ReportBatchItemFailures"))
  );
}

function describe(result: InvokeResult): string {
  const { error, response, failures, logs, progress, notes, durationMs } = result;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ""];
  const answer = error
    ? part("Error", error.trace.length > 0 ? error.trace : [`${error.type}: ${error.message}`])
    : part("Response", JSON.stringify(response, null, 2).split("\n"));
  const outcome = error
    ? `failed with ${error.type}`
    : failures.length > 0
      ? `answered ${failures.length} item failure${failures.length > 1 ? "s" : ""}`
      : "answered";
  return [
    ...part(
      "Logs",
      logs.flatMap(({ line }) => describeLog(line)),
    ),
    ...answer,
    ...part("Item failures", failures.map(describeFailure)),
    ...part("Progress", progress.flatMap(describeChange)),
    ...part("Notes", notes),
    `${result.function} ${outcome} after ${durationMs} ms, the start of its environment included.`,
    "",
  ].join("\n");
}

function describeLog(line: string): string[] {
  const metrics = readMetrics(line);
  if (metrics) {
    const told = Object.entries(metrics).filter(([, value]) => value !== 0);
    return [`metrics: ${told.map(([name, value]) => `${words(name)} ${value}`).join(", ")}`];
  }
  const { level, message, details, frames } = readLogLine(line);
  return [[level, message, details].filter(Boolean).join("  "), ...frames];
}

function describeFailure({ itemIdentifier, index, partitionKey }: ItemFailure): string {
  if (index === undefined) {
    return `${itemIdentifier ?? "an entry without an identifier"}: no record of the event. Lambda takes the whole batch for failed.`;
  }
  return `${itemIdentifier}: record ${index + 1} of the event, partition key ${partitionKey}`;
}
