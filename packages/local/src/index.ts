/**
 * Runs consumers on a developer's machine as Lambda would run them.
 *
 * @module @shardmill/local
 */

export type { Invoke, LambdaContext } from "../../../src/mapping/invoke.ts";
export type { KinesisEvent, KinesisEventRecord } from "../../../src/record/lambda-event.ts";
export { type Clock, systemClock } from "../../../src/time/clock.ts";
export { type Random, seededRandom, systemRandom } from "../../../src/time/random.ts";
export {
  type VirtualClock,
  type VirtualClockOptions,
  virtualClock,
} from "../../../src/time/virtual-clock.ts";
export * from "../../services/src/firehose/index.ts";
export type { Listening } from "../../services/src/http/listen.ts";
export * from "../../services/src/s3/index.ts";
export * from "../../services/src/sns/index.ts";
export * from "../../services/src/sqs/index.ts";
export * from "../../services/src/video/index.ts";
export * from "./dynamodb/index.ts";
// Over the name that the room of Firehose gives: this one reads from the Kinesis of this package.
export { createDeliveryStream, type DeliveryStreamOptions } from "./firehose/delivery-stream.ts";
export * from "./kinesis/durable/index.ts";
export * from "./kinesis/index.ts";
export * from "./kinesis/server/index.ts";
export { type Bundle, type BundleOptions, bundleHandler } from "./lambda/bundle.ts";
export * from "./lambda/hosts/index.ts";
export * from "./lambda/mapping/index.ts";
export * from "./template/index.ts";
