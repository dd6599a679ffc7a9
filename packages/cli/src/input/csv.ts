/** Rows of CSV (RFC 4180), each as an object of texts. The first row names the columns. */
import { InputError, type Source } from "./record.ts";

/** A quote that is not closed, or closed too early: what is behind it may be good. */
export class QuoteError extends InputError {}

/** The names of the columns. Throws InputError. */
export function columnsOf(text: string, delimiter: string, source: Source): string[] {
  if (text.includes("\r")) {
    const what =
      "the lines end with carriage returns alone: make line feeds of them, tr '\\r' '\\n'.";
    throw new InputError(what, source);
  }
  const names = fieldsOf(text, delimiter, source).map((name) => name.trim());
  names.forEach((name, place) => {
    if (name === "") throw new InputError(`column ${place + 1} has no name.`, source);
    if (names.indexOf(name) < place) {
      throw new InputError(`two columns have the name ${name}.`, source);
    }
  });
  return names;
}

/** Throws InputError. */
export function rowValue(
  text: string,
  columns: readonly string[],
  delimiter: string,
  source: Source,
): Record<string, string> {
  const fields = fieldsOf(text, delimiter, source);
  if (fields.length !== columns.length) {
    const lines = text.split("\n").length;
    const range = lines > 1 ? `, which a quote stretches to line ${source.line + lines - 1},` : "";
    throw new InputError(
      `this row${range} has ${fields.length} fields, and there are ${columns.length} columns.`,
      source,
    );
  }
  return Object.fromEntries(columns.map((name, place) => [name, fields[place]!]));
}

/** A field in quotes may hold delimiters, line ends, and quotes that are written twice. */
function fieldsOf(row: string, delimiter: string, source: Source): string[] {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const isQuoted = row[at] === '"';
    const { field, end } = isQuoted ? quotedField(row, at, source) : plainField(row, at, delimiter);
    if (!isQuoted && field.includes('"')) {
      throw new QuoteError(
        "a quote stands inside a field that is not quoted; write it twice, and the field in quotes.",
        source,
      );
    }
    fields.push(field);
    if (end === row.length) return fields;
    if (row[end] !== delimiter) {
      throw new QuoteError(
        "a quoted field goes on behind its closing quote; a quote within it is written twice.",
        source,
      );
    }
    at = end + 1;
  }
}

interface Field {
  readonly field: string;
  readonly end: number;
}

function plainField(row: string, start: number, delimiter: string): Field {
  const found = row.indexOf(delimiter, start);
  const end = found < 0 ? row.length : found;
  return { field: row.slice(start, end), end };
}

function quotedField(row: string, start: number, source: Source): Field {
  const parts: string[] = [];
  for (let from = start + 1; ; ) {
    const at = row.indexOf('"', from);
    if (at < 0) throw new QuoteError("a quote is opened here and never closed.", source);
    parts.push(row.slice(from, at));
    if (row[at + 1] !== '"') return { field: parts.join('"'), end: at + 1 };
    from = at + 2;
  }
}
