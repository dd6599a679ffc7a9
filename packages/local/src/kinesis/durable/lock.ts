/** One process at a time may write in a directory. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Another process has the directory. */
export class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
  readonly owner: number;
  /** The file that says so. */
  readonly file: string;

  constructor(directory: string, owner: number, file: string) {
    super(
      `${directory} is in use by process ${owner}. Stop it, or choose another directory. (If ${owner} is something else, delete ${file}.)`,
    );
    this.owner = owner;
    this.file = file;
  }
}

/**
 * Takes the directory, and returns how to give it back. A process that was killed leaves its
 * number behind, which says that it is gone. Rejects with `DirectoryInUse` while another has it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "lock");
  const owner = Number(await readFile(path, "utf8").catch(() => ""));
  if (owner > 0 && owner !== process.pid && isRunning(owner)) {
    throw new DirectoryInUse(directory, owner, path);
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
