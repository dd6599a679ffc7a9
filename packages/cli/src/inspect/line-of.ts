/** On which line of a JSON text something stands. */
import { childSpan, wholeSpan } from "../input/json-source.ts";
import type { Path } from "./finding.ts";

export type LineOf = (path: Path) => number | undefined;

/**
 * For a text that begins on the line `first`. The line of a member that is not there is that of what
 * would hold it.
 */
export function linesOf(json: string, first: number): LineOf {
  return (path) => {
    let span = wholeSpan(json);
    for (const step of path) {
      const child = childSpan(json, span, String(step));
      if (!child) break;
      span = child;
    }
    return path.length === 0 ? first : first + json.slice(0, span.start).split("\n").length - 1;
  };
}
