/** From the `Handler` of a Python function to its module. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearest } from "../../../../src/values/nearest.ts";
import { shownFolder } from "./error.ts";
import type { CodeLocation, NoCode } from "./opened.ts";
import type { DeclaredFunction, FunctionSource } from "./types.ts";

/** `src/app.lambda_handler` and `src.app.lambda_handler` are the function `lambda_handler` of src/app.py. */
export function findPythonHandler(
  { handler, runtime }: Pick<DeclaredFunction, "handler" | "runtime">,
  { folder: taskRoot, isBuilt }: CodeLocation,
): FunctionSource | NoCode {
  const dot = handler.lastIndexOf(".");
  if (dot < 1) {
    return { why: `The handler ${handler} names no function: it has no dot behind the module.` };
  }
  const module = handler.slice(0, dot).replaceAll(".", "/");
  const exportName = handler.slice(dot + 1);
  const file = [`${module}.py`, join(module, "__init__.py")]
    .map((path) => join(taskRoot, path))
    .find((path) => existsSync(path));
  if (!file) {
    const near = nearModule(join(taskRoot, module));
    const hint = near
      ? ` Did you mean ${join(dirname(module), near)}.${exportName}?`
      : " Create it, or change the handler.";
    return { why: `There is no ${module}.py in ${shownFolder(taskRoot)}.${hint}` };
  }
  const text = readFileSync(file, "utf8");
  // Whatever defines or imports a name has it in its text.
  if (!new RegExp(`\\b${exportName}\\b`).test(text) && !/import\s*\*/.test(text)) {
    const names = [...text.matchAll(/^(?:async )?def (\w+)/gm)].map(([, name]) => name!);
    const near = nearest(exportName, names) ?? names.find((name) => name.includes("handler"));
    const hint = near ? ` Did you mean ${near}?` : "";
    return { why: `${shownFolder(file)} has no ${exportName}.${hint}` };
  }
  const version = runtime.replace(/^python/, "");
  return { kind: "python", version, file, exportName, taskRoot, isBuilt };
}

function nearModule(path: string): string | undefined {
  if (!existsSync(dirname(path))) return undefined;
  const names = readdirSync(dirname(path))
    .filter((name) => name.endsWith(".py"))
    .map((name) => name.slice(0, -3));
  return nearest(basename(path), names);
}
