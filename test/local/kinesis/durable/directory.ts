/** A directory for a test, gone after it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "kinesis-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
