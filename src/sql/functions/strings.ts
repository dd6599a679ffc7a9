/** Functions of texts. */
import { RowError } from "../types/row-error.ts";
import { integerType, isText, longestText, type SqlType, varchar } from "../types/sql-type.ts";
import { constantOf } from "./fail.ts";
import { javaPattern, javaReplacement, similarSource } from "./patterns.ts";
import type { FunctionTable } from "./table.ts";

const lengthOf = (type: SqlType | undefined) => type?.length ?? 1;
const sameText = ([type]: readonly SqlType[]) => varchar(lengthOf(type));

export const stringFunctions: FunctionTable = {
  UPPER: { takes: ["text"], gives: sameText, make: () => (text: string) => text.toUpperCase() },
  LOWER: { takes: ["text"], gives: sameText, make: () => (text: string) => text.toLowerCase() },
  INITCAP: {
    takes: ["text"],
    gives: sameText,
    make: () => (text: string) =>
      text.toLowerCase().replace(/(?<![^ ])[^ ]/gu, (first) => first.toUpperCase()),
  },
  CHAR_LENGTH: {
    takes: ["text"],
    gives: () => integerType,
    make: () => (text: string) => text.length,
  },
  CHARACTER_LENGTH: {
    takes: ["text"],
    gives: () => integerType,
    make: () => (text: string) => text.length,
  },
  TRIM: {
    takes: ["text", "text", "text"],
    gives: ([, , type]) => varchar(lengthOf(type)),
    make: () => trim,
  },
  /** The searched text first. */
  POSITION: {
    takes: ["text", "text", "number?"],
    gives: () => integerType,
    make:
      () =>
      (searched: string, text: string, from = 1) =>
        text.indexOf(searched, Math.max(0, Number(from) - 1)) + 1,
  },
  SUBSTRING: {
    takes: ["text", "any", "number?"],
    gives: sameText,
    make(args) {
      if (!isText(args[1]!.type)) return substring;
      const known = constantOf(args[1]);
      const pattern = typeof known === "string" ? javaPattern(known) : undefined;
      return (text: string, given: string) =>
        (pattern ?? javaPattern(given)).exec(text)?.[0] ?? null;
    },
  },
  /** The pattern is of three parts, with the escape character and " between them: the middle one is what it gives. */
  SUBSTRING_SIMILAR: {
    takes: ["text", "text", "text"],
    gives: sameText,
    make: () => (text: string, pattern: string, escapeChar: string) => {
      const parts = pattern.split(`${escapeChar}"`);
      if (parts.length !== 3)
        throw new RowError("INVALID_ARGUMENT", `The pattern must have ${escapeChar}" twice.`);
      const [before, middle, after] = parts.map((part) => `(${similarSource(part, escapeChar)})`);
      return new RegExp(`^${before}${middle}${after}$`).exec(text)?.[2] ?? null;
    },
  },
  OVERLAY: {
    takes: ["text", "text", "number", "number?"],
    gives: ([a, b]) => varchar(Math.min(longestText, lengthOf(a) + lengthOf(b))),
    make: () => overlay,
  },
  REGEX_REPLACE: {
    takes: ["text", "text", "text", "number?", "number?"],
    gives: ([a, , c]) =>
      varchar(Math.min(longestText, lengthOf(a) * Math.max(1, lengthOf(c)) + lengthOf(c))),
    make(args) {
      const known = constantOf(args[1]);
      const pattern = typeof known === "string" ? javaPattern(known, "g") : undefined;
      return (text: string, given: string, by: string, from = 1, occurrence = 0) =>
        regexReplace(
          text,
          pattern ?? javaPattern(given, "g"),
          by,
          Number(from),
          Number(occurrence),
        );
    },
  },
};

function trim(side: string, chars: string, text: string): string {
  if ([...chars].length !== 1) throw new RowError("INVALID_ARGUMENT", "TRIM takes one character.");
  let [start, end] = [0, text.length];
  if (side !== "TRAILING") while (start < end && text[start] === chars) start++;
  if (side !== "LEADING") while (end > start && text[end - 1] === chars) end--;
  return text.slice(start, end);
}

/** A start before the first character counts what is before it. */
function substring(text: string, start: number, length?: number): string {
  if (length !== undefined && length < 0)
    throw new RowError("INVALID_ARGUMENT", "SUBSTRING has a negative length.");
  const from = Number(start) - 1;
  const end = length === undefined ? text.length : from + Number(length);
  return text.slice(Math.max(0, from), Math.max(0, end));
}

function overlay(text: string, by: string, start: number, length = by.length): string {
  if (length < 0) throw new RowError("INVALID_ARGUMENT", "OVERLAY has a negative length.");
  const from = Number(start) - 1;
  return text.slice(0, Math.max(0, from)) + by + text.slice(Math.max(0, from + Number(length)));
}

/** From that character on; of 0 occurrences all. */
function regexReplace(
  text: string,
  pattern: RegExp,
  by: string,
  from: number,
  occurrence: number,
): string {
  if (from < 1 || occurrence < 0)
    throw new RowError(
      "INVALID_ARGUMENT",
      "REGEX_REPLACE counts characters from 1, and occurrences from 0, which are all.",
    );
  const replaced = javaReplacement(by);
  let done = text.slice(0, from - 1);
  let at = from - 1;
  pattern.lastIndex = at;
  for (let found = 1; ; found++) {
    const match = pattern.exec(text);
    if (!match) break;
    if (occurrence === 0 || occurrence === found) {
      done += text.slice(at, match.index) + replaced(match);
      at = match.index + match[0].length;
    }
    if (match[0] === "") pattern.lastIndex++;
    if (occurrence === found) break;
  }
  return done + text.slice(at);
}
