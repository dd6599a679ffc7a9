/** One output stream of an execution environment, as lines that know their invocation. */
import { StringDecoder } from "node:string_decoder";
import { readMark } from "./runtime/log-marks.ts";

export interface LogLines {
  write(chunk: Uint8Array): void;
  /** The stream has ended: what is left is a line too. */
  end(): void;
  /** Waits for the end of the invocation that is being served: all its lines are out then. */
  invocationEnd(): Promise<void>;
}

/** Characters after which a line is cut: CloudWatch's limit for one log event. */
const longestLine = 256 * 1024;

export function logLines(onLine: (line: string, requestId: string | undefined) => void): LogLines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let requestId: string | undefined;
  let ended = false;
  let wake: (() => void) | undefined;

  function take(line: string) {
    const mark = readMark(line);
    if (!mark) return onLine(line.endsWith("\r") ? line.slice(0, -1) : line, requestId);
    if (mark.before) onLine(mark.before, requestId);
    requestId = mark.requestId || undefined;
    if (!requestId) wake?.();
  }

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
      wake?.();
    },
    invocationEnd() {
      return new Promise((resolve) => {
        wake = resolve;
        if (ended) resolve();
      });
    },
  };
}
