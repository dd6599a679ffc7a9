/** Lines of a web server's access log: https://httpd.apache.org/docs/current/logs.html#accesslog */

export interface AccessLogEntry {
  readonly host: string;
  readonly identity: string | null;
  readonly user: string | null;
  /** ISO 8601. */
  readonly time: string;
  /** The request's first line, as the client sent it. */
  readonly request: string | null;
  /** These three: only of a request that is one. */
  readonly method?: string;
  readonly path?: string;
  readonly protocol?: string;
  readonly status: number | null;
  /** Of the answer, without its headers. */
  readonly bytes: number | null;
  /** These two: only of the combined format. */
  readonly referer?: string | null;
  readonly userAgent?: string | null;
}

// No time is as long as 64 characters: so the work grows with a line's length, however many brackets it has.
const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
const common = String.raw`(\S+) (\S+) (.+?) \[([^[\]]{1,64})\] ${quoted} (\d{3}|-) (\d+|-)`;
const commonLine = new RegExp(`^${common}$`);
const combinedLine = new RegExp(`^${common} ${quoted} ${quoted}$`);

/** Undefined: the line is not of the format. */
export const commonLogEntry = (line: string) => entryOf(commonLine.exec(line));

/** Undefined: the line is not of the format. */
export function combinedLogEntry(line: string): AccessLogEntry | undefined {
  const match = combinedLine.exec(line);
  const entry = entryOf(match);
  if (!match || !entry) return undefined;
  return { ...entry, referer: text(match[8]), userAgent: text(match[9]) };
}

function entryOf(match: RegExpExecArray | null): AccessLogEntry | undefined {
  if (!match) return undefined;
  const [, host = "", identity, user, written = "", line, status, bytes] = match;
  const time = timeOf(written);
  if (time === undefined) return undefined;
  const request = text(line);
  const [, method, path, protocol] = /^(\S+) (\S+) (\S+)$/.exec(request ?? "") ?? [];
  return {
    ...{ host, identity: text(identity), user: text(user), time, request },
    ...(method !== undefined && path !== undefined && protocol !== undefined
      ? { method, path, protocol }
      : {}),
    ...{ status: number(status), bytes: number(bytes) },
  };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The number of a month from 0, or -1. */
export const monthNamed = (name: string): number => months.indexOf(name);

/** `10/Oct/2000:13:55:36 -0700` */
function timeOf(written: string): string | undefined {
  const parts = /^(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/.exec(written);
  if (!parts) return undefined;
  const [, day, month = "", year, time, zoneHours, zoneMinutes] = parts;
  const number = String(monthNamed(month) + 1).padStart(2, "0");
  const date = new Date(`${year}-${number}-${day}T${time}${zoneHours}:${zoneMinutes}`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const number = (digits: string | undefined) =>
  digits === undefined || digits === "-" ? null : Number(digits);

/** What stands between quotes, with what the server has escaped. */
function text(written: string | undefined): string | null {
  if (written === undefined || written === "-") return null;
  if (!written.includes("\\")) return written;
  const bytes = Buffer.from(written);
  const plain: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0x5c) {
      plain.push(bytes[at]!);
      continue;
    }
    const next = String.fromCharCode(bytes[++at]!);
    const hex = next === "x" ? /^[\da-f]{2}/i.exec(bytes.toString("latin1", at + 1, at + 3)) : null;
    if (hex) at += 2;
    const control = { n: 10, r: 13, t: 9, b: 8, v: 11, f: 12 }[next];
    plain.push(hex ? Number.parseInt(hex[0], 16) : (control ?? bytes[at]!));
  }
  return Buffer.from(plain).toString();
}
