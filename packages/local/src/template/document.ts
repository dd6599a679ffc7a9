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
import { deepest, YamlProblem, yamlValue } from "./yaml-value.ts";

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
    // Keys that are there twice are found by `yamlValue`, in a time that does not grow with their square.
    parsed ??= parseDocument(text, { lineCounter: lines, logLevel: "silent", uniqueKeys: false });
    return parsed;
  };
  return {
    file,
    value: jsonValue(text, file) ?? yamlOf(document(), lines, file),
    lineOf: (path) => lineOf(document(), lines, path),
  };
}

/** JSON is YAML too, and its own parser is a hundred times faster. What it refuses, YAML's explains. */
function jsonValue(text: string, file: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const at = offsetOfDepth(text, deepest + 1);
  if (at === undefined) return value;
  throw new TemplateError(`It is nested deeper than ${deepest} levels.`, {
    place: { file, line: text.slice(0, at).split("\n").length },
  });
}

/** Where JSON first opens so many lists and objects in one another. */
function offsetOfDepth(text: string, wanted: number): number | undefined {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g)) {
    if (found === "[" || found === "{") depth++;
    else if (found === "]" || found === "}") depth--;
    if (depth === wanted) return index;
  }
  return undefined;
}

function yamlOf(document: Document, lines: LineCounter, file: string): unknown {
  const refuse = (message: string, cause: unknown, line: number | undefined) => {
    throw new TemplateError(message, {
      place: { file, ...(line !== undefined && { line }) },
      cause,
    });
  };
  const [error] = document.errors;
  if (error) {
    const [what] = error.message.split("\n");
    const isDeep = /call stack/.test(error.message);
    const message = isDeep
      ? `It is nested deeper than ${deepest} levels.`
      : what!.replace(/ at line \d+, column \d+:?$/, ".");
    refuse(message, error, error.linePos?.[0].line);
  }
  try {
    return yamlValue(document);
  } catch (problem) {
    if (!(problem instanceof YamlProblem)) throw problem;
    const { message, offset } = problem;
    return refuse(message, problem, offset === undefined ? offset : lines.linePos(offset).line);
  }
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
