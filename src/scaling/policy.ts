/** What decisions follow: every number that `decide` compares with, its default, and what it may be. */
import {
  aBoolean,
  complete,
  number,
  type OptionRules,
  type Rule,
  refusing,
} from "../handler/option-rules.ts";

/** The policy of a stream, complete. */
export interface ScalingPolicy {
  /** Fewest shards. */
  readonly min: number;
  /** Most shards. */
  readonly max: number;
  /** The part of the shards that the load should fill, 0 to 1. */
  readonly targetUtilization: number;
  /** Above this part of the shards the stream grows at once, where more came than was foreseen. */
  readonly upAbove: number;
  /** UpdateShardCount calls in any 24 hours. */
  readonly operationsPerDay: number;
  /** Of those, how many are kept for load that nobody has foreseen, unless one saves a twentieth of the day. */
  readonly reservedForUp: number;
  /** How many minutes the load must have been low before shards are given up. */
  readonly downAfterMinutes: number;
  /** No shards are given up while the oldest unread record is older, in seconds. */
  readonly blockDownAboveAgeSeconds: number;
  /** Whether single shards are split where they are hot, and merged where they are quiet. */
  readonly hotShards: boolean;
}

/** The policy where nothing else is said. */
export const standardPolicy = {
  min: 1,
  targetUtilization: 0.75,
  upAbove: 0.9,
  operationsPerDay: 8,
  reservedForUp: 3,
  downAfterMinutes: 30,
  blockDownAboveAgeSeconds: 300,
  hotShards: true,
} as const satisfies Omit<ScalingPolicy, "max">;

/** A policy of which everything may be left out. */
export interface PolicyOptions {
  /** Fewest shards. @default 1 */
  readonly min?: number;
  /** Most shards. Without a default, for the handler or for each stream. */
  readonly max?: number;
  /** The part of the shards that the busiest minute should fill, above 0 and up to 1. @default 0.75 */
  readonly targetUtilization?: number;
  /** Above this part of the shards the stream grows at once, where more came than was foreseen, or records were refused; at least the target. @default 0.9 */
  readonly upAbove?: number;
  /** UpdateShardCount calls in any 24 hours. AWS takes ten; what is left is for people. @default 8 */
  readonly operationsPerDay?: number;
  /** How many of those are kept for load that nobody has foreseen. The plan takes one of them where that saves a twentieth of the day's shards. @default 3 */
  readonly reservedForUp?: number;
  /** How many minutes the load must have been low before shards are given up. @default 30 */
  readonly downAfterMinutes?: number;
  /** No shards are given up while the oldest unread record is older than so many seconds. @default 300 */
  readonly blockDownAboveAgeSeconds?: number;
  /** Whether single shards are split where they are hot and merged where they are quiet. It needs the stream's shard-level metrics. @default true */
  readonly hotShards?: boolean;
}

const whole = (from: number, to: number): Rule => [
  (value) => Number.isInteger(value) && value >= from && value <= to,
  `a whole number from ${from} to ${to.toLocaleString("en")}`,
];
const aShare: Rule = [
  (value) => typeof value === "number" && value > 0 && value <= 1,
  "a number above 0 and up to 1",
];

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
const mostShards = 10_000;
const mostOperations = 10;

/** What every part of a policy must be. */
export const policyRules = {
  __proto__: null,
  min: whole(1, mostShards),
  max: whole(1, mostShards),
  targetUtilization: aShare,
  upAbove: aShare,
  operationsPerDay: whole(1, mostOperations),
  reservedForUp: whole(0, mostOperations),
  downAfterMinutes: whole(1, 1440),
  blockDownAboveAgeSeconds: number(0, 31_536_000, "seconds"),
  hotShards: aBoolean,
} satisfies OptionRules<PolicyOptions>;

/**
 * A policy, complete and checked. `where` stands before what is wrong.
 * @throws TypeError
 */
export function policyOf(options: PolicyOptions, where = "policyOf"): ScalingPolicy {
  const refuse = refusing(where);
  // Undefined is refused for `max` alone, which has no default.
  const policy = complete<PolicyOptions, typeof standardPolicy>(
    refuse,
    policyRules,
    standardPolicy,
    options,
    "max",
  ) as ScalingPolicy;
  const { min, max, targetUtilization, upAbove, operationsPerDay, reservedForUp } = policy;
  refuse(min > max, `min is ${min}, above max, which is ${max}.`);
  refuse(
    upAbove < targetUtilization,
    `upAbove is ${upAbove}, below targetUtilization, which is ${targetUtilization}.`,
  );
  refuse(
    reservedForUp >= operationsPerDay,
    `reservedForUp is ${reservedForUp}, and operationsPerDay ${operationsPerDay}: none would be left for the day's plan.`,
  );
  return policy;
}
