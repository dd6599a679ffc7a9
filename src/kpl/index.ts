export { aggregate, type KplAggregate } from "./aggregate.ts";
export { type KplAggregator, type KplAggregatorOptions, kplAggregator } from "./aggregator.ts";
export { deaggregate } from "./deaggregate.ts";
export type {
  AggregateSource,
  Deaggregated,
  Deaggregator,
  DeaggregatorHost,
  HashKeyRange,
  HashKeyRangeOf,
} from "./deaggregator.ts";
export { effectiveHashKey } from "./hash-key.ts";
export {
  type AggregateAll,
  type DeaggregateAll,
  simdAggregator,
  simdDeaggregator,
} from "./simd.ts";
export { type StrictDeaggregatorOptions, strictDeaggregator } from "./strict-deaggregator.ts";
export type { KplUserRecord } from "./user-record.ts";
