/**
 * From a JSON value to the value of a column. OpenX takes what can be understood, Hive what has the
 * right type.
 */

import { longestInteger, toUnscaled } from "../../../../../src/wire/parquet/decimal.ts";
import type { HiveType } from "../../../../../src/wire/parquet/hive-type.ts";
import type { HivePlan, OpenXPlan } from "../settings/plan.ts";
import { type DateReader, jodaPattern } from "./joda-pattern.ts";

/** JSON, where integers beyond 2^53 are bigints. */
export type ExactJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

/** Throws a RangeError for a value that does not fit. */
export type ReadValue = (type: HiveType, value: ExactJson | undefined, path: string) => unknown;

export function valueReader(plan: OpenXPlan | HivePlan): ReadValue {
  const lenient = plan.kind === "OpenX";
  const readTimestamp = lenient ? openXTimestamp : hiveTimestamp(plan.timestampFormats);

  return function read(type, value, path): unknown {
    if (value === undefined || value === null) return null;
    const refuse = () =>
      new RangeError(`${path} is ${show(value)}, which is no ${type.kind} for ${plan.kind}.`);
    const integer = (least: bigint, most: bigint) => {
      const exact = lenient ? toInteger(toNumber(value)) : strictInteger(value);
      if (exact === undefined || exact < least || exact > most) throw refuse();
      return exact;
    };
    switch (type.kind) {
      case "string":
        if (typeof value === "string") return value;
        if (lenient) return typeof value === "object" ? exactText(value) : String(value);
        throw refuse();
      case "boolean":
        if (typeof value === "boolean") return value;
        if (lenient && typeof value === "string" && /^(?:true|false)$/i.test(value)) {
          return value.toLowerCase() === "true";
        }
        throw refuse();
      case "tinyint":
        return Number(integer(-128n, 127n));
      case "smallint":
        return Number(integer(-32_768n, 32_767n));
      case "int":
        return Number(integer(-2_147_483_648n, 2_147_483_647n));
      case "bigint":
        return integer(-(2n ** 63n), 2n ** 63n - 1n);
      case "float":
      case "double": {
        const number = lenient || typeof value !== "string" ? toNumber(value) : undefined;
        if (number === undefined) throw refuse();
        return Number(number);
      }
      case "decimal": {
        const number = lenient || typeof value !== "string" ? toNumber(value) : undefined;
        const unscaled = number === undefined ? undefined : toUnscaled(value, type);
        if (unscaled === undefined) throw refuse();
        return unscaled;
      }
      case "date": {
        const day = typeof value === "string" ? isoDay(value) : undefined;
        if (day === undefined) throw refuse();
        return new Date(day);
      }
      case "timestamp": {
        const instant = new Date(readTimestamp(value) ?? Number.NaN);
        if (Number.isNaN(instant.getTime())) throw refuse();
        return instant;
      }
      case "binary":
        if (typeof value !== "string") throw refuse();
        return Buffer.from(value, lenient ? "utf8" : "base64");
      case "array":
        if (!Array.isArray(value)) throw refuse();
        return value.map((item: ExactJson, at: number) =>
          read(type.element, item, `${path}[${at}]`),
        );
      case "map":
        if (!isObject(value)) throw refuse();
        return Object.entries(value).map(([key, item]) => ({
          key: read(type.key, keyOf(type.key, key), `${path}.${key}`),
          value: read(type.value, item, `${path}.${key}`),
        }));
      case "struct": {
        if (!isObject(value)) throw refuse();
        const members = lowered(value);
        return Object.fromEntries(
          type.fields.map((field) => [
            field.name,
            read(field.type, members.get(field.name.toLowerCase()), `${path}.${field.name}`),
          ]),
        );
      }
    }
  };
}

export const isObject = (value: ExactJson): value is { readonly [key: string]: ExactJson } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Keys in lower case, as Glue has its columns. */
export const lowered = (value: { readonly [key: string]: ExactJson }) =>
  new Map(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));

/** The keys of JSON are text; those of a map of numbers are not. */
const keyOf = (type: HiveType, key: string): ExactJson =>
  type.kind === "string" || !/^-?\d+(?:\.\d+)?$/.test(key) ? key : Number(key);

const show = (value: ExactJson) => exactText(value).slice(0, 60);

const exactText = (value: ExactJson): string => {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(exactText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${exactText(item)}`,
  );
  return `{${members.join(",")}}`;
};

const numeric = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function toNumber(value: ExactJson): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value !== "string" || !numeric.test(value)) return undefined;
  const isInteger = value.length <= longestInteger && /^\s*[+-]?\d+\s*$/.test(value);
  return isInteger ? BigInt(value.trim().replace("+", "")) : Number(value);
}

/** Without its fraction. */
function toInteger(value: number | bigint | undefined): bigint | undefined {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
}

function strictInteger(value: ExactJson): bigint | undefined {
  if (typeof value === "bigint") return value;
  return Number.isInteger(value) ? BigInt(value as number) : undefined;
}

function isoDay(text: string): number | undefined {
  return jodaDay(text);
}

const jodaDay: DateReader = jodaPattern("yyyy-MM-dd");

/** Seconds or milliseconds since the epoch, or a date and a time with or without an offset. */
function openXTimestamp(value: ExactJson): number | undefined {
  const number = toNumber(value);
  if (number !== undefined) {
    const seconds = Number(number);
    return Math.abs(seconds) >= 1e11 ? seconds : seconds * 1000;
  }
  return typeof value === "string" ? dateAndTime(value) : undefined;
}

function dateAndTime(text: string): number | undefined {
  const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/;
  const [, day, time, fraction = "", offset = "Z"] = form.exec(text) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const zone = offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const instant = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}

/** The formats that are given, and Hive's own. */
function hiveTimestamp(formats: readonly string[]): (value: ExactJson) => number | undefined {
  const takesMillis = formats.includes("millis");
  const readers = formats.filter((format) => format !== "millis").map(jodaPattern);
  return (value) => {
    if (takesMillis && toNumber(value) !== undefined) return Number(toNumber(value));
    if (typeof value !== "string") return undefined;
    for (const reader of readers) {
      const instant = reader(value);
      if (instant !== undefined) return instant;
    }
    return /^\d{4}-\d{2}-\d{2} [\d:]{8}(?:\.\d+)?$/.test(value) ? dateAndTime(value) : undefined;
  };
}
