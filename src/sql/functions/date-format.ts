/** Dates as texts by a pattern of Java's SimpleDateFormat; UTC, English. */
import { RowError, showValue } from "../types/row-error.ts";
import { PatternError } from "./patterns.ts";

interface Part {
  readonly letter: string;
  readonly length: number;
  /** Between letters: as it stands. */
  readonly text: string;
}

const months =
  "January February March April May June July August September October November December".split(
    " ",
  );
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

export interface DateFormat {
  format(ms: number): string;
  /** Throws RowError where the text has another form. */
  parse(text: string): number;
}

/** Throws PatternError for letters that are none of a date. */
export function dateFormat(pattern: string): DateFormat {
  const parts = partsOf(pattern);
  return {
    format: (ms) =>
      parts
        .map((part) => (part.letter === "" ? part.text : formatPart(part, new Date(ms))))
        .join(""),
    parse: (text) => parse(text, pattern, parts),
  };
}

function partsOf(pattern: string): readonly Part[] {
  const found = pattern.match(/([a-zA-Z])\1*|'(?:[^']|'')*'|[^a-zA-Z']+/g) ?? [];
  return found.map((part) => {
    if (part[0] === "'")
      return {
        letter: "",
        length: 0,
        text: part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'"),
      };
    if (!/[a-zA-Z]/.test(part[0]!)) return { letter: "", length: 0, text: part };
    if (!"GyYMLwWDdFEuaHkKhmsSzZX".includes(part[0]!)) {
      throw new PatternError(
        `The letter ${part[0]} of the pattern '${pattern}' is not supported; texts stand in '…'.`,
      );
    }
    return { letter: part[0]!, length: part.length, text: part };
  });
}

const pad = (value: number, length: number) => String(value).padStart(length, "0");

function formatPart({ letter, length }: Part, date: Date): string {
  const hour = date.getUTCHours();
  switch (letter) {
    case "y":
    case "Y": {
      const year = letter === "y" ? date.getUTCFullYear() : weekYear(date);
      return length === 2 ? pad(year % 100, 2) : pad(year, length);
    }
    case "G":
      return date.getUTCFullYear() > 0 ? "AD" : "BC";
    case "M":
    case "L": {
      const month = date.getUTCMonth();
      return length >= 4
        ? months[month]!
        : length === 3
          ? months[month]!.slice(0, 3)
          : pad(month + 1, length);
    }
    case "d":
      return pad(date.getUTCDate(), length);
    case "D":
      return pad(
        Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1,
        length,
      );
    case "w":
      return pad(weekOf(date, Date.UTC(weekYear(date), 0, 1)), length);
    case "W":
      return pad(weekOf(date, Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)), length);
    case "F":
      return pad(Math.ceil(date.getUTCDate() / 7), length);
    case "E": {
      const day = days[date.getUTCDay()]!;
      return length >= 4 ? day : day.slice(0, 3);
    }
    case "u":
      return pad(((date.getUTCDay() + 6) % 7) + 1, length);
    case "a":
      return hour < 12 ? "AM" : "PM";
    case "H":
      return pad(hour, length);
    case "k":
      return pad(hour === 0 ? 24 : hour, length);
    case "K":
      return pad(hour % 12, length);
    case "h":
      return pad(hour % 12 === 0 ? 12 : hour % 12, length);
    case "m":
      return pad(date.getUTCMinutes(), length);
    case "s":
      return pad(date.getUTCSeconds(), length);
    case "S":
      return pad(date.getUTCMilliseconds(), length);
    case "Z":
      return "+0000";
    case "X":
      return "Z";
    default:
      return "UTC";
  }
}

/** As in the United States: weeks begin on Sunday, and that of January 1 is the first of its year. */
function weekYear(date: Date): number {
  const saturday = new Date(date.getTime() + (6 - date.getUTCDay()) * 86_400_000);
  return saturday.getUTCFullYear();
}

/** Which week a date is in, counted from that of `first`, which is 1. */
function weekOf(date: Date, first: number): number {
  const sunday = first - new Date(first).getUTCDay() * 86_400_000;
  return Math.floor((date.getTime() - sunday) / (7 * 86_400_000)) + 1;
}

