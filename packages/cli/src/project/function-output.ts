/** What a function wrote, for a person: its lines, its errors, and what shardmill's metrics say. */

/** Frames of Node, of packages and of the function's host. */
const notOwn = /node:internal|node_modules|<anonymous>|child-bootstrap|lambda\/hosts\/runtime/;

/** The frames of a stack that are the user's own. */
export const ownFrames = (stack: readonly string[]): string[] =>
  stack.filter((line) => line.trimStart().startsWith("at ") && !notOwn.test(line));

/** What to do about an error, where there is something that Lambda has and this machine does not. */
export function hintFor(errorMessage: string): string | undefined {
  const [, name] = /Cannot find package '(@aws-sdk\/[\w-]+)'/.exec(errorMessage) ?? [];
  return (
    name &&
    `Lambda brings ${name} along, and here it is not installed: npm install --save-dev ${name}`
  );
}

export interface LogLineText {
  /** Of a structured line: `ERROR`, `WARN`… */
  readonly level?: string;
  readonly message: string;
  /** What else a structured line says. */
  readonly details?: string;
  /** Of a structured line: its error, `TypeError: no stock`, and the record that it is about. */
  readonly error?: string;
  readonly sequenceNumber?: string;
  readonly frames: readonly string[];
}

/** Reads Lambda's structured log lines; any other line is its own message. */
export function readLogLine(line: string): LogLineText {
  if (!line.startsWith("{")) return { message: line, frames: [] };
  try {
    const { timestamp: _, level, message, error, ...rest } = JSON.parse(line);
    if (typeof level !== "string" || typeof message !== "string") {
      return { message: line, frames: [] };
    }
    const told = Object.entries(rest).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    const what = typeof error?.message === "string" ? `${error.name}: ${error.message}` : undefined;
    if (what !== undefined) told.unshift(what);
    const frames = typeof error?.stack === "string" ? ownFrames(error.stack.split("\n")) : [];
    const { sequenceNumber } = rest;
    return {
      ...{ level, message, details: told.join("  "), frames: frames.slice(0, 4) },
      ...(what !== undefined && { error: what }),
      ...(typeof sequenceNumber === "string" && { sequenceNumber }),
    };
  } catch {
    return { message: line, frames: [] };
  }
}

/** Shardmill's metrics of one invocation, by their names. */
export type Counts = Readonly<Record<string, number>>;

/** Shardmill's metrics in a line of CloudWatch's embedded format; undefined for any other line. */
export function readMetrics(line: string): Counts | undefined {
  if (!line.startsWith('{"_aws"')) return undefined;
  try {
    const members = Object.entries(JSON.parse(line));
    const counts: Record<string, any> = Object.fromEntries(
      members.filter(([, value]) => typeof value === "number"),
    );
    return "Received" in counts && "Processed" in counts ? counts : undefined;
  } catch {
    return undefined;
  }
}

/** Two invocations, or two streams of one, added up. */
export function addCounts(one: Counts = {}, other: Counts): Counts {
  const sum: Record<string, number> = { ...one };
  for (const [name, value] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

/** Those that say that not everything was simply processed. */
const telling = [
  "Redelivered",
  "Duplicates",
  "Failed",
  "GivenBack",
  "Parked",
  "Abandoned",
  "Unsaved",
];

/** `processed 24, duplicates 1`; undefined: all was processed, or nothing is known. */
export function tellingCounts(counts: Counts = {}): string | undefined {
  const told = telling.filter((name) => (counts[name] ?? 0) > 0);
  if (told.length === 0) return undefined;
  return ["Processed", ...told].map((name) => `${words(name)} ${counts[name] ?? 0}`).join(", ");
}

/** GivenBack: given back */
export const words = (name: string) =>
  name.replace(/[A-Z]/g, (letter, at) => `${at > 0 ? " " : ""}${letter.toLowerCase()}`);
