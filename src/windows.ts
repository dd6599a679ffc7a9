/**
 * Windows over a stream: what many records of a key come to in a minute, in a session, or until now.
 *
 * @module shardmill/windows
 */

import { windowSteps as rules } from "./consumer/windows/steps.ts";
import * as windows from "./windows/window.ts";

export type { Aggregate, AnyAggregate, ResultOf } from "./windows/aggregate.ts";
export {
  type ApproximateDistinctOptions,
  approximateDistinct,
} from "./windows/aggregates/approximate-distinct.ts";
export { count } from "./windows/aggregates/count.ts";
export { type DistinctOptions, distinct } from "./windows/aggregates/distinct.ts";
export { first, last, max, min } from "./windows/aggregates/kept-value.ts";
export { type QuantileOptions, quantile } from "./windows/aggregates/quantile.ts";
export { average, sum } from "./windows/aggregates/sum.ts";
export { type Frequent, type TopKOptions, topK } from "./windows/aggregates/top-k.ts";
export type { Moment, WindowOptions } from "./windows/definition.ts";
export type { Key, KeyPart } from "./windows/keys.ts";
export type { Row, RowHead } from "./windows/rows.ts";
export type { Scalar } from "./windows/scalar.ts";
export type { Windows } from "./windows/window.ts";

// With what they do in a consumer.
export const tumbling: typeof windows.tumbling = (length, options) => ({
  ...windows.tumbling(length, options),
  rules,
});
export const hopping: typeof windows.hopping = (length, options) => ({
  ...windows.hopping(length, options),
  rules,
});
export const sliding: typeof windows.sliding = (length, options) => ({
  ...windows.sliding(length, options),
  rules,
});
export const session: typeof windows.session = (length, options) => ({
  ...windows.session(length, options),
  rules,
});
export const stagger: typeof windows.stagger = (length, options) => ({
  ...windows.stagger(length, options),
  rules,
});
