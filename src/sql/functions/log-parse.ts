/** Functions that take a line of a log apart: what they give is a record, whose columns are read as alias.record.COLUMN1. */

import { Cursor } from "../parse/cursor.ts";
import { parseType } from "../parse/literals.ts";
import { callTerm, type Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { cast } from "../types/convert.ts";
import { RowError, showValue } from "../types/row-error.ts";
import {
  type Column,
  isMoment,
  isText,
  type SqlType,
  timestampType,
  type Value,
  varchar,
} from "../types/sql-type.ts";
import { typeOf } from "../types/written.ts";
import { dateFormat } from "./date-format.ts";
import { constantOf, constantText, refuseTypes } from "./fail.ts";
import { type FastPattern, fastPattern } from "./fast-regex.ts";
import { javaPattern, literal } from "./patterns.ts";

/** Of a column that nothing is said of. */
const columnLength = 1024;

type Parse = (text: string, ...more: any[]) => readonly Value[] | null;

const record = (fields: readonly Column[]): SqlType =>
  Object.freeze({ name: "RECORD", fields: Object.freeze(fields) });
const numbered = (count: number): Column[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `COLUMN${at + 1}`,
    type: varchar(columnLength),
  }));

/** Undefined: there is no such function. Throws SqlError, PatternError. */
export function logParse(name: string, args: readonly Typed[], at: Position): Typed | undefined {
  const make = parsers[name];
  if (!make) return undefined;
  if (!args[0] || !isText(args[0].type)) {
    throw refuseTypes(
      name,
      args.slice(0, 1).map(({ type }) => type),
      at,
      "Its first argument is the text.",
    );
  }
  const { fields, parse } = make(args, at);
  const text = `${name}(${args.map(({ text }) => text).join(", ")})`;
  return callTerm(text, record(fields), [args[0]], parse as (text: string) => Value);
}

interface Parser {
  readonly fields: readonly Column[];
  readonly parse: Parse;
}

const parsers: Readonly<Record<string, (args: readonly Typed[], at: Position) => Parser>> = {
  REGEX_LOG_PARSE: (args, at) => regexParser(args, at, slowPattern),
  FAST_REGEX_LOG_PARSE: (args, at) => regexParser(args, at, fastPattern),
  FAST_REGEX_LOG_PARSER: (args, at) => regexParser(args, at, fastPattern),
  W3C_LOG_PARSE: w3cParser,
  SYS_LOG_PARSE: () => ({
    fields: [
      { name: "COLUMN1", type: timestampType },
      { name: "COLUMN2", type: varchar(columnLength) },
    ],
    parse(text) {
      const found = /^\s*([A-Z][a-z]{2}\s+\d{1,2} \d{2}:\d{2}:\d{2})\s+([\s\S]*)$/.exec(text);
      if (!found) return null;
      return [dateFormat("MMM d HH:mm:ss").parse(found[1]!.replace(/\s+/g, " ")), found[2]!];
    },
  }),
  VARIABLE_COLUMN_LOG_PARSE: variableParser,
  FIXED_COLUMN_LOG_PARSE: fixedParser,
};

/** Each group of the pattern is a column. NULL where the pattern does not match the whole text. */
function regexParser(
  args: readonly Typed[],
  at: Position,
  patternOf: (pattern: string) => FastPattern,
): Parser {
  const pattern = constantText(args[1], "The pattern", at);
  const { groups, match } = patternOf(pattern);
  const listed = args[2]
    ? columnsIn(constantText(args[2], "The list of columns", at), at, { isPlain: true })
    : undefined;
  if (groups === 0)
    throw new SqlError("The pattern has no group: columns are made of what stands in ( ).", at);
  if (listed && listed.length !== groups) {
    throw new SqlError(
      `The pattern has ${groups} groups, and ${listed.length} columns are listed.`,
      at,
    );
  }
  const convert = listed?.map(fromText);
  return {
    fields: listed ?? numbered(groups),
    parse(text) {
      const found = match(text);
      if (!found) return null;
      return found.map((value, at) =>
        value === undefined ? null : convert ? convert[at]!(value) : value,
      );
    },
  };
}

function slowPattern(pattern: string): FastPattern {
  const { flags, source } = javaPattern(pattern);
  const regex = new RegExp(`^(?:${source})$`, flags);
  const groups = new RegExp(`${source}|`, flags).exec("")!.length - 1;
  return { groups, match: (text) => regex.exec(text)?.slice(1) ?? null };
}

/** Apache's formats, by their directives. */
const formats: Readonly<Record<string, string>> = {
  COMMON: '%h %l %u %t "%r" %>s %b',
  "COMMON WITH VHOST": '%v %h %l %u %t "%r" %>s %b',
  "NCSA EXTENDED": '%h %l %u %t "%r" %>s %b "%[Referer]i" "%[User-agent]i"',
  REFERER: "%[Referer]i ---> %U",
  AGENT: "%[User-agent]i",
};

