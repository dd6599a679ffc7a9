/** Test files that share a worker change nothing in it that others see. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, relative } from "node:path";
import { expect, it } from "vitest";
import { interop, isolated } from "../isolated.ts";
import { long } from "../longest-first.ts";
import { root } from "./imports.ts";

/** What stays when the file is over. */
const changes =
  /\bvi\.(?:mock|doMock|stub\w+|resetModules|useFakeTimers|hoisted)\(|\bprocess\.(?:chdir|env\.\w+ =(?!=)|env =(?!=))|Object\.assign\(process\.env|\bregisterHooks\(|\bsetFlagsFromString\(/;

/** A worker has variables of its own, and one file at a time. */
const takesBack = /\bvi\.unstubAllEnvs\b/;

const files = globSync("test/**/*.test.ts", { cwd: root }).sort();
const isIsolated = (file: string) => [...isolated, interop].some((glob) => matchesGlob(file, glob));

/** The file and the files of test/ that it imports by value, itself or through others. */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(join(root, file), "utf8");
  for (const [, path] of text.matchAll(/^(?:import|export) (?!type )[^;]*?"(\.[^"]+\.ts)";$/gm)) {
    const imported = relative(root, join(root, dirname(file), path!));
    if (imported.startsWith("test/")) closure(imported, found);
  }
  return found;
}

it("a test that changes the process is named in test/isolated.ts", () => {
  const shared = files.filter((file) => !isIsolated(file));
  const wrong = shared.flatMap((file) =>
    [...closure(file)].flatMap((part) => {
      const text = readFileSync(join(root, part), "utf8");
      const [found] =
        changes.exec(takesBack.test(text) ? text.replaceAll(/\bvi\.stubEnv\(/g, "") : text) ?? [];
      return found === undefined ? [] : [`${file}: ${part} says ${found}`];
    }),
  );
  expect(wrong).toEqual([]);
});

it("a module that files share has no hook at its import, which would be that of the first file alone", () => {
  const helpers = globSync("test/**/*.ts", { cwd: root, exclude: ["test/**/*.test.ts"] });
  const hook = /^(?:before|after)(?:Each|All)\(/m;
  expect(helpers.filter((file) => hook.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
});

it.each([
  ["isolated.ts", isolated],
  ["longest-first.ts", long],
])("test/%s names files that are there", (_, named) => {
  const unused = named.filter((glob) => !files.some((file) => matchesGlob(file, glob)));
  expect(unused).toEqual([]);
});
