/** From the bytes of a file to records, whatever its format. */
import { findMistake } from "../parse-json.ts";
import { type AccessLogEntry, combinedLogEntry, commonLogEntry } from "./access-log.ts";
import { columnsOf, readRows, rowValue } from "./csv.ts";
import { type FailedBatch, failedBatch, isFailureDocument } from "./failure-document.ts";
import { firehoseRecords, isFirehoseEvent } from "./firehose-event.ts";
import { formatOf, type InputFormat, isLog, jsonFormat } from "./formats.ts";
import { eventRecords, isLambdaEvent } from "./lambda-event.ts";
import { beginning, type Line, readLines, type StartAt } from "./lines.ts";
import { InputError, type InputRecord, jsonRecord, type Source } from "./record.ts";
import { isRecorded, recordedRecord } from "./recorded.ts";
import { syslogEntry } from "./syslog.ts";

export interface Input {
  /** What it is called in errors. */
  readonly file: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What a reader has found out about a file, and needs to go on in its middle. */
export interface Layout {
  readonly format: InputFormat;
  /** Of CSV. */
  readonly columns?: readonly string[];
}

export interface ReadInputOptions {
  /** @default what the file's name and its first line tell */
  readonly format?: InputFormat | undefined;
  /**
   * Lines of logs, and those that tell no format, are taken as they stand: nothing is made of them.
   * @default false
   */
  readonly logsAsText?: boolean;
  /** Where the chunks begin. @default the beginning of the file */
  readonly start?: StartAt | undefined;
  /** What an earlier reader of this file has found out; needed where `start` is in the middle. */
  readonly layout?: Layout | undefined;
  readonly onLayout?: (layout: Layout) => void;
  /** For times without a year, in epoch milliseconds. @default now */
  readonly now?: number;
  /** Takes what is wrong with a line, which is left out then. @default it is thrown */
  readonly onBadLine?: ((error: InputError) => void) | undefined;
  /**
   * Reads a failed batch from its stream, of which the document holds the positions alone.
   * @default it is refused
   */
  readonly readFailed?: (batch: FailedBatch) => AsyncIterable<InputRecord>;
}

/**
 * The records of an input, in its order. Throws InputError, with the file and the line.
 *
 * @example
 * for await (const record of readInput({ file, chunks: createReadStream(file) })) await put(record);
 */
export async function* readInput(
  { file, chunks }: Input,
  options: ReadInputOptions = {},
): AsyncGenerator<InputRecord> {
  const { layout, start = beginning } = options;
  const lines = readLines(chunks, start);
  const first = layout ? undefined : await firstLine(lines);
  if (!first && !layout) return;
  const all = first ? prepend(first, lines) : lines;
  const format =
    layout?.format ?? options.format ?? recognised(file, first!.bytes.toString(), options);
  if (format === "unknown") {
    const what = "its name and its first line tell no format; say it with --format.";
    throw new InputError(what, { file, line: first!.number });
  }
  if (format === "document" || format === "json") yield* readDocument(file, all, format, options);
  else if (format === "csv" || format === "tsv") yield* readTable(file, all, format, options);
  else {
    options.onLayout?.({ format });
    for await (const line of all) {
      if (line.bytes.length === 0) continue;
      const source = sourceOf(file, line, line.number);
      yield* await orSkip(options, () => lineReaders[format](line, source, options));
    }
  }
}

function recognised(file: string, line: string, { logsAsText = false }: ReadInputOptions) {
  const format = formatOf(file, line);
  return logsAsText && isLog(format) ? "text" : (format ?? "unknown");
}

type Records = Iterable<InputRecord> | AsyncIterable<InputRecord>;
type LineReader = (line: Line, source: Source, options: ReadInputOptions) => Records;

const none: readonly InputRecord[] = [];

/** What is wrong with a line goes to whoever wants to go on without it. */
async function orSkip(options: ReadInputOptions, read: () => Records): Promise<Records> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const located = error instanceof NoJson ? await error.located() : error;
    if (!options.onBadLine) throw located;
    options.onBadLine(located);
    return none;
  }
}

const lineReaders: Record<Exclude<InputFormat, "json" | "csv" | "tsv">, LineReader> = {
  text: ({ bytes }, source) => [{ data: bytes, source }],
  ndjson({ bytes }, source) {
    const text = bytes.toString();
    return text.trim() === "" ? none : [{ data: bytes, value: parse(text, source), source }];
  },
  records: ({ bytes }, source) => [recordedRecord(parse(bytes.toString(), source), source)],
  event: ({ bytes }, source, options) => {
    const text = bytes.toString();
    return documentRecords(parse(text, source), source, text, options);
  },
  common: (line, source) => [accessRecord(commonLogEntry(line.bytes.toString()), source, "common")],
  combined: (line, source) => [
    accessRecord(combinedLogEntry(line.bytes.toString()), source, "combined"),
  ],
  syslog({ bytes }, source, { now = Date.now() }) {
    const entry = syslogEntry(bytes.toString(), now);
    if (!entry) throw new InputError("this is no line of syslog.", source);
    return [jsonRecord(entry, source, entry.time ? { arrival: Date.parse(entry.time) } : {})];
  },
};

