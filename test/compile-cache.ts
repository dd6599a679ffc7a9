/**
 * What processes compile is kept for one run of the tests, and those that come later begin with it. Node strips the types of some hundred modules and
 * compiles them whenever a test starts the command line or an environment of Lambda.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function setup(): (() => void) | undefined {
  if (process.env.NODE_COMPILE_CACHE) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "shardmill-compiled-"));
  process.env.NODE_COMPILE_CACHE = folder;
  return () => remove(folder, 5);
}

/** A process that is about to end may still write; `maxRetries` of Node 22 tries again to remove a folder, and not what was written to it meanwhile. */
function remove(folder: string, tries: number): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 1 });
  } catch (error) {
    if (tries === 1) throw error;
    remove(folder, tries - 1);
  }
}
