/** Every exported name has a doc comment: what it means, its units and defaults, what it throws. `npm run site` shows them. */
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

const manifests = ["package.json", "packages/local/package.json"];

/** The sources of what the packages export. `@shardmill/local/rig` is for our own command alone. */
const entries = manifests.flatMap((manifest) => {
  const { exports } = JSON.parse(ts.sys.readFile(join(root, manifest))!);
  return Object.values<string>(exports)
    .filter((file) => file.startsWith("./dist/") && !file.endsWith("/rig.js"))
    .map((file) => join(dirname(manifest), file.replace("/dist/", "/src/").replace(/js$/, "ts")));
});

/** Our own files are enough to know where a name comes from: neither other packages nor libraries are read. */
const program = (() => {
  const options = { noLib: true, types: [], target: ts.ScriptTarget.ESNext };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) => ({
      resolvedModule: text.startsWith(".")
        ? { resolvedFileName: join(dirname(from), text), extension: ".ts" }
        : undefined,
    }));
  return ts.createProgram({ rootNames: entries.map((file) => join(root, file)), options, host });
})();
const checker = program.getTypeChecker();

it.each(entries)("%s exports nothing without a doc comment", (entry) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, entry))!)!;
  const names = checker.getExportsOfModule(module);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !isDocumented(name)).map(whereIs)).toEqual([]);
});

function isDocumented(name: ts.Symbol): boolean {
  const symbol = origin(name);
  if (symbol.getDocumentationComment(checker).length > 0) return true;
  // What `maker` returns has the doc comment of the function that it was given.
  const calls = checker.getTypeOfSymbol(symbol).getCallSignatures();
  return (
    calls.length > 0 && calls.every((call) => call.getDocumentationComment(checker).length > 0)
  );
}

function whereIs(name: ts.Symbol): string {
  const [declaration] = origin(name).declarations!;
  const file = declaration!.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(declaration!.getStart());
  return `${relative(root, file.fileName)}:${line + 1}: say above ${name.name} what it is`;
}

const origin = (name: ts.Symbol) =>
  name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
