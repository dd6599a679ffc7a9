/** Files of Parquet, with the types of Glue's columns. */

import { NonRetryableError } from "../../record/errors.ts";
import { encodeJson } from "../../values/encode-json.ts";
import { isBytes, isDate } from "../../values/kinds.ts";
import { lastMoment } from "../../values/number-option.ts";
import { toUnscaled } from "../../wire/parquet/decimal.ts";
import { type HiveField, type HiveType, parseHiveType } from "../../wire/parquet/hive-type.ts";
import { parquetFile } from "../../wire/parquet/write.ts";
import type { Format } from "./formats.ts";

/** What `parquet` takes. */
export interface ParquetFormatOptions {
  /** The columns' types, by name, as Glue writes them: `{ id: "string", total: "decimal(12,2)", tags: "array<string>" }`. */
  readonly columns: Readonly<Record<string, string>>;
  /** How pages are compressed. @default "SNAPPY" */
  readonly compression?: "SNAPPY" | "GZIP" | "UNCOMPRESSED";
}

const compressions = ["SNAPPY", "GZIP", "UNCOMPRESSED"];

/**
 * Parquet. A row is an object with a value for each column, or none; a value of another type than its column's fails its record, and is parked. Dates and
 * timestamps are `Date`s, ISO texts, or (timestamps) epoch milliseconds; decimals are numbers or texts; binary is bytes.
 *
 * Needs the package `hyparquet-writer` in your function's dependencies.
 *
 * @example
 * s3Sink({ bucket: process.env.ARCHIVE, prefix: "orders/", format: parquet({ columns: { id: "string", total: "double", at: "timestamp" } }) });
 */
export function parquet({
  columns: given,
  compression = "SNAPPY",
}: ParquetFormatOptions): Format<object> {
  const columns = columnsOf(given);
  const own: Signature = columns.map(({ name, type }) => [name, JSON.stringify(type)]);
  if (!compressions.includes(compression)) {
    throw new TypeError(
      `parquet: compression must be one of ${compressions.join(", ")}; it is ${compression}.`,
    );
  }
  // It is loaded while the function starts; who has no use for it need not have it installed.
  const loading = import("hyparquet-writer");
  loading.catch(() => {});
  return {
    extension: ".parquet",
    contentType: "application/vnd.apache.parquet",
    prepare(given) {
      if (typeof given !== "object" || given === null) {
        throw new NonRetryableError(`parquet: a row must be an object; it is ${shown(given)}.`);
      }
      const row = given as Readonly<Record<string, unknown>>;
      const values = new Array<unknown>(1 + columns.length);
      values[0] = own;
      for (let at = 0; at < columns.length; at++) {
        const { name, type } = columns[at]!;
        values[1 + at] = columnValue(type, row[name], name);
      }
      return values;
    },
    async encode(prepared) {
      const rows = prepared as readonly (readonly unknown[])[];
      const data = columns.map(() => new Array<unknown>(rows.length));
      let its: unknown;
      let places: readonly number[] = [];
      for (let place = 0; place < rows.length; place++) {
        const row = rows[place]!;
        if (row[0] !== its) {
          its = row[0];
          places = placesIn(row[0] as Signature, own);
        }
        for (let at = 0; at < places.length; at++) data[at]![place] = row[places[at]!];
      }
      const { gzipSync } = process.getBuiltinModule("node:zlib");
      return parquetFile(await loading, columns, data, {
        compression,
        dictionary: true,
        gzip: gzipSync,
      });
    },
  };
}

/** Names and types of the columns that a row was prepared for. It stands before the row's values: rows wait in a buffer while columns change. */
type Signature = readonly (readonly [name: string, type: string])[];

/** Where the values of one's own columns stand in a row of others. Beyond its end: it has none. */
const placesIn = (its: Signature, own: Signature): number[] =>
  own.map(([name, type]) => {
    const at = its.findIndex(([other]) => other === name);
    if (at < 0) return 1 + its.length;
    if (its[at]![1] === type) return 1 + at;
    throw new TypeError(
      `parquet: rows wait in the buffer that were made when column ${name} had another type: give it that type until they are in a file, and the new one another name.`,
    );
  });

