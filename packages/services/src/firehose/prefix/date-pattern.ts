/**
 * Patterns of Java's DateTimeFormatter, as `!{timestamp:…}` has them.
 * https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
 */

/** Writes an instant, in epoch milliseconds. */
export type DateWriter = (instant: number) => string;

type Write = (at: LocalTime) => string;

/** What the clock on the wall of a time zone shows. */
interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 0: Sunday. */
  readonly weekday: number;
  /** From 1 on. */
  readonly dayOfYear: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  readonly instant: number;
}

/**
 * Throws a RangeError that says what is wrong with the pattern or the time zone.
 *
 * @example
 * datePattern("yyyy/MM/dd/HH", "UTC")(0); // "1970/01/01/00"
 */
export function datePattern(pattern: string, timeZone: string): DateWriter {
  const writers = compile(pattern, timeZone);
  const localTime = wallClock(timeZone);
  return (instant) => {
    const at = localTime(instant);
    return writers.map((write) => write(at)).join("");
  };
}

function compile(pattern: string, timeZone: string): Write[] {
  const writers: Write[] = [];
  let depth = 0;
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at]!;
    if (letter === "'") {
      const [text, end] = quoted(pattern, at);
      writers.push(() => text);
      at = end;
    } else if (/[A-Za-z]/.test(letter)) {
      let end = at;
      while (pattern[end] === letter) end++;
      writers.push(fieldWriter(letter, end - at, pattern, timeZone));
      at = end;
    } else if (letter === "[" || letter === "]") {
      // What is optional is there: a moment has every field.
      depth += letter === "[" ? 1 : -1;
      if (depth < 0) throw new RangeError(`A ] has no [ before it in "${pattern}".`);
      at++;
    } else if (/[{}#]/.test(letter)) {
      throw new RangeError(`"${letter}" has a meaning of its own in "${pattern}": quote it.`);
    } else {
      writers.push(() => letter);
      at++;
    }
  }
  return writers;
}

/** The text between single quotes, where '' is one, also alone; and the place behind it. */
function quoted(pattern: string, start: number): [text: string, end: number] {
  let text = "";
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at];
    else if (pattern[at + 1] === "'") {
      text += "'";
      at++;
    } else return [text || "'", at + 1];
  }
  throw new RangeError(`A quote is not closed in the pattern "${pattern}".`);
}

const months = [
  ..."January February March April May June July August September October November December".split(
    " ",
  ),
];
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const quarters = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];

/** How many letters of one kind may stand together. */
const longest: Readonly<Record<string, number>> = {
  ...{ d: 2, D: 3, F: 1, H: 2, h: 2, k: 2, K: 2, m: 2, s: 2, S: 9, a: 1, w: 2, W: 1 },
  ...{ M: 5, L: 5, E: 5, Q: 5, q: 5, G: 5, X: 5, x: 5, Z: 5, z: 4, V: 2, e: 5, c: 5 },
};

function fieldWriter(letter: string, count: number, pattern: string, timeZone: string): Write {
  const most = longest[letter] ?? 19;
  if (count > most) {
    throw new RangeError(`Too many pattern letters: ${letter.repeat(count)} in "${pattern}".`);
  }
  const number =
    (value: (at: LocalTime) => number): Write =>
    (at) =>
      padded(value(at), count);
  switch (letter) {
    case "G":
      return () => (count === 4 ? "Anno Domini" : count === 5 ? "A" : "AD");
    case "y":
    case "u":
      return year((at) => at.year, count);
    case "Y":
      return year((at) => weekOfYear(at).year, count);
    case "M":
    case "L":
      return count < 3 ? number((at) => at.month) : named((at) => months[at.month - 1]!, count);
    case "Q":
    case "q":
      return quarter(count);
    case "w":
      return number((at) => weekOfYear(at).week);
    case "W":
      return (at) => String(Math.floor((at.day - 1 + weekdayOf(at, 1 - at.day)) / 7) + 1);
    case "D":
      return number((at) => at.dayOfYear);
    case "d":
      return number((at) => at.day);
    case "F":
      return (at) => String(((at.day - 1) % 7) + 1);
    case "E":
      return named((at) => weekdays[at.weekday]!, Math.max(3, count));
    case "e":
    case "c":
      if (letter === "c" && count === 2) throw new RangeError(`cc means nothing in "${pattern}".`);
      return count < 3
        ? number((at) => at.weekday + 1)
        : named((at) => weekdays[at.weekday]!, count);
    case "a":
      return (at) => (at.hour < 12 ? "AM" : "PM");
    case "H":
      return number((at) => at.hour);
    case "k":
      return number((at) => at.hour || 24);
    case "K":
      return number((at) => at.hour % 12);
    case "h":
      return number((at) => at.hour % 12 || 12);
    case "m":
      return number((at) => at.minute);
    case "s":
      return number((at) => at.second);
    case "S":
      return (at) => padded(at.millisecond, 3).padEnd(9, "0").slice(0, count);
    case "A":
      return number(millisecondOfDay);
    case "n":
      return number((at) => at.millisecond * 1_000_000);
    case "N":
      return number((at) => millisecondOfDay(at) * 1_000_000);
    case "V":
      if (count === 2) return () => timeZone;
      throw new RangeError(`Pattern letter count must be 2: V in "${pattern}".`);
    case "z":
      return zoneName(timeZone, count === 4 ? "long" : "short");
    case "O":
      if (count !== 1 && count !== 4) {
        throw new RangeError(`Pattern letter count must be 1 or 4: O in "${pattern}".`);
      }
      return (at) => greenwich(at.offset, count === 4);
    case "X":
      return (at) => (at.offset === 0 ? "Z" : isoOffset(at.offset, count));
    case "x":
      return (at) => isoOffset(at.offset, count);
    case "Z":
      if (count === 4) return (at) => greenwich(at.offset, true);
      if (count === 5) return (at) => (at.offset === 0 ? "Z" : isoOffset(at.offset, 3));
      return (at) => isoOffset(at.offset, 2);
    default:
      throw new RangeError(`Unknown pattern letter: ${letter} in "${pattern}".`);
  }
}

