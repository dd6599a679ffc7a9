/** One Parquet file from columns. What writes it is handed in: a function without Parquet does not carry it. */
import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { snappyCompress } from "../snappy.ts";
import type { HiveField } from "./hive-type.ts";
import { parquetSchema } from "./schema.ts";
import { plainTexts } from "./text-column.ts";

/** Of the package `hyparquet-writer`. */
export interface ParquetLibrary {
  readonly ByteWriter: typeof ByteWriter;
  readonly ParquetWriter: typeof ParquetWriter;
}

export interface ParquetFileOptions {
  readonly compression: "UNCOMPRESSED" | "SNAPPY" | "GZIP";
  readonly dictionary: boolean;
  readonly pageBytes?: number;
  readonly rowsPerBlock?: number;
  readonly gzip: (input: Uint8Array) => Uint8Array;
}

/** `data` has a list of values for each column, null or undefined where a row has none. */
export function parquetFile(
  { ByteWriter, ParquetWriter }: ParquetLibrary,
  columns: readonly HiveField[],
  data: readonly (readonly unknown[])[],
  { compression, dictionary, gzip, pageBytes, rowsPerBlock }: ParquetFileOptions,
): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: parquetSchema(columns),
    codec: compression,
    compressors: { SNAPPY: snappyCompress, GZIP: (input) => new Uint8Array(gzip(input)) },
    createdBy: "shardmill",
  });
  parquet.write({
    columnData: columns.map(({ name, type }, at) => {
      const texts = type.kind === "string" ? plainTexts(data[at] as string[]) : undefined;
      const isPlain = !dictionary || texts !== undefined;
      return {
        name,
        data: texts ?? (data[at] as unknown[]),
        ...(isPlain && { encoding: "PLAIN" as const }),
      };
    }),
    ...(pageBytes !== undefined && { pageSize: pageBytes }),
    ...(rowsPerBlock !== undefined && { rowGroupSize: rowsPerBlock }),
  });
  parquet.finish();
  return writer.getBytes();
}
