/**
 * Transformations for Amazon Data Firehose. Nothing in here loads the AWS SDK unless it is used.
 *
 * @module shardmill/firehose
 */

export type { CommandSender } from "./aws/command-sender.ts";
export { type ErrorObject, parseErrorObjects } from "./firehose/error-objects.ts";
export type { FirehoseEvent, FirehoseEventRecord } from "./firehose/event.ts";
export { type FirehoseHandler, firehoseTransform } from "./firehose/firehose-transform.ts";
export type {
  CommonTransformOptions,
  PipelineTransformOptions,
  RecodeOptions,
  TransformContext,
  TransformOptions,
} from "./firehose/options.ts";
export type { Overflow, OverflowContext, OverflowRecord, Refused } from "./firehose/overflow.ts";
export type { FirehoseRecord } from "./firehose/record.ts";
export { type ReingestOptions, reingest } from "./firehose/reingest.ts";
export type {
  FirehoseMetadata,
  FirehoseResponse,
  FirehoseResponseRecord,
  OtfMetadata,
} from "./firehose/response.ts";
export { type Dropped, drop } from "./record/decode/decoder.ts";
export {
  type CsvOptions,
  type Encoder,
  type EncoderLike,
  toBytes,
  toCsv,
  toJsonLines,
  toText,
} from "./record/encode.ts";
export { type Failed, fail } from "./record/fail.ts";
export { pipeline } from "./record/pipeline.ts";
