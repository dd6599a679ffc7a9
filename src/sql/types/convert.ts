/** From one type to another: what CAST does, and what happens to a value that is put into a column. */
import {
  addMonths,
  dayMs,
  parseTime,
  parseTimestamp,
  showDate,
  showInterval,
  showTime,
  showTimestamp,
  unitMs,
} from "./calendar.ts";
import {
  fitter,
  parseDecimal,
  shiftLeft,
  shiftRight,
  showDecimal,
  type Whole,
} from "./integers.ts";
import { RowError, showValue } from "./row-error.ts";
import {
  isApproximate,
  isExact,
  isMonths,
  isNumeric,
  isText,
  type SqlType,
  scaleOf,
  showType,
  type Value,
} from "./sql-type.ts";

export type Convert = (value: any) => Value;

const same: Convert = (value) => value;

/**
 * What a column of the type makes of a value: undefined where it takes none of these. Numbers are rounded to what fits and refused beyond; texts
 * that are too long are cut, and nothing says so, as in Kinesis Analytics.
 */
export function assignment(from: SqlType, to: SqlType): Convert | undefined {
  if (from.name === "NULL") return same;
  if (isNumeric(from) && isNumeric(to)) return numeric(from, to);
  if (isText(from) && isText(to)) return cut(from, to);
  if (from.name === "DATE" && to.name === "TIMESTAMP") return same;
  if (from.name === "INTERVAL" && to.name === "INTERVAL")
    return isMonths(from) === isMonths(to) ? same : undefined;
  return from.name === to.name && from.name !== "RECORD" ? same : undefined;
}

/** What CAST makes of it: undefined where it cannot. Throws RowError for a value that has no such form. */
export function cast(from: SqlType, to: SqlType): Convert | undefined {
  const assigned = assignment(from, to);
  if (assigned && from.name !== "INTERVAL") return assigned;
  if (isText(to)) return toText(from, to);
  if (isText(from)) return fromText(to);
  if (from.name === "INTERVAL") return fromInterval(from, to);
  if (from.name === "TIMESTAMP" && to.name === "DATE") return (ms) => ms - remainder(ms, dayMs);
  if (from.name === "TIMESTAMP" && to.name === "TIME") return (ms) => remainder(ms, dayMs);
  if (to.name === "INTERVAL" && isExact(from)) return toInterval(from, to);
  return undefined;
}

const remainder = (value: number, unit: number) => ((value % unit) + unit) % unit;

function numeric(from: SqlType, to: SqlType): Convert {
  const target = approximation(to);
  if (target) {
    const scale = 10 ** scaleOf(from);
    if (from.name === to.name || (isApproximate(from) && to.name === "DOUBLE")) return same;
    return scale === 1
      ? (value) => target(Number(value))
      : (value) => target(Number(value) / scale);
  }
  const fitted = fitter(to);
  const scale = scaleOf(to);
  if (isApproximate(from)) return (value) => fitted(exact(value, scale));
  const shift = scale - scaleOf(from);
  if (shift === 0) return from.name === to.name && from.precision === to.precision ? same : fitted;
  return shift > 0
    ? (value) => fitted(shiftLeft(value, shift))
    : (value) => fitted(shiftRight(value, -shift));
}

/** Undefined: it is no approximate type. */
function approximation({ name }: SqlType): ((value: number) => number) | undefined {
  if (name === "DOUBLE") return (value) => value;
  return name === "REAL" ? toReal : undefined;
}

/** To 32 bits. Throws RowError beyond them. */
export function toReal(value: number): number {
  const real = Math.fround(value);
  if (Number.isFinite(real) || !Number.isFinite(value)) return real;
  throw new RowError("NUMERIC_OVERFLOW", `${value} is too large for REAL.`);
}

/** A double in units of 10^−scale; half is rounded away from zero, of what its digits say. */
function exact(value: number, scale: number): Whole {
  if (!Number.isFinite(value))
    throw new RowError("NUMERIC_OVERFLOW", `${value} is no number that can be kept exactly.`);
  if (scale === 0 && Math.abs(value) < 2 ** 52) {
    return Math.sign(value) * Math.round(Math.abs(value)) + 0;
  }
  return parseDecimal(String(value), scale)!;
}

