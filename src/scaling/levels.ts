/** The counts of shards that a plan chooses from, and what the cheapest of those costs that one call reaches. */
import { withinOneCall } from "./operations.ts";

/** Steps from a count to its double. Twice and half of a level are levels, but for the ends. */
const stepsToDouble = 4;

/** Ascending, from `least` to the first that is enough for `most`. */
export function levelsUpTo(least: number, most: number): number[] {
  const levels = [least];
  for (let step = 0; levels.at(-1)! < most; step++) {
    const level = Math.min(most, Math.ceil(2 ** (step / stepsToDouble) - 1e-9));
    if (level > levels.at(-1)!) levels.push(level);
  }
  return levels;
}

/**
 * Of each level, the least cost of those that one call reaches; the answer is written over by the next one. Both ends of what is reached only rise, so a
 * queue that keeps what may still be the least looks at each level once.
 */
export function cheapestReached(levels: readonly number[]): (costs: Float64Array) => Float64Array {
  const from = Int32Array.from(levels, (shards) => levels.findIndex((at) => 2 * at >= shards));
  const to = Int32Array.from(levels, (shards) => levels.findLastIndex((at) => at <= 2 * shards));
  const queue = new Int32Array(levels.length);
  const cheapest = new Float64Array(levels.length);
  return (costs) => {
    let head = 0;
    let tail = 0;
    let seen = 0;
    for (let level = 0; level < cheapest.length; level++) {
      for (; seen <= to[level]!; seen++) {
        while (tail > head && costs[queue[tail - 1]!]! >= costs[seen]!) tail--;
        queue[tail++] = seen;
      }
      while (queue[head]! < from[level]!) head++;
      cheapest[level] = costs[queue[head]!]!;
    }
    return cheapest;
  };
}

/** So many rows in one piece of memory: a plan has thousands of them, and each of its own would take longer than to fill it. */
export function rowsOf(count: number, length: number): Float64Array[] {
  const all = new Float64Array(count * length);
  return Array.from({ length: count }, (_, row) => all.subarray(row * length, (row + 1) * length));
}

/** What there is to choose, with what follows: to stay costs one, to go anywhere the other and the price of an operation. */
export interface Choice {
  readonly levels: readonly number[];
  readonly staying: Float64Array;
  readonly going: Float64Array;
  readonly price: number;
}

/** The count that costs least from here on, `least` or more if it is another than there is. */
export function cheapestCount(choice: Choice, shards: number, least = 1): number {
  const { levels, staying, going, price } = choice;
  let best = shards;
  let lowest = costOf(levels, staying, shards);
  const consider = (count: number) => {
    if (count < least || count === shards || withinOneCall(count, shards) !== count) return;
    const cost = costOf(levels, going, count) + price;
    if (cost >= lowest - 1e-9) return;
    best = count;
    lowest = cost;
  };
  for (const level of levels) consider(level);
  consider(Math.ceil(shards / 2));
  return best;
}

/** Of a count that is no level, since somebody else has chosen it: between two levels it is between their costs. */
function costOf(levels: readonly number[], costs: Float64Array, shards: number): number {
  let above = 0;
  while (above < levels.length && levels[above]! < shards) above++;
  // More than any plan wants: dearer than the highest of them, so that half of it is better.
  if (above === levels.length) return (costs.at(-1)! * shards) / levels.at(-1)!;
  if (levels[above] === shards || above === 0) return costs[above]!;
  const [low, high] = [levels[above - 1]!, levels[above]!];
  const share = (shards - low) / (high - low);
  return costs[above - 1]! * (1 - share) + costs[above]! * share;
}
