/**
 * Streams that fit their load: a handler that scales, and the decision that it takes, as a pure function.
 *
 * @module shardmill/scaling
 */

export type { CommandSender } from "./aws/command-sender.ts";
export type { MiddyHandler } from "./handler/middlewares.ts";
export { type Decision, decide, type LoadHistory, type StreamState } from "./scaling/decide.ts";
export { type Forecast, forecastOf } from "./scaling/forecast.ts";
export type { ScaleStreamOptions, StreamScaling } from "./scaling/handler/options.ts";
export type { ScalingReport } from "./scaling/handler/scale-one.ts";
export { type ScalingHandler, scaleStream } from "./scaling/handler/scale-stream.ts";
export type { ShardLoad } from "./scaling/hot-shard.ts";
export { type LoadMinute, shardsFilledBy, shardTakes } from "./scaling/load.ts";
export { recentOperations } from "./scaling/operations.ts";
export { type Outlook, outlookOf } from "./scaling/outlook.ts";
export {
  type PolicyOptions,
  policyOf,
  type ScalingPolicy,
  standardPolicy,
} from "./scaling/policy.ts";
