/** `@shardmill/local`: runs consumers on a developer's machine as Lambda would run them. */
export { type Clock, systemClock } from "../time/clock.ts";
export { type Random, seededRandom, systemRandom } from "../time/random.ts";
export {
  type VirtualClock,
  type VirtualClockOptions,
  virtualClock,
} from "../time/virtual-clock.ts";
export * from "./dynamodb/index.ts";
export * from "./firehose/index.ts";
export type { Listening } from "./http/listen.ts";
export * from "./kinesis/durable/index.ts";
export * from "./kinesis/index.ts";
export * from "./kinesis/server/index.ts";
export { type Bundle, type BundleOptions, bundleHandler } from "./lambda/bundle.ts";
export * from "./lambda/hosts/index.ts";
export * from "./lambda/mapping/index.ts";
export type {
  Invoke,
  KinesisEvent,
  KinesisEventRecord,
  LambdaContext,
} from "./lambda/types.ts";
export * from "./s3/index.ts";
export * from "./sns/index.ts";
export * from "./sqs/index.ts";
export * from "./template/index.ts";
