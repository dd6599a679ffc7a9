/** What vitest takes for an assertion, and what holds whatever happens. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./imports.ts";

/** The arguments of each call, without texts. */
function* argumentsOf(call: string, source: string): Generator<string> {
  for (const { index } of source.matchAll(new RegExp(`\\.${call}\\(`, "g"))) {
    const rest = source.slice(index, index + 5000).replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
    let [end, depth] = [call.length + 1, 0];
    do {
      if (rest[end] === "(") depth++;
      if (rest[end] === ")") depth--;
    } while (depth > 0 && ++end < rest.length);
    yield rest.slice(0, end);
  }
}

/** A regular expression as a member or an element. */
const member = /[:[,]\s*\/[^/*\s]/;

it("no text is compared with a regular expression by toMatchObject, which finds no member of it and holds", () => {
  const source = (value: string) =>
    `expect(error).toMatchObject({ a: "(: /x/", message: ${value} });`;
  const isWrong = (text: string) =>
    [...argumentsOf("toMatchObject", text)].some((one) => member.test(one));
  expect(["/no/", "expect.stringMatching(/no/)"].map(source).map(isWrong)).toEqual([true, false]);
  const wrong = globSync("{test,packages/*/src}/**/*.ts", { cwd: root }).filter((file) =>
    isWrong(readFileSync(join(root, file), "utf8")),
  );
  expect(wrong).toEqual([]);
});
