/** The values that aggregates keep: texts, numbers, truth values. One has one form, in memory and written. */
import type { ByteReader, ByteWriter } from "./bytes.ts";

/** What can be compared, counted apart, and written in a few bytes. */
export type Scalar = string | number | bigint | boolean;

const tags = { false: 0, true: 1, whole: 2, float: 3, text: 4, bigint: 5 } as const;

/** So long may a text be that an aggregate keeps, in characters: what is kept is written with each entry of the log. */
export const longestText = 16_384;

/** The value as it is kept, or what is wrong with it. −0 is 0: the two look alike to everyone but `Object.is`. */
export function checkScalar(value: unknown, where: string): Scalar {
  if (typeof value === "number") {
    if (Number.isNaN(value)) throw new TypeError(`${where} is NaN.`);
    return value === 0 ? 0 : value;
  }
  if (typeof value === "string" && value.length > longestText) {
    throw new RangeError(
      `${where} is a text of ${value.length.toLocaleString("en")} characters; an aggregate keeps at most ${longestText.toLocaleString("en")}. Take a part of it, or its hash.`,
    );
  }
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return value;
  throw new TypeError(
    `${where} is ${Array.isArray(value) ? "a list" : `of the type ${typeof value}`}; it must be a text, a number, a bigint or a boolean.`,
  );
}

/** A number that can be added up without going beyond what a double holds, however many there are. A bigint is one that no double holds. */
export function checkSummand(value: unknown, where: string): number | bigint {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  if (!isNumber || !(Math.abs(Number(value)) <= largestSummand)) {
    throw new TypeError(
      `${where} is ${isNumber ? value : `of the type ${typeof value}`}; it must be a number or a bigint from −${largestSummand} to ${largestSummand}.`,
    );
  }
  if (typeof value === "bigint") return BigInt(Number(value)) === value ? Number(value) : value;
  return value === 0 ? 0 : value;
}

const largestSummand = 1e292;

export function writeScalar(value: Scalar, to: ByteWriter): void {
  if (typeof value === "boolean") to.byte(value ? tags.true : tags.false);
  else if (typeof value === "number") writeNumber(value, to);
  else {
    to.byte(typeof value === "string" ? tags.text : tags.bigint);
    to.text(typeof value === "string" ? value : value.toString(36));
  }
}

const mostWhole = 2 ** 48;

function writeNumber(value: number, to: ByteWriter): void {
  const isWhole = Number.isInteger(value) && Math.abs(value) < mostWhole;
  to.byte(isWhole ? tags.whole : tags.float);
  if (isWhole) to.signed(value);
  else to.float(value);
}

export function readScalar(from: ByteReader): Scalar {
  const tag = from.byte();
  switch (tag) {
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.whole:
      return from.signed();
    case tags.float:
      return from.float();
    case tags.text:
      return from.text();
    case tags.bigint:
      return bigintOf(from.text());
    default:
      throw new RangeError(`A value of the unknown kind ${tag} stands in the state of a window.`);
  }
}

function bigintOf(text: string): bigint {
  const isNegative = text.startsWith("-");
  let value = 0n;
  for (const digit of isNegative ? text.slice(1) : text) {
    value = value * 36n + BigInt(Number.parseInt(digit, 36));
  }
  return isNegative ? -value : value;
}

/** What a value takes in memory, nearly, in bytes. */
export const sizeOfScalar = (value: Scalar): number =>
  typeof value === "string" ? 24 + 2 * value.length : 16;

/** An order among all values: of one type by `<`, else by the type's name. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
