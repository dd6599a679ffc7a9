/**
 * Windows over a stream: what many records of a key come to in a minute, in a session, or until now.
 *
 * @module shardmill/windows
 */

import { lambdaPlanOf } from "./consumer/windows/lambda-plan.ts";
import { windowSteps as rules } from "./consumer/windows/steps.ts";
import * as lambda from "./windows/lambda-window.ts";
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
export type {
  LambdaWindowOptions,
  LambdaWindows,
  PartOfWindow,
} from "./windows/lambda-window.ts";
export type { Row, RowHead } from "./windows/rows.ts";
export type { Scalar } from "./windows/scalar.ts";
export type { Windows } from "./windows/window.ts";

/** The function with what its windows do in a consumer; as an option itself it says that it wants to be called. */
const inConsumers = <Make extends (length: never, options: never) => object>(
  make: Make,
  example: string,
  its: object = rules,
): Make =>
  Object.assign(((length, options) => ({ ...make(length, options), rules: its })) as Make, {
    rules: {
      planOf() {
        throw new TypeError(
          `kinesisConsumer: window is ${make.name} itself; call it: window: ${make.name}(${example}{ key, aggregate }).`,
        );
      },
    },
  });

export const tumbling = /* @__PURE__ */ inConsumers(windows.tumbling, "{ seconds: 60 }, ");
export const hopping = /* @__PURE__ */ inConsumers(
  windows.hopping,
  "{ seconds: 60, everySeconds: 10 }, ",
);
export const sliding = /* @__PURE__ */ inConsumers(windows.sliding, "{ seconds: 60 }, ");
export const session = /* @__PURE__ */ inConsumers(windows.session, "{ gapSeconds: 60 }, ");
export const stagger = /* @__PURE__ */ inConsumers(windows.stagger, "{ seconds: 60 }, ");
export const lambdaWindow = /* @__PURE__ */ inConsumers(lambda.lambdaWindow, "", {
  planOf: lambdaPlanOf,
});
