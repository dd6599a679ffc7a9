/** Dates and times as texts, and intervals; UTC, Gregorian. */
import type { Unit } from "../nodes/literals.ts";
import { type Position, SqlError } from "../text/sql-error.ts";

export const dayMs = 86_400_000;

/** Milliseconds of the units that have a fixed length. */
export const unitMs: Readonly<Partial<Record<Unit, number>>> = {
  DAY: dayMs,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};

const momentPattern =
  /^\s*(\d{4,6})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?\s*(Z|[+-]\d\d:?\d\d)?\s*$/;
const timePattern = /^\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?\s*$/;

/** `2018-01-01 10:20:30.5`, also with T, or only the date. Undefined where it is none. */
export function parseTimestamp(text: string): number | undefined {
  const found = momentPattern.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = found;
  const date = dateMs(Number(year), Number(month), Number(day));
  const time = timeMs(Number(hour), Number(minute), Number(second), fraction);
  if (date === undefined || time === undefined) return undefined;
  return date + time - (zone === undefined || zone === "Z" ? 0 : offsetMs(zone));
}

export const parseTime = (text: string): number | undefined => {
  const found = timePattern.exec(text);
  if (!found) return undefined;
  return timeMs(Number(found[1]), Number(found[2]), Number(found[3] ?? 0), found[4] ?? "");
};

function dateMs(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

function timeMs(
  hour: number,
  minute: number,
  second: number,
  fraction: string,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return (
    hour * 3_600_000 + minute * 60_000 + second * 1000 + Number(fraction.padEnd(3, "0").slice(0, 3))
  );
}

function offsetMs(zone: string): number {
  const digits = zone.replace(":", "");
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return (zone[0] === "-" ? -1 : 1) * minutes * 60_000;
}

const pad = (value: number, length: number) => String(value).padStart(length, "0");

export function showDate(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
}

export function showTime(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
}

/** `2018-01-01 10:20:30.0`, as the guide of Kinesis Analytics prints it: with milliseconds as far as there are some. */
export function showTimestamp(ms: number): string {
  const fraction = pad(((ms % 1000) + 1000) % 1000, 3).replace(/0{1,2}$/, "");
  return `${showDate(ms)} ${showTime(ms)}.${fraction}`;
}

/** So many months later; the day is the month's last where it would be beyond. */
export function addMonths(ms: number, months: number): number {
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

/** Months since 1970-01. */
export function monthsOf(ms: number): number {
  const date = new Date(ms);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

export const monthStart = (months: number): number => Date.UTC(1970, months, 1);

/** Milliseconds, or months, of an interval as it is written: `'1:30' MINUTE TO SECOND`. Throws SqlError. */
export function parseInterval(text: string, from: Unit, to: Unit, at: Position): number {
  const wrong = () =>
    new SqlError(
      `'${text}' is no interval of ${from}${from === to ? "" : ` TO ${to}`}.`,
      at,
      from === to ? `Such as INTERVAL '10' ${from}.` : undefined,
    );
  const trimmed = text.trim();
  const sign = trimmed.startsWith("-") ? -1 : 1;
  const parts = /^[+-]?(\d+(?:\.\d+)?|\d+(?:[- :]\d+)*(?:\.\d+)?)$/
    .exec(trimmed)?.[1]
    ?.split(/[- :]/);
  if (!parts) throw wrong();
  if (from === "YEAR" || from === "MONTH") {
    if (parts.length !== (from === to ? 1 : 2)) throw wrong();
    const [first, second = "0"] = parts;
    return sign * (from === "YEAR" ? Number(first) * 12 + Number(second) : Number(first));
  }
  const fixed: readonly Unit[] = ["DAY", "HOUR", "MINUTE", "SECOND"];
  const span = fixed.slice(fixed.indexOf(from), fixed.indexOf(to) + 1);
  if (parts.length !== span.length) throw wrong();
  const ms = parts.reduce((sum, part, place) => sum + Number(part) * unitMs[span[place]!]!, 0);
  return sign * Math.round(ms);
}

/** The inverse, in the largest units that fit. */
export function showInterval(value: number, from: Unit, to: Unit): string {
  const sign = value < 0 ? "-" : "";
  const rest = Math.abs(value);
  if (from === "YEAR" || from === "MONTH") {
    if (from === "YEAR" && to === "MONTH")
      return `${sign}${Math.floor(rest / 12)}-${String(rest % 12).padStart(2, "0")}`;
    return `${sign}${from === "YEAR" ? Math.floor(rest / 12) : rest}`;
  }
  const fixed: readonly Unit[] = ["DAY", "HOUR", "MINUTE", "SECOND"];
  const span = fixed.slice(fixed.indexOf(from), fixed.indexOf(to) + 1);
  let left = rest;
  const parts = span.map((unit, place) => {
    const count = left / unitMs[unit]!;
    left %= unitMs[unit]!;
    const isLast = place === span.length - 1;
    const text = isLast && unit === "SECOND" ? String(count) : String(Math.floor(count));
    return place === 0 ? text : text.padStart(2, "0");
  });
  return (
    sign +
    parts.slice(0, 1) +
    (parts.length > 1 ? (span[0] === "DAY" ? " " : ":") + parts.slice(1).join(":") : "")
  );
}