function w3cParser(args: readonly Typed[], at: Position): Parser {
  const named = constantText(args[1], "The format", at);
  const format = (formats[named.toUpperCase()] ?? named).replaceAll('\\"', '"');
  let count = 0;
  const source = format.replace(
    /%(?:[!\d,<>]*)(?:\[[^\]]*\]|\{[^}]*\})?([a-zA-Z])|[^%]/g,
    (part, letter: string | undefined, place: number) => {
      if (letter === undefined) return /\s/.test(part) ? "\\s+" : literal(part);
      count++;
      // A time has its brackets, unless they stand in the format.
      if (letter === "t") return format[place - 1] === "[" ? "([^\\]]*)" : "(\\[[^\\]]*\\])";
      return letter === "r" || letter === "i" || letter === "o" || letter === "U"
        ? '([^"]*?)'
        : "(\\S+)";
    },
  );
  if (count === 0) {
    throw new SqlError(
      `${showValue(named)} is no format.`,
      at,
      `There are ${Object.keys(formats).join(", ")}, and Apache's directives such as '%h %t "%r"'.`,
    );
  }
  const pattern = new RegExp(`^\\s*${source}\\s*$`);
  return { fields: numbered(count), parse: (text) => pattern.exec(text)?.slice(1) ?? null };
}

function variableParser(args: readonly Typed[], at: Position): Parser {
  const listed = constantOf(args[1]);
  const delimiter = constantText(args[2], "The delimiter", at);
  const escapeChar = args[3] ? constantText(args[3], "The escape character", at) : undefined;
  const quotes = args[4] ? constantText(args[4], "The quotes", at) : undefined;
  if (delimiter === "") throw new SqlError("The delimiter is empty.", at);
  const fields =
    typeof listed === "number"
      ? numbered(listed)
      : columnsIn(constantText(args[1], "The list of columns", at), at);
  const convert = fields.map(fromText);
  return {
    fields,
    parse(text) {
      const parts = split(text, delimiter, escapeChar, quotes);
      return convert.map((from, place) => (parts[place] === undefined ? null : from(parts[place])));
    },
  };
}

/** What an escape character stands before, or what stands in quotes, does not delimit. */
function split(
  text: string,
  delimiter: string,
  escapeChar: string | undefined,
  quotes: string | undefined,
): string[] {
  const parts: string[] = [];
  let part = "";
  const close = quotes?.[1] ?? quotes?.[0];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (escapeChar !== undefined && text[at] === escapeChar && at + 1 < text.length)
      part += text[++at];
    else if (isQuoted) {
      if (text[at] === close) isQuoted = false;
      else part += text[at];
    } else if (quotes && text[at] === quotes[0]) isQuoted = true;
    else if (text.startsWith(delimiter, at)) {
      parts.push(part);
      part = "";
      at += delimiter.length - 1;
    } else part += text[at];
  }
  parts.push(part);
  return parts;
}

/** `a TYPE VARCHAR(4) START 0 FOR 4`. */
function fixedParser(args: readonly Typed[], at: Position): Parser {
  const listed = columnsIn(constantText(args[1], "The list of columns", at), at, {
    isFixed: true,
  });
  const convert = listed.map(fromText);
  return {
    fields: listed,
    parse: (text) =>
      listed.map(({ start, length }, place) => {
        const end = length ?? listed[place + 1]?.start ?? text.length;
        const part = text.slice(start, length === undefined ? end : start! + length);
        return part === "" ? null : convert[place]!(part);
      }),
  };
}

interface Listed extends Column {
  readonly start?: number;
  readonly length?: number | undefined;
  /** Of a time, as SimpleDateFormat has it. */
  readonly pattern?: string | undefined;
}

/** `isPlain`: `a VARCHAR(4), b`, as REGEX_LOG_PARSE lists them. */
function columnsIn(
  text: string,
  at: Position,
  { isFixed = false, isPlain = false } = {},
): readonly Listed[] {
  const cursor = new Cursor(text);
  const columns: Listed[] = [];
  try {
    do {
      const { name } = cursor.identifier("A column");
      const isTyped = cursor.take("TYPE");
      if (!isTyped && !isPlain)
        throw cursor.unexpected("TYPE", "Columns are listed as 'NAME TYPE VARCHAR(16), …'.");
      const type =
        isTyped || cursor.token.kind === "word" ? typeOf(parseType(cursor)) : varchar(columnLength);
      const pattern =
        isMoment(type) && cursor.token.kind === "text" ? cursor.next().value : undefined;
      if (cursor.take("NOT")) cursor.expect("NULL");
      if (!isFixed) columns.push({ name, type, pattern });
      else {
        cursor.expect("START");
        const start = cursor.wholeNumber("A column's start");
        columns.push({
          name,
          type,
          pattern,
          start,
          length: cursor.take("FOR") ? cursor.wholeNumber("A length") : undefined,
        });
      }
    } while (cursor.takeSymbol(","));
    if (cursor.token.kind !== "end") throw cursor.unexpected('","');
    return columns;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError(`In the list of columns '${text}': ${error.reason}`, at, error.wayOut);
  }
}

/** A text as a column of this type keeps it; cut where it is too long. */
function fromText({ pattern, type }: Listed): (text: string) => Value {
  if (pattern !== undefined) {
    const format = dateFormat(pattern);
    const kept = cast(timestampType, type)!;
    return (text) => kept(format.parse(text));
  }
  const convert = cast(varchar(65_535), type);
  if (convert) return convert;
  throw new RowError(
    "CONVERSION_FAILED",
    "A column of a log has a type that is not read from texts.",
  );
}
