/** From the bytes of a file to records, whatever its format. */
import {
  decodeLines,
  type Encoding,
  encodingCalled,
  encodingOf,
  type TextLine,
} from "./encoding.ts";
import { formatOf, type InputFormat, isLog } from "./formats.ts";
import { NoJson, type Records, readDocument } from "./json.ts";
import { lineReaders } from "./line-formats.ts";
import { beginning, readLines } from "./lines.ts";
import type { Input, ReadInputOptions } from "./options.ts";
import { peeked } from "./peek.ts";
import { InputError, type InputRecord } from "./record.ts";
import { readTable } from "./table.ts";
import { checked, sourceOfLine } from "./text-lines.ts";
import { fieldNames, isDirective, w3cRecord } from "./w3c.ts";
import { readWideLines } from "./wide-lines.ts";

/**
 * The records of an input, in its order. Throws InputError, with the file and the line.
 *
 * @example
 * for await (const record of readInput({ file, chunks: createReadStream(file) })) await put(record);
 */
export async function* readInput(
  input: Input,
  given: ReadInputOptions = {},
): AsyncGenerator<InputRecord> {
  const { file } = input;
  const { layout } = given;
  const { encoding, lines } = await textLines(input, given);
  const first = layout ? undefined : await firstLine(lines);
  if (!first && !layout) return;
  const all = first ? prepend(first, lines) : lines;
  const format = layout?.format ?? given.format ?? recognised(file, first!, given);
  if (format === "unknown") {
    const { number } = checked(first!, file);
    const what = "its name and its first line tell no format; say it with --format.";
    throw new InputError(what, { file, line: number });
  }
  if (given.each !== undefined && !isJson(format)) {
    throw new InputError(`--each belongs to JSON, and this is ${format}.`, { file, line: 1 });
  }
  const options: ReadInputOptions = {
    ...given,
    onLayout: (found) =>
      given.onLayout?.({ ...found, ...(encoding !== undefined && { encoding }) }),
  };
  if (format === "document" || format === "json") yield* readDocument(file, all, format, options);
  else if (format === "csv" || format === "tsv") yield* readTable(file, all, format, options);
  else if (format === "w3c") yield* readW3c(file, all, options);
  else {
    options.onLayout?.({ format });
    // Whoever says nothing of its encoding wants a text's bytes as they are.
    const isRaw = format === "text" && encoding === undefined;
    for await (const line of all) {
      if (line.bytes.length === 0) continue;
      yield* await orSkip(options, () => {
        const source = sourceOfLine(file, line, line.number);
        return lineReaders[format](isRaw ? line : checked(line, file), source, options);
      });
    }
  }
}

/** The lines of an input in UTF-8, and what they are in. */
async function textLines(
  { file, chunks }: Input,
  { layout, encoding: given, format, start = beginning }: ReadInputOptions,
): Promise<{ encoding: string | undefined; lines: AsyncGenerator<TextLine> }> {
  const { head, all } = await peeked(chunks);
  const isRaw = format === "text";
  const encoding: Encoding = layout
    ? encodingCalled(layout.encoding)
    : encodingOf(head, given, { file, isRaw });
  const lines =
    encoding.unit === 2
      ? readWideLines(all, encoding.name === "utf-16be", start)
      : readLines(all, start);
  return { encoding: encoding.name, lines: decodeLines(lines, encoding) };
}

/** What a person says with --each makes JSON of what would be an event. */
function recognised(file: string, { bytes }: TextLine, options: ReadInputOptions) {
  const { logsAsText = false, each } = options;
  const format = formatOf(file, bytes.toString());
  if (logsAsText && isLog(format)) return "text";
  const isOneOfOurs = format === "event" || format === "records";
  return each !== undefined && isOneOfOurs ? "ndjson" : (format ?? "unknown");
}

const isJson = (format: InputFormat | "document") =>
  format === "json" || format === "ndjson" || format === "document";

/** What is wrong with a line goes to whoever wants to go on without it. */
async function orSkip(options: ReadInputOptions, read: () => Records): Promise<Records> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const located = error instanceof NoJson ? error.located() : error;
    if (!options.onBadLine) throw located;
    options.onBadLine(located);
    return [];
  }
}

/** Its directives may come again, and name other fields from there on. */
async function* readW3c(
  file: string,
  lines: AsyncIterable<TextLine>,
  options: ReadInputOptions,
): AsyncGenerator<InputRecord> {
  const format = "w3c";
  let columns = options.layout?.columns;
  options.onLayout?.({ format, ...(columns && { columns }) });
  for await (const line of lines) {
    if (line.bytes.length === 0) continue;
    yield* await orSkip(options, () => {
      const source = sourceOfLine(file, line, line.number);
      const text = checked(line, file).bytes.toString();
      if (!isDirective(text)) return [w3cRecord(text, columns, source)];
      const names = fieldNames(text, source);
      if (names) {
        columns = names;
        options.onLayout?.({ format, columns });
      }
      return [];
    });
  }
}

async function firstLine(lines: AsyncGenerator<TextLine>): Promise<TextLine | undefined> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return undefined;
    if (value.bytes.toString().trim() !== "") return value;
  }
}

async function* prepend(first: TextLine, rest: AsyncIterable<TextLine>): AsyncGenerator<TextLine> {
  yield first;
  yield* rest;
}
