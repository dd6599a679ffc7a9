/** What came of an invocation, for a person and for programs. */
import type { LogLine } from "@shardmill/local/rig";
import { hintFor, readLogLine, readMetrics, words } from "../project/function-output.ts";
import type { ItemFailure } from "../project/item-failures.ts";
import { counted } from "../terminal/counted.ts";
import { oneLine } from "../terminal/terminal.ts";
import { describeChange, type ProgressChange } from "./progress.ts";

/** What `--json` prints. */
export interface InvokeResult {
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

/** In lines for a person. */
export function describe(result: InvokeResult): string {
  const { error, response, failures, logs, progress, notes, durationMs } = result;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [title, ...lines.flatMap((text) => text.split("\n").map((line) => `  ${line}`)), ""];
  const answer = error
    ? part("Error", error.trace.length > 0 ? error.trace : [`${error.type}: ${error.message}`])
    : part("Response", JSON.stringify(response, null, 2).split("\n"));
  const outcome = error
    ? `failed with ${error.type}`
    : failures.length > 0
      ? `answered ${counted(failures.length, "item failure")}`
      : "answered";
  const hint = hintFor(error?.message ?? "");
  return [
    ...part(
      "Logs",
      logs.flatMap(({ line }) => describeLog(line)),
    ),
    ...answer,
    ...part("Item failures", failures.map(describeFailure)),
    ...part("Progress", progress.flatMap(describeChange)),
    ...part("Notes", hint ? [...notes, hint] : notes),
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
  return [...[level, message, details].filter(Boolean).join("  ").split("\n"), ...frames];
}

function describeFailure({ itemIdentifier, index, partitionKey }: ItemFailure): string {
  if (index === undefined) {
    return `${oneLine(itemIdentifier ?? "an entry without an identifier")}: no record of the event. Lambda takes the whole batch for failed.`;
  }
  return oneLine(
    `${itemIdentifier}: record ${index + 1} of the event, partition key ${partitionKey}`,
  );
}
