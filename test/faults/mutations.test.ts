import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { mutations } from "./mutations.ts";

const read = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");

/** Code that has changed takes its mutations along: `npm run faults -- --mutations --rule N` shows that they are noticed. */
it.each(mutations)("the program still has the lines of: $rule, $name", ({ patches = [] }) => {
  for (const { file, from, to } of patches) {
    expect(read(file).split(from), `${file}: ${from}`).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});

it("each rule that the simulation can see is broken", () => {
  const numbers = mutations.flatMap(({ rule }) => rule.match(/\d+/g) ?? []);
  // Rule 23 is what is refused at start, and what is said aloud.
  const rules = Array.from({ length: 24 }, (_, index) => String(index + 1));
  expect(new Set(numbers)).toEqual(new Set(rules.filter((rule) => rule !== "23")));
});
