/** Dates as jq has them: seconds since the epoch, and "broken down time" as C knows it, in UTC. */
import { JqError, type Json } from "./value.ts";

/** [year, month from 0, day, hour, minute, second with its fraction, weekday from Sunday, day of year from 0] */
type BrokenDown = readonly [number, number, number, number, number, number, number, number];

const day = 86_400_000;

export function gmtime(input: Json): Json {
  if (typeof input !== "number") throw new JqError("gmtime() requires a number");
  return brokenDown(input);
}

function brokenDown(seconds: number): BrokenDown {
  const whole = Math.floor(seconds);
  const date = new Date(whole * 1000);
  if (Number.isNaN(date.getTime())) {
    throw new JqError("error converting number of seconds since epoch to datetime");
  }
  const second = date.getUTCSeconds() + (seconds - whole);
  const yearDay = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / day);
  return [
    ...([date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()] as const),
    ...([date.getUTCHours(), date.getUTCMinutes(), second] as const),
    ...([date.getUTCDay(), yearDay] as const),
  ];
}

export function mktime(input: Json): Json {
  if (!isBrokenDown(input)) {
    throw new JqError(
      Array.isArray(input)
        ? "mktime requires parsed datetime inputs"
        : "mktime requires array of 6 numbers",
    );
  }
  return Math.floor(instantOf(input) / 1000);
}

const isBrokenDown = (input: Json): input is BrokenDown =>
  Array.isArray(input) && input.length >= 6 && input.every((part) => typeof part === "number");

const instantOf = ([year, month, date, hour, minute, second]: BrokenDown) =>
  Date.UTC(year, month, date, hour, minute, Math.floor(second));

export function fromDate(input: Json): Json {
  if (typeof input !== "string")
    throw new JqError(`strptime/1 requires string inputs and arguments`);
  return mktime(strptime(input, "%Y-%m-%dT%H:%M:%SZ"));
}

const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const months =
  "January February March April May June July August September October November December".split(
    " ",
  );

export function strftime(input: Json, format: Json): Json {
  const time = typeof input === "number" ? brokenDown(input) : input;
  if (!isBrokenDown(time)) throw new JqError("strftime/1 requires parsed datetime inputs");
  if (typeof format !== "string") throw new JqError("strftime/1 requires a string format");
  return format.replace(/%[EO]?(.)/gs, (directive, letter) => write(letter, time) ?? directive);
}

const padded = (value: number, digits: number, filler = "0") =>
  String(Math.floor(value)).padStart(digits, filler);

/** In the C locale. Undefined: no such directive. */
function write(letter: string, time: BrokenDown): string | undefined {
  const [year, month, date, hour, minute, second] = time;
  // A time that a program made itself may lack its last two parts.
  const [weekday = 0, yearDay = 0] = time.slice(6);
  const all = (letters: string) => letters.replace(/[A-Za-z]/g, (one) => write(one, time) ?? one);
  switch (letter) {
    case "Y":
      return String(year);
    case "C":
      return padded(year / 100, 2);
    case "y":
      return padded(year % 100, 2);
    case "m":
      return padded(month + 1, 2);
    case "d":
      return padded(date, 2);
    case "e":
      return padded(date, 2, " ");
    case "H":
      return padded(hour, 2);
    case "k":
      return padded(hour, 2, " ");
    case "I":
      return padded(hour % 12 || 12, 2);
    case "l":
      return padded(hour % 12 || 12, 2, " ");
    case "M":
      return padded(minute, 2);
    case "S":
      return padded(second, 2);
    case "j":
      return padded(yearDay + 1, 3);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "A":
      return weekdays[weekday] ?? "?";
    case "a":
      return weekdays[weekday]?.slice(0, 3) ?? "?";
    case "B":
      return months[month] ?? "?";
    case "b":
    case "h":
      return months[month]?.slice(0, 3) ?? "?";
    case "u":
      return String(weekday || 7);
    case "w":
      return String(weekday);
    case "U":
      return padded((yearDay + 7 - weekday) / 7, 2);
    case "W":
      return padded((yearDay + 7 - ((weekday + 6) % 7)) / 7, 2);
    case "V":
      return padded(isoWeek(time).week, 2);
    case "G":
      return String(isoWeek(time).year);
    case "g":
      return padded(isoWeek(time).year % 100, 2);
    case "s":
      return String(Math.floor(instantOf(time) / 1000));
    case "Z":
      return "UTC";
    case "z":
      return "+0000";
    case "F":
      return all("Y-m-d");
    case "T":
    case "X":
      return all("H:M:S");
    case "R":
      return all("H:M");
    case "r":
      return all("I:M:S p");
    case "D":
    case "x":
      return all("m/d/y");
    case "c":
      return all("a b e T Y");
    case "n":
      return "\n";
    case "t":
      return "\t";
    case "%":
      return "%";
    default:
      return undefined;
  }
}

