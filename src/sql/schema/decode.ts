/** The rows of a record: from JSON by paths, from CSV by places. */
import { RowError, showValue } from "../types/row-error.ts";
import type { Column, SqlType, Value } from "../types/sql-type.ts";
import { type Coerce, coercion, isAsItIs } from "./coerce.ts";
import { columnsOf, type SourceSchema } from "./schema.ts";

/** One row of a record, which is the caller's, or why it is none. */
export type Decoded = Value[] | RowError;

export interface RecordDecoder {
  readonly columns: readonly Column[];
  /** The rows of a record's text. */
  readonly decodeText: (text: string) => readonly Decoded[];
  /** The rows of what JSON.parse made of it. */
  readonly decodeValue: (value: unknown, text?: string) => readonly Decoded[];
}

/** `more`: so many values will be put behind those of a row. Throws TypeError where the schema is wrong. */
export function recordDecoder(schema: SourceSchema, source: string, more = 0): RecordDecoder {
  const columns = columnsOf(schema, source);
  const coerce = columns.map(({ name, type }) => coercion(type, name));
  if (schema.recordFormatType === "CSV") return csvDecoder(schema, columns, coerce);
  const rowPath = pathOf(schema.recordRowPath ?? "$", `recordRowPath of ${source}`);
  const paths = schema.recordColumns.map(({ mapping, name }) =>
    pathOf(mapping ?? `$.${name}`, `the mapping of ${source}.${name}`),
  );
  const lists = [
    ...new Set(
      paths.flatMap(({ list }) => (list && list.inner !== undefined ? [list.at.join(".")] : [])),
    ),
  ];
  if (lists.length > 1)
    throw new TypeError(
      `The mappings of ${source} make rows of two lists: ${lists.join(" and ")}. Only one is possible.`,
    );
  const made = (values: (path: Path) => unknown): Decoded => {
    try {
      return paths.map((path, at) => coerce[at]!(values(path)));
    } catch (error) {
      if (error instanceof RowError) return error;
      throw error;
    }
  };
  const rowsOf = (value: unknown): readonly Decoded[] => {
    const rows = lookUp(value, rowPath.keys);
    return (Array.isArray(rows) ? rows : [rows]).flatMap((row): readonly Decoded[] => {
      const flattened = paths.find(({ list }) => list?.inner !== undefined)?.list;
      if (!flattened) return [made(({ keys }) => lookUp(row, keys))];
      const list = lookUp(row, flattened.at);
      // An empty list is one row without its values.
      const elements = Array.isArray(list) && list.length > 0 ? list : [undefined];
      return elements.map((element) =>
        made(({ keys, list }) =>
          list?.inner === undefined ? lookUp(row, keys) : lookUp(element, list.inner),
        ),
      );
    });
  };
  const isPlain = rowPath.keys.length === 0 && paths.every(({ list }) => !list);
  const types = columns.map(({ type }) => type);
  const decodeValue = isPlain ? plainRows(paths, types, coerce, more) : rowsOf;
  return {
    columns,
    decodeValue,
    decodeText(text) {
      let value: unknown;
      try {
        value = isPlain && text.startsWith("{") ? JSON.parse(text) : parseJson(text);
      } catch (error) {
        return [
          new RowError(
            "CONVERSION_FAILED",
            `A record is no JSON: ${(error as Error).message}. It begins with ${showValue(text.slice(0, 60))}.`,
          ),
        ];
      }
      return decodeValue(value, text);
    },
  };
}

