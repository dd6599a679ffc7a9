/**
 * Lines of syslog: RFC 5424, and RFC 3164 as it is written to files, with or without a priority, with
 * its own times or with those of RFC 3339.
 */
import { monthNamed } from "./access-log.ts";

export interface SyslogEntry {
  /** These two: only of a line that begins with its priority. */
  readonly facility?: string;
  readonly severity?: string;
  /** ISO 8601. RFC 3164 writes no year and no zone: the latest year that is not ahead, the local zone. */
  readonly time: string | null;
  readonly host: string | null;
  readonly app: string | null;
  readonly process: string | null;
  /** These two: only of RFC 5424. */
  readonly messageId?: string | null;
  readonly structuredData?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly message: string;
}

const facilities =
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7".split(
    " ",
  );
const severities = "emerg alert crit err warning notice info debug".split(" ");

const dayMs = 86_400_000;

/** Undefined: the line is none of syslog. `now`, in epoch milliseconds, tells the year. */
export function syslogEntry(line: string, now: number): SyslogEntry | undefined {
  const [prefix = "", digits] = /^<(\d{1,3})>/.exec(line) ?? [];
  const priority = digits === undefined ? undefined : Number(digits);
  if (priority !== undefined && priority >= 8 * facilities.length) return undefined;
  const rest = line.slice(prefix.length);
  const isNew = priority !== undefined && /^[1-9]\d{0,2} /.test(rest);
  const entry = isNew ? newEntry(rest) : oldEntry(rest, now);
  if (!entry || priority === undefined) return entry;
  const facility = facilities[priority >> 3]!;
  return { facility, severity: severities[priority & 7]!, ...entry };
}

/** RFC 5424, from the version on. */
function newEntry(text: string): SyslogEntry | undefined {
  const header = /^\d+ (\S+) (\S+) (\S+) (\S+) (\S+) (?=[-[])/.exec(text);
  if (!header) return undefined;
  const [whole, written = "", host, app, process, messageId] = header;
  const time = written === "-" ? null : isoTime(written);
  const data = structuredData(text.slice(whole.length));
  if (time === undefined || !data) return undefined;
  return {
    ...{ time, host: orNull(host), app: orNull(app), process: orNull(process) },
    messageId: orNull(messageId),
    ...(Object.keys(data.elements).length > 0 ? { structuredData: data.elements } : {}),
    message: data.rest.replace(/^ /, "").replace(/^\ufeff/, ""),
  };
}

const orNull = (text: string | undefined) => (text === undefined || text === "-" ? null : text);

type Elements = Record<string, Record<string, string>>;

function structuredData(text: string): { elements: Elements; rest: string } | undefined {
  const elements: Elements = {};
  if (text.startsWith("-")) return after(text.slice(1), elements);
  const element = /\[([^\s\]="]+)((?: [^\s\]="]+="(?:[^"\\\]]|\\.)*")*)\]/y;
  let end = 0;
  for (let match = element.exec(text); match; match = element.exec(text)) {
    const parameters = (match[2] ?? "").matchAll(/ ([^\s\]="]+)="((?:[^"\\\]]|\\.)*)"/g);
    elements[match[1]!] = Object.fromEntries(
      [...parameters].map(([, name = "", value = ""]) => [
        name,
        value.replace(/\\(["\\\]])/g, "$1"),
      ]),
    );
    end = element.lastIndex;
  }
  return end === 0 ? undefined : after(text.slice(end), elements);
}

const after = (rest: string, elements: Elements) =>
  rest === "" || rest.startsWith(" ") ? { elements, rest } : undefined;

/** RFC 3164, and what takes its place in files. */
function oldEntry(text: string, now: number): SyslogEntry | undefined {
  const header = /^(\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (\S+) (.*)$/s.exec(text);
  if (!header) return undefined;
  const [, written = "", host = "", content = ""] = header;
  const time = /^\d/.test(written) ? isoTime(written) : yearlessTime(written, now);
  if (time === undefined) return undefined;
  const [, app = null, process = null, message = content] =
    /^([^\s:[\]]+)(?:\[([^\]]*)\])?: ?(.*)$/s.exec(content) ?? [];
  return { time, host, app, process, message };
}

function isoTime(written: string): string | undefined {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(written);
  const date = new Date(isWhole ? written : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** `Oct  9 22:14:15` */
function yearlessTime(written: string, now: number): string | undefined {
  const month = monthNamed(written.slice(0, 3));
  const day = Number(written.slice(4, 6));
  const [hours = 0, minutes = 0, seconds = 0] = written.slice(7).split(":").map(Number);
  const thisYear = new Date(now).getFullYear();
  // The 29th of February comes every eight years at least.
  for (let year = thisYear; year >= thisYear - 8; year--) {
    const date = new Date(year, month, day, hours, minutes, seconds);
    const exists = date.getMonth() === month && date.getDate() === day;
    if (exists && date.getTime() <= now + dayMs) return date.toISOString();
  }
  return undefined;
}
