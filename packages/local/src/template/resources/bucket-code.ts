/** Code that the template has in S3 already: where its source may be on this machine. */
import { readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { shownFolder } from "../error.ts";
import type { CodeLocation, NoCode } from "../opened.ts";
import type { FunctionSource } from "../types.ts";

/** Folders that hold no source of the project's own. */
const besides = /^(\.|node_modules$|cdk\.out$|__pycache__$|venv$|test(s|data)?$)/;
const deepest = 2;

/**
 * The one folder below that has the handler; where several have, the one of the archive's name. `why`: what is
 * missing in the folder itself.
 */
export function besideBucket(
  location: CodeLocation,
  key: unknown,
  why: string,
  sourceOf: (location: CodeLocation) => FunctionSource | NoCode,
): FunctionSource | NoCode {
  const having = foldersIn(location.folder, deepest).flatMap((folder) => {
    const source = sourceOf({ ...location, folder });
    return "why" in source ? [] : [{ folder, source }];
  });
  const archive = basename(String(key ?? ""));
  const named = having.filter(
    ({ folder }) => basename(folder) === archive.slice(0, archive.length - extname(archive).length),
  );
  const [one] = named.length === 1 ? named : having.length === 1 ? having : [];
  if (one) return one.source;
  const where =
    having.length === 0
      ? why.replace(/ (Create it|Build it first).*$/, "")
      : `Its source may be in ${having.map(({ folder }) => shownFolder(folder)).join(" or ")}.`;
  return {
    why: `Its code is in S3. ${where} Call shardmill from the folder of its source, and say the template with --template.`,
  };
}

function foldersIn(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !besides.test(entry.name))
    .flatMap(({ name }) => {
      const inner = join(folder, name);
      return [inner, ...(depth > 1 ? foldersIn(inner, depth - 1) : [])];
    });
}
