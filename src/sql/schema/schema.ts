/** How records become rows of a source: what Kinesis Analytics calls the input schema. */

import { Cursor } from "../parse/cursor.ts";
import { parseType } from "../parse/literals.ts";
import { SqlError } from "../text/sql-error.ts";
import type { Column } from "../types/sql-type.ts";
import { typeOf } from "../types/written.ts";

/** A column of a source. */
export interface RecordColumn {
  /** Its name, as it counts in SQL: in upper case for a name without quotes. */
  readonly name: string;
  /** Its type, such as `VARCHAR(16)`. */
  readonly sqlType: string;
  /** Where its value stands: `$.a.b`; `$.list[0:]` is a list as text, `$.list[0:].x` makes a row for each of its elements. @default `$.` and the name */
  readonly mapping?: string | undefined;
}

/** How records of a source are read. */
export interface SourceSchema {
  /** `JSON`: each record one document. `CSV`: each line one row, its columns in order. @default "JSON" */
  readonly recordFormatType?: "JSON" | "CSV" | undefined;
  /** Of JSON: where the row is, `$` or `$.a`; the elements of a list are rows. @default "$" */
  readonly recordRowPath?: string | undefined;
  /** Of CSV: what stands between rows. @default "\n" */
  readonly recordRowDelimiter?: string | undefined;
  /** Of CSV: what stands between columns. @default "," */
  readonly recordColumnDelimiter?: string | undefined;
  readonly recordColumns: readonly RecordColumn[];
}

/** Its columns with their types. Throws TypeError. */
export function columnsOf({ recordColumns }: SourceSchema, source: string): readonly Column[] {
  if (!Array.isArray(recordColumns) || recordColumns.length === 0) {
    throw new TypeError(`The schema of ${source} has no recordColumns.`);
  }
  return recordColumns.map(({ name, sqlType }) => ({
    name,
    type: typeIn(sqlType, `${source}.${name}`),
  }));
}

function typeIn(text: string, where: string) {
  try {
    const cursor = new Cursor(text);
    const type = typeOf(parseType(cursor));
    if (cursor.isAtEnd) return type;
    throw cursor.unexpected("The end of the type");
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new TypeError(
      `The sqlType of ${where} is ${JSON.stringify(text)}: ${error.reason} ${error.wayOut ?? ""}`.trim(),
      { cause: error },
    );
  }
}

/** The schema as AWS writes it: `InputSchema` of DescribeApplication, `RecordColumns` in capitals. Throws TypeError. */
export function schemaOf(given: unknown, where: string): SourceSchema {
  const object = given as Record<string, any>;
  const inner = object?.InputSchema ?? object?.SourceSchema ?? object?.ReferenceSchema ?? object;
  if (Array.isArray(inner?.recordColumns)) return inner as SourceSchema;
  if (!Array.isArray(inner?.RecordColumns)) {
    throw new TypeError(
      `${where} has no RecordColumns: it must be an input schema as AWS writes it.`,
    );
  }
  const { RecordColumns: columns, RecordFormat: format } = inner;
  const { CSVMappingParameters: csv, JSONMappingParameters: json } =
    format?.MappingParameters ?? {};
  return {
    recordFormatType: format?.RecordFormatType ?? "JSON",
    recordRowPath: json?.RecordRowPath,
    recordRowDelimiter: csv?.RecordRowDelimiter,
    recordColumnDelimiter: csv?.RecordColumnDelimiter,
    recordColumns: columns.map(({ Mapping, Name, SqlType }: Record<string, string>) => ({
      ...{ name: Name, sqlType: SqlType },
      ...(Mapping !== undefined && { mapping: Mapping }),
    })),
  };
}
