/** The local Firehose: delivery streams, and the API that puts records into them. */

export { createDeliveryStream } from "./delivery-stream.ts";
export {
  type DeliveredObject,
  type DeliveryBucket,
  type MemoryBucket,
  memoryBucket,
  type ObjectHeaders,
} from "./destination/bucket.ts";
export { folderBucket } from "./destination/folder-bucket.ts";
export type { EndpointRequest, EndpointResponse, SendRequest } from "./destination/http.ts";
export type { RedshiftCopy, RunCopy } from "./destination/redshift.ts";
export { type PutsObjects, s3Bucket } from "./destination/s3-bucket.ts";
export { type SendOptions, sendRequests } from "./destination/send-request.ts";
export { FirehoseError, type FirehoseErrorCode } from "./error.ts";
export { type ReadFailure, readFailureObject } from "./failure-object.ts";
export type { GlueTable } from "./parquet/convert.ts";
export type { TransformEvent, TransformEventRecord } from "./processing/event.ts";
export type { InvokeTransform } from "./processing/transform.ts";
export type { ErrorOutputType } from "./record.ts";
export {
  type FirehoseFault,
  type FirehoseServer,
  type FirehoseServerOptions,
  serveFirehose,
} from "./server/server.ts";
export type { DeliveryStreamSettings } from "./settings/cloudformation.ts";
export type { TraceEntry as DeliveryTraceEntry } from "./trace.ts";
export type {
  DeliveryCounts,
  DeliveryStream,
  DeliveryStreamOptions,
  PutBatchResult,
} from "./types.ts";
