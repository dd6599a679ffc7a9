/**
 * TypeScript that `npm run types` does not see: the examples of the pages, what meets the types of others, what a command writes. They are one
 * program, so that the types of Node, of the SDK and of our own are read once.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sqlCommand } from "../../packages/cli/src/sql/command.ts";
import { first } from "../cli/sql-application.ts";
import { pages, root, textOf } from "../docs/pages.ts";

/** What the examples take from their surroundings. */
const surroundings = `
declare global {
  function chargeOnce(order: { id: string }): Promise<void>;
  function charge(customer: string, total: number): Promise<void>;
  const handler: (event: unknown, context?: unknown) => Promise<unknown>;
}
export {};
`;
const examples = pages.flatMap((page) =>
  [...textOf(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, code], n) =>
      [join(root, "test/docs", `${page.replaceAll(/\W/g, "-")}-${n}.ts`), code!] as const,
  ),
);
const ofPages = new Map([
  ...examples,
  [join(root, "test/docs/surroundings.ts"), surroundings] as const,
]);

/** aws-lambda, middy, Powertools, zod, valibot, arktype. */
const others = join(import.meta.dirname, "others");
const { config } = ts.readConfigFile(join(others, "tsconfig.json"), ts.sys.readFile);
const { fileNames: ofOthers, options } = ts.parseJsonConfigFileContent(config, ts.sys, others);

let folder: string;
let written: string;
let program: ts.Program;

beforeAll(async () => {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "types-"));
  writeFileSync(join(folder, "first.json"), JSON.stringify(first));
  const quiet = { write: () => {} };
  const given = ["import", "first.json", "--out", "compiled"];
  expect(await sqlCommand(given, { out: quiet, err: quiet, cwd: folder })).toBe(0);
  written = join(folder, "compiled/handler.ts");
  program = programOf([...ofPages.keys(), ...ofOthers, written]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function programOf(roots: readonly string[]): ts.Program {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => ofPages.get(file) ?? readFile(file);
  host.fileExists = (file) => ofPages.has(file) || fileExists(file);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    const code = ofPages.get(file);
    return code === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(
          file,
          code,
          { languageVersion: ts.ScriptTarget.ES2023, impliedNodeFormat: ts.ModuleKind.ESNext },
          true,
        );
  };
  return ts.createProgram(roots, options, host);
}

/** What is wrong in these files; `npm run types` checks what is behind them. */
const wrongIn = (files: Iterable<string>) =>
  [...files]
    .map((name) => program.getSourceFile(name)!)
    .flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map(({ file, messageText, start }) => {
      const line = file && file.getLineAndCharacterOfPosition(start!).line + 1;
      return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });

it("the TypeScript of every page compiles against the source", () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  expect(wrongIn(ofPages.keys())).toEqual([]);
}, 180_000);

it("handlers, events, loggers, metrics, middleware and schemas meet the types of those they are made for", () => {
  expect(ofOthers.length).toBeGreaterThan(1);
  expect(wrongIn(ofOthers)).toEqual([]);
}, 180_000);

it("what shardmill sql import writes compiles", () => {
  expect(wrongIn([written])).toEqual([]);
});
