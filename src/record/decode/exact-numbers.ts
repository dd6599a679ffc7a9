/**
 * Numbers of JSON that a double does not hold. `JSON.parse` rounds them without a word: to it 9007199254740993 is
 * 9007199254740992, so that two records have one id.
 */

import { unquotedAs } from "./unquoted.ts";

/** What becomes of integers beyond 2^53: bigints, or the nearest double. */
export type LargeIntegers = "bigint" | "number";

/** Of a record: its payload as text, and what its numbers were rounded to. */
export interface Rounded {
  readonly json: string;
  readonly numbers: readonly string[];
}

/** Where that is noted: at the record, of which there are hardly any. */
const note = Symbol.for("shardmill.rounded");

export const roundedIn = (record: object): Rounded | undefined =>
  (record as { readonly [note]?: Rounded })[note];

const point = 46;
const zero = 48;
const nine = 57;

/** A digit, or the point among them. */
const isOfNumber = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= zero && byte <= nine) || byte === point);

/**
 * Whether a double may be too small for a number in it: for an integer from 9e15 on, or a decimal of 18 digits. Every record
 * comes through here, so it looks at each sixteenth byte alone: no number is so long and lies between two of them.
 */
export function hasLongNumber(json: Uint8Array): boolean {
  for (let at = 15; at < json.length; at += 16) {
    if (!isOfNumber(json[at])) continue;
    let start = at;
    while (isOfNumber(json[start - 1])) start--;
    let end = at + 1;
    while (isOfNumber(json[end])) end++;
    if (end - start >= 16 && isLong(json, start, end) && isAlone(json, start)) return true;
    at = end;
  }
  return false;
}

function isLong(json: Uint8Array, start: number, end: number): boolean {
  let first = start;
  while (first < end && (json[first] === zero || json[first] === point)) first++;
  const pointAt = json.subarray(start, end).indexOf(point) + start;
  if (pointAt >= first) return end - first > 18;
  if (pointAt >= start) return end - first > 17;
  return end - first > 16 || (end - first === 16 && json[first] === nine);
}

/** Before a number stand `-` and white space, and before those `,`, `:`, `[`, nothing, or the end of a byte order mark. */
const before = new Set([0x2d, 0x20, 0x09, 0x0a, 0x0d]);
const openers = new Set([0x2c, 0x3a, 0x5b, undefined, 0xbf]);

/** Whether it may be a number, and not a part of some text. */
function isAlone(json: Uint8Array, start: number): boolean {
  let at = start - 1;
  while (before.has(json[at]!)) at--;
  return openers.has(json[at]);
}

/** Longer ones are nobody's integers, and take long to read. */
const longestInteger = 1000;

export const isLargeInteger = (written: string): boolean =>
  written.length <= longestInteger && /^-?\d+$/.test(written);

/** Parses JSON in which there may be such numbers. Those that it rounds are noted for the record that it came in. */
export function parseExactly(json: string, largeIntegers: LargeIntegers, record: unknown): unknown {
  const numbers: string[] = [];
  const read = (_: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value !== "number" || source === undefined || isHeld(value, source)) return value;
    if (largeIntegers === "bigint") {
      if (isLargeInteger(source)) return BigInt(source);
      if (source.length > longestInteger) {
        throw unquotedAs(new RangeError(`The payload has a number of ${source.length} digits.`));
      }
    }
    numbers.push(String(value));
    return value;
  };
  const value = JSON.parse(json, read as (key: string, value: unknown) => unknown);
  if (numbers.length > 0 && typeof record === "object" && record !== null) {
    Object.defineProperty(record, note, { value: { json, numbers }, configurable: true });
  }
  return value;
}

/**
 * Whether the double is the number as it is written. A decimal of up to 17 digits is what programs print of a double; one of
 * more is, if a double printed with so many has them.
 */
export function isHeld(value: number, written: string): boolean {
  if (/^-?\d+$/.test(written)) return Number.isSafeInteger(value);
  const digits = digitsOf(written);
  if (digits === "") return true;
  if (value === 0 || !Number.isFinite(value)) return false;
  if (digits.length <= 17) return true;
  return digits.length <= 100 && digitsOf(value.toPrecision(digits.length)) === digits;
}

/** From the first that is not zero. */
const digitsOf = (number: string) =>
  number.replace(/e.*/i, "").replace(/\D/g, "").replace(/^0+/, "");
