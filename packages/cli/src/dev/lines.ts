/** What `shardmill dev` says, in lines for a person. */
import { join, relative } from "node:path";
import {
  type BatchEvent,
  type DeliveryEvent,
  type DiscardedEvent,
  FunctionError,
  type InvocationEvent,
  type LogEvent,
  type ObjectEvent,
  refusalText,
  type Template,
  type TemplateFunction,
  type TransformEvent,
  type Unsupported,
} from "@shardmill/local/rig";
import {
  type Counts,
  hintFor,
  ownFrames,
  readLogLine,
  tellingCounts,
} from "../project/function-output.ts";
import { counted } from "../terminal/counted.ts";
import { oneLine, onlyColours, withoutColours } from "../terminal/terminal.ts";

/** How texts are made to stand out. Each makes its text harmless and leaves it at that where there is no terminal. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly strong: (text: string) => string;
  /** Lines with the colours that are in them already, and nothing else that a terminal obeys. */
  readonly kept: (text: string) => string;
}

const code = (on: number, off: number) => (text: string) =>
  `\x1b[${on}m${oneLine(text)}\x1b[${off}m`;
const plain = oneLine;

/** Colours on a terminal, unless NO_COLOR says otherwise. */
export function painter(
  out: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  if (!out.isTTY || env.NO_COLOR) {
    return { good: plain, bad: plain, quiet: plain, strong: plain, kept: withoutColours };
  }
  return {
    ...{ good: code(32, 39), bad: code(31, 39), quiet: code(2, 22), strong: code(1, 22) },
    kept: onlyColours,
  };
}

/** What was brought up, and what of the template was not. */
export function announcement(
  template: Template,
  bucketFolder: string,
  cwd: string,
  paint: Paint,
): string[] {
  const near = (file: string) => relative(cwd, file) || file;
  const rows: [string, string][] = [
    ...template.streams.map(({ name, shards, isExternal }): [string, string] => [
      "stream",
      `${name}  ${shards === undefined ? "on demand" : counted(shards, "shard")}${isExternal ? "  (not of this template)" : ""}`,
    ]),
    ...template.functions.map((fn): [string, string] => [
      "function",
      `${fn.name}  ${near(fn.source.file)}${sourcesOf(template, fn)}`,
    ]),
    ...template.schedules.map(({ expression, functionLogicalId }): [string, string] => [
      "schedule",
      `${expression} → ${template.functions.find(({ logicalId }) => logicalId === functionLogicalId)!.name}`,
    ]),
    ...template.tables.map(({ name }): [string, string] => ["table", name]),
    ...template.queues.map(({ name }): [string, string] => ["queue", name]),
    ...template.topics.map(({ name }): [string, string] => ["topic", name]),
    ...template.buckets.map(({ name }): [string, string] => [
      "bucket",
      `${name}  ${near(join(bucketFolder, name))}`,
    ]),
    ...template.deliveryStreams.map(({ name }): [string, string] => ["firehose", name]),
  ];
  return [
    `${paint.strong("shardmill dev")}  ${oneLine(near(template.file))}`,
    ...rows.map(([kind, text]) => `  ${paint.quiet(kind.padEnd(9))}${oneLine(text)}`),
    ...notHere(template.unsupported).map((line) => `  ${paint.quiet("not here ")}${oneLine(line)}`),
  ];
}

function sourcesOf({ mappings }: Template, { logicalId }: TemplateFunction): string {
  const own = mappings.filter(({ functionLogicalId }) => functionLogicalId === logicalId);
  const names = own.map(({ consumerArn, streamArn, settings }) => {
    const fanOut = consumerArn === undefined ? "" : " (fan-out)";
    return `${streamArn.split("/")[1]}${fanOut}${settings.enabled === false ? " (off)" : ""}`;
  });
  const enriched = mappings
    .filter(({ enrichmentLogicalId }) => enrichmentLogicalId === logicalId)
    .map(({ name }) => `${name} (enrichment)`);
  const all = [...names, ...enriched];
  return all.length === 0 ? "" : `  ← ${all.join(", ")}`;
}