function accessRecord(
  entry: AccessLogEntry | undefined,
  source: Source,
  format: string,
): InputRecord {
  if (!entry) {
    throw new InputError(`this is no line of an access log in the ${format} format.`, source);
  }
  return jsonRecord(entry, source, { arrival: Date.parse(entry.time) });
}

async function* readTable(
  file: string,
  lines: AsyncIterable<Line>,
  format: "csv" | "tsv",
  options: ReadInputOptions,
): AsyncGenerator<InputRecord> {
  const delimiter = format === "csv" ? "," : "\t";
  let columns = options.layout?.columns;
  for await (const row of readRows(lines)) {
    const source = sourceOf(file, row, row.line);
    if (!columns) {
      columns = columnsOf(row.text, delimiter, source);
      options.onLayout?.({ format, columns });
      continue;
    }
    const names = columns;
    yield* await orSkip(options, () => [
      jsonRecord(rowValue(row.text, names, delimiter, source), source),
    ]);
  }
}

/** JSON that stands on several lines, or is an array on one, or is broken on the first. */
async function* readDocument(
  file: string,
  lines: AsyncIterable<Line>,
  format: "document" | "json",
  options: ReadInputOptions,
): AsyncGenerator<InputRecord> {
  const parts: string[] = [];
  let first: Line | undefined;
  let last: Line | undefined;
  for await (const line of lines) {
    first ??= line;
    last = line;
    parts.push(line.bytes.toString());
    const isWhole = parts.length === 1 && /[}\]]\s*$/.test(parts[0]!);
    // A first line that looks whole and is broken is one of many.
    if (isWhole && format === "document") break;
  }
  if (!first || !last) return;
  const source = { file, line: first.number, end: last.end };
  const text = parts.join("\n");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw await new NoJson(text, source, cause).located();
  }
  options.onLayout?.({ format: "json" });
  if (options.format !== "json" && jsonFormat(document) === "event") {
    yield* documentRecords(document, source, text, options);
    return;
  }
  for (const value of Array.isArray(document) ? document : [document]) {
    const isRecord = options.format !== "json" && isRecorded(value);
    yield isRecord ? recordedRecord(value, source) : jsonRecord(value, source);
  }
}

/** The records of an event or of a failure document. */
function documentRecords(
  document: unknown,
  source: Source,
  text: string,
  { readFailed }: ReadInputOptions,
): Records {
  if (isLambdaEvent(document)) return eventRecords(document, source, text);
  if (isFirehoseEvent(document)) return firehoseRecords(document, source);
  if (!isFailureDocument(document)) {
    throw new InputError(
      "this is neither an event of a stream or of Firehose nor a failure document.",
      source,
    );
  }
  const batch = failedBatch(document, source);
  if (batch.records) return batch.records;
  if (!batch.range) return none;
  if (readFailed) return readFailed(batch);
  throw new InputError(
    `this failure document holds no data, only where it stands: ${batch.shardId}, ${batch.range.first} to ${batch.range.last}. shardmill redrive reads it from the stream.`,
    source,
  );
}

async function firstLine(lines: AsyncGenerator<Line>): Promise<Line | undefined> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return undefined;
    if (value.bytes.toString().trim() !== "") return value;
  }
}

async function* prepend(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield first;
  yield* rest;
}

function sourceOf(
  file: string,
  { end, finished }: { readonly end: number; readonly finished: boolean },
  line: number,
): Source {
  return finished ? { file, line, end } : { file, line, end, unfinished: true };
}

function parse(text: string, source: Source): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NoJson(text, source, cause);
  }
}

/** A mistake in JSON, of which the exact place is looked for only when it is told. */
class NoJson extends InputError {
  readonly #text: string;

  constructor(text: string, source: Source, cause: unknown) {
    super(`this is no JSON: ${(cause as Error).message}.`, source, { cause });
    this.#text = text;
  }

  async located(): Promise<InputError> {
    const { place, what } = await findMistake(this.#text);
    const [, line, column] = place.split(":").map(Number);
    if (!line || !column || !what) return this;
    const at = { file: this.file, line: this.line + line - 1, column };
    return new InputError(`this is no JSON: ${what}.`, at, { cause: this.cause });
  }
}
