/**
 * The table in docs/decisions/mutants.md of the mutants that live because they are the same program. A row names a mutant by
 * its file and its line of code, in which the change stands in brackets: line numbers would be wrong with the next edit.
 *
 *   | `src/kpl/hash-key.ts` | `parseHashKey(text ?? ⟦"" → "Stryker was here!"⟧)` | Neither is a hash key. |
 */
import { readFileSync } from "node:fs";

export interface Change {
  readonly file: string;
  /** The line's code, with what was changed in brackets. */
  readonly code: string;
}

/** A place in a file. Lines and columns count from 1. */
interface Range {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

const longest = 60;

export function changedCode(source: string, { start, end }: Range, replacement: string): string {
  const lines = source.split("\n");
  const first = lines[start.line - 1]!;
  const last = lines[end.line - 1]!;
  const before =
    start.line === end.line
      ? first.slice(start.column - 1, end.column - 1)
      : [
          first.slice(start.column - 1),
          ...lines.slice(start.line, end.line - 1),
          last.slice(0, end.column - 1),
        ].join(" ");
  const left = first.slice(0, start.column - 1).trimStart();
  const right = last.slice(end.column - 1).trimEnd();
  return `${left}⟦${short(before)} → ${short(replacement)}⟧${right}`;
}

/** On one line, the middle left out if need be. */
function short(code: string): string {
  const line = code.replaceAll(/\s+/g, " ");
  if (line.length <= longest) return line;
  return `${line.slice(0, longest / 2)}…${line.slice(-longest / 2)}`;
}

/** A row of the table without its reason, which has no bars in it. */
export function rowOf({ file, code }: Change): string {
  return `| ${quoted(file)} | ${quoted(code)} |`;
}

/** In a Markdown table a bar in code is escaped, and code with a backtick stands between two of them. */
function quoted(code: string): string {
  const escaped = code.replaceAll("|", "\\|");
  return code.includes("`") ? `\`\` ${escaped} \`\`` : `\`${escaped}\``;
}

export const decisions = (): string => readFileSync("docs/decisions/mutants.md", "utf8");

/** The rows of the table, without their reasons. */
export function lookedAt(text: string): ReadonlySet<string> {
  const rows = text.split("\n").filter((line) => line.startsWith("| `src/"));
  return new Set(rows.map((row) => row.replace(/[^|]*\|\s*$/, "").trimEnd()));
}
