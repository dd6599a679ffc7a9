/** On which line of a JSON text something stands. */
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { Path } from "./finding.ts";

export type LineOf = (path: Path) => number | undefined;

/**
 * For a text that begins on the line `first`. JSON is YAML, whose parser tells places; it is asked only
 * when a line is wanted. The line of a member that is not there is that of what would hold it.
 */
export function linesOf(json: string, first: number): LineOf {
  let parsed: { readonly document: Document; readonly counter: LineCounter } | undefined;
  const parse = () => {
    const counter = new LineCounter();
    return { document: parseDocument(json, { lineCounter: counter, logLevel: "silent" }), counter };
  };
  return (path) => {
    if (path.length === 0) return first;
    parsed ??= parse();
    for (let length = path.length; length > 0; length--) {
      const node = parsed.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return first + parsed.counter.linePos(node.range[0]).line - 1;
    }
    return first;
  };
}
