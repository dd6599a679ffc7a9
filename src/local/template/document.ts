/** A template as text: JSON, or YAML with CloudFormation's tags, and the line on which each part stands. */
import { readFile } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { TemplateError } from "./error.ts";

export type Path = readonly (string | number)[];

export interface TemplateDocument {
  /** Absolute. */
  readonly file: string;
  /** Tags are written out: `!Ref X` is `{ Ref: "X" }`. */
  readonly value: unknown;
  /** The line of the longest part of the path that is there, from 1. */
  lineOf(path: Path): number | undefined;
}

/** Reads a file; its absolute path. Throws a `TemplateError` that names file and line. */
export async function readDocument(file: string): Promise<TemplateDocument> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "There is no such file." : `It cannot be read: ${message}`;
    throw new TemplateError(why, { place: { file }, cause });
  }
  return parseTemplate(text, file);
}

/**
 * Parses JSON or YAML.
 *
 * @example
 * parseTemplate("Value: !GetAtt Flights.Arn", "a.yml").value;
 * // { Value: { "Fn::GetAtt": ["Flights", "Arn"] } }
 */
export function parseTemplate(text: string, file: string): TemplateDocument {
  const lines = new LineCounter();
  let parsed: Document | undefined;
  const document = () => {
    parsed ??= parseDocument(text, { lineCounter: lines, logLevel: "silent" });
    return parsed;
  };
  return {
    file,
    value: jsonValue(text) ?? yamlValue(document(), file),
    lineOf: (path) => lineOf(document(), lines, path),
  };
}

/** JSON is YAML too, and its own parser is a hundred times faster. What it refuses, YAML's explains. */
function jsonValue(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function yamlValue(document: Document, file: string): unknown {
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    const [what] = error.message.split("\n");
    throw new TemplateError(what!.replace(/ at line \d+, column \d+:?$/, "."), {
      place: { file, ...(line !== undefined && { line }) },
      cause: error,
    });
  }
  return plain(document.contents, document);
}

function plain(node: unknown, document: Document): unknown {
  if (!isNode(node)) return null;
  if (isAlias(node)) return plain(node.resolve(document), document);
  return withTag(node.tag, untagged(node, document));
}

function untagged(node: Node, document: Document): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plain(item, document));
  if (!isMap(node)) return null;
  const entries = node.items.map(
    ({ key, value }) => [String(isScalar(key) ? key.value : key), plain(value, document)] as const,
  );
  // What stands in the map itself goes before what is merged into it, and that before what is merged later.
  const merged = entries
    .flatMap(([name, value]) => (name === "<<" ? [value].flat() : []))
    .reverse();
  const own = entries.filter(([name]) => name !== "<<");
  return Object.fromEntries([...merged.flatMap((from) => Object.entries(from ?? {})), ...own]);
}

/** `!Sub` is `Fn::Sub`; `!Ref` and `!Condition` have no prefix. YAML's own tags begin with `tag:`. */
function withTag(tag: string | undefined, value: unknown): unknown {
  if (!tag?.startsWith("!") || tag === "!") return value;
  const name = tag.slice(1);
  if (name === "Ref" || name === "Condition") return { [name]: value };
  if (name === "GetAtt" && typeof value === "string") {
    const [logicalId, ...attribute] = value.split(".");
    return { "Fn::GetAtt": [logicalId, attribute.join(".")] };
  }
  return { [`Fn::${name}`]: value };
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    const found = child(node, step, document);
    if (!found) break;
    ({ node, offset } = found);
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/** Where a pair begins is its key: that is the line to look at, in what is merged in, too. */
function child(
  node: unknown,
  step: string | number,
  document: Document,
): { readonly node: unknown; readonly offset: number | undefined } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? { node: item, offset: item.range?.[0] } : undefined;
  }
  if (!isMap(node)) return undefined;
  const named = (name: string) =>
    node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  const pair = named(String(step));
  if (pair) return { node: pair.value, offset: (pair.key as Node).range?.[0] };
  const merged = named("<<")?.value;
  const maps = isSeq(merged) ? merged.items : [merged];
  for (const map of maps) {
    const found = child(isAlias(map) ? map.resolve(document) : map, step, document);
    if (found) return found;
  }
  return undefined;
}
