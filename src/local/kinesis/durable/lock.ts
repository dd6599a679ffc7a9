/** One process at a time may write in a directory. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Takes the directory, and returns how to give it back. A process that was killed leaves its
 * number behind, which says that it is gone. Rejects while another process has it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "lock");
  const owner = Number(await readFile(path, "utf8").catch(() => ""));
  if (owner > 0 && owner !== process.pid && isRunning(owner)) {
    throw new Error(
      `${directory} is in use by process ${owner}. Stop it, or choose another directory. (If ${owner} is something else, delete ${path}.)`,
    );
  }
  await writeFile(path, String(process.pid));
  return () => rm(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
