/** From a function's `Handler` to the file that it stands in. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { nearest } from "../../../../src/values/nearest.ts";
import { shownFolder } from "./error.ts";
import type { CodeLocation, NoCode } from "./opened.ts";
import type { FunctionSource } from "./types.ts";

const typeScript = [".ts", ".mts", ".cts", ".tsx"];
const javaScript = [".js", ".mjs", ".cjs"];

/** Folders that tools build into: what stands there has its source beside them, or in `src`. */
const outputFolder = /^\.?(build|dist|out|lib|esbuild|webpack)[\w-]*$/;

/**
 * Finds the source of `handlers/departures.handler`: a TypeScript file before a JavaScript file
 * of the same name, and the source of a build before what was built.
 */
export function findHandler(handler: string, code: CodeLocation): FunctionSource | NoCode {
  const inFolder = dirname(handler);
  const [name = "", ...exported] = basename(handler).split(".");
  if (exported.length === 0) {
    return { why: `The handler ${handler} names no export: it has no dot behind the file's name.` };
  }
  const module = join(inFolder, name);
  const file = sourceFiles(module, code).find((candidate) => existsSync(candidate));
  if (!file) return { why: missing(module, exported.join("."), code) };
  const { folder, isBuilt } = code;
  // A folder that is yet to be built is not there.
  const taskRoot = existsSync(folder) ? folder : dirname(folder);
  return { file, exportName: exported.join("."), taskRoot, isBuilt };
}

function sourceFiles(
  module: string,
  { folder, isBuilt, entryPoints = [] }: CodeLocation,
): string[] {
  const files = (path: string, extensions: readonly string[]) =>
    extensions.map((extension) => join(folder, `${path}${extension}`));
  if (isBuilt) return files(module, [...javaScript, ...typeScript]);
  const isEntry = (path: string) => stem(basename(path)) === basename(module);
  return [
    ...files(module, typeScript),
    ...entryPoints.filter(isEntry).map((path) => join(folder, path)),
    ...unbuilt(module).flatMap((path) => files(path, typeScript)),
    ...unbuilt(join(basename(folder), module)).flatMap((path) =>
      files(join("..", path), typeScript),
    ),
    ...files(module, javaScript),
  ];
}

/** `dist/handlers/a` may come from `handlers/a` or `src/handlers/a`. */
function unbuilt(module: string): string[] {
  const steps = module.split(/[\\/]/);
  if (steps.length < 2 || !outputFolder.test(steps[0]!)) return [];
  const rest = steps.slice(1).join("/");
  return [rest, join("src", rest), ...unbuilt(rest)];
}

const stem = (name: string) => name.slice(0, name.length - extname(name).length);

function missing(module: string, exportName: string, { folder }: CodeLocation): string {
  const near = nearFile(join(folder, module));
  const hint = near
    ? ` Did you mean ${join(dirname(module), near)}.${exportName}?`
    : " Create it, or change the handler.";
  return `There is no ${module}.ts, nor .js or .mjs, in ${shownFolder(folder)}.${hint}`;
}

function nearFile(path: string): string | undefined {
  if (!existsSync(dirname(path))) return undefined;
  const names = readdirSync(dirname(path))
    .filter((name) => [...typeScript, ...javaScript].includes(extname(name)))
    .map(stem);
  return nearest(basename(path), names);
}
