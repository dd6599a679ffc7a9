/** Folders for bundles in the project, so that its `node_modules` are found. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Template, TemplateFunction } from "@shardmill/local/rig";

export interface BundleFolders {
  /** The project's own. */
  readonly root: string;
  /** A function's, which is there for it alone. */
  of(fn: TemplateFunction): string;
  /** Removes all of them. */
  remove(): Promise<void>;
}

/** One for each function: beside the `node_modules` that its handler finds first. */
export async function bundleFolders({
  projectRoot,
  functions,
}: Pick<Template, "projectRoot" | "functions">): Promise<BundleFolders> {
  const folders = new Map<string, string>();
  const placeOf = ({ source }: TemplateFunction) => nearestModules(source.file, projectRoot);
  for (const place of new Set([projectRoot, ...functions.map(placeOf)])) {
    folders.set(place, await bundleFolder(place));
  }
  return {
    root: folders.get(projectRoot)!,
    of: (fn) => join(folders.get(placeOf(fn))!, fn.logicalId),
    async remove() {
      for (const folder of folders.values()) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The folder with the nearest `node_modules`, of those from a file's own to the project's. */
function nearestModules(file: string, projectRoot: string): string {
  for (let folder = dirname(file); folder.startsWith(projectRoot); folder = dirname(folder)) {
    if (folder === projectRoot || existsSync(join(folder, "node_modules"))) return folder;
    if (folder === dirname(folder)) break;
  }
  return projectRoot;
}

/** One for this process; those of processes that were killed are cleared away. */
export async function bundleFolder(projectRoot: string): Promise<string> {
  const parent = join(projectRoot, ".shardmill");
  const runs = join(parent, "run");
  await mkdir(runs, { recursive: true });
  await writeFile(join(parent, ".gitignore"), "*\n");
  for (const left of await readdir(runs)) {
    if (!isRunning(Number(left.split("-")[0]))) {
      await rm(join(runs, left), { recursive: true, force: true });
    }
  }
  return mkdtemp(join(runs, `${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
