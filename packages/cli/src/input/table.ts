/** The rows of a table, which may stand on several lines: a quoted field may hold line ends. */
import { columnsOf, QuoteError, rowValue } from "./csv.ts";
import type { TextLine } from "./encoding.ts";
import type { ReadInputOptions } from "./options.ts";
import { InputError, type InputRecord, jsonRecord } from "./record.ts";
import { checked, sourceOfLine } from "./text-lines.ts";

/** No record of a stream is larger, and a quote that is never closed would fill the memory. */
const longestRow = 10 * 1024 * 1024;

const quote = 0x22;

export async function* readTable(
  file: string,
  lines: AsyncIterable<TextLine>,
  format: "csv" | "tsv",
  options: ReadInputOptions,
): AsyncGenerator<InputRecord> {
  const delimiter = format === "csv" ? "," : "\t";
  const queue = lineQueue(lines);
  let columns = options.layout?.columns;
  for (let row = await nextRow(queue); row; row = await nextRow(queue)) {
    const [first] = row as [TextLine];
    const last = row.at(-1)!;
    const isClosed = row.length === 1 || isOdd(last);
    const ending = isClosed ? last : { ...last, finished: false };
    const source = sourceOfLine(file, ending, first.number);
    try {
      const text = row.map((line) => checked(line, file).bytes.toString()).join("\n");
      if (!isClosed && text.length >= longestRow) {
        const limit = `${longestRow / 1024 / 1024} MiB`;
        throw new QuoteError(`a quote is opened here, and not closed within ${limit}.`, source);
      }
      if (!columns) {
        columns = columnsOf(text, delimiter, source);
        options.onLayout?.({ format, columns });
        continue;
      }
      yield jsonRecord(rowValue(text, columns, delimiter, source), source);
    } catch (error) {
      if (!(error instanceof InputError) || !options.onBadLine || !columns) throw error;
      options.onBadLine(error);
      // The quote is that line's mistake: what stands behind it is read anew, line by line.
      if (error instanceof QuoteError) queue.giveBack(row.slice(1));
    }
  }
}

interface LineQueue {
  next(): Promise<TextLine | undefined>;
  /** They come again, before all others. */
  giveBack(lines: readonly TextLine[]): void;
}

function lineQueue(lines: AsyncIterable<TextLine>): LineQueue {
  const iterator = lines[Symbol.asyncIterator]();
  /** Back to front. */
  const waiting: TextLine[] = [];
  return {
    async next() {
      const line = waiting.pop();
      if (line) return line;
      const { done, value } = await iterator.next();
      return done ? undefined : value;
    },
    giveBack(given) {
      for (const line of [...given].reverse()) waiting.push(line);
    },
  };
}

/** The lines of the next row, without empty ones before it. Undefined: there is none. */
async function nextRow(queue: LineQueue): Promise<TextLine[] | undefined> {
  const row: TextLine[] = [];
  let size = 0;
  for (let line = await queue.next(); line; line = await queue.next()) {
    if (row.length === 0 && line.bytes.length === 0) continue;
    row.push(line);
    size += line.bytes.length + 1;
    const isWhole = row.length === 1 ? !isOdd(line) : isOdd(line);
    if (isWhole || size > longestRow) return row;
  }
  return row.length > 0 ? row : undefined;
}

/** Whether it opens or closes a quote, and not both. */
function isOdd({ bytes }: TextLine): boolean {
  let odd = false;
  for (let at = bytes.indexOf(quote); at >= 0; at = bytes.indexOf(quote, at + 1)) odd = !odd;
  return odd;
}
