/**
 * The runtime: what a deployed function imports.
 *
 * @module shardmill
 */

export type { CommitWith } from "./consumer/commit.ts";
export { type KinesisHandler, kinesisConsumer } from "./consumer/kinesis-consumer.ts";
export type {
  BatchContext,
  BatchFailures,
  BatchRecord,
  BatchResponse,
  ConsumerEvent,
  KinesisConsumerOptions,
  Order,
  ProcessContext,
  WindowedConsumerOptions,
} from "./consumer/options.ts";
export { type MemoryParking, memoryParking, parking } from "./consumer/parking/parking.ts";
export { memoryProgress, progressStore } from "./consumer/progress/progress-store.ts";
export { onceStreamWide } from "./consumer/progress/stream-wide.ts";
export { commitWith } from "./consumer/progress/transact.ts";
export type { InvocationContext } from "./handler/deadline.ts";
export type { Middleware, MiddyHandler } from "./handler/middlewares.ts";
export { type Runtime, withRuntime } from "./handler/runtime.ts";
export type { Logger } from "./observe/log.ts";
export type { Counts, Gauges, MetricsSink } from "./observe/metrics.ts";
export type { MemoryItem } from "./park/memory-parking.ts";
export type { Hold, ItemStatus, ParkedState } from "./park/parked-state.ts";
export type { ParkedRecord, Parking, ParkingStore } from "./park/parking.ts";
export type { Entry, OpenRecord } from "./progress/entry.ts";
export type { ParkedKey, ParkedKeyStore } from "./progress/parked-keys.ts";
export type { EntryStore, MemoryProgressOptions, ProgressStore } from "./progress/store.ts";
export type { TransactionWrite } from "./progress/transaction.ts";
export {
  cloudWatchLogs,
  type LogEvent,
  type LogsEnvelope,
} from "./record/decode/cloudwatch-logs.ts";
export { type DecompressOptions, gzip, zstd } from "./record/decode/compressed.ts";
export {
  type DecodeFunction,
  type Decoder,
  type DecoderLike,
  type Dropped,
  drop,
} from "./record/decode/decoder.ts";
export type { LargeIntegers } from "./record/decode/exact-numbers.ts";
export { type JsonOptions, json } from "./record/decode/json.ts";
export type { StandardSchema } from "./record/decode/standard-schema.ts";
export { bytes, text } from "./record/decode/text.ts";
export { DecodeError, NonRetryableError } from "./record/errors.ts";
export { type Failed, fail } from "./record/fail.ts";
export {
  type Answer,
  type Output,
  type Outputs,
  type PartitionKeys,
  type Pipeline,
  type PipelineOptions,
  pipeline,
  type SourceRecord,
  type UnmappedPipelineOptions,
} from "./record/pipeline.ts";
export type { Position } from "./record/position.ts";
export type { UserRecord } from "./record/user-record.ts";
