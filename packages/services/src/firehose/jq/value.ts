/** JSON values as jq sees them: their kinds, their order, and how they are written. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;
export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

/** What `error`, and everything that goes wrong, throws: any value. */
export class JqError extends Error {
  readonly value: Json;

  constructor(value: Json) {
    super(typeof value === "string" ? value : `${toText(value)} (not a string)`);
    this.name = "JqError";
    this.value = value;
  }
}

export const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function kindOf(value: Json): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as Kind;
}

export const isTrue = (value: Json) => value !== null && value !== false;

/** An object without a prototype, so that no key means anything but itself. */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  const object: Record<string, Json> = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

export const memberOf = (object: JsonObject, key: string): Json =>
  Object.hasOwn(object, key) ? object[key]! : null;

/** By code points, as UTF-8 sorts. */
export const compareText = (a: string, b: string) =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));

export const sortedKeys = (object: JsonObject) => Object.keys(object).sort(compareText);

/** null, false, true, numbers, strings, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  if (typeof a === "number") return a < (b as number) ? -1 : a === b ? 0 : 1;
  if (typeof a === "string") return compareText(a, b as string);
  if (Array.isArray(a)) return compareLists(a, b as readonly Json[]);
  return isObject(a) ? compareObjects(a, b as JsonObject) : 0;
}

function rank(value: Json): number {
  if (value === null) return 0;
  if (typeof value === "boolean") return value ? 2 : 1;
  if (typeof value === "number") return 3;
  if (typeof value === "string") return 4;
  return Array.isArray(value) ? 5 : 6;
}

function compareLists(a: readonly Json[], b: readonly Json[]): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const result = compare(a[at]!, b[at]!);
    if (result !== 0) return result;
  }
  return a.length - b.length;
}

function compareObjects(a: JsonObject, b: JsonObject): number {
  const keys = sortedKeys(a);
  const byKeys = compareLists(keys, sortedKeys(b));
  if (byKeys !== 0) return byKeys;
  for (const key of keys) {
    const result = compare(a[key]!, b[key]!);
    if (result !== 0) return result;
  }
  return 0;
}

/** As `tojson` writes it. */
export function toText(value: Json): string {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(toText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, one]) => `${JSON.stringify(key)}:${toText(one)}`,
  );
  return `{${members.join(",")}}`;
}

/** A string as it is, anything else as JSON. */
export const toStringValue = (value: Json) => (typeof value === "string" ? value : toText(value));

/** The shortest digits that mean this number, with jq's own idea of when to use an exponent. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return `${value < 0 ? "-" : ""}1.7976931348623157e+308`;
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = ""] = Math.abs(value).toExponential().split("e");
  const sign = value < 0 ? "-" : "";
  const digits = mantissa.replace(".", "");
  const point = Number(power) + 1;
  if (point <= -4 || point > digits.length + 15) {
    const exponent = String(Math.abs(point - 1)).padStart(2, "0");
    return `${sign}${mantissa}e${point - 1 < 0 ? "-" : "+"}${exponent}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** For messages: a value in few characters. */
export function shown(value: Json): string {
  const text = toText(value);
  return text.length > 11 ? `${text.slice(0, 10)}...` : text;
}

export const described = (value: Json) => `${kindOf(value)} (${shown(value)})`;