const padded = (value: number, digits: number) => String(value).padStart(digits, "0");

const year =
  (value: (at: LocalTime) => number, count: number): Write =>
  (at) =>
    count === 2 ? padded(value(at) % 100, 2) : padded(value(at), count);

/** 3 letters: short, 4: full, 5: one letter. */
const named =
  (name: (at: LocalTime) => string, count: number): Write =>
  (at) =>
    name(at).slice(0, count === 3 ? 3 : count === 5 ? 1 : undefined);

function quarter(count: number): Write {
  const of = (at: LocalTime) => Math.floor((at.month - 1) / 3);
  if (count === 4) return (at) => quarters[of(at)]!;
  if (count === 3) return (at) => `Q${of(at) + 1}`;
  return (at) => padded(of(at) + 1, count === 5 ? 1 : count);
}

const millisecondOfDay = ({ hour, minute, second, millisecond }: LocalTime) =>
  ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;

/** The weekday so many days later. */
const weekdayOf = (at: LocalTime, days: number) => (((at.weekday + days) % 7) + 7) % 7;

/** As in the United States: weeks begin on Sunday, and the first one is that of January 1. */
function weekOfYear(at: LocalTime): { readonly year: number; readonly week: number } {
  const januaryFirst = weekdayOf(at, 1 - at.dayOfYear);
  const week = Math.floor((at.dayOfYear - 1 + januaryFirst) / 7) + 1;
  const length = at.year % 4 === 0 && (at.year % 100 !== 0 || at.year % 400 === 0) ? 366 : 365;
  const nextJanuaryFirst = weekdayOf(at, length + 1 - at.dayOfYear);
  const inLastWeek = length - at.dayOfYear < nextJanuaryFirst;
  return inLastWeek ? { year: at.year + 1, week: 1 } : { year: at.year, week };
}

function isoOffset(offset: number, count: number): string {
  const sign = offset < 0 ? "-" : "+";
  const hours = padded(Math.floor(Math.abs(offset) / 60), 2);
  const minutes = padded(Math.abs(offset) % 60, 2);
  if (count === 1) return minutes === "00" ? sign + hours : sign + hours + minutes;
  return count % 2 === 0 ? sign + hours + minutes : `${sign}${hours}:${minutes}`;
}

function greenwich(offset: number, full: boolean): string {
  if (offset === 0) return "GMT";
  if (full) return `GMT${isoOffset(offset, 3)}`;
  const minutes = Math.abs(offset) % 60;
  const hours = Math.floor(Math.abs(offset) / 60);
  return `GMT${offset < 0 ? "-" : "+"}${hours}${minutes === 0 ? "" : `:${padded(minutes, 2)}`}`;
}

function zoneName(timeZone: string, timeZoneName: "short" | "long"): Write {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName });
  return ({ instant }) =>
    format.formatToParts(instant).find(({ type }) => type === "timeZoneName")!.value;
}

/** Throws a RangeError for a time zone that is not known. */
function wallClock(timeZone: string): (instant: number) => LocalTime {
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, calendar: "gregory", hourCycle: "h23" },
    ...{ year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  } as Intl.DateTimeFormatOptions);
  return (instant) => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts as Record<
      "year" | "month" | "day" | "hour" | "minute" | "second",
      number
    >;
    const millisecond = ((instant % 1000) + 1000) % 1000;
    const local = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
    return {
      ...{ year, month, day, hour, minute, second, millisecond, instant },
      weekday: new Date(local).getUTCDay(),
      dayOfYear: Math.floor((local - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
      offset: Math.round((local - instant) / 60_000),
    };
  };
}
