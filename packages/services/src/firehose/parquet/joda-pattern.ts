/** Joda's date patterns, as HiveJsonSerDe's TimestampFormats have them, for reading. */

/** Epoch milliseconds; undefined: the text is of another form. */
export type DateReader = (text: string) => number | undefined;

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  afternoon?: boolean;
  /** Minutes east of Greenwich. */
  offset: number;
}

type Take = (text: string, fields: Fields) => void;

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

const readers: Readonly<Record<string, readonly [pattern: (count: number) => string, Take]>> = {
  y: [(count) => (count === 2 ? "\\d{2}" : "\\d{1,4}"), year],
  Y: [(count) => (count === 2 ? "\\d{2}" : "\\d{1,4}"), year],
  M: [(count) => (count < 3 ? "\\d{1,2}" : "[A-Za-z]{1,20}"), month],
  d: [() => "\\d{1,2}", (text, fields) => (fields.day = Number(text))],
  H: [() => "\\d{1,2}", (text, fields) => (fields.hour = Number(text))],
  h: [() => "\\d{1,2}", (text, fields) => (fields.hour = Number(text) % 12)],
  m: [() => "\\d{1,2}", (text, fields) => (fields.minute = Number(text))],
  s: [() => "\\d{1,2}", (text, fields) => (fields.second = Number(text))],
  S: [() => "\\d{1,9}", (text, fields) => (fields.millisecond = Number(`0.${text}`) * 1000)],
  a: [() => "[AaPp][Mm]", (text, fields) => (fields.afternoon = /^p/i.test(text))],
  E: [() => "[A-Za-z]{1,20}", () => {}],
  Z: [() => "Z|[+-]\\d{2}:?\\d{2}", offset],
};

function year(text: string, fields: Fields): void {
  const value = Number(text);
  fields.year = text.length === 2 ? value + (value < 70 ? 2000 : 1900) : value;
}

function month(text: string, fields: Fields): void {
  fields.month = /\d/.test(text)
    ? Number(text)
    : months.indexOf(text.slice(0, 3).toLowerCase()) + 1;
}

function offset(text: string, fields: Fields): void {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? [];
  fields.offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Throws a RangeError for a letter that is not read here. */
export function jodaPattern(pattern: string): DateReader {
  const takes: Take[] = [];
  let source = "";
  for (const [piece, letter] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (letter === undefined) {
      const literal = piece === "''" ? "'" : piece.replace(/^'|'$/g, "").replaceAll("''", "'");
      source += literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      continue;
    }
    const reader = readers[letter];
    if (!reader) {
      throw new RangeError(
        `The pattern "${pattern}" has the letter ${letter}, which is not read here.`,
      );
    }
    source += `(${reader[0](piece.length)})`;
    takes.push(reader[1]);
  }
  const whole = new RegExp(`^${source}$`);
  return (text) => {
    const found = whole.exec(text);
    if (!found) return undefined;
    const fields: Fields = {
      ...{ year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 },
      offset: 0,
    };
    takes.forEach((take, at) => {
      take(found[at + 1]!, fields);
    });
    return instantOf(fields);
  };
}

/** Undefined for a day or an hour that does not exist. */
function instantOf({ year, month, day, hour, minute, second, ...rest }: Fields) {
  const { millisecond, afternoon, offset } = rest;
  const local = Date.UTC(year, month - 1, day, hour + (afternoon ? 12 : 0), minute, second);
  const exists = new Date(local).getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exists ? local + Math.trunc(millisecond) - offset * 60_000 : undefined;
}
