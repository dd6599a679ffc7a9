/** The table in docs/mapping.md: every statement has a test that bears its number, or a reason. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const here = new URL("./", import.meta.url);
const page = readFileSync(new URL("../../../../docs/mapping.md", here), "utf8");
const rows = [...page.matchAll(/^\| *(A\d+) *\|[^|]+\|[^|]+\| *(.+?) *\|$/gm)];

/** The numbers in the titles of a test file. */
function numbersIn(file: string): Set<string> {
  const source = readFileSync(new URL(file, here), "utf8");
  const titles = source.matchAll(/(?:^test\(|\]\)\(|\bname, )\s*"((?:A\d+ )+)/gm);
  return new Set([...titles].flatMap(([, numbers]) => numbers!.trim().split(" ")));
}

test("the table has the statements A1 to A96, in order", () => {
  expect(rows.map(([, number]) => number)).toEqual(
    Array.from({ length: 96 }, (_, index) => `A${index + 1}`),
  );
});

test("every statement has its tests where the table says, or says why there is none", () => {
  const files = readdirSync(here).filter((file) => file.endsWith(".test.ts"));
  const numbers = new Map(files.map((file) => [file, numbersIn(file)]));
  for (const [, number, proof] of rows) {
    const named = [...proof!.matchAll(/mapping\/([\w-]+\.test\.ts)\)/g)].map(([, file]) => file!);
    const bearing = files.filter((file) => numbers.get(file)!.has(number!));
    expect([number, named]).toEqual([number, bearing]);
    if (named.length === 0) expect(proof!.length).toBeGreaterThan(20);
  }
});
