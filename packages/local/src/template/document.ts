/** A template as text: JSON, or YAML with CloudFormation's tags, and the line on which each part stands. */
import { readFile } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
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
  /** Keys of YAML that are there twice, and where they are there again. */
  readonly twice?: readonly { readonly name: string; readonly line: number | undefined }[];
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
  let parsed: Parsed | undefined;
  const document = () => {
    parsed ??= parse(text);
    if (parsed.document.errors.length === 0) return parsed;
    const quoted = parse(withQuotedHyphens(text));
    if (quoted.document.errors.length === 0) parsed = quoted;
    return parsed;
  };
  const json = jsonValue(text, file);
  return {
    file,
    ...(json === undefined ? yamlOf(document(), file) : { value: json }),
    lineOf: (path) => lineOf(document(), path),
  };
}

interface Parsed {
  readonly document: Document;
  readonly lines: LineCounter;
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  // Keys that are there twice are found by `yamlValue`, in a time that does not grow with their square.
  const options = { lineCounter: lines, logLevel: "silent", uniqueKeys: false } as const;
  return { document: parseDocument(text, options), lines };
}

/** What the lexer says that is not in the text: a document begins, a list is broken off, a scalar follows. */
const lexerMarks = ["\u0002", "\u0018", "\u001f"];

/** CloudFormation reads YAML 1.1, where `[-, a]` is a list of two; to YAML 1.2 a lone hyphen in a list is none. */
function withQuotedHyphens(text: string): string {
  let depth = 0;
  let isScalar = false;
  let result = "";
  for (const lexeme of new Lexer().lex(text)) {
    if (!isScalar && (lexeme === "[" || lexeme === "{")) depth++;
    if (!isScalar && (lexeme === "]" || lexeme === "}")) depth--;
    if (!lexerMarks.includes(lexeme))
      result += !isScalar && depth > 0 && lexeme === "-" ? '"-"' : lexeme;
    isScalar = lexeme === "\u001f";
  }
  return result;
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

function yamlOf(
  { document, lines }: Parsed,
  file: string,
): Pick<TemplateDocument, "value" | "twice"> {
  const refuse = (message: string, cause: unknown, line: number | undefined): never => {
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
  const lineAt = (offset: number | undefined) =>
    offset === undefined ? undefined : lines.linePos(offset).line;
  // What an alias stands for is met again with each alias.
  const twice = new Map<number | undefined, string>();
  try {
    const value = yamlValue(document, (name, offset) => void twice.set(offset, name));
    return { value, twice: [...twice].map(([at, name]) => ({ name, line: lineAt(at) })) };
  } catch (problem) {
    if (!(problem instanceof YamlProblem)) throw problem;
    return refuse(problem.message, problem, lineAt(problem.offset));
  }
}

function lineOf({ document, lines }: Parsed, path: Path): number | undefined {
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
    node.items.findLast(({ key }) => isScalar(key) && String(key.value) === name);
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
