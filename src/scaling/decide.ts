/** The one decision: grow, shrink, split, merge or wait. Pure, so that the handler, `shardmill plan --scaling` and tests take the same one. */
import { busiest, hotShard, quietPair, type ShardLoad } from "./hot-shard.ts";
import { type LoadMinute, shardsFilledBy } from "./load.ts";
import { recentOperations, withinOneCall } from "./operations.ts";
import { type Outlook, plannedShards, shardsWanted } from "./outlook.ts";
import type { ScalingPolicy } from "./policy.ts";
import { busiestSince, percent, pressureOf } from "./pressure.ts";

/** What is known of the load. */
export interface LoadHistory {
  /** Full minutes without gaps, the newest last. */
  readonly minutes: readonly LoadMinute[];
  /** The plan for the day; undefined while less than a day is known. */
  readonly outlook?: Outlook | undefined;
  /** How old the oldest unread record is, in seconds; undefined: nobody has said. */
  readonly ageSeconds?: number | undefined;
  /** All open shards, where the stream has shard-level metrics. */
  readonly shards?: readonly ShardLoad[] | undefined;
}

/** What is known of the stream. */
export interface StreamState {
  /** Open shards. */
  readonly shards: number;
  /** StreamStatus: only an `ACTIVE` stream can be changed. */
  readonly status: string;
  /** When UpdateShardCount was called, in epoch milliseconds. */
  readonly operations: readonly number[];
  /** When AWS has last refused it because of a limit. */
  readonly refusedAt?: number | undefined;
  /** Shards of which it is known that a single key fills them. */
  readonly unsplittable?: readonly string[] | undefined;
}

/** What to do, and why: the end of a sentence that begins with what is done. */
export type Decision =
  | { readonly kind: "scale"; readonly target: number; readonly why: string }
  | { readonly kind: "split"; readonly shard: ShardLoad; readonly why: string }
  | {
      readonly kind: "merge";
      readonly lower: ShardLoad;
      readonly upper: ShardLoad;
      readonly why: string;
    }
  | { readonly kind: "wait"; readonly why: string };

const minute = 60_000;
/** After a refusal: others have used up the day's calls, and nobody says since when. */
const afterRefusal = 60 * minute;

/**
 * What to do with a stream at this moment. Never what AWS would refuse: nothing while an operation is under way, no more than twice
 * and no less than half of the shards, and no more calls of UpdateShardCount than the policy has for 24 hours.
 *
 * @example
 * decide({ minutes }, { shards: 4, status: "ACTIVE", operations: [] }, { ...standardPolicy, max: 32 }, Date.now());
 */
export function decide(
  history: LoadHistory,
  state: StreamState,
  policy: ScalingPolicy,
  now: number,
): Decision {
  const { shards, status } = state;
  if (status !== "ACTIVE") return wait(`it is ${status}`);
  const pressure = pressureOf(history.minutes, history.outlook, shards, policy, now);
  const spent = whySpent(state, policy, now);
  if (spent !== undefined) {
    const most = pressure && shards < policy.max ? busiest(history.shards ?? []) : undefined;
    return most
      ? { kind: "split", shard: most, why: `${pressure}, and ${spent}` }
      : (single(history, state, policy, now) ?? wait(spent));
  }
  const left = policy.operationsPerDay - recentOperations(state.operations, now).length;
  return (
    withinBounds(shards, policy) ??
    grow(history, shards, policy, pressure) ??
    growAsPlanned(history, shards, policy, now, left) ??
    single(history, state, policy, now) ??
    shrink(history, state, policy, now, left)
  );
}

/** Why UpdateShardCount may not be called. */
function whySpent(
  { operations, refusedAt }: StreamState,
  { operationsPerDay }: ScalingPolicy,
  now: number,
): string | undefined {
  if (refusedAt !== undefined && now - refusedAt < afterRefusal) {
    return "AWS has refused an operation within the last hour";
  }
  const used = recentOperations(operations, now).length;
  return used >= operationsPerDay
    ? `the ${operationsPerDay} operations of 24 hours are used up`
    : undefined;
}

function withinBounds(shards: number, { min, max }: ScalingPolicy): Decision | undefined {
  if (shards >= min && shards <= max) return undefined;
  const target = withinOneCall(Math.min(max, Math.max(min, shards)), shards);
  return scale(target, `there may be ${min} to ${max}`);
}

/** How many of the last minutes say how far to grow. */
const lookedAt = 3;