/** Letters that Java prints, and that say no date where they are read. */
const printed: Readonly<Record<string, string>> = {
  Y: "the year of the week",
  w: "the week of a year",
  W: "the week of a month",
  F: "a weekday's number in its month",
  G: "the era",
};

/** What a number may be at most: beyond it AWS's reference has no result. */
const most: Readonly<Record<string, number>> = { H: 23, k: 24, K: 11, h: 12, m: 59, s: 59, S: 999 };

/** `-0700`, `GMT-08:00`, `PST`, `Pacific Standard Time`. */
const zone =
  /^(?:(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?|UTC|GMT|Z|([PMCE])(?:acific|ountain|entral|astern)? ?([SD])(?:tandard|aylight)? ?T(?:ime)?\b)/;

/** Numbers take as many digits as stand there, unless another number follows at once: as Java does. Two digits of a year behind a blank are that year, as AWS's example has it. */
function parse(text: string, pattern: string, parts: readonly Part[]): number {
  const wrong = () =>
    new RowError("CONVERSION_FAILED", `${showValue(text)} has not the form '${pattern}'.`);
  const unread = parts.find(({ letter }) => Object.hasOwn(printed, letter))?.letter;
  if (unread) {
    throw new RowError(
      "CONVERSION_FAILED",
      `'${pattern}' has ${printed[unread]}, ${unread}, which says no date: year, month and day are y, M, d.`,
    );
  }
  const fields: Record<string, number> = {};
  let at = 0;
  let offset = 0;
  for (const [place, part] of parts.entries()) {
    const { letter, length } = part;
    if (letter === "") {
      if (!text.startsWith(part.text, at)) throw wrong();
      at += part.text.length;
      continue;
    }
    const rest = text.slice(at);
    if (letter === "a" || letter === "E" || (/[ML]/.test(letter) && length >= 3)) {
      const names = letter === "a" ? ["AM", "PM"] : letter === "E" ? days : months;
      const index = names.findIndex((name) =>
        rest.toLowerCase().startsWith(name.slice(0, 3).toLowerCase()),
      );
      if (index < 0) throw wrong();
      const whole = names[index]!;
      at += rest.toLowerCase().startsWith(whole.toLowerCase()) ? whole.length : 3;
      if (letter !== "E")
        fields[letter === "L" ? "M" : letter] = letter === "a" ? index : index + 1;
      continue;
    }
    if (letter === "z" || letter === "Z" || letter === "X") {
      const found = zone.exec(rest);
      if (!found) throw wrong();
      const [all, sign, hours, minutes = 0, american, season] = found;
      at += all.length;
      if (sign) offset = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
      else if (american)
        offset = ("PMCE".indexOf(american) - 8 + (season === "D" ? 1 : 0)) * 3_600_000;
      continue;
    }
    const next = parts[place + 1];
    const isNumber = next !== undefined && next.letter !== "" && !/[aEzZX]/.test(next.letter);
    const digits = new RegExp(isNumber ? `^\\s*\\d{1,${length}}` : "^\\s*\\d+").exec(rest)?.[0];
    if (digits === undefined) throw wrong();
    at += digits.length;
    fields[letter === "L" ? "M" : letter] =
      letter === "y" && length <= 2 && digits.length === 2
        ? century(Number(digits))
        : Number(digits);
  }
  const { y = 1970, M = 1, d = 1, D, m = 0, s = 0, S = 0 } = fields;
  const date = new Date(0);
  date.setUTCFullYear(y, D === undefined ? M - 1 : 0, D ?? d);
  const isDate =
    D === undefined
      ? date.getUTCMonth() === M - 1 && date.getUTCDate() === d
      : date.getUTCFullYear() === y;
  if (!isDate || Object.keys(most).some((letter) => fields[letter]! > most[letter]!)) throw wrong();
  return date.getTime() + hourOf(fields) * 3_600_000 + m * 60_000 + s * 1000 + S - offset;
}

/** Two digits of a year are within 80 years before and 20 after 2026. */
const century = (year: number) => (year <= 46 ? 2000 : 1900) + year;

function hourOf({ H, k, K, h, a = 0 }: Record<string, number>): number {
  if (H !== undefined) return H;
  if (k !== undefined) return k % 24;
  return (K ?? (h ?? 0) % 12) + 12 * a;
}
