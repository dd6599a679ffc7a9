/** One output stream of an execution environment, as lines that know their invocation. */
import { StringDecoder } from "node:string_decoder";
import { readMark } from "./runtime/log-marks.ts";

export interface LogLines {
  write(chunk: Uint8Array): void;
  /** The stream has ended: what is left is a line too. */
  end(): void;
  /**
   * An invocation begins. The function that it returns is called when the runtime asks for the next
   * event, and waits until all lines of this one are out.
   */
  invocation(requestId: string): () => Promise<void>;
}

/** Makes the lines of a stream. */
export type MakeLogLines = (
  onLine: (line: string, requestId: string | undefined) => void,
) => LogLines;

/** Characters after which a line is cut: CloudWatch's limit for one log event. */
const longestLine = 256 * 1024;

/** Of a runtime that marks in its streams where an invocation begins and ends: ours, for Node.js. */
export const logLines: MakeLogLines = (onLine) => {
  let requestId: string | undefined;
  let ended = false;
  let wake: (() => void) | undefined;
  const { write, end } = splitLines((line) => {
    const mark = readMark(line);
    if (!mark) return onLine(withoutReturn(line), requestId);
    if (mark.before) onLine(mark.before, requestId);
    requestId = mark.requestId || undefined;
    if (!requestId) wake?.();
  });
  return {
    write,
    end() {
      end();
      ended = true;
      wake?.();
    },
    invocation() {
      const all = new Promise<void>((resolve) => {
        wake = resolve;
        if (ended) resolve();
      });
      return () => all;
    },
  };
};

/**
 * Of any other runtime. What it wrote before it asked for the next event is in the pipe by then: it is
 * all read once the event loop has gone round without a byte of it.
 */
export const plainLogLines: MakeLogLines = (onLine) => {
  let requestId: string | undefined;
  let chunks = 0;
  const { write, end } = splitLines((line) => onLine(withoutReturn(line), requestId));
  return {
    write(chunk) {
      chunks++;
      write(chunk);
    },
    end,
    invocation(id) {
      requestId = id;
      return async () => {
        let before: number;
        do {
          before = chunks;
          await round();
        } while (chunks > before);
        requestId = undefined;
      };
    },
  };
};

/** The event loop looks at every pipe between two of these. */
async function round(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const withoutReturn = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** Cuts a stream into lines. What is left at its end is one too. */
function splitLines(take: (line: string) => void): Pick<LogLines, "write" | "end"> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let ended = false;
  return {
    write(chunk) {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
      while (rest.length > longestLine) {
        take(rest.slice(0, longestLine));
        rest = rest.slice(longestLine);
      }
    },
    end() {
      if (ended) return;
      ended = true;
      if (rest) take(rest);
      rest = "";
    },
  };
}
