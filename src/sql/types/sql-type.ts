/**
 * The types of Kinesis Analytics' SQL, and what their values are here:
 *
 * | type | value |
 * |---|---|
 * | TINYINT, SMALLINT, INTEGER, BIGINT | a number; a bigint where a number would not be exact |
 * | DECIMAL(p, s) | the same, of units of 10^−s |
 * | REAL, DOUBLE | a number |
 * | CHAR, VARCHAR | a string |
 * | VARBINARY | a string in Base64 |
 * | BOOLEAN | a boolean |
 * | TIMESTAMP, DATE | epoch milliseconds, UTC |
 * | TIME | milliseconds since midnight |
 * | INTERVAL | milliseconds, or months |
 * | RECORD | a list: what a log-parsing function gives |
 *
 * NULL is null, of every type.
 */
import type { Unit } from "../nodes/literals.ts";

export type TypeName =
  | "BOOLEAN"
  | "TINYINT"
  | "SMALLINT"
  | "INTEGER"
  | "BIGINT"
  | "DECIMAL"
  | "REAL"
  | "DOUBLE"
  | "CHAR"
  | "VARCHAR"
  | "VARBINARY"
  | "DATE"
  | "TIME"
  | "TIMESTAMP"
  | "INTERVAL"
  | "RECORD"
  | "NULL";

export interface SqlType {
  readonly name: TypeName;
  /** Of texts, in characters. */
  readonly length?: number;
  /** Of DECIMAL. */
  readonly precision?: number;
  readonly scale?: number;
  /** Of INTERVAL. */
  readonly from?: Unit;
  readonly to?: Unit;
  /** Of RECORD. */
  readonly fields?: readonly Column[];
}

/** A column of a stream, or of what a query gives. */
export interface Column {
  readonly name: string;
  readonly type: SqlType;
  /** Whether NULL is refused. */
  readonly isNotNull?: boolean;
}

/** A value as rows hold it. */
export type Value = string | number | bigint | boolean | null | readonly Value[];

const simple = <Name extends TypeName>(name: Name): SqlType => Object.freeze({ name });
export const booleanType = simple("BOOLEAN");
export const integerType = simple("INTEGER");
export const bigintType = simple("BIGINT");
export const realType = simple("REAL");
export const doubleType = simple("DOUBLE");
export const dateType = simple("DATE");
export const timeType = simple("TIME");
export const timestampType = simple("TIMESTAMP");
export const nullType = simple("NULL");
export const varchar = (length: number): SqlType => Object.freeze({ name: "VARCHAR", length });
export const decimal = (precision: number, scale: number): SqlType =>
  Object.freeze({ name: "DECIMAL", precision, scale });
export const interval = (from: Unit, to: Unit): SqlType =>
  Object.freeze({ name: "INTERVAL", from, to });

/** What a text may have at most: what Kinesis Analytics allows, less than its rows of 512 KB. */
export const longestText = 65_535;
/** Digits of DECIMAL. */
export const mostDigits = 18;

const whole: readonly TypeName[] = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

/** A whole number of a fixed size. */
export const isWhole = ({ name }: SqlType): boolean => whole.includes(name);
/** A number without rounding: whole, or DECIMAL. */
export const isExact = (type: SqlType): boolean => isWhole(type) || type.name === "DECIMAL";
export const isApproximate = ({ name }: SqlType): boolean => name === "REAL" || name === "DOUBLE";
export const isNumeric = (type: SqlType): boolean => isExact(type) || isApproximate(type);
export const isText = ({ name }: SqlType): boolean => name === "VARCHAR" || name === "CHAR";
export const isMoment = ({ name }: SqlType): boolean =>
  name === "TIMESTAMP" || name === "DATE" || name === "TIME";
export const isMonths = ({ name, from }: SqlType): boolean =>
  name === "INTERVAL" && (from === "YEAR" || from === "MONTH");
/** Digits behind the point; of whole numbers none. */
export const scaleOf = ({ scale }: SqlType): number => scale ?? 0;

const digits: Partial<Record<TypeName, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INTEGER: 10,
  BIGINT: 18,
};
export const precisionOf = (type: SqlType): number =>
  type.precision ?? digits[type.name] ?? mostDigits;

/** The larger of two whole types. */
export const widerWhole = (a: SqlType, b: SqlType): SqlType =>
  whole.indexOf(a.name) >= whole.indexOf(b.name) ? a : b;

/** The type as it is written. */
export function showType(type: SqlType): string {
  const { name, length, precision, scale, from, to, fields } = type;
  if (name === "DECIMAL") return `DECIMAL(${precision}, ${scale})`;
  if (name === "INTERVAL") return from === to ? `INTERVAL ${from}` : `INTERVAL ${from} TO ${to}`;
  if (name === "RECORD") return `RECORD(${fields!.map(({ name }) => name).join(", ")})`;
  return length === undefined ? name : `${name}(${length})`;
}

const units: readonly Unit[] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];

/** From the largest unit of both to the smallest. */
function intervalOfBoth(a: SqlType, b: SqlType): SqlType {
  const [from, to] = [Math.min, Math.max].map(
    (best, end) =>
      units[best(...[a, b].map((type) => units.indexOf(end === 0 ? type.from! : type.to!)))]!,
  );
  return interval(from!, to!);
}

/** The type that values of both have: undefined where there is none. */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (a.name === "NULL") return b;
  if (b.name === "NULL") return a;
  if (isText(a) && isText(b)) return varchar(Math.max(a.length ?? 1, b.length ?? 1));
  if (isNumeric(a) && isNumeric(b)) {
    if (a.name === b.name && !isExact(a)) return a;
    if (isApproximate(a) || isApproximate(b)) return doubleType;
    if (isWhole(a) && isWhole(b)) return widerWhole(a, b);
    const scale = Math.max(scaleOf(a), scaleOf(b));
    const before = Math.max(precisionOf(a) - scaleOf(a), precisionOf(b) - scaleOf(b));
    return decimal(Math.min(mostDigits, before + scale), scale);
  }
  if (a.name === "INTERVAL" && b.name === "INTERVAL")
    return isMonths(a) === isMonths(b) ? intervalOfBoth(a, b) : undefined;
  if (a.name === "DATE" && b.name === "TIMESTAMP") return b;
  if (b.name === "DATE" && a.name === "TIMESTAMP") return a;
  return a.name === b.name && a.name !== "RECORD" ? a : undefined;
}
