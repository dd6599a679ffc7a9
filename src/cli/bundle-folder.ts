/** A folder for bundles in the project, so that its `node_modules` are found. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

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
