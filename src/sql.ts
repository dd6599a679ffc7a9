/**
 * Kinesis Analytics' SQL over a stream: streams and pumps, windows, joins with reference tables, planned and run without a cluster, in a function too.
 *
 * @module shardmill/sql
 */

export type { SqlConsumerOptions, SqlOutput, SqlSource } from "./consumer/sql/options.ts";
export type { LoadedReference, Reference, ReferenceRows } from "./consumer/sql/references.ts";
export { type S3CsvOptions, type S3TableOptions, s3Csv, s3Json } from "./consumer/sql/s3-table.ts";
export { sqlConsumer } from "./consumer/sql/sql-consumer.ts";
export {
  type OutputRow,
  type RecordOrigin,
  type SqlApplication,
  type SqlApplicationOptions,
  type SqlRun,
  type SqlRunOptions,
  sqlApplication,
} from "./sql/application.ts";
export type { Classified, PumpClass } from "./sql/plan/classify.ts";
export type { ErrorRow } from "./sql/run/error-stream.ts";
export { OtherApplicationError } from "./sql/run/machine.ts";
export { type Discovered, discoverSchema } from "./sql/schema/discover.ts";
export { type RecordColumn, type SourceSchema, schemaOf } from "./sql/schema/schema.ts";
export { SqlStateError } from "./sql/shard/state-error.ts";
export { excerptOf, type Position, SqlError } from "./sql/text/sql-error.ts";
export { RowError, type RowErrorName } from "./sql/types/row-error.ts";
