import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** What the examples take from their surroundings. */
const surroundings = `
declare global {
  function chargeOnce(order: { id: string }): Promise<void>;
  function charge(customer: string, total: number): Promise<void>;
  const handler: (event: unknown, context?: unknown) => Promise<unknown>;
}
export {};
`;

/** README.md and what it leads to, from the repository's root. */
const pages = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...["docs", "docs/decisions", "docs/bench"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((page) => `${folder}/${page}`),
  ),
].filter((page) => page.endsWith(".md"));
const textOf = (page: string) => readFileSync(join(root, page), "utf8");

it("the TypeScript of every page compiles against the source", () => {
  const examples = pages.flatMap((page) =>
    [...textOf(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, code], n) => [`${page.replaceAll(/\W/g, "-")}-${n}.ts`, code!] as const,
    ),
  );
  expect(examples.length).toBeGreaterThanOrEqual(2);

  const files = new Map(examples.map(([name, code]) => [join(root, "test/docs", name), code]));
  files.set(join(root, "test/docs/surroundings.ts"), surroundings);
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.fileExists = (file) => files.has(file) || fileExists(file);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    const code = files.get(file);
    return code === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(
          file,
          code,
          { languageVersion: ts.ScriptTarget.ES2023, impliedNodeFormat: ts.ModuleKind.ESNext },
          true,
        );
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const wrong = [...files.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(
    wrong.map(
      ({ file, start, messageText }) =>
        `${file?.fileName}:${file && 1 + file.getLineAndCharacterOfPosition(start!).line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    ),
  ).toEqual([]);
});

it.each(pages)("%s links to what is there, headings included", (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)];
  const missing = links
    .map(([, link, heading]) => ({ file: link ? join(dirname(page), link) : page, heading }))
    .filter(
      ({ file, heading }) =>
        !existsSync(join(root, file)) || (heading && !headingsOf(file).includes(heading)),
    );
  expect(missing).toEqual([]);
});

it.each(pages)("%s names no file of the repository that is not there", (page) => {
  const named = [...textOf(page).matchAll(/`((?:src|test|packages|bench|docs|\.ci)\/[\w./-]+)`/g)];
  const missing = named.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

/** What a link to a page may name behind its #: headings as GitHub calls them, and anchors. */
const headingsOf = (page: string) => [
  ...[...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  ),
  ...[...textOf(page).matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!),
];