/** The same where each row is one document, and each value stands in it by its name: as nearly always. */
function plainRows(
  paths: readonly Path[],
  types: readonly SqlType[],
  coerce: readonly Coerce[],
  more: number,
) {
  const { length } = paths;
  // What every object has anyway is looked up with care.
  const names = paths.map(({ keys }) =>
    keys.length === 1 && !(keys[0]! in Object.prototype) ? keys[0] : undefined,
  );
  // `text`: where JSON.parse has made the document of it, and that may have rounded numbers.
  const one = (document: unknown, text?: string): Decoded => {
    const isObject = typeof document === "object" && document !== null;
    // A list that grows takes room for twenty.
    const row: Value[] = new Array(length + more);
    try {
      for (let at = 0; at < length; at++) {
        const name = names[at];
        const found =
          name !== undefined && isObject
            ? (document as Record<string, unknown>)[name]
            : lookUp(document, paths[at]!.keys);
        if (isAsItIs(types[at]!, found)) row[at] = found;
        else if (text !== undefined && mayBeRounded(found) && hasLongNumber(text))
          return one(parseJson(text));
        else row[at] = coerce[at]!(found);
      }
      return row;
    } catch (error) {
      if (error instanceof RowError) return error;
      throw error;
    }
  };
  return (value: unknown, text?: string): readonly Decoded[] =>
    Array.isArray(value) ? value.map((each) => one(each)) : [one(value, text)];
}

const mayBeRounded = (value: unknown) =>
  typeof value === "number"
    ? !Number.isSafeInteger(value)
    : typeof value === "object" && value !== null;

const hasLongNumber = (text: string) => /\d{16}/.test(text);

/** Whole numbers beyond 2^53 stay what they are. */
function parseJson(text: string): unknown {
  if (!hasLongNumber(text)) return JSON.parse(text);
  return JSON.parse(text, ((_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    const isLarge =
      typeof value === "number" &&
      !Number.isSafeInteger(value) &&
      source !== undefined &&
      /^-?\d+$/.test(source);
    return isLarge ? BigInt(source) : value;
  }) as (key: string, value: unknown) => unknown);
}

interface Path {
  readonly keys: readonly string[];
  /** `$.at[0:]`, and behind it `.inner`. */
  readonly list:
    | { readonly at: readonly string[]; readonly inner: readonly string[] | undefined }
    | undefined;
}

function pathOf(text: string, where: string): Path {
  const found = /^\$((?:\.[^.[\]]+)*)(?:(\[0:\])((?:\.[^.[\]]+)*))?$/.exec(text);
  if (!found) {
    throw new TypeError(
      `${where} is ${JSON.stringify(text)}; it must be $, $.a.b, $.list[0:] or $.list[0:].a.`,
    );
  }
  const [, before = "", list, after = ""] = found;
  const keys = before.split(".").slice(1);
  if (list === undefined) return { keys, list: undefined };
  return { keys, list: { at: keys, inner: after === "" ? undefined : after.split(".").slice(1) } };
}

function lookUp(value: unknown, keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function csvDecoder(
  schema: SourceSchema,
  columns: readonly Column[],
  coerce: readonly Coerce[],
): RecordDecoder {
  const { recordColumnDelimiter = ",", recordRowDelimiter = "\n" } = schema;
  const decodeText = (text: string): readonly Decoded[] => {
    const lines = text.split(recordRowDelimiter).map((line) => line.replace(/\r$/, ""));
    return lines.flatMap((line): readonly Decoded[] => {
      if (line === "") return [];
      const fields = splitCsv(line, recordColumnDelimiter);
      try {
        return [
          coerce.map((convert, at) =>
            fields[at] === undefined || fields[at] === "" ? null : convert(fields[at]),
          ),
        ];
      } catch (error) {
        if (error instanceof RowError) return [error];
        throw error;
      }
    });
  };
  return { columns, decodeText, decodeValue: (value) => decodeText(String(value)) };
}

/** Fields in double quotes may have the delimiter in them; two quotes there are one. */
export function splitCsv(line: string, delimiter: string): readonly string[] {
  const fields: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (isQuoted) {
      if (line[at] !== '"') field += line[at];
      else if (line[at + 1] === '"') {
        field += '"';
        at++;
      } else isQuoted = false;
    } else if (line[at] === '"' && field === "") isQuoted = true;
    else if (line.startsWith(delimiter, at)) {
      fields.push(field);
      field = "";
      at += delimiter.length - 1;
    } else field += line[at];
  }
  fields.push(field);
  return fields;
}
