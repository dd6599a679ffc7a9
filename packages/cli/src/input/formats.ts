/** What an input is made of, and how it is recognised by its name and its first line. */
import { combinedLogEntry, commonLogEntry } from "./access-log.ts";
import { isFailureDocument } from "./failure-document.ts";
import { isFirehoseEvent } from "./firehose-event.ts";
import { isLambdaEvent } from "./lambda-event.ts";
import { isRecorded } from "./recorded.ts";
import { syslogEntry } from "./syslog.ts";

export const inputFormats = [
  /** What `shardmill record` writes. */
  "records",
  /** Lambda events of streams and of Firehose, and failure documents: one, or one a line. */
  "event",
  /** One JSON document: the elements of an array, or itself. */
  "json",
  /** A JSON value a line. */
  "ndjson",
  "csv",
  "tsv",
  /** Apache's access logs. */
  "common",
  "combined",
  /** RFC 3164 and RFC 5424. */
  "syslog",
  /** The W3C's extended log format: CloudFront, IIS. */
  "w3c",
  /** Each line as it is. */
  "text",
] as const;

export type InputFormat = (typeof inputFormats)[number];

/** For manual pages. */
export const inputFormatsHelp = `  records    what shardmill record writes: partition key, data, and where and when it arrived
  event      events of Lambda, of a stream or of Firehose, and failure documents of a bucket: one in
             the file, or one a line
  json       one JSON document: each element of an array, or all of it
  ndjson     a JSON value a line
  csv, tsv   rows under a row with the names of the columns, as JSON objects of strings
  common, combined
             the access log of Apache, nginx and others, as JSON: host, user, time, request, method,
             path, protocol, status, bytes, referer, userAgent
  w3c        the W3C's extended log, as CloudFront and IIS write it (#Version, #Fields), as JSON objects
             of strings
  syslog     RFC 5424 and RFC 3164, as JSON: facility, severity, time, host, app, process, message
  text       each line as it is
`;

/** What a program has written line by line, so that a collector sends each line as it stands. */
export const isLog = (format: InputFormat | "document" | undefined): boolean =>
  format === undefined ||
  format === "common" ||
  format === "combined" ||
  format === "syslog" ||
  format === "w3c";

/** What stands on a line of JSON. */
export function jsonFormat(value: unknown): "records" | "event" | "ndjson" {
  if (isLambdaEvent(value) || isFirehoseEvent(value) || isFailureDocument(value)) return "event";
  return isRecorded(value) ? "records" : "ndjson";
}

/**
 * By the first line that is not empty. "json": it is all of a JSON document. "document": it begins a JSON
 * document that goes on, or is broken. Undefined: it cannot be told.
 */
export function formatOf(file: string, line: string): InputFormat | "document" | undefined {
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (extension === "csv" || extension === "tsv") return extension;
  if (/^\s*[[{]/.test(line)) {
    try {
      const value: unknown = JSON.parse(line);
      return extension === "json" && Array.isArray(value) ? "json" : jsonFormat(value);
    } catch {
      return extension === "ndjson" || extension === "jsonl" ? "ndjson" : "document";
    }
  }
  if (extension === "ndjson" || extension === "jsonl" || extension === "json") return "ndjson";
  if (/^\ufeff?#(Version|Fields|Software|Start-Date|Date|Remark): ?/i.test(line)) return "w3c";
  if (combinedLogEntry(line)) return "combined";
  if (commonLogEntry(line)) return "common";
  if (syslogEntry(line, 0)) return "syslog";
  return undefined;
}
