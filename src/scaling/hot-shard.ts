/** Single shards: one that is hot while the rest is not is split, and two that are quiet and narrow are merged. */
import { type LoadMinute, shardsFilledBy } from "./load.ts";
import type { ScalingPolicy } from "./policy.ts";

/** An open shard and its minutes, from the shard-level metrics. */
export interface ShardLoad {
  readonly shardId: string;
  /** The first and the last hash key, as decimal text. */
  readonly startingHashKey: string;
  readonly endingHashKey: string;
  /** The newest last. */
  readonly minutes: readonly LoadMinute[];
}

/** So many minutes in a row are no chance. */
const hotFor = 3;

/**
 * The shard that is hot: in each of the last three minutes it was fuller than `upAbove`, or refused records, while the stream as a
 * whole was not full. Undefined: there is none.
 */
export function hotShard(
  shards: readonly ShardLoad[],
  policy: ScalingPolicy,
  unsplittable: readonly string[] = [],
): ShardLoad | undefined {
  const all = shards.reduce((sum, { minutes }) => sum + filledAt(minutes, 0), 0);
  if (all > policy.targetUtilization * shards.length) return undefined;
  const isHot = ({ shardId, minutes }: ShardLoad) =>
    !unsplittable.includes(shardId) &&
    minutes.length >= hotFor &&
    minutes
      .slice(-hotFor)
      .every((each) => shardsFilledBy(each) > policy.upAbove || each.throttled > 0);
  return busiest(shards.filter(isHot));
}

/** The shard that has most to do. */
export const busiest = (shards: readonly ShardLoad[]): ShardLoad | undefined =>
  shards.toSorted((a, b) => filledAt(b.minutes, 0) - filledAt(a.minutes, 0))[0];

const filledAt = (minutes: readonly LoadMinute[], back: number) => {
  const minute = minutes.at(-1 - back);
  return minute ? shardsFilledBy(minute) : 0;
};

/** Two shards that lie side by side, the lower one first. */
export type Pair = readonly [lower: ShardLoad, upper: ShardLoad];

/** Narrower than this part of an even share, a shard is what a split has left. */
const narrow = 0.75;

/**
 * Two neighbours of which one is narrow, that together filled less than half of the target of one shard in every minute since
 * then. Undefined: there are none.
 */
export function quietPair(
  shards: readonly ShardLoad[],
  policy: ScalingPolicy,
  since: number,
): Pair | undefined {
  const inOrder = shards.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  const even = 2 ** 128 / shards.length;
  const most = policy.targetUtilization / 2;
  let found: Pair | undefined;
  let least = most;
  for (const [index, upper] of inOrder.entries()) {
    const lower = inOrder[index - 1];
    if (!lower || Math.min(widthOf(lower), widthOf(upper)) > narrow * even) continue;
    const [one, other] = [busiestSince(lower, since), busiestSince(upper, since)];
    if (one === undefined || other === undefined || one + other >= least) continue;
    found = [lower, upper];
    least = one + other;
  }
  return found;
}

const startOf = ({ startingHashKey }: ShardLoad) => BigInt(startingHashKey);

const widthOf = ({ startingHashKey, endingHashKey }: ShardLoad) =>
  Number(BigInt(endingHashKey) - BigInt(startingHashKey));

/** Undefined: not all of the time is known, so the shard is young. */
function busiestSince({ minutes }: ShardLoad, since: number): number | undefined {
  if (minutes.length === 0 || minutes[0]!.at > since) return undefined;
  return Math.max(0, ...minutes.filter(({ at }) => at >= since).map(shardsFilledBy));
}
