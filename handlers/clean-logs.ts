import { fail, pipeline, text } from "shardmill";
import { firehoseTransform } from "shardmill/firehose";

/** A line of a web server's access log, with names that a table takes as they are. */
export interface AccessLogEntry {
  readonly host: string;
  readonly ident: string | null;
  readonly user: string | null;
  /** In ISO's form, in UTC. */
  readonly time: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly protocol: string | null;
  readonly status: number;
  readonly bytes: number | null;
  readonly referer: string | null;
  readonly agent: string | null;
}

/** Apache's combined format: `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`. https://httpd.apache.org/docs/current/logs.html */
const combined =
  // No time is as long as 64 characters: so the work grows with a line's length, however many brackets it has.
  /^(\S+) (\S+) (.+?) \[([^[\]]{1,64})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/;

/** `10/Oct/2000:13:55:36 -0700` */
const apacheTime = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function parseAccessLog(line: string) {
  const [matched, host, ident, user, at, request, status, size, referer, agent] =
    combined.exec(line) ?? [];
  if (matched === undefined) return fail("Not a line of Apache's combined log format.");
  const time = parseTime(at!);
  if (!time) return fail("The line has a time that is none.");
  const [, method, path, protocol] = /^(\S+) (\S+)(?: (\S+))?$/.exec(unescaped(request!)) ?? [];
  const entry: AccessLogEntry = {
    host: host!,
    ident: orNull(ident!),
    user: orNull(user!),
    time,
    method: method ?? null,
    path: path ?? null,
    protocol: protocol ?? null,
    status: Number(status),
    bytes: size === "-" ? null : Number(size),
    referer: orNull(unescaped(referer!)),
    agent: orNull(unescaped(agent!)),
  };
  return entry;
}

function parseTime(text: string): string | undefined {
  const [, day, month, year, time, hours, minutes] = apacheTime.exec(text) ?? [];
  const number = String(months.indexOf(month ?? "") + 1).padStart(2, "0");
  const date = new Date(`${year}-${number}-${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const orNull = (field: string) => (field === "-" || field === "" ? null : field);

/** Apache writes quotes and backslashes in a quoted field with a backslash before them. */
const unescaped = (field: string) => field.replaceAll(/\\(["\\])/g, "$1");

/** One line a record, as agents send them; blank ones are left out. */
export const accessLogs = pipeline({
  decode: text(),
  filter: (line) => line.trim() !== "",
  map: (line) => parseAccessLog(line.trim()),
  partition: ({ time, status }) => ({
    day: time.slice(0, "yyyy-mm-dd".length),
    status_class: `${String(status)[0]}xx`,
  }),
});

/**
 * Cleans access logs on their way to S3. The prefix of the delivery stream names the partitions:
 * `logs/day=!{partitionKeyFromLambda:day}/status_class=!{partitionKeyFromLambda:status_class}/`.
 */
export const handler = firehoseTransform({ pipeline: accessLogs });
