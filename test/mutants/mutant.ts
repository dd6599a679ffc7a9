/** A change of the program, and what became of it. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { MutantResult } from "@stryker-mutator/api/core";
import { type Change, changedCode } from "./looked-at.ts";

export interface Mutant extends Change {
  readonly line: number;
  /** A test failed because of it, or did not end. */
  readonly isNoticed: boolean;
  readonly isCovered: boolean;
}

/** The others cannot be run at all, such as one under which a module cannot be imported. */
const judged = new Set<MutantResult["status"]>(["Killed", "Timeout", "Survived", "NoCoverage"]);

export const isJudged = ({ status }: MutantResult): boolean => judged.has(status);

const sources = new Map<string, string>();

/** A file as it was when it was first asked for: a run takes hours, in which it may be edited. */
export function sourceOf(fileName: string): string {
  const source = sources.get(fileName) ?? readFileSync(fileName, "utf8");
  sources.set(fileName, source);
  return source;
}

export function mutantOf({ fileName, location, replacement, status }: MutantResult): Mutant {
  return {
    file: relative(process.cwd(), fileName),
    line: location.start.line,
    code: changedCode(sourceOf(fileName), location, replacement),
    isNoticed: status === "Killed" || status === "Timeout",
    isCovered: status !== "NoCoverage",
  };
}

export function described({ file, line, code, isCovered }: Mutant): string {
  return `${file}:${line} ${code}${isCovered ? "" : " (no test comes here)"}`;
}
