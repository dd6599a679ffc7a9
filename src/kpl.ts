/**
 * KPL aggregates: put together, and taken apart.
 *
 * @module shardmill/kpl
 */

export { aggregate, type KplAggregate } from "./kpl/aggregate.ts";
export { type KplAggregator, type KplAggregatorOptions, kplAggregator } from "./kpl/aggregator.ts";
export { deaggregate } from "./kpl/deaggregate.ts";
export { effectiveHashKey } from "./kpl/hash-key.ts";
export {
  type AggregateAll,
  type DeaggregateAll,
  simdAggregator,
  simdDeaggregator,
} from "./kpl/simd.ts";
export type { KplUserRecord } from "./kpl/user-record.ts";
export type {
  AggregateSource,
  Deaggregated,
  Deaggregator,
  DeaggregatorHost,
  HashKeyRange,
  HashKeyRangeOf,
} from "./record/deaggregator.ts";
export {
  type StrictDeaggregatorOptions,
  strictDeaggregator,
} from "./record/strict-deaggregator.ts";
