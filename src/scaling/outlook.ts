/**
 * The next day as a plan: what it costs from each quarter of an hour on to have so many shards. From that follows when to grow and
 * shrink, and how far, with as few operations as the day allows.
 */
import { type Forecast, slotMs, slotsADay } from "./forecast.ts";
import { withinOneCall } from "./operations.ts";
import type { ScalingPolicy } from "./policy.ts";

/** A forecast, and what follows from it. */
export interface Outlook {
  readonly forecast: Forecast;
  /** Shards that each quarter needs at the target. */
  readonly wanted: readonly number[];
  /** Counts of shards that the plan chooses from, ascending. */
  readonly levels: readonly number[];
  /** By quarter, then by level: shards times quarters from there on, with what operations and missing shards count. */
  readonly ahead: readonly Float64Array[];
  /** What an operation counts, in shards times quarters. */
  readonly perOperation: number;
}

/** A shard that is missing to the target counts as so many that are idle; one that is missing to the limit, far more. */
const belowTarget = 2;
const belowLimit = 40;
/** From one level to the next. */
const step = 1.19;
/** What an operation may count: of all that the day wants, from so much on, dearer from one price to the next. */
const firstPrice = 1 / 1000;
const dearer = 1.4;
const prices = 32;

/**
 * The plan for a forecast: the cheapest that takes no more operations a day than are not reserved. The dearer an operation is, the fewer
 * a plan has; the lowest price that leaves few enough is found by halving.
 */
export function outlookOf(forecast: Forecast, policy: ScalingPolicy): Outlook {
  const wanted = wantedShards(forecast, policy);
  const levels = levelsUpTo(Math.max(...wanted), policy);
  const reachable = reachesOf(levels);
  const most = Math.max(1, policy.operationsPerDay - policy.reservedForUp);
  const aDay = wanted.reduce((sum, want) => sum + want, 0) / 2;
  const at = (price: number): Outlook => {
    const perOperation = aDay * firstPrice * dearer ** price;
    const ahead = costsAhead(wanted, levels, reachable, perOperation, policy);
    return { forecast, wanted, levels, ahead, perOperation };
  };
  let [low, high] = [0, prices];
  let found = at(high);
  while (low < high) {
    const middle = (low + high) >> 1;
    const outlook = at(middle);
    if (operationsOf(outlook) <= most) {
      found = outlook;
      high = middle;
    } else low = middle + 1;
  }
  return found;
}

/** At the target, and a quarter of an hour before the load is there. */
function wantedShards({ slots }: Forecast, policy: ScalingPolicy): number[] {
  return slots.map((slot, index) => {
    const filled = Math.max(slot, slots[index + 1] ?? slot);
    const want = Math.ceil(filled / policy.targetUtilization - 1e-9);
    return Math.min(policy.max, Math.max(policy.min, want));
  });
}

function levelsUpTo(most: number, { min }: ScalingPolicy): number[] {
  const levels = [min];
  for (let last = min; last < most; levels.push(last)) {
    last = Math.min(most, Math.max(last + 1, Math.round(last * step)));
  }
  return levels;
}

/** Backwards through two days: from each quarter on, the cheapest of what can follow. */
function costsAhead(
  wanted: readonly number[],
  levels: readonly number[],
  reachable: readonly Reach[],
  perOperation: number,
  { targetUtilization, upAbove }: ScalingPolicy,
): Float64Array[] {
  const ahead: Float64Array[] = [];
  const cheapest = new Float64Array(levels.length);
  const queue = new Int32Array(levels.length);
  let next = new Float64Array(levels.length);
  for (let slot = wanted.length - 1; slot >= 0; slot--) {
    const want = wanted[slot]!;
    const need = (want * targetUtilization) / upAbove;
    const here = new Float64Array(levels.length);
    findCheapest(next, reachable, cheapest, queue);
    for (let level = 0; level < levels.length; level++) {
      const shards = levels[level]!;
      const lack =
        belowTarget * Math.max(0, want - shards) + belowLimit * Math.max(0, need - shards);
      // To stay, or to go to any level that one call reaches.
      here[level] = shards + lack + Math.min(next[level]!, cheapest[level]! + perOperation);
    }
    ahead[slot] = here;
    next = here;
  }
  return ahead;
}

