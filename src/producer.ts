/**
 * A producer: what the KPL is for Java, in TypeScript and in process. Needs @aws-sdk/client-kinesis, which Lambda's runtime brings.
 *
 * @module shardmill/producer
 */

export type { Attempt } from "./producer/attempt.ts";
export {
  type DataEncoder,
  type DataEncoderObject,
  toGzip,
  toJson,
  toZstd,
} from "./producer/encode.ts";
export {
  isPutError,
  PutError,
  type PutErrorDetails,
  RecordExpired,
  RecordRejected,
  RecordThrottled,
} from "./producer/errors.ts";
export type { ProducerEvent } from "./producer/events.ts";
export { kinesisProducer } from "./producer/kinesis-producer.ts";
export {
  type MetricsMoment,
  type ProducerMetrics,
  producerMetrics,
} from "./producer/metrics.ts";
export {
  type FlushProducerOptions,
  flushProducer,
  type ProducerMiddleware,
} from "./producer/middleware.ts";
export type {
  FlushResult,
  KinesisProducer,
  KinesisProducerOptions,
  ProducerRecord,
  ProducerRuntime,
  PutResult,
} from "./producer/options.ts";
export { idIn, type WithIdOptions, withId } from "./producer/unique-id.ts";
