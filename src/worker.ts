/**
 * The same handler where there is no Lambda: workers that share the shards of a stream by the lease table of the Kinesis Client Library.
 * Needs @aws-sdk/client-kinesis and @aws-sdk/client-dynamodb.
 *
 * @module shardmill/worker
 */

export type { CommandSender } from "./aws/command-sender.ts";
export type { WorkerClock } from "./worker/elapsed.ts";
export type { WorkerEvent } from "./worker/events.ts";
export type { WorkerHandler } from "./worker/invocation.ts";
export { type KclLeasesOptions, kclLeases } from "./worker/leases/dynamodb-table.ts";
export type { Row, RowWrite, Value } from "./worker/leases/row.ts";
export { type Leases, type LeaseTable, memoryLeases } from "./worker/leases/table.ts";
export type { WorkerMetricsSink } from "./worker/metrics.ts";
export type {
  BatchOptions,
  RetryOptions,
  WorkerOptions,
  WorkerRuntime,
} from "./worker/options.ts";
export { type FanOutOptions, fanOut } from "./worker/reading/fan-out.ts";
export { type PollingOptions, polling } from "./worker/reading/polling.ts";
export type { Retrieval } from "./worker/reading/reader.ts";
export { type HeldLease, runWorker, type Worker } from "./worker/run-worker.ts";
