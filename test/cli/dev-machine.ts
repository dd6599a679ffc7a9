/** `shardmill dev` in this process, with what it prints as JSON. */
import { devCommand } from "../../packages/cli/src/dev/command.ts";
import type { ReadTemplate, Template } from "../../packages/local/src/template/types.ts";
import { after } from "../ending.ts";

export interface RunningDev {
  /** Resolves to the next line that `matches`, of those that no call has had yet. */
  next(matches: (line: any) => boolean): Promise<any>;
  /** All lines so far. */
  readonly lines: readonly any[];
  /** As Ctrl-C; resolves to the exit status. */
  stop(): Promise<number>;
  readonly ended: Promise<number>;
  readonly err: () => string;
}

/** Starts it on free ports; it is ended with the test. */
export function runDev(
  cwd: string,
  template: Template | ReadTemplate,
  ...args: readonly string[]
): RunningDev {
  const interrupted = new AbortController();
  const lines: any[] = [];
  const taken = new Set<object>();
  const waiting = new Set<() => void>();
  let err = "";
  const ended = devCommand(["--port", "0", "--json", ...args], {
    out: {
      write(text) {
        for (const line of text.trim().split("\n")) lines.push(JSON.parse(line));
        for (const look of [...waiting]) look();
      },
    },
    err: { write: (text) => (err += text) },
    signal: interrupted.signal,
    cwd,
    env: {},
    readTemplate: typeof template === "function" ? template : async () => template,
  });
  const stop = () => {
    interrupted.abort();
    return ended;
  };
  after(stop);
  return {
    lines,
    ended,
    stop,
    err: () => err,
    next: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => !taken.has(line) && matches(line));
          if (!found) return;
          waiting.delete(look);
          taken.add(found);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`shardmill dev has ended: ${err}`)));
      }),
  };
}

export const ofType = (type: string) => (line: { type: string }) => line.type === type;
