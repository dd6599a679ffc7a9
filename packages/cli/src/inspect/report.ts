/** What `shardmill inspect` says of what it found: to a person, and to programs. */
import { type Finding, type Problem, pathText } from "./finding.ts";
import type { Place } from "./recognise.ts";
import { printSection } from "./section.ts";

interface ToldProblem {
  /** Undefined: the input has no lines. */
  readonly line: number | undefined;
  readonly path: string;
  readonly what: string;
}

export const told = ({ path, what }: Problem, { lineOf }: Place): ToldProblem => ({
  line: lineOf(path),
  path: pathText(path),
  what,
});

/** `event.json:12: Records[0].kinesis` */
function where(file: string, line: number | undefined, path: string): string {
  return [line === undefined ? file : `${file}:${line}`, path].filter(Boolean).join(": ");
}

export const placeText = (file: string, { path, lineOf }: Place) =>
  where(file, lineOf(path), pathText(path));

export function sectionText({ section }: Finding, file: string, place: Place): string {
  const title = `${placeText(file, place)}: ${section.title}`;
  return `${printSection({ ...section, title })}\n`;
}

export function jsonLine(
  { kind, report }: Finding,
  problems: readonly ToldProblem[],
  file: string,
  { path, lineOf }: Place,
): string {
  return `${JSON.stringify({ file, line: lineOf(path), kind, ...report, problems })}\n`;
}