function columnsOf(given: ParquetFormatOptions["columns"]): HiveField[] {
  const columns = Object.entries(given ?? {}).map(([name, type]): HiveField => {
    try {
      return { name, type: parseHiveType(String(type)) };
    } catch (cause) {
      throw new TypeError(`parquet: column ${name}: ${(cause as Error).message}`, { cause });
    }
  });
  if (columns.length > 0) return columns;
  throw new TypeError('parquet: columns must name at least one, such as { id: "string" }.');
}

const integers: Readonly<Record<string, bigint>> = {
  tinyint: 2n ** 7n,
  smallint: 2n ** 15n,
  int: 2n ** 31n,
  bigint: 2n ** 63n,
};

/** The value as the column has it; throws for one of another type. */
function columnValue(type: HiveType, value: unknown, path: string): unknown {
  if (value === undefined || value === null) return null;
  const found = converted(type, value, path);
  if (found !== undefined) return found;
  throw new NonRetryableError(`parquet: ${path} is ${shown(value)}, which is no ${type.kind}.`);
}

function converted(type: HiveType, value: any, path: string): unknown {
  switch (type.kind) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint": {
      const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
      const whole = isWhole ? BigInt(value) : undefined;
      const most = integers[type.kind]!;
      if (whole === undefined || whole >= most || whole < -most) return undefined;
      return type.kind === "bigint" ? whole : Number(whole);
    }
    case "float":
    case "double":
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
    case "decimal":
      return ["number", "bigint", "string"].includes(typeof value)
        ? toUnscaled(value, type)
        : undefined;
    case "date":
    case "timestamp":
      return momentOf(type.kind, value);
    case "binary":
      return isBytes(value) ? value : undefined;
    case "array":
      return Array.isArray(value)
        ? value.map((item, at) => columnValue(type.element, item, `${path}[${at}]`))
        : undefined;
    case "map":
      return isObject(value) || value instanceof Map
        ? entriesOf(value).map(([key, item]) => ({
            key: columnValue(type.key, keyOf(type.key, key), path),
            value: columnValue(type.value, item, `${path}.${key}`),
          }))
        : undefined;
    case "struct":
      return isObject(value)
        ? Object.fromEntries(
            type.fields.map(({ name, type }) => [
              name,
              columnValue(type, value[name], `${path}.${name}`),
            ]),
          )
        : undefined;
  }
}

/** What has no properties of its own to show, such as a Map or a Date, would be written as if it were empty. */
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Map || value instanceof Set || isDate(value) || isBytes(value));

const entriesOf = (value: object): [string, unknown][] =>
  value instanceof Map
    ? [...value].map(([key, item]) => [String(key), item])
    : Object.entries(value);

/** The keys of an object are text. */
const keyOf = ({ kind }: HiveType, key: string): unknown =>
  kind === "string" || !/^-?\d+$/.test(key) ? key : BigInt(key);

const dayMs = 86_400_000;

/** As the file has it: a date in days, a timestamp in milliseconds. */
function momentOf(kind: "date" | "timestamp", value: unknown): number | undefined {
  const moment = millisecondsOf(value, kind === "timestamp");
  if (Number.isNaN(moment)) return undefined;
  return kind === "date" ? Math.floor(moment / dayMs) : moment;
}

/** NaN: it is no moment. */
function millisecondsOf(value: unknown, mayBeNumber: boolean): number {
  if (typeof value === "number") {
    // As a Date takes it, without the Date.
    return mayBeNumber && Math.abs(value) <= lastMoment ? Math.trunc(value) + 0 : Number.NaN;
  }
  if (typeof value === "string") return millisecondsIn(value);
  return isDate(value) ? value.getTime() : Number.NaN;
}

/** Of an ISO text; one without a zone is of UTC, wherever that is read. */
function millisecondsIn(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}(T|$)/.test(text)) return Number.NaN;
  const day = text.slice(8, 10);
  // A Date takes the 30th of February for a day in March.
  if (day > "28" && new Date(text.slice(0, 10)).getUTCDate() !== Number(day)) return Number.NaN;
  const isLocal = text.length > 10 && !/(Z|[+-]\d{2}:?\d{2})$/i.test(text);
  return new Date(isLocal ? `${text}Z` : text).getTime();
}

/** Not all of it: it may be long. */
function shown(value: unknown): string {
  // JSON has no form for these, and calls them null.
  if (typeof value === "number" || isDate(value)) return String(value);
  try {
    return encodeJson(value).slice(0, 60);
  } catch {
    return typeof value;
  }
}
