/**
 * Kinesis Analytics' SQL over a stream: streams and pumps, windows, joins with reference tables, planned and run without a cluster.
 *
 * @module shardmill/sql
 */

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
export { excerptOf, type Position, SqlError } from "./sql/text/sql-error.ts";
export { RowError, type RowErrorName } from "./sql/types/row-error.ts";
