/** How the rows of a file are written. The same rows are the same bytes. */
import { type CsvOptions, toCsv } from "../../record/encode.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { encodeJson } from "../../values/encode-json.ts";

/** Writes files of rows. */
export interface Format<Row> {
  /** The end of a file's name. */
  readonly extension: string;
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
  /** What the file needs of a row. Throws where the row cannot be written: that fails its record alone. */
  prepare(row: Row): unknown;
  /** The file of the rows that were prepared, in their order; also of none. */
  encode(prepared: readonly unknown[]): Uint8Array | PromiseLike<Uint8Array>;
}

/** What every format of text takes. */
export interface TextFormatOptions {
  /** Compresses the file. @default false */
  readonly gzip?: boolean;
}

/** What `csv` takes. */
export interface CsvFormatOptions<Column extends string>
  extends TextFormatOptions,
    CsvOptions<Column> {
  /** Begins each file with a row of the columns' names. @default false */
  readonly header?: boolean;
}

/**
 * One line of JSON a row.
 *
 * @example
 * s3Sink({ bucket: process.env.ARCHIVE, prefix: "orders/", format: ndjson({ gzip: true }) });
 */
export function ndjson({ gzip = false }: TextFormatOptions = {}): Format<unknown> {
  return lines({
    extension: ".ndjson",
    contentType: "application/x-ndjson",
    gzip,
    prepare: (row) => `${encodeJson(row)}\n`,
  });
}

/**
 * One row of CSV a row, as RFC 4180 has it.
 *
 * @example
 * s3Sink({ bucket: process.env.ARCHIVE, prefix: "orders/", format: csv({ columns: ["id", "total"], header: true }) });
 */
export function csv<const Column extends string>({
  gzip = false,
  header = false,
  ...options
}: CsvFormatOptions<Column>): Format<{ readonly [Name in Column]: unknown }> {
  const { encode } = toCsv(options);
  const names = Object.fromEntries(options.columns.map((column) => [column, column]));
  return lines({
    extension: ".csv",
    contentType: "text/csv",
    gzip,
    prepare: (row) => `${encode(row as never)}\n`,
    head: header ? `${encode(names as never)}\n` : "",
  });
}

interface Lines {
  readonly extension: string;
  readonly contentType: string;
  readonly gzip: boolean;
  readonly prepare: (row: unknown) => string;
  readonly head?: string;
}

function lines({ contentType, extension, gzip, head = "", prepare }: Lines) {
  return {
    extension: gzip ? `${extension}.gz` : extension,
    contentType,
    contentEncoding: gzip ? "gzip" : undefined,
    prepare(row: unknown) {
      try {
        return prepare(row);
      } catch (cause) {
        const { message } = cause as Error;
        throw new NonRetryableError(`s3Sink: the row cannot be written: ${message}`, { cause });
      }
    },
    encode(prepared: readonly unknown[]): Uint8Array {
      const texts = prepared as readonly string[];
      const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), head.length * 3);
      const bytes = Buffer.allocUnsafe(size);
      let end = bytes.write(head);
      for (const text of texts) end += bytes.write(text, end);
      const body = bytes.subarray(0, end);
      return gzip ? process.getBuiltinModule("node:zlib").gzipSync(body) : body;
    },
  };
}
