/** The packages as tools find them that do not read `exports`. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

it("TypeScript's older resolution (node10) finds the types of every sub-path", () => {
  const { exports, main, types, typesVersions } = read("package.json");
  const paths = Object.entries<string>(exports).filter(([path]) => path !== ".");
  expect(typesVersions).toEqual({
    "*": Object.fromEntries(
      paths.map(([path, file]) => [path.slice(2), [file.replace(/\.js$/, ".d.ts")]]),
    ),
  });
  expect([main, types]).toEqual([exports["."], exports["."].replace(/\.js$/, ".d.ts")]);
});

it("and so it does of @shardmill/local", () => {
  const { exports, main, types } = read("packages/local/package.json");
  expect([main, types]).toEqual([exports["."], exports["."].replace(/\.js$/, ".d.ts")]);
});
