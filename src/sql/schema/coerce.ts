/** A value of JSON, or a text of CSV, as a column's value. */
import { encodeJson } from "../../values/encode-json.ts";
import { cast, parser, shower } from "../types/convert.ts";
import { fitter, parseDecimal, type Whole } from "../types/integers.ts";
import { RowError, showValue } from "../types/row-error.ts";
import {
  doubleType,
  isExact,
  isNumeric,
  isText,
  type SqlType,
  scaleOf,
  showType,
  type Value,
} from "../types/sql-type.ts";

export type Coerce = (value: unknown) => Value;

/** Follows the table of conversions in AWS's guide. Throws RowError for a value that has no place in the column. */
export function coercion(type: SqlType, name: string): Coerce {
  const wrong = (value: unknown) =>
    new RowError(
      "CONVERSION_FAILED",
      `The column ${name} is ${showType(type)}; ${showValue(typeof value === "object" ? encodeJson(value) : value)} is none.`,
    );
  const convert = converter(type);
  return (value) => {
    if (isAsItIs(type, value)) return value;
    if (value === null || value === undefined) return null;
    const converted = convert(value);
    if (converted === undefined) throw wrong(value);
    return converted;
  };
}

/** Whether a value of JSON is the column's value already, as most are. */
export function isAsItIs(
  { length = 1, name }: Pick<SqlType, "length" | "name">,
  value: unknown,
): value is Value {
  if (typeof value === "string") return name === "VARCHAR" && value.length <= length;
  if (typeof value !== "number") return false;
  return name === "DOUBLE" ? value - value === 0 : name === "INTEGER" && (value | 0) === value;
}

/** Gives undefined for what it does not take. */
function converter(type: SqlType): (value: unknown) => Value | undefined {
  if (isText(type)) {
    const length = type.length ?? 1;
    const padded = (text: string) =>
      type.name === "CHAR"
        ? text.slice(0, length).padEnd(length, " ")
        : text.length <= length
          ? text
          : text.slice(0, length);
    return (value) => padded(typeof value === "object" ? encodeJson(value) : String(value));
  }
  if (type.name === "BOOLEAN") {
    return (value) => {
      if (typeof value === "string") return value.toLowerCase() === "true";
      if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0;
      return typeof value === "boolean" ? value : undefined;
    };
  }
  if (type.name === "VARBINARY") return (value) => (typeof value === "string" ? value : undefined);
  const parse = parser(type);
  if (!parse) return () => undefined;
  if (!isNumeric(type)) return (value) => (typeof value === "string" ? parse(value) : undefined);
  const fromNumber = isExact(type)
    ? exactly(type)
    : (cast(doubleType, type) as (value: number) => Value);
  return (value) => {
    if (typeof value === "boolean") return fromNumber(value ? 1 : 0);
    if (typeof value === "number") return fromNumber(value);
    if (typeof value === "bigint") return parse(String(value));
    if (typeof value !== "string") return undefined;
    return isExact(type) && scaleOf(type) === 0 ? fractionless(value, parse) : parse(value);
  };
}

/** A number that has more digits behind the point than its type is none of it. */
function exactly(type: SqlType): (value: number) => Value | undefined {
  const fitted = fitter(type);
  const scale = scaleOf(type);
  if (scale === 0) return (value) => (Number.isInteger(value) ? fitted(value) : undefined);
  return (value) => fitted(parseDecimal(String(value), scale) as Whole);
}

const fractionless = (
  text: string,
  parse: (text: string) => Value | undefined,
): Value | undefined =>
  /[.eE]/.test(text) && !/^[^.eE]*\.0*$/.test(text.trim()) ? undefined : parse(text);

/** A value as programs outside take it: times as texts, numbers as numbers where they are exact, as texts of digits where not. */
export function outward(type: SqlType): (value: Value) => unknown {
  if (type.name === "DECIMAL") {
    const show = shower(type)!;
    return (value) => {
      if (value === null) return null;
      const text = show(value);
      const number = Number(text);
      const digits = text.replace(/[-.]/g, "").replace(/^0+/, "").length;
      return digits <= 15 ? number : text;
    };
  }
  if (
    type.name === "TIMESTAMP" ||
    type.name === "DATE" ||
    type.name === "TIME" ||
    type.name === "REAL"
  ) {
    const show = shower(type)!;
    return (value) =>
      value === null ? null : type.name === "REAL" ? Number(show(value)) : show(value);
  }
  return (value) => (typeof value === "bigint" ? String(value) : value);
}
