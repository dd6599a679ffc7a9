export { aggregate, type KplAggregate } from "./aggregate.ts";
export { type KplAggregator, type KplAggregatorOptions, kplAggregator } from "./aggregator.ts";
export { deaggregate } from "./deaggregate.ts";
export { effectiveHashKey } from "./hash-key.ts";
export { type Aggregator, type Deaggregator, simdAggregator, simdDeaggregator } from "./simd.ts";
export type { KplUserRecord } from "./user-record.ts";
