import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changedCode, decisions, lookedAt, rowOf } from "./looked-at.ts";

const source = "const a = 1;\n  if (a | b) {\n    c();\n  }\n";

test("a change is shown in its line of code", () => {
  const range = { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } };
  expect(changedCode(source, range, "true")).toBe("if (⟦a | b → true⟧) {");
});

test("a change of several lines is one line, and a long one is cut in its middle", () => {
  const range = { start: { line: 2, column: 14 }, end: { line: 4, column: 4 } };
  expect(changedCode(source, range, "{}")).toBe("if (a | b) ⟦{ c(); } → {}⟧");
  const long = changedCode(
    "x",
    { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
    "y".repeat(99),
  );
  expect(long).toBe(`⟦x → ${"y".repeat(30)}…${"y".repeat(30)}⟧`);
});

test("a row of the table is read as it was written, its reason aside", () => {
  const rows = ["a | b", "`a`", "a || b"].map((code) => rowOf({ file: "src/x.ts", code }));
  const table = ["| file | mutant | why |", "|---|---|---|", ...rows.map((row) => `${row} Why. |`)];
  expect([...lookedAt(table.join("\n"))]).toEqual(rows);
});

test("what the table in docs/decisions/mutants.md speaks of is still there", () => {
  const gone = [...lookedAt(decisions())].filter((row) => !isThere(row));
  expect(gone).toEqual([]);
});

/** Whether the code of a row still stands in its file, as far as the row shows it. */
function isThere(row: string): boolean {
  const [, file, left, right] = /^\| `(.*?)` \| `+ ?(.*)⟦.*⟧(.*?) ?`+ \|$/.exec(row) ?? [];
  if (!file || left === undefined || right === undefined || !existsSync(file)) return false;
  const lines = readFileSync(file, "utf8").split("\n");
  const plain = (code: string) => code.replaceAll("\\|", "|");
  return (
    lines.some((line) => line.trimStart().startsWith(plain(left))) &&
    lines.some((line) => line.trimEnd().endsWith(plain(right)))
  );
}
