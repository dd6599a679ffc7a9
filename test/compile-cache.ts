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
  // A process that is about to end may still write.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
