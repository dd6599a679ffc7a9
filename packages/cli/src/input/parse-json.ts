/** JSON that a person wrote: what is wrong with it is said with its line. */
import { findMistake } from "./json-mistake.ts";

/** Throws with the place in `source`: `event.json:3:14: …`. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === "") throw new Error(`${source} is empty, and no JSON.`, { cause });
    const mistake = locateMistake(text);
    const place = mistake ? `:${mistake.line}:${mistake.column}` : "";
    const what = mistake?.what ?? (cause as SyntaxError).message;
    throw new Error(`${source}${place}: this is no JSON: ${what}.`, { cause });
  }
}

export interface LocatedMistake {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  readonly what: string;
}

/** Undefined: the text is JSON. */
export function locateMistake(text: string): LocatedMistake | undefined {
  const mistake = findMistake(text);
  if (!mistake) return undefined;
  const before = text.slice(0, mistake.at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1, what: mistake.what };
}
