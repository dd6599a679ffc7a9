/** Rows of CSV (RFC 4180), each as an object of texts. The first row names the columns. */
import { CsvError, parse } from "csv-parse/sync";
import type { Line } from "./lines.ts";
import { InputError, type Source } from "./record.ts";

/** A row, which may stand on several lines: a quoted field may hold line ends. */
export interface Row {
  readonly text: string;
  readonly line: number;
  readonly end: number;
  readonly finished: boolean;
}

const quote = 0x22;

/** Joins the lines of each row, and leaves out empty ones. */
export async function* readRows(lines: AsyncIterable<Line>): AsyncGenerator<Row> {
  let open: { parts: string[]; line: number } | undefined;
  let last: Line | undefined;
  for await (const line of lines) {
    last = line;
    const isOdd = countQuotes(line.bytes) % 2 === 1;
    if (!open && !isOdd) {
      if (line.bytes.length > 0) yield row([line.bytes.toString()], line.number, line);
      continue;
    }
    open ??= { parts: [], line: line.number };
    open.parts.push(line.bytes.toString());
    if (isOdd && open.parts.length > 1) {
      yield row(open.parts, open.line, line);
      open = undefined;
    }
  }
  if (open && last) yield row(open.parts, open.line, { ...last, finished: false });
}

const row = (parts: readonly string[], line: number, { end, finished }: Line): Row => ({
  text: parts.join("\n"),
  ...{ line, end, finished },
});

function countQuotes(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(quote); at >= 0; at = bytes.indexOf(quote, at + 1)) count++;
  return count;
}

/** The names of the columns. Throws InputError. */
export function columnsOf(text: string, delimiter: string, source: Source): string[] {
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
    throw new InputError(
      `this row has ${fields.length} fields, and there are ${columns.length} columns.`,
      source,
    );
  }
  return Object.fromEntries(columns.map((name, place) => [name, fields[place]!]));
}

function fieldsOf(text: string, delimiter: string, source: Source): string[] {
  try {
    const [fields = []] = parse(text, { delimiter });
    return fields;
  } catch (cause) {
    const what = cause instanceof CsvError ? explain(cause) : String(cause);
    throw new InputError(what, source, { cause });
  }
}

/** The parser knows one row at a time, so it counts lines from it. */
function explain({ code, message }: CsvError): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quote is opened here and never closed.";
  if (code === "INVALID_OPENING_QUOTE") {
    return "a quote stands inside a field that is not quoted; write it twice, and the field in quotes.";
  }
  return `this is no CSV: ${message.replace(/,? (on|at) line \d+/g, "")}.`;
}
