/** JSON as an input holds it: a document, or a line. */

import type { TextLine } from "./encoding.ts";
import { failedBatch, isFailureDocument } from "./failure-document.ts";
import { firehoseRecords, isFirehoseEvent } from "./firehose-event.ts";
import { jsonFormat } from "./formats.ts";
import { elementSpans, isList, type Span, sourceOf, spanAt, wholeSpan } from "./json-source.ts";
import { eventRecords, isLambdaEvent } from "./lambda-event.ts";
import type { ReadInputOptions } from "./options.ts";
import { locateMistake } from "./parse-json.ts";
import { InputError, type InputRecord, type Source } from "./record.ts";
import { isRecorded, recordedRecord } from "./recorded.ts";
import { checked } from "./text-lines.ts";

export type Records = Iterable<InputRecord> | AsyncIterable<InputRecord>;

/** Throws NoJson. */
export function parseLine(text: string, source: Source): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NoJson(text, source, cause);
  }
}

/** A mistake in JSON, of which the exact place is looked for only when it is told. */
export class NoJson extends InputError {
  readonly #text: string;

  constructor(text: string, source: Source, cause: unknown) {
    super(`this is no JSON: ${(cause as Error).message}.`, source, { cause });
    this.#text = text;
  }

  located(): InputError {
    const mistake = locateMistake(this.#text);
    if (!mistake) return this;
    const { line, column, what } = mistake;
    const at = { file: this.file, line: this.line + line - 1, column };
    return new InputError(`this is no JSON: ${what}.`, at, { cause: this.cause });
  }
}

/** JSON that stands on several lines, or is an array on one, or is broken on the first. */
export async function* readDocument(
  file: string,
  lines: AsyncIterable<TextLine>,
  format: "document" | "json",
  options: ReadInputOptions,
): AsyncGenerator<InputRecord> {
  const parts: string[] = [];
  let first: TextLine | undefined;
  let last: TextLine | undefined;
  for await (const line of lines) {
    first ??= line;
    last = line;
    parts.push(checked(line, file).bytes.toString());
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
    throw new NoJson(text, source, cause).located();
  }
  options.onLayout?.({ format: "json" });
  const isGiven = options.format === "json" || options.each !== undefined;
  if (!isGiven && jsonFormat(document) === "event") {
    yield* documentRecords(document, source, text, options);
    return;
  }
  for (const { span, line } of recordSpans(text, source, options.each)) {
    const written = sourceOf(text, span);
    const value: unknown = JSON.parse(written);
    const at = { ...source, line };
    if (!isGiven && isRecorded(value)) yield recordedRecord(value, at, written);
    else yield { data: Buffer.from(written), value, source: at };
  }
}

/** Each element of a list, or all of it. */
function* recordSpans(
  json: string,
  source: Source,
  each: string | undefined,
): Generator<{ readonly span: Span; readonly line: number }> {
  const whole = wholeSpan(json);
  const list = each === undefined ? whole : listAt(json, each, source);
  if (!isList(json, list)) {
    yield { span: whole, line: source.line };
    return;
  }
  let [at, line] = [0, source.line];
  for (const span of elementSpans(json, list)) {
    for (; at < span.start; at++) if (json.charCodeAt(at) === 0x0a) line++;
    yield { span, line };
  }
}

/** Throws InputError. */
function listAt(json: string, path: string, source: Source): Span {
  const found = spanAt(json, path);
  if (found && isList(json, found)) return found;
  const what = found ? `${path} is no list` : `there is no ${path}`;
  throw new InputError(`--each: ${what} in this JSON.`, source);
}

/** Each element of the list in a line of JSON. Throws InputError. */
export function eachInLine(text: string, source: Source, path: string): InputRecord[] {
  parseLine(text, source);
  return [...elementSpans(text, listAt(text, path, source))].map((span) => {
    const written = sourceOf(text, span);
    return { data: Buffer.from(written), value: JSON.parse(written), source };
  });
}

/** The records of an event or of a failure document. */
export function documentRecords(
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
  if (!batch.range) return [];
  if (readFailed) return readFailed(batch);
  throw new InputError(
    `this failure document holds no data, only where it stands: ${batch.shardId}, ${batch.range.first} to ${batch.range.last}. shardmill redrive reads it from the stream.`,
    source,
  );
}
