/**
 * JSON whose numbers are compared as EventBridge compares them: by value, so that 300, 300.0 and 3e2
 * are one number. A number that a double cannot hold exactly is equal only to what is written alike.
 */

/** A number of more digits, or of a greater size, than a double has. */
export class InexactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

const keepInexact: Reviver = (_key, value, context) => {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || isExact(value, source)) return value;
  return new InexactNumber(source);
};

/** Only a text with one of these can hold a number that a double cannot. */
const unusual = /\d[eE]|[\d.]{16}/;

/** As JSON.parse: of equal keys the last one counts, and what is no JSON throws. */
export function parseJson(text: string): unknown {
  return unusual.test(text) ? JSON.parse(text, keepInexact as never) : JSON.parse(text);
}

function isExact(value: number, source: string): boolean {
  return Number.isFinite(value) && decimal(String(value)) === decimal(source);
}

/** One text for each number: its sign, its digits without zeros at their ends, its power of ten. */
function decimal(source: string): string {
  const [mantissa = "", power = "0"] = source.toLowerCase().split("e");
  const [, sign, whole = "", fraction = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(mantissa) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  if (end === 0) return "0";
  const exponent = Number(power) - fraction.length + (digits.length - end);
  return `${sign}${digits.slice(0, end)}e${exponent}`;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof InexactNumber);

/** Whether two plain values are the same; what is no plain value is nothing's same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof InexactNumber) return b instanceof InexactNumber && a.source === b.source;
  return a === b;
}
