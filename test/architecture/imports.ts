/** Who imports what: read from the text of the sources, types included, without a type checker. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

export const root = join(import.meta.dirname, "../..");

export interface Import {
  /** The file that imports, from the repository's root: `src/record/unpack.ts`. */
  readonly from: string;
  readonly line: number;
  /** A file of the repository from its root, or the name of a package: `src/values/kinds.ts`, `@middy/core`, `node:fs`. */
  readonly to: string;
}

const folders = [
  "src",
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`),
];

/** Every source of the runtime and of the packages. */
export const sources: readonly string[] = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

/** Imports, exports from elsewhere, `import("…")`: of values and of types. */
export const imports: readonly Import[] = sources.flatMap((from) => {
  const text = readFileSync(join(root, from), "utf8");
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    from,
    line: text.slice(0, pos).split("\n").length,
    to: fileName.startsWith(".") ? join(dirname(from), fileName) : fileName,
  }));
});

/** The circles that `imports` make, each as the files on the way round. */
export function circles(imports: readonly Pick<Import, "from" | "to">[]): string[][] {
  const importedBy = Map.groupBy(imports, ({ from }) => from);
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file]);
    if (done.has(file)) return;
    done.add(file);
    for (const { to } of importedBy.get(file) ?? []) visit(to, [...way, file]);
  };
  for (const file of importedBy.keys()) visit(file, []);
  return found;
}