/** Weeks begin on Monday, and belong to the year of their Thursday. */
function isoWeek(time: BrokenDown): { readonly year: number; readonly week: number } {
  const date = new Date(instantOf(time));
  const thursday = date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * day;
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: Math.floor((thursday - Date.UTC(year, 0)) / day / 7) + 1 };
}

interface Parsed {
  year: number;
  month: number;
  date: number;
  hour: number;
  minute: number;
  second: number;
  afternoon: boolean | undefined;
}

export function strptime(input: Json, format: Json): Json {
  if (typeof input !== "string" || typeof format !== "string") {
    throw new JqError(`strptime/1 requires string inputs and arguments`);
  }
  const parsed: Parsed = {
    ...{ year: 1900, month: 0, date: 0, hour: 0, minute: 0, second: 0 },
    afternoon: undefined,
  };
  const rest = read(input, format, parsed);
  if (rest !== "") {
    throw new JqError(`date "${input}" does not match format "${format}"`);
  }
  const { year, month, date, minute, second, afternoon } = parsed;
  const hour = afternoon === undefined ? parsed.hour : (parsed.hour % 12) + (afternoon ? 12 : 0);
  const [weekday, yearDay] = brokenDown(Date.UTC(year, month, date) / 1000).slice(6);
  return [year, month, date, hour, minute, second, weekday!, yearDay!];
}

type Reader = readonly [pattern: string, take: (text: string, parsed: Parsed) => void];

const byName = (names: readonly string[], text: string) =>
  names.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase());
const anyOf = (names: readonly string[]) =>
  names.map((name) => `${name}|${name.slice(0, 3)}`).join("|");

const readers: Readonly<Record<string, Reader>> = {
  Y: ["[+-]?\\d{1,4}", (text, parsed) => (parsed.year = Number(text))],
  m: ["0?[1-9]|1[0-2]", (text, parsed) => (parsed.month = Number(text) - 1)],
  d: ["3[01]|[12]\\d|0?[1-9]", (text, parsed) => (parsed.date = Number(text))],
  e: ["3[01]|[12]\\d|0?[1-9]", (text, parsed) => (parsed.date = Number(text))],
  H: ["2[0-3]|[01]?\\d", (text, parsed) => (parsed.hour = Number(text))],
  I: ["1[0-2]|0?[1-9]", (text, parsed) => (parsed.hour = Number(text))],
  M: ["[0-5]?\\d", (text, parsed) => (parsed.minute = Number(text))],
  S: ["6[01]|[0-5]?\\d", (text, parsed) => (parsed.second = Number(text))],
  y: [
    "\\d{1,2}",
    (text, parsed) => (parsed.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
  ],
  p: ["[AaPp][Mm]", (text, parsed) => (parsed.afternoon = /^p/i.test(text))],
  b: [anyOf(months), (text, parsed) => (parsed.month = byName(months, text))],
  a: [anyOf(weekdays), () => {}],
  Z: ["\\S+", () => {}],
  z: ["Z|[+-]\\d{2}:?(?:\\d{2})?", () => {}],
};
const sameAs: Readonly<Record<string, string>> = { B: "b", h: "b", A: "a", k: "H", l: "I" };
const inFull: Readonly<Record<string, string>> = {
  T: "%H:%M:%S",
  D: "%m/%d/%y",
  R: "%H:%M",
  F: "%Y-%m-%d",
};

/** What is left of the text, or undefined where it does not match. */
function read(text: string, format: string, parsed: Parsed): string | undefined {
  let rest = text;
  const expanded = format.replace(/%([TDRF])/g, (_, letter) => inFull[letter]!);
  for (const [piece, letter] of expanded.matchAll(/%(.)|\s+|[^%\s]/gs)) {
    if (/^\s/.test(piece) || letter === "n" || letter === "t") {
      rest = rest.trimStart();
      continue;
    }
    if (letter === undefined || letter === "%") {
      const character = letter ?? piece;
      if (!rest.startsWith(character)) return undefined;
      rest = rest.slice(character.length);
      continue;
    }
    const reader = readers[sameAs[letter] ?? letter];
    if (!reader) throw new JqError(`strptime/1: %${letter} is not read here`);
    const [pattern, take] = reader;
    const found = new RegExp(`^\\s*(${pattern})`, "i").exec(rest);
    if (!found) return undefined;
    take(found[1]!, parsed);
    rest = rest.slice(found[0].length);
  }
  return rest;
}