const cut = (from: SqlType, { length, name }: SqlType): Convert => {
  if (name === "CHAR")
    return (value: string) => value.slice(0, length ?? 1).padEnd(length ?? 1, " ");
  if (length === undefined || (from.length !== undefined && from.length <= length)) return same;
  return (value: string) => (value.length <= length ? value : value.slice(0, length));
};

function toText(from: SqlType, to: SqlType): Convert | undefined {
  const show = shower(from);
  if (!show) return undefined;
  const length = to.length ?? 1;
  return (value) => {
    const text = show(value);
    if (text.length > length) {
      throw new RowError(
        "CONVERSION_FAILED",
        `${showValue(text)} has ${text.length} characters: too many for ${showType(to)}.`,
      );
    }
    return to.name === "CHAR" ? text.padEnd(length, " ") : text;
  };
}

/** How values of a type are written: undefined where they are not. */
export function shower(type: SqlType): ((value: any) => string) | undefined {
  switch (type.name) {
    case "RECORD":
      return undefined;
    case "BOOLEAN":
      return (value) => (value ? "TRUE" : "FALSE");
    case "TIMESTAMP":
      // Without a fraction where there is none, as CAST writes it.
      return (ms) => showTimestamp(ms).replace(/\.0$/, "");
    case "DATE":
      return showDate;
    case "TIME":
      return showTime;
    case "INTERVAL":
      return (value) => showInterval(value, type.from!, type.to!);
    case "DECIMAL":
      return (value) => showDecimal(value, type.scale!);
    case "REAL":
      return (value: number) => String(shortReal(value));
    default:
      return String;
  }
}

/** The shortest decimal that is this number in 32 bits. */
export function shortReal(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function fromText(to: SqlType): Convert | undefined {
  const parse = parser(to);
  if (!parse) return undefined;
  return (text: string) => {
    const value = parse(text);
    if (value === undefined)
      throw new RowError("CONVERSION_FAILED", `${showValue(text)} is no ${showType(to)}.`);
    return value;
  };
}

/** How values of a type are read; its results are undefined where a text is none. */
export function parser(to: SqlType): ((text: string) => Value | undefined) | undefined {
  if (isExact(to)) {
    const fitted = fitter(to);
    return (text) => {
      const value = parseDecimal(text, scaleOf(to));
      return value === undefined ? undefined : fitted(value);
    };
  }
  const approximate = approximation(to);
  if (approximate) {
    return (text) => (isDecimal.test(text) ? approximate(Number(text)) : undefined);
  }
  switch (to.name) {
    case "BOOLEAN":
      return (text) => booleans[text.trim().toUpperCase()];
    case "TIMESTAMP":
      return parseTimestamp;
    case "DATE":
      return (text) => {
        const ms = parseTimestamp(text);
        return ms === undefined ? undefined : ms - remainder(ms, dayMs);
      };
    case "TIME":
      return parseTime;
    case "INTERVAL":
      return (text) => {
        const value = Number(text);
        if (to.from !== to.to || text.trim() === "" || Number.isNaN(value)) return undefined;
        return Math.round(value * (unitMs[to.to!] ?? (to.to === "YEAR" ? 12 : 1)));
      };
    default:
      return undefined;
  }
}

const isDecimal = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const booleans: Readonly<Record<string, boolean>> = { TRUE: true, FALSE: false };

/** In units of its last one. */
function fromInterval(from: SqlType, to: SqlType): Convert | undefined {
  if (from.from === "YEAR" && from.to === "MONTH") return undefined;
  if (to.name === "INTERVAL") return isMonths(from) === isMonths(to) ? same : undefined;
  if (!isExact(to)) return undefined;
  const unit = unitMs[from.to!] ?? (from.to === "YEAR" ? 12 : 1);
  const fitted = fitter(to);
  const scale = 10 ** scaleOf(to);
  return (value: number) => fitted(Math.trunc((value / unit) * scale) + 0);
}

function toInterval(from: SqlType, to: SqlType): Convert | undefined {
  if (to.from !== to.to) return undefined;
  const unit = unitMs[to.to!] ?? (to.to === "YEAR" ? 12 : 1);
  const scale = 10 ** scaleOf(from);
  return (value: Whole) => Math.round((Number(value) / scale) * unit);
}

/** A time so much later; of months by the calendar. */
export const later = (type: SqlType): ((ms: number, interval: number) => number) =>
  isMonths(type) ? addMonths : (ms, interval) => ms + interval;
