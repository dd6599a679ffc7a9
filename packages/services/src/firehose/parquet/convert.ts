/** From records of JSON to one Parquet file, and to what does not fit in it. */
import { gzipSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { longestInteger } from "../../../../../src/wire/parquet/decimal.ts";
import { type HiveField, parseHiveType } from "../../../../../src/wire/parquet/hive-type.ts";
import { parquetFile } from "../../../../../src/wire/parquet/write.ts";
import { invalidArgument } from "../error.ts";
import { splitJson } from "../processing/split.ts";
import type { DeliveryRecord, Failure } from "../record.ts";
import type { ConversionPlan, ParquetPlan } from "../settings/plan.ts";
import { type ExactJson, isObject, valueReader } from "./values.ts";

/** A table as AWS::Glue::Table has it in its TableInput. */
export interface GlueTable {
  readonly StorageDescriptor?: {
    readonly Columns?: readonly { readonly Name: string; readonly Type?: string }[];
  };
}

export interface Converted {
  /** Those that are in the file. */
  readonly records: readonly DeliveryRecord[];
  readonly bytes: Uint8Array;
  readonly rejects: readonly Failure[];
}

export type Convert = (records: readonly DeliveryRecord[]) => Converted;

type Row = Readonly<Record<string, unknown>>;

/** Throws an InvalidArgumentException where the table has no columns, or one of an unknown type. */
export function converter(plan: ConversionPlan, table: GlueTable, now: () => number): Convert {
  const columns = readColumns(plan, table);
  const readRow = rowReader(plan, columns);
  return (records) => {
    const rows: Row[] = [];
    const kept: DeliveryRecord[] = [];
    const rejects: Failure[] = [];
    for (const record of records) {
      const read = rowsOf(record.data, readRow);
      if ("errorCode" in read) {
        const type = "format-conversion-failed";
        rejects.push({ record, type, ...read, attemptsMade: 1, at: now() });
      } else {
        kept.push(record);
        // One by one: a call takes no 200,000 arguments, and a megabyte of {} has more.
        for (const row of read.rows) rows.push(row);
      }
    }
    try {
      const bytes = kept.length > 0 ? write(columns, rows, plan.parquet) : new Uint8Array();
      return { records: kept, rejects, bytes };
    } catch (error) {
      // Better rejected than lost.
      const type = "format-conversion-failed";
      const why = malformed(error);
      const all = kept.map(
        (record) => ({ record, type, ...why, attemptsMade: 1, at: now() }) as const,
      );
      return { records: [], rejects: [...rejects, ...all], bytes: new Uint8Array() };
    }
  };
}

function readColumns({ table: { databaseName, tableName } }: ConversionPlan, table: GlueTable) {
  const columns = table.StorageDescriptor?.Columns ?? [];
  const where = `The Glue table ${databaseName}.${tableName}`;
  if (columns.length === 0) throw invalidArgument(`${where} has no columns.`);
  return columns.map(({ Name, Type = "string" }): HiveField => {
    try {
      return { name: Name, type: parseHiveType(Type) };
    } catch (cause) {
      throw invalidArgument(`${where}, column ${Name}: ${(cause as Error).message}`, cause);
    }
  });
}

/** Throws a RangeError. */
type ReadRow = (object: { readonly [key: string]: ExactJson }) => Row;

function rowReader({ deserializer }: ConversionPlan, columns: readonly HiveField[]): ReadRow {
  const read = valueReader(deserializer);
  const openX = deserializer.kind === "OpenX" ? deserializer : undefined;
  const spelled = (key: string) => {
    const cased = openX && !openX.caseInsensitive ? key : key.toLowerCase();
    return openX?.dotsToUnderscores ? cased.replaceAll(".", "_") : cased;
  };
  const keys = columns.map(({ name }) => spelled(openX?.keyMappings[name] ?? name));
  return (object) => {
    const members = new Map(Object.entries(object).map(([key, value]) => [spelled(key), value]));
    return Object.fromEntries(
      columns.map(({ name, type }, at) => [name, read(type, members.get(keys[at]!), name)]),
    );
  };
}

/** A record may hold several objects, one after the other: all of them are rows, or none. */
function rowsOf(
  data: Uint8Array,
  readRow: ReadRow,
): { readonly rows: Row[] } | Pick<Failure, "errorCode" | "errorMessage"> {
  let objects: { readonly [key: string]: ExactJson }[];
  try {
    objects = parseObjects(data);
  } catch (error) {
    return {
      errorCode: "DataFormatConversion.ParseError",
      errorMessage: `Encountered malformed JSON. ${(error as Error).message}`,
    };
  }
  try {
    return { rows: objects.map(readRow) };
  } catch (error) {
    return malformed(error);
  }
}

const malformed = (error: unknown) => ({
  errorCode: "DataFormatConversion.MalformedData",
  errorMessage: `Data does not match the schema. ${(error as Error).message}`,
});

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseObjects(data: Uint8Array): { readonly [key: string]: ExactJson }[] {
  const single = parseSingle(data);
  if (single) return [single];
  const parts = splitJson(data);
  if (!parts || parts.length === 0) {
    throw new SyntaxError("The record is not one JSON object, or several in a row.");
  }
  return parts.map((part) => {
    const value = parseExactly(utf8.decode(part));
    if (isObject(value)) return value;
    throw new SyntaxError("The record holds something else than objects.");
  });
}

/** The usual case, without a search for the end of the object. Undefined: it is another one. */
function parseSingle(data: Uint8Array) {
  try {
    const value = parseExactly(utf8.decode(data));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Integers that a number cannot hold become bigints; the endless ones stay what they became. */
function parseExactly(text: string): ExactJson {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, ((_: string, value: unknown, { source }: { source?: string }) => {
    const isInexact = typeof value === "number" && !Number.isSafeInteger(value);
    const isInteger = source && source.length <= longestInteger && /^-?\d+$/.test(source);
    return isInexact && isInteger ? BigInt(source) : value;
  }) as Parameters<typeof JSON.parse>[1]);
}

function write(columns: readonly HiveField[], rows: readonly Row[], plan: ParquetPlan): Uint8Array {
  return parquetFile(
    { ByteWriter, ParquetWriter },
    columns,
    columns.map(({ name }) => rows.map((row) => row[name])),
    {
      compression: plan.compression,
      dictionary: plan.dictionary,
      pageBytes: plan.pageBytes,
      rowsPerBlock: rowsPerBlock(rows, plan.blockBytes),
      gzip: gzipSync,
    },
  );
}

/** By the size of the rows as JSON, more or less. */
function rowsPerBlock(rows: readonly Row[], blockBytes: number): number {
  const sample = rows.slice(0, 100);
  const bytes = JSON.stringify(sample, (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  ).length;
  return Math.max(1, Math.floor(blockBytes / Math.max(1, bytes / Math.max(1, sample.length))));
}
