/** JSON as it is written: JavaScript's numbers are not all that may stand in it. */

/** Strings, punctuation, and what stands between. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Whether JSON.parse keeps every number as it is written. `json` is JSON. */
export const isExact = (json: string): boolean =>
  (json.match(token) ?? []).every((part) => !/^[-\d]/.test(part) || String(Number(part)) === part);

const longestLine = 100;

/** On one line where it fits, else a line for each member, two spaces deeper each. `json` is JSON. */
export function reindented(json: string): string {
  const parts = json.match(token) ?? [];
  const line = parts.map((part) => (part === "," ? ", " : part === ":" ? ": " : part)).join("");
  if (line.length <= longestLine) return line;
  let depth = 0;
  const newLine = () => `\n${"  ".repeat(depth)}`;
  const written = parts.map((part, at) => {
    const isEmpty = /^[[{]$/.test(parts[at - 1] ?? "") && /^[\]}]$/.test(part);
    if (part === ":") return ": ";
    if (part === ",") return `,${newLine()}`;
    if (/^[[{]$/.test(part)) {
      depth++;
      return /^[\]}]$/.test(parts[at + 1] ?? "") ? part : `${part}${newLine()}`;
    }
    if (!/^[\]}]$/.test(part)) return part;
    depth--;
    return isEmpty ? part : `${newLine()}${part}`;
  });
  return written.join("");
}
