/** Questions on a terminal: an answer that will not do is asked for again. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../command-line/usage-error.ts";

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

export interface Question<T> {
  readonly text: string;
  /** What an empty answer stands for. */
  readonly standard: string;
  /** Throws UsageError for one that will not do. */
  readonly read: (answer: string) => T;
}

export type Ask = <T>(question: Question<T>) => Promise<T>;

/** Asks one question after the other while `work` runs. Rejects where the input ends, or by Ctrl-C. */
export async function asking<T>(
  { input, output }: Terminal,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const lines = createInterface({ input, output });
  const over = new AbortController();
  lines.once("SIGINT", () => over.abort()).once("close", () => over.abort());
  try {
    return await work(async ({ text, standard, read }) => {
      for (;;) {
        const answer = await lines.question(`${text} [${standard}] `, { signal: over.signal });
        try {
          return read(answer.trim() || standard);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          output.write(`${error.message}\n`);
        }
      }
    });
  } catch (cause) {
    if (!over.signal.aborted) throw cause;
    throw new Error("nothing was written.", { cause });
  } finally {
    lines.close();
  }
}
