/** Whole numbers without rounding: numbers while they are exact, bigints beyond. One value has one form. */
import { RowError } from "./row-error.ts";
import { type SqlType, showType } from "./sql-type.ts";

export type Whole = number | bigint;

/** In its one form. */
export function wholeOf(value: bigint): Whole {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const isSafe = Number.isSafeInteger;

export function addWhole(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (isSafe(sum)) return sum;
  }
  return wholeOf(BigInt(a) + BigInt(b));
}

export const negateWhole = (a: Whole): Whole => (a === 0 ? 0 : wholeOf(-BigInt(a)));

export const subtractWhole = (a: Whole, b: Whole): Whole => {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (isSafe(difference)) return difference;
  }
  return wholeOf(BigInt(a) - BigInt(b));
};

export function multiplyWhole(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (isSafe(product)) return product === 0 ? 0 : product;
  }
  return wholeOf(BigInt(a) * BigInt(b));
}

/** Towards zero. Throws RowError on 0. */
export function divideWhole(a: Whole, b: Whole): Whole {
  if (b === 0) throw divisionByZero();
  if (typeof a === "number" && typeof b === "number") {
    const quotient = Math.trunc(a / b);
    // A quotient near a whole number may have been rounded up to it.
    if (Math.abs(a) < 2 ** 48) return quotient === 0 ? 0 : quotient;
  }
  return wholeOf(BigInt(a) / BigInt(b));
}

export function remainderWhole(a: Whole, b: Whole): Whole {
  if (b === 0) throw divisionByZero();
  return typeof a === "number" && typeof b === "number"
    ? (a % b) + 0
    : wholeOf(BigInt(a) % BigInt(b));
}

/** To the multiple of 10^digits, in units of that: half away from zero. */
export function shiftRight(a: Whole, digits: number): Whole {
  if (digits === 0) return a;
  const unit = 10n ** BigInt(digits);
  const value = BigInt(a);
  const half = unit / 2n;
  return wholeOf((value < 0n ? value - half : value + half) / unit);
}

export const shiftLeft = (a: Whole, digits: number): Whole =>
  digits === 0 ? a : multiplyWhole(a, wholeOf(10n ** BigInt(digits)));

export const divisionByZero = () =>
  new RowError(
    "DIVISION_BY_ZERO",
    "Something was divided by zero. NULLIF(divisor, 0) makes that NULL.",
  );

const limits: Readonly<Partial<Record<string, bigint>>> = {
  TINYINT: 2n ** 7n,
  SMALLINT: 2n ** 15n,
  INTEGER: 2n ** 31n,
  BIGINT: 2n ** 63n,
};

/** Gives the value back if its type holds it. Throws RowError. */
export function fitter(type: SqlType): (value: Whole) => Whole {
  const limit = limits[type.name] ?? 10n ** BigInt(type.precision!);
  const least = type.name === "DECIMAL" ? 1n - limit : -limit;
  const [low, high] = [Number(least), Number(limit - 1n)];
  return (value) => {
    const fits =
      typeof value === "number" && Math.abs(high) < 2 ** 53
        ? value >= low && value <= high
        : BigInt(value) >= least && BigInt(value) < limit;
    if (fits) return value;
    const text = showDecimal(value, type.scale ?? 0);
    throw new RowError("NUMERIC_OVERFLOW", `${text} is too large for ${showType(type)}.`);
  };
}

/** Digits with a point. */
export function showDecimal(value: Whole, scale: number): string {
  if (scale === 0) return String(value);
  const isNegative = value < 0;
  const digits = String(value)
    .replace("-", "")
    .padStart(scale + 1, "0");
  return `${isNegative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A number as it is written, in units of 10^−scale; undefined where it is none. */
export function parseDecimal(text: string, scale: number): Whole | undefined {
  const found = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*$/.exec(text);
  if (!found) return undefined;
  const [, sign, before = "", after = "", exponent = "0"] = found;
  if (before + after === "") return undefined;
  const digits = BigInt(`${before}${after}`);
  const shift = scale - after.length + Number(exponent);
  const value =
    shift >= 0
      ? wholeOf(digits * 10n ** BigInt(Math.min(shift, 400)))
      : shiftRight(wholeOf(digits), Math.min(-shift, 400));
  return sign === "-" ? negateWhole(value) : value;
}
