/** The options of `sqlConsumer`. */
import type { DecoderLike } from "../../record/decode/decoder.ts";
import type { OutputRow } from "../../sql/application.ts";
import type { ErrorRow } from "../../sql/run/error-stream.ts";
import type { SourceSchema } from "../../sql/schema/schema.ts";
import type { CountedOptions, ProcessBatchOptions } from "../options.ts";
import type { Reference } from "./references.ts";

/** How records become rows of the source. */
export interface SqlSource extends SourceSchema {
  /**
   * Turns a payload into the value whose columns the schema finds: `pipeline`s of `gzip()` and `json(schema)`, Avro, any decoder. One that it cannot read goes to
   * the error stream. @default the payload is the text of the schema's format
   */
  readonly decode?: DecoderLike<unknown>;
}

/** Takes rows: what `processBatch` of a consumer is, so every sink is one. `value` is the row, `idempotencyKey` its id. */
export type SqlOutput<Row = OutputRow> = ProcessBatchOptions<Row>["processBatch"];

interface Application {
  /** The text of the application, or the URL of the file with it. */
  readonly sql: string | URL;
  /** The one source that the stream is, by the name that it has in the SQL, such as `SOURCE_SQL_STREAM_001`. */
  readonly source: Readonly<Record<string, SqlSource>>;
  /** Where the rows of streams go, by the names that they have in the SQL. Others are not looked at. */
  readonly output: Readonly<Record<string, SqlOutput>>;
  /** Where the rows of the error stream go. @default a line in the log for each batch that has some */
  readonly errors?: SqlOutput<ErrorRow>;
  /** Reference tables, by the names that they have in the SQL: `s3Csv`, `s3Json`, or a schema with `rows`. @default none */
  readonly reference?: Readonly<Record<string, Reference>>;
  /** The column of the source that holds the partition key, by source. @default none: what keeps rows needs a stream with one shard */
  readonly partitionKey?: Readonly<Record<string, string>>;
  /** When the application was started, in epoch milliseconds: what CURRENT_TIMESTAMP and its kin say. @default they are refused */
  readonly startedAt?: number;
  /** What the state of one shard may take, as it is written, in bytes. Beyond it the next record fails, and nothing is lost. @default 16777216 (16 MiB) */
  readonly maxStateBytes?: number;
  /** The most rows in one call of an output. Minimum: 1. @default 500 */
  readonly maxItems?: number;
  /** The most bytes of rows, as JSON, in one call; a larger row comes alone. @default 4194304 (4 MiB) */
  readonly maxBytes?: number;
}

/** Every option of `sqlConsumer`. `order` and `concurrency` are those of rows. */
export type SqlConsumerOptions = CountedOptions<unknown> & Application;
