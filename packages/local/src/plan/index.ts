/** `shardmill plan`: what a stream and its consumer need, and what they cost. */

export { type LoadMinute, shardTakes } from "../../../../src/scaling/load.ts";
export { type PolicyOptions, policyOf } from "../../../../src/scaling/policy.ts";
export { type ShardNeed, shardNeed } from "./capacity.ts";
export type { Choice } from "./choose.ts";
export { type MonthlyCost, monthlyCost, progressUnits } from "./cost.ts";
export { type Load, loadOf, type RecordedArrival } from "./load.ts";
export { plan } from "./plan.ts";
export type { Plan } from "./planned.ts";
export { checkPrices, type Prices, standardPrices } from "./prices.ts";
export { planScaling, type ScalingPlanned, type WayToScale } from "./scaling/plan-scaling.ts";
export { type Distribution, type Queue, type QueueSettings, simulate } from "./simulate.ts";
export { defaultWishes, type Wishes } from "./wishes.ts";
