/** `shardmill inspect`: what stands in an event, a record, a sequence number. */
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { openInput } from "../input/index.ts";
import { oneLine } from "../terminal/terminal.ts";
import { inspectHelp } from "./help.ts";
import { type Place, recognise } from "./recognise.ts";
import { jsonLine, placeText, sectionText, told } from "./report.ts";
import { sequenceNumberFinding } from "./sequence-number.ts";
import { inspectSettings } from "./settings.ts";

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
      out.write(json ? jsonLine(found, problems, file, place) : sectionText(found, file, place));
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
