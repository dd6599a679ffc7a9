/** Formats of which each line stands for itself. */
import { type AccessLogEntry, combinedLogEntry, commonLogEntry } from "./access-log.ts";
import type { TextLine } from "./encoding.ts";
import type { InputFormat } from "./formats.ts";
import { documentRecords, eachInLine, parseLine, type Records } from "./json.ts";
import type { ReadInputOptions } from "./options.ts";
import { InputError, type InputRecord, jsonRecord, type Source } from "./record.ts";
import { recordedRecord } from "./recorded.ts";
import { syslogEntry } from "./syslog.ts";

type LineFormat = Exclude<InputFormat, "json" | "csv" | "tsv" | "w3c">;
type LineReader = (line: TextLine, source: Source, options: ReadInputOptions) => Records;

/** Each throws InputError. */
export const lineReaders: Record<LineFormat, LineReader> = {
  text: ({ bytes }, source) => [{ data: bytes, source }],
  ndjson({ bytes }, source, { each }) {
    const text = bytes.toString();
    if (text.trim() === "") return [];
    if (each !== undefined) return eachInLine(text, source, each);
    return [{ data: bytes, value: parseLine(text, source), source }];
  },
  records({ bytes }, source) {
    const text = bytes.toString();
    return [recordedRecord(parseLine(text, source), source, text)];
  },
  event({ bytes }, source, options) {
    const text = bytes.toString();
    return documentRecords(parseLine(text, source), source, text, options);
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
