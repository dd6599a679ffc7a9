/**
 * Where records go: sinks for `processBatch`. Each is bundled only where it is imported, and loads its AWS client when the function starts.
 *
 * @module shardmill/sinks
 */

export type { CommandSender } from "./aws/command-sender.ts";
export type { Credentials } from "./aws/sign.ts";
export { type DynamodbSinkOptions, dynamodbSink } from "./sinks/dynamodb-sink.ts";
export { type FirehoseSinkOptions, firehoseSink } from "./sinks/firehose-sink.ts";
export { type HttpSinkOptions, httpSink } from "./sinks/http-sink.ts";
export { type KinesisSinkOptions, kinesisSink } from "./sinks/kinesis-sink.ts";
export type { OpensearchClientOptions } from "./sinks/opensearch-client.ts";
export { type OpensearchSinkOptions, opensearchSink } from "./sinks/opensearch-sink.ts";
export type { DataApiOptions } from "./sinks/redshift/data-api.ts";
export { type RedshiftSinkOptions, redshiftSink } from "./sinks/redshift/redshift-sink.ts";
export type { BufferOptions } from "./sinks/s3/buffer.ts";
export { type Flushed, s3Flush } from "./sinks/s3/flush.ts";
export {
  type CsvFormatOptions,
  csv,
  type Format,
  ndjson,
  type TextFormatOptions,
} from "./sinks/s3/formats.ts";
export type { S3SinkOptions } from "./sinks/s3/options.ts";
export { type ParquetFormatOptions, parquet } from "./sinks/s3/parquet.ts";
export { s3Sink } from "./sinks/s3/s3-sink.ts";
export { type FromRecord, type Sink, SinkError, type SinkOptions } from "./sinks/sink.ts";
export { sinkTo } from "./sinks/sink-to.ts";
export type { IndexRotation } from "./wire/index-rotation.ts";