/**
 * Of each level, the least cost of those that it reaches. Both ends of what is reached only rise, so a queue that keeps what may still be the least
 * looks at each level once.
 */
function findCheapest(
  costs: Float64Array,
  reachable: readonly Reach[],
  into: Float64Array,
  queue: Int32Array,
): void {
  let [head, tail, seen] = [0, 0, 0];
  for (let level = 0; level < into.length; level++) {
    const { from, to } = reachable[level]!;
    for (; seen <= to; seen++) {
      while (tail > head && costs[queue[tail - 1]!]! >= costs[seen]!) tail--;
      queue[tail++] = seen;
    }
    while (queue[head]! < from) head++;
    into[level] = costs[queue[head]!]!;
  }
}

/** The first and the last level that one call reaches. */
interface Reach {
  readonly from: number;
  readonly to: number;
}

const reachesOf = (levels: readonly number[]): Reach[] =>
  levels.map((shards) => ({
    from: levels.findIndex((level) => 2 * level >= shards),
    to: levels.findLastIndex((level) => level <= 2 * shards),
  }));

/** Operations of a day that is like the one before, once the plan has come into its own. */
function operationsOf(outlook: Outlook): number {
  let shards = outlook.wanted[0]!;
  let operations = 0;
  for (let slot = 0; slot < 2 * slotsADay; slot++) {
    const next = cheapestCount(outlook, slot % slotsADay, shards);
    if (next !== shards && slot >= slotsADay) operations++;
    shards = next;
  }
  return operations;
}

/** How many shards the plan wants at this moment, given how many there are; undefined: it does not reach so far. */
export function plannedShards(outlook: Outlook, shards: number, now: number): number | undefined {
  const slot = slotAt(outlook, now);
  return slot === undefined ? undefined : cheapestCount(outlook, slot, shards);
}

/** How many shards the load that is foreseen for this moment wants, whatever there are. */
export function shardsWanted(outlook: Outlook, now: number): number | undefined {
  const slot = slotAt(outlook, now);
  return slot === undefined ? undefined : outlook.wanted[slot];
}

function slotAt({ forecast }: Outlook, now: number): number | undefined {
  const slot = Math.floor((now - forecast.from) / slotMs);
  return slot < 0 || slot >= slotsADay ? undefined : slot;
}

function cheapestCount(outlook: Outlook, slot: number, shards: number): number {
  const { levels, ahead, perOperation } = outlook;
  // After a burst there may be more than twice what any plan wants.
  if (shards > 2 * levels.at(-1)!) return Math.ceil(shards / 2);
  const costs = ahead[slot]!;
  let best = shards;
  let least = costOf(levels, costs, shards);
  for (let level = 0; level < levels.length; level++) {
    const count = levels[level]!;
    if (count === shards || withinOneCall(count, shards) !== count) continue;
    const cost = costs[level]! + perOperation;
    if (cost < least - 1e-9) {
      best = count;
      least = cost;
    }
  }
  return best;
}

/** Of a count that is no level, since somebody else has chosen it: between two levels it is between their costs. */
function costOf(levels: readonly number[], costs: Float64Array, shards: number): number {
  const above = levels.findIndex((level) => level >= shards);
  // More than the plan wants at any time: what is too much is too much for all of a day.
  if (above < 0) return costs.at(-1)! + (shards - levels.at(-1)!) * slotsADay;
  if (levels[above] === shards || above === 0) return costs[above]!;
  const [low, high] = [levels[above - 1]!, levels[above]!];
  const share = (shards - low) / (high - low);
  return costs[above - 1]! * (1 - share) + costs[above]! * share;
}
