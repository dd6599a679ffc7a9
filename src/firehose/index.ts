/** Transformations for Amazon Data Firehose. Nothing in here loads the AWS SDK unless it is used. */
export type { CommandSender } from "../clients/command-sender.ts";
export { type Dropped, drop } from "../record/decode/decoder.ts";
export { type Failed, fail } from "../record/fail.ts";
export { pipeline } from "../record/pipeline.ts";
export {
  type CsvOptions,
  type Encoder,
  type EncoderLike,
  toBytes,
  toCsv,
  toJsonLines,
  toText,
} from "./encode.ts";
export { type ErrorObject, parseErrorObjects } from "./error-objects.ts";
export type { FirehoseEvent, FirehoseEventRecord } from "./event.ts";
export { type FirehoseHandler, firehoseTransform } from "./firehose-transform.ts";
export type {
  CommonTransformOptions,
  PipelineTransformOptions,
  RecodeOptions,
  TransformContext,
  TransformOptions,
} from "./options.ts";
export type { Overflow, OverflowContext, OverflowRecord, Refused } from "./overflow.ts";
export type { FirehoseRecord } from "./record.ts";
export { type ReingestOptions, reingest } from "./reingest.ts";
export type {
  FirehoseMetadata,
  FirehoseResponse,
  FirehoseResponseRecord,
  OtfMetadata,
} from "./response.ts";
