/**
 * What an operation is worth: the lowest price at which a day that is like the one before has few enough of them. The dearer an operation is, the fewer
 * the cheapest course of shards has.
 */
import { slotsADay } from "./forecast.ts";
import { cheapestCount, cheapestReached, rowsOf } from "./levels.ts";

/** Of all that a day wants, what an operation counts at the first price, and from one price to the next. */
const firstPrice = 1 / 1000;
const dearer = 1.4;
const prices = 32;

/** A day that is planned without a look at what is left of today's operations. */
export interface UsualDay {
  /** What an operation counts, in shards times quarters. */
  readonly perOperation: number;
  /** By level: what it costs from the end of the first day on. */
  readonly tomorrow: Float64Array;
}

/** Two days by quarter, then by level, as `costs` has them. */
export function usualDay(
  costs: readonly Float64Array[],
  levels: readonly number[],
  wanted: readonly number[],
  most: number,
): UsualDay {
  // Nobody goes higher than the day wants but by need, so the search need not look there.
  const useful = levels.slice(0, levels.findIndex((level) => level >= Math.max(...wanted)) + 1);
  const aDay = wanted.reduce((sum, want) => sum + want, 0) / 2;
  const priceAt = (index: number) => aDay * firstPrice * dearer ** index;
  const onUseful = costsAhead(costs, useful);
  let [low, high] = [0, prices];
  while (low < high) {
    const middle = (low + high) >> 1;
    const price = priceAt(middle);
    if (operationsOf(onUseful(price), useful, price, wanted[0]!) <= most) high = middle;
    else low = middle + 1;
  }
  const perOperation = priceAt(high);
  return { perOperation, tomorrow: costsAhead(costs, levels)(perOperation)[slotsADay]! };
}

/** By price, backwards: from each quarter on, the cheapest of what can follow. The answer is written over by the next one. */
function costsAhead(
  costs: readonly Float64Array[],
  levels: readonly number[],
): (price: number) => readonly Float64Array[] {
  const reached = cheapestReached(levels);
  const ahead = rowsOf(costs.length, levels.length);
  const nothing = new Float64Array(levels.length);
  return (price) => {
    let next: Float64Array = nothing;
    for (let slot = costs.length - 1; slot >= 0; slot--) {
      const own = costs[slot]!;
      const cheapest = reached(next);
      const here = ahead[slot]!;
      for (let level = 0; level < here.length; level++) {
        const stay = next[level]!;
        const go = cheapest[level]! + price;
        here[level] = own[level]! + (go < stay ? go : stay);
      }
      next = here;
    }
    return ahead;
  };
}

/** Operations of the day, once the plan has come into its own. */
function operationsOf(
  ahead: readonly Float64Array[],
  levels: readonly number[],
  price: number,
  first: number,
): number {
  let shards = first;
  let operations = 0;
  for (let slot = 0; slot < 2 * slotsADay; slot++) {
    const costs = ahead[slot % slotsADay]!;
    const next = cheapestCount({ levels, staying: costs, going: costs, price }, shards);
    if (next !== shards && slot >= slotsADay) operations++;
    shards = next;
  }
  return operations;
}
