/**
 * Loads the program, or a copy of it in which some lines read otherwise: for the mutation check, and
 * for folds that come after a handful of entries. Node.js only: the copies are made as they are imported.
 */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { reached } from "./importers.ts";
import type { Program } from "./program.ts";
import type { Scenario } from "./scenario.ts";

/** One place in the source, which stands there exactly once, and what it reads instead. */
export interface Patch {
  /** Relative to the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The program that a day runs on: as it is, or with folds that come soon. Each is loaded with the first day that asks for it. */
export type Programs = (day: Scenario) => Promise<Program>;

const smallFolds: Patch = {
  file: "src/progress/tail.ts",
  from: "const foldedEntries = 256;",
  to: "const foldedEntries = 6;",
};

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What each copy reads otherwise, and the files that are not shared with the program as it is. */
const copies: { readonly patches: readonly Patch[]; readonly files: ReadonlySet<string> }[] = [];
let isHooked = false;

export function programsWith(patches: readonly Patch[] = []): Programs {
  const loaded = new Map<boolean, Promise<Program>>();
  return ({ consumer: { smallFolds: isFolding } }) => {
    const program = loaded.get(isFolding) ?? load(isFolding ? [...patches, smallFolds] : patches);
    loaded.set(isFolding, program);
    return program;
  };
}

const load = async (patches: readonly Patch[]): Promise<Program> =>
  (await importPatched<{ program: Program }>(new URL("program.ts", import.meta.url), patches))
    .program;

/** A module, with these lines in what it imports of this repository. */
export async function importPatched<Module>(
  module: URL,
  patches: readonly Patch[],
): Promise<Module> {
  const url = new URL(module);
  if (patches.length > 0) {
    hook();
    const files = reached(
      pathOf(url.href),
      patches.map(({ file }) => file),
    );
    url.searchParams.set("copy", String(copies.push({ patches, files }) - 1));
  }
  return (await import(url.href)) as Module;
}

/** Whatever a copy imports from this repository is of the same copy, if a patch reaches it. */
function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const copy = context.parentURL && copyOf(context.parentURL);
      const isOwn = resolved.url.startsWith("file:") && !resolved.url.includes("/node_modules/");
      if (!copy || !isOwn || copyOf(resolved.url)) return resolved;
      if (!copies[Number(copy)]!.files.has(pathOf(resolved.url))) return resolved;
      return { ...resolved, url: `${resolved.url}?copy=${copy}` };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const copy = copyOf(url);
      if (!copy) return loaded;
      const path = pathOf(url.slice(0, url.indexOf("?")));
      const patches = copies[Number(copy)]!.patches.filter(({ file }) => file === path);
      if (patches.length === 0) return loaded;
      return { ...loaded, source: patches.reduce(apply, String(loaded.source)) };
    },
  });
}

const pathOf = (url: string) => fileURLToPath(url).slice(root.length);
const copyOf = (url: string) => /\?copy=(\d+)$/.exec(url)?.[1];

function apply(source: string, { file, from, to }: Patch): string {
  const found = source.split(from).length - 1;
  if (found !== 1) {
    throw new Error(
      `${file} has this ${found} times, and should once: ${JSON.stringify(from)}. The code has changed: change the mutation with it.`,
    );
  }
  return source.replace(from, () => to);
}
