/** What the commands have in common. */

import { harmlessOutput, type Output } from "../terminal/terminal.ts";
import { LocalError, UsageError } from "./usage-error.ts";

export type { Output } from "../terminal/terminal.ts";

export interface CommandSurroundings {
  readonly out?: Output;
  readonly err?: Output;
  /** Ends the command. @default Ctrl-C or SIGTERM */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Standard output and standard error: harmless to a terminal, whatever is written there. */
export interface Outputs {
  readonly out: Output;
  readonly err: Output;
}

/** Runs a command: its exit status is what it resolves to, 1 for an error, 2 for a wrong command line or a package that is missing. */
export async function runCommand(
  name: string,
  { out = process.stdout, err: given = process.stderr }: Partial<Outputs>,
  run: (outputs: Outputs) => Promise<number>,
): Promise<number> {
  const err = harmlessOutput(given);
  try {
    return await run({ out: harmlessOutput(out), err });
  } catch (error) {
    err.write(`shardmill ${name}: ${error instanceof Error ? error.message : error}\n`);
    if (error instanceof LocalError) return 2;
    if (!(error instanceof UsageError)) return 1;
    err.write(`See shardmill ${name} --help.\n`);
    return 2;
  }
}

/** The items, until the signal comes. */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    while (!signal.aborted) {
      const next = iterator.next();
      const result = await Promise.race([next, aborted]);
      if (!result) next.catch(() => {});
      if (!result || result.done) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Whoever waits for input that does not come cannot be waited for.
    iterator.return?.()?.catch(() => {});
  }
}