/** Those that are the same for the same reason share a line. */
function notHere(unsupported: readonly Unsupported[]): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { logicalId, type, path, why } of unsupported) {
    const key = `(${type}): ${why}`;
    const name = path === undefined ? logicalId : `${logicalId} ${path}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(name));
  }
  return [...groups].map(([key, names]) => `${[...names].join(", ")} ${key}`);
}

/** `10:21:03` */
const clockTime = (at: number) => new Date(at).toTimeString().slice(0, 8);

export function batchLine(
  { functionName, stream, invocation, response }: BatchEvent,
  counts: Counts | undefined,
  paint: Paint,
): string {
  const { shardId, batchSize, attempt, outcome, duration, at } = invocation;
  const words = {
    success: () => successText(response, paint),
    partial: () => paint.bad(`done up to ${firstFailure(response, invocation.sequenceNumbers)}`),
    failure: () => paint.bad(failureText(invocation.error, response)),
    throttle: () => paint.bad("throttled"),
    tooLarge: () => paint.bad("event too large"),
  };
  const told = tellingCounts(counts);
  return [
    `${paint.quiet(clockTime(at))} ${paint.strong(functionName)}`,
    oneLine(`${stream} ${shardId}`),
    counted(batchSize, "record"),
    `attempt ${attempt}`,
    `${words[outcome]()}${told ? ` (${told})` : ""}`,
    `${Math.round(duration)} ms`,
  ].join("  ");
}

export function invocationLine(
  { functionName, at, duration, error }: InvocationEvent,
  paint: Paint,
): string {
  return [
    `${paint.quiet(clockTime(at))} ${paint.strong(functionName)}`,
    "invoked",
    error === undefined ? paint.good("done") : paint.bad(failureText(error, undefined)),
    `${duration} ms`,
  ].join("  ");
}

export function transformLine(
  { functionName, deliveryStream, records, at, duration, dropped, failed, error }: TransformEvent,
  paint: Paint,
): string {
  const told = [
    ...(dropped > 0 ? [`dropped ${dropped}`] : []),
    ...(failed > 0 ? [`failed ${failed}`] : []),
  ];
  const counts = told.length > 0 ? ` (${told.join(", ")})` : "";
  return [
    `${paint.quiet(clockTime(at))} ${paint.strong(functionName)}`,
    oneLine(`firehose ${deliveryStream}`),
    counted(records, "record"),
    error === undefined
      ? `${paint.good("done")}${counts}`
      : paint.bad(failureText(error, undefined)),
    `${duration} ms`,
  ].join("  ");
}

export function objectLine(
  { deliveryStream, at, bucket, key, records, holds }: ObjectEvent,
  paint: Paint,
): string {
  const place = oneLine(`s3://${bucket}/${key}`);
  return [
    `${paint.quiet(clockTime(at))} ${paint.strong(deliveryStream)}`,
    counted(records, "record"),
    ["records", "backup", "manifest"].includes(holds) ? place : paint.bad(place),
  ].join("  ");
}

/** Of a server, or of the outbox. What else a delivery stream says needs no line. */
export function deliveryLine(
  { deliveryStream, at, error, files, outcome, records = 0 }: DeliveryEvent,
  paint: Paint,
): string {
  const taken = files ? oneLine(`outbox ${files.join(", ")}`) : paint.good("sent");
  return [
    `${paint.quiet(clockTime(at))} ${paint.strong(deliveryStream)}`,
    counted(records, "record"),
    outcome === "failed" ? paint.bad(`not all taken: ${error}`) : taken,
  ].join("  ");
}

function successText(response: unknown, paint: Paint): string {
  const failures = (response as { batchItemFailures?: unknown } | null | undefined)
    ?.batchItemFailures;
  const ignored = Array.isArray(failures) ? failures.length : 0;
  if (ignored === 0) return paint.good("done");
  return paint.bad(
    `taken for done with ${counted(ignored, "item failure")}: ReportBatchItemFailures is off`,
  );
}

function firstFailure(response: unknown, sequenceNumbers: readonly string[]): string {
  const failures = (response as { batchItemFailures: { itemIdentifier: string }[] })
    .batchItemFailures;
  const named = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  const index = sequenceNumbers.findIndex((number) => named.has(number));
  return `record ${index + 1}, ${sequenceNumbers[index]}`;
}

function failureText(error: unknown, response: unknown): string {
  if (error instanceof FunctionError) {
    const [firstLine] = error.errorMessage.split("\n");
    return `failed: ${error.errorType}: ${firstLine}`;
  }
  if (error !== undefined) return `failed: ${(error as Error).message ?? error}`;
  const failures = (response as { batchItemFailures?: { itemIdentifier?: unknown }[] } | undefined)
    ?.batchItemFailures;
  return `failed at its first record, ${failures?.[0]?.itemIdentifier ?? "or named none of it"}`;
}

/** What an error says beside its message: what to do about it, and the frames that are the user's own. */
export function stackLines(error: unknown, paint: Paint): string[] {
  if (!(error instanceof FunctionError)) return [];
  const hint = hintFor(error.errorMessage);
  const frames = ownFrames(error.trace).slice(0, 5);
  return [...(hint ? [hint] : []), ...frames].map((line) => paint.quiet(`         ${line.trim()}`));
}

export function discardedLines(
  { functionName, stream, document, destination, error }: DiscardedEvent,
  paint: Paint,
): string[] {
  const { shardId, batchSize = 0, startSequenceNumber } = document.KinesisBatchInfo;
  const { condition, approximateInvokeCount } = document.requestContext;
  const where = error
    ? paint.bad(
        destination === undefined
          ? "lost: the mapping has no failure destination"
          : `lost: ${destination} did not take the document: ${error.message}`,
      )
    : oneLine(`described in ${destination}`);
  return [
    `${paint.quiet(clockTime(Date.parse(document.timestamp)))} ${paint.strong(functionName)}  ${oneLine(`${stream} ${shardId}`)}  ${paint.bad(`gave up ${counted(batchSize, "record")}`)} from ${startSequenceNumber}  ${condition} after ${counted(approximateInvokeCount, "attempt")}  ${where}`,
  ];
}

/** A line that a function wrote. */
export function logLines({ functionName, line: { line } }: LogEvent, paint: Paint): string[] {
  const prefix = paint.quiet(`         ${functionName} │ `);
  const { level, message, details, frames } = readLogLine(line);
  const loud = level === "ERROR" || level === "WARN" ? paint.bad : plain;
  const [first = "", ...more] = message.split("\n").map(paint.kept);
  return [
    `${prefix}${level ? `${loud(level)} ` : ""}${first}${details ? `  ${paint.quiet(details)}` : ""}`,
    ...more.map((text) => `${prefix}${text}`),
    ...frames.map((frame) => `${prefix}${paint.quiet(frame)}`),
  ];
}

export const refusedLine = (call: Parameters<typeof refusalText>[0], paint: Paint) =>
  paint.bad(refusalText(call));
