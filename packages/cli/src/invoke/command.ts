/** `shardmill invoke`: one invocation of a function, and what came of it. */
import { randomUUID } from "node:crypto";
import {
  buildHandler,
  FunctionError,
  type LogLine,
  refusalText,
  type Template,
  type TemplateFunction,
} from "@shardmill/local/rig";
import { maximumPayload } from "../../../../src/record/lambda-event.ts";
import { interrupted } from "../command-line/interrupted.ts";
import type { Output } from "../command-line/run-command.ts";
import { readText } from "../input/index.ts";
import { parseJson } from "../input/parse-json.ts";
import { itemFailures } from "../project/item-failures.ts";
import { bringUp, type Surroundings } from "../project/machine.ts";
import { findFunction } from "../project/options.ts";
import { runningServices } from "../project/running-services.ts";
import { statusOf } from "../project/status.ts";
import { templateReader } from "../project/template-reader.ts";
import { invokeHelp } from "./help.ts";
import { watchProgress } from "./progress.ts";
import { describe, type InvokeResult } from "./report.ts";
import { type InvokeSettings, invokeSettings } from "./settings.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await invokeCommand(["departures", "--event", "events/departures.json"]);
 */
export async function invokeCommand(
  args: readonly string[],
  surroundings: Surroundings & { readonly input?: AsyncIterable<Uint8Array | string> } = {},
): Promise<number> {
  return statusOf("invoke", surroundings, async ({ out, err }) => {
    const settings = invokeSettings(args);
    if (settings.help) {
      out.write(invokeHelp);
      return 0;
    }
    const text = await readText(settings.event, surroundings.input, "the event ");
    const event = parseJson(text, settings.event === "-" ? "standard input" : settings.event);
    const bytes = Buffer.byteLength(JSON.stringify(event));
    if (bytes > maximumPayload) {
      throw new Error(`the event has ${bytes} bytes as JSON, and Lambda takes ${maximumPayload}.`);
    }
    const result = await invokeOnce(settings, event, { ...surroundings, err });
    out.write(settings.json ? `${JSON.stringify(result)}\n` : describe(result));
    return result.error || result.failures.length > 0 ? 1 : 0;
  });
}

async function invokeOnce(
  { functionName, aws, python, inspect, reading }: InvokeSettings,
  event: unknown,
  surroundings: Surroundings & { err: Output },
): Promise<InvokeResult> {
  const { signal = interrupted(), env = process.env, cwd = process.cwd(), err } = surroundings;
  const logs: Pick<LogLine, "stream" | "line">[] = [];
  const notes = new Set<string>();
  const elsewhere = await runningServices(env);
  const project = await bringUp({
    readTemplate: await templateReader(surroundings.readTemplate),
    reading: { ...reading, cwd, signal, log: (line) => err.write(`${line}\n`) },
    services: { elsewhere, limits: false },
    ...{ aws, python },
    debug: inspect && {
      ...{ port: inspect.port, functionName: inspect.functionName ?? functionName },
      say: (line) => err.write(`${line}\n`),
    },
    onEvent(event) {
      if (event.type === "log") logs.push({ stream: event.line.stream, line: event.line.line });
      if (event.type === "refused") notes.add(refusalText(event.call));
      if (event.type === "note") notes.add(event.text);
    },
  });
  signal.addEventListener("abort", () => void project.close(), { once: true });
  try {
    const { template, machine, outdirOf } = project;
    const fn = findFunction(template, functionName);
    if (Object.keys(elsewhere).length > 0) {
      notes.add(
        `Uses what runs already: ${Object.entries(elsewhere)
          .map((one) => one.join(" "))
          .join(", ")}.`,
      );
    }
    machine.load(fn, await buildHandler(fn.source, outdirOf(fn), project.python));
    const changes = await watchProgress(machine.endpoints.dynamodb, template);
    const began = performance.now();
    const ended = await machine.functions
      .get(fn.logicalId)!
      .invoke(event, { awsRequestId: randomUUID() })
      .then((response) => ({ response }), failure);
    const durationMs = Math.round(performance.now() - began);
    signal.throwIfAborted();
    const failures = "response" in ended ? itemFailures(event, ended.response) : [];
    if (failures.length > 0 && !asksForFailures(template, fn)) {
      notes.add(
        `No mapping of ${fn.name} has ReportBatchItemFailures on: Lambda takes this answer for success, and the records are lost.`,
      );
    }
    const progress = await changes();
    return { function: fn.name, durationMs, ...ended, failures, logs, progress, notes: [...notes] };
  } catch (error) {
    // Whatever broke off when everything was closed.
    signal.throwIfAborted();
    throw error;
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
