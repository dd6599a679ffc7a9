/**
 * dynalite's parsers of expressions are made by PEG.js without its cache, so that they read each
 * pair of parentheses four times, those within 16 times, and so on: eight deep takes eight seconds.
 * Here they get the cache that PEG.js would have given them: what a rule found at a place is
 * remembered while an expression with a parenthesis is read.
 */
import { readFileSync } from "node:fs";
import { Module } from "node:module";

const parsers = ["conditionParser", "updateParser", "projectionParser"];

/** Puts the parsers where dynalite will look for them: call it before dynalite is loaded. */
export function installLinearParsers(require: NodeJS.Require): void {
  for (const parser of parsers) {
    const path = require.resolve(`dynalite/db/${parser}`);
    const module = new Module(path);
    module.filename = path;
    (module as unknown as { _compile(code: string, path: string): void })._compile(
      withCache(readFileSync(path, "utf8")),
      path,
    );
    module.loaded = true;
    require.cache[path] = module as NodeModule;
  }
}

const cache = `
  const peg$nests = input.includes("(");
  const peg$cache = new Map();
  function peg$cached(rule, parse) {
    const key = peg$currPos * 64 + rule;
    const known = peg$cache.get(key);
    if (known) {
      peg$currPos = known.end;
      return known.result;
    }
    const result = parse();
    peg$cache.set(key, { result, end: peg$currPos });
    return result;
  }
`;

function withCache(code: string): string {
  let rules = 0;
  return code
    .replace(/function peg\$parse\(input, options\) \{/, (start) => start + cache)
    .replace(/function peg\$parse(\w+)\(\) \{/g, (start, rule: string) => {
      const read = `peg$read${rule}`;
      const cached = `function peg$parse${rule}() { return peg$nests ? peg$cached(${rules++}, ${read}) : ${read}(); }`;
      return `${cached}\n${start.replace("peg$parse", "peg$read")}`;
    });
}