function grow(
  { minutes }: LoadHistory,
  shards: number,
  policy: ScalingPolicy,
  pressure: string | undefined,
): Decision | undefined {
  if (pressure === undefined) return undefined;
  // One minute of a load that trembles may be a low one, and growing again is another operation.
  const filled = Math.max(...minutes.slice(-lookedAt).map(shardsFilledBy));
  const wanted = countFor(filled, policy);
  const target = bounded(Math.max(shards + 1, wanted), shards, policy);
  return target > shards ? scale(target, pressure) : undefined;
}

function growAsPlanned(
  { outlook }: LoadHistory,
  shards: number,
  policy: ScalingPolicy,
  now: number,
  left: number,
): Decision | undefined {
  const planned = outlook && plannedShards(outlook, shards, now, left);
  if (planned === undefined || planned <= shards) return undefined;
  const target = bounded(planned, shards, policy);
  return target > shards ? scale(target, "the days before had more load from now on") : undefined;
}

/** What single shards ask for: no call of UpdateShardCount. */
function single(
  { minutes, outlook, shards: loads, ageSeconds }: LoadHistory,
  { shards, operations, unsplittable }: StreamState,
  policy: ScalingPolicy,
  now: number,
): Decision | undefined {
  if (!policy.hotShards || loads?.length !== shards) return undefined;
  const hot = shards < policy.max ? hotShard(loads, policy, unsplittable) : undefined;
  if (hot) {
    const why = `${hot.shardId} is full, and the stream is not`;
    return { kind: "split", shard: hot, why };
  }
  const since = now - policy.downAfterMinutes * minute;
  if (Math.max(...operations, Number.NEGATIVE_INFINITY) > since) return undefined;
  if (isBehind(ageSeconds, policy)) return undefined;
  const most = busiestSince(minutes, since, now);
  const wanted = Math.max(
    most === undefined ? shards : countFor(most, policy),
    (outlook && shardsWanted(outlook, now)) ?? 1,
  );
  const pair = shards > Math.max(policy.min, wanted) ? quietPair(loads, policy, since) : undefined;
  if (!pair) return undefined;
  const why = `${pair[0].shardId} and ${pair[1].shardId} are quiet`;
  return { kind: "merge", lower: pair[0], upper: pair[1], why };
}

function shrink(
  { minutes, outlook, ageSeconds }: LoadHistory,
  { shards, operations }: StreamState,
  policy: ScalingPolicy,
  now: number,
  left: number,
): Decision {
  const planned = outlook && plannedShards(outlook, shards, now, left);
  if (planned !== undefined && planned >= shards) return wait("the plan of the day keeps them");
  const since = now - policy.downAfterMinutes * minute;
  if (Math.max(...operations, Number.NEGATIVE_INFINITY) > since) {
    return wait("the last operation is too recent to give up shards");
  }
  if (isBehind(ageSeconds, policy)) {
    return wait(`the oldest unread record is ${Math.round(ageSeconds!)} s old`);
  }
  const most = busiestSince(minutes, since, now);
  if (most === undefined) return wait("too little is known of the load");
  const least = countFor(most, policy);
  // Where the load of the last minutes allows only a part of the way, the plan says whether that is worth an operation, or to wait.
  const wanted = (outlook && plannedShards(outlook, shards, now, left, least)) ?? 1;
  const target = bounded(Math.max(wanted, least), shards, policy);
  const filled = `at most ${percent(most / shards)} were filled in ${policy.downAfterMinutes} minutes`;
  // Without a plan, a small step is not worth an operation.
  if (target > (planned === undefined ? worthwhile * shards : shards - 1)) return wait(filled);
  if (planned === undefined && left <= policy.reservedForUp) {
    return wait(`the last ${left} operations of 24 hours are kept for growing`);
  }
  return scale(target, filled);
}

/** Shards are given up without a plan only where a quarter of them goes. */
const worthwhile = 0.75;

const isBehind = (ageSeconds: number | undefined, policy: ScalingPolicy) =>
  ageSeconds !== undefined && ageSeconds > policy.blockDownAboveAgeSeconds;

const countFor = (filled: number, { targetUtilization }: ScalingPolicy) =>
  Math.max(1, Math.ceil(filled / targetUtilization - 1e-9));

const bounded = (target: number, shards: number, { min, max }: ScalingPolicy) =>
  withinOneCall(Math.min(max, Math.max(min, target)), shards);

const scale = (target: number, why: string): Decision => ({ kind: "scale", target, why });
const wait = (why: string): Decision => ({ kind: "wait", why });
