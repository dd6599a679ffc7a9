/** How a command ends: with what went wrong in words, and with a status. */
import { PortError } from "../local/run/port-error.ts";
import type { Output } from "./project-machine.ts";
import { UsageError } from "./usage-error.ts";

/** What went wrong, as a line to read: errors of this program say it all in their message. */
export function complaint(error: unknown): string {
  if (error instanceof PortError && error.code === "EADDRINUSE") {
    return `${error.message} Stop what listens there, or choose another: --port ${error.service}=NUMBER.`;
  }
  if (error instanceof Error && error.name === "AbortError") return "interrupted.";
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a command: its errors go to `err`, and its exit status is 0, what it resolves to, 1 for an
 * error, or 2 for a command line that is wrong.
 */
export async function statusOf(
  name: string,
  err: Output,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    err.write(`shardmill ${name}: ${complaint(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    err.write(`See shardmill ${name} --help.\n`);
    return 2;
  }
}
