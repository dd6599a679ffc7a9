/** `shardmill inspect`: what stands in an event, a record, a sequence number. */

import { parseCommandLine } from "../command-line/parse.ts";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { openInput } from "../input/index.ts";
import { oneLine } from "../terminal/terminal.ts";
import type { Finding, Problem } from "./finding.ts";
import { pathText } from "./finding.ts";
import { inspectHelp } from "./help.ts";
import { type Place, recognise } from "./recognise.ts";
import { printSection } from "./section.ts";
import { sequenceNumberFinding } from "./sequence-number.ts";

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await inspectCommand(["events/departures.json"]);
 */
export async function inspectCommand(
  args: readonly string[],
  surroundings: Pick<CommandSurroundings, "out" | "err"> & {
    readonly input?: AsyncIterable<Uint8Array | string>;
  } = {},
): Promise<number> {
  const { input } = surroundings;
  return runCommand("inspect", surroundings, async ({ out, err }) => {
    const { operand, json, help } = inspectSettings(args);
    if (help) {
      out.write(inspectHelp);
      return 0;
    }
    const { file, things } = await thingsIn(operand, input);
    let isFine = true;
    for (const { place, found } of things) {
      if ("failure" in found) {
        err.write(`shardmill inspect: ${oneLine(placeText(file, place))}: ${found.failure}\n`);
        isFine = false;
        continue;
      }
      const problems = found.problems.map((problem) => told(problem, place));
      out.write(json ? jsonLine(found, problems, file, place) : text(found, file, place));
      for (const { line, path, what } of problems) {
        err.write(
          `shardmill inspect: ${oneLine(`${file}${line ? `:${line}` : ""}: ${path}${path && ": "}${what}`)}.\n`,
        );
      }
      isFine &&= problems.length === 0;
    }
    return isFine ? 0 : 1;
  });
}

function inspectSettings(args: readonly string[]) {
  const { values, positionals } = parse(args);
  const [operand = "", ...more] = positionals;
  if (!values.help) {
    if (operand === "") throw new UsageError("which file? Name one, or - for standard input.");
    if (more.length > 0) throw new UsageError(`one file at a time, not ${more[0]} too.`);
  }
  return { ...values, operand };
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

/** A sequence number may stand where a file would. */
async function thingsIn(operand: string, stdin: AsyncIterable<Uint8Array | string> | undefined) {
  const number = sequenceNumberFinding(operand);
  if (number) {
    const place: Place = { path: [], lineOf: () => undefined };
    return { file: operand, things: [{ place, found: number }] };
  }
  const { file, chunks } = await openInput(operand, stdin);
  return { file, things: await recognise(await wholeOf(chunks, file)) };
}

const mostBytes = 256 * 1024 * 1024;

async function wholeOf(chunks: AsyncIterable<Uint8Array>, file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of chunks) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error(`${file} is larger than ${mostBytes >> 20} MiB.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

interface ToldProblem {
  /** Undefined: the input has no lines. */
  readonly line: number | undefined;
  readonly path: string;
  readonly what: string;
}

const told = ({ path, what }: Problem, { lineOf }: Place): ToldProblem => ({
  line: lineOf(path),
  path: pathText(path),
  what,
});

/** `event.json:12: Records[0].kinesis` */
function where(file: string, line: number | undefined, path: string): string {
  return [line === undefined ? file : `${file}:${line}`, path].filter(Boolean).join(": ");
}

const placeText = (file: string, { path, lineOf }: Place) =>
  where(file, lineOf(path), pathText(path));

function text({ section }: Finding, file: string, place: Place): string {
  const title = `${placeText(file, place)}: ${section.title}`;
  return `${printSection({ ...section, title })}\n`;
}

function jsonLine(
  { kind, report }: Finding,
  problems: readonly ToldProblem[],
  file: string,
  { path, lineOf }: Place,
): string {
  return `${JSON.stringify({ file, line: lineOf(path), kind, ...report, problems })}\n`;
}
