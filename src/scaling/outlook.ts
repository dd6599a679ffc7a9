/**
 * The next day as a plan: what it costs from each quarter of an hour on to have so many shards, with so many operations left. From that follows when
 * to grow and shrink, and how far.
 */
import { type Forecast, slotMs, slotsADay } from "./forecast.ts";
import { cheapestCount, cheapestReached, levelsUpTo, rowsOf } from "./levels.ts";
import { countsAgainAt } from "./operations.ts";
import type { ScalingPolicy } from "./policy.ts";
import { usualDay } from "./usual-day.ts";

/** A forecast, and what follows from it. */
export interface Outlook {
  readonly forecast: Forecast;
  /** Shards that each quarter needs at the target. */
  readonly wanted: readonly number[];
  /** Counts of shards that the plan chooses from, ascending. */
  readonly levels: readonly number[];
  /** By quarter of the next day, by operations that are left then, by level: shards times quarters from there on, with what operations and missing shards count. */
  readonly ahead: readonly (readonly Float64Array[])[];
  /** By operations that are left: what the next one counts, in shards times quarters. */
  readonly prices: readonly number[];
}

/** A shard that is missing to the target counts as so many that are idle; one that is missing to the limit, far more. */
const belowTarget = 2;
const belowLimit = 40;
/** As much for each that the operations which are left would not reach, if a usual day's load came now. */
const beyondReach = 2;
/** What an operation counts of the price that a usual day's plan has: how many there are today is known, and limits them by itself. */
const ofUsualPrice = 0.3;
/** What one that is kept counts on top, of all that the day wants. */
const ofKept = 0.05;
/** How much higher than the day wants a stream may be, after a burst. */
const afterBurst = 4;

/**
 * The plan for a forecast, given when UpdateShardCount was called: with the calls that are left, and those that come back in the course of the
 * day, the cheapest course of shards. One that is reserved is taken where it saves a twentieth of the day.
 */
export function outlookOf(
  forecast: Forecast,
  policy: ScalingPolicy,
  operations: readonly number[] = [],
): Outlook {
  const { min, max, operationsPerDay, reservedForUp } = policy;
  const wanted = wantedShards(forecast, policy);
  const levels = levelsUpTo(min, Math.min(max, afterBurst * Math.max(...wanted)));
  const costs = wanted.map((want) => costsOf(want, levels, policy));
  const usual = usualDay(costs, levels, wanted, Math.max(1, operationsPerDay - reservedForUp));
  const kept = (ofKept * wanted.reduce((sum, want) => sum + want, 0)) / 2;
  const prices = Array.from({ length: operationsPerDay + 1 }, (_, left) =>
    left === 0
      ? Number.POSITIVE_INFINITY
      : ofUsualPrice * usual.perOperation + (left <= reservedForUp ? kept : 0),
  );
  const back = comingBack(operations, forecast.from);
  const highest = Math.min(max, forecast.peak / policy.upAbove);
  const outOfReach = prices.map((_, left) =>
    Float64Array.from(levels, (shards) => beyondReach * Math.max(0, highest - shards * 2 ** left)),
  );
  const ahead: Float64Array[][] = [];
  const rows = rowsOf(slotsADay * prices.length, levels.length);
  const reached = cheapestReached(levels);
  let next: readonly Float64Array[] = prices.map(() => usual.tomorrow);
  for (let slot = slotsADay - 1; slot >= 0; slot--) {
    const withLeft = (left: number) => next[Math.min(operationsPerDay, left + back[slot + 1]!)]!;
    const own = costs[slot]!;
    const here = rows.slice(slot * prices.length, (slot + 1) * prices.length);
    for (const [left, price] of prices.entries()) {
      const staying = withLeft(left);
      const going = left > 0 ? reached(withLeft(left - 1)) : staying;
      const [row, lacking] = [here[left]!, outOfReach[left]!];
      for (let level = 0; level < row.length; level++) {
        const stay = staying[level]!;
        const go = going[level]! + price;
        row[level] = own[level]! + lacking[level]! + (go < stay ? go : stay);
      }
    }
    ahead[slot] = here;
    next = here;
  }
  return { forecast, wanted, levels, ahead, prices };
}

/** At the target, and a quarter of an hour before the load is there. */
function wantedShards({ slots }: Forecast, policy: ScalingPolicy): number[] {
  return slots.map((slot, index) => {
    const filled = Math.max(slot, slots[index + 1] ?? slot);
    const want = Math.ceil(filled / policy.targetUtilization - 1e-9);
    return Math.min(policy.max, Math.max(policy.min, want));
  });
}

/** What a quarter costs that wants so many. */
function costsOf(
  want: number,
  levels: readonly number[],
  { targetUtilization, upAbove }: ScalingPolicy,
): Float64Array {
  const need = (want * targetUtilization) / upAbove;
  const costs = new Float64Array(levels.length);
  for (const [level, shards] of levels.entries()) {
    const lack = belowTarget * Math.max(0, want - shards) + belowLimit * Math.max(0, need - shards);
    costs[level] = shards + lack;
  }
  return costs;
}

/** How many operations may be done again from the beginning of each quarter on. */
function comingBack(operations: readonly number[], from: number): number[] {
  const back = new Array<number>(slotsADay + 1).fill(0);
  for (const at of operations) {
    const slot = Math.ceil((countsAgainAt(at) - from) / slotMs);
    if (slot > 0 && slot <= slotsADay) back[slot]!++;
  }
  return back;
}

/**
 * How many shards the plan wants at this moment, given how many there are and how many operations are left: as many, or `least` or more.
 * Undefined: it does not reach so far.
 */
export function plannedShards(
  { forecast, levels, ahead, prices }: Outlook,
  shards: number,
  now: number,
  left: number,
  least = 1,
): number | undefined {
  const costs = ahead[slotAt(forecast, now)];
  if (!costs) return undefined;
  if (left === 0) return shards;
  const some = Math.min(left, prices.length - 1);
  const [staying, going, price] = [costs[some]!, costs[some - 1]!, prices[some]!];
  return cheapestCount({ levels, staying, going, price }, shards, least);
}

/** How many shards the load that is foreseen for this moment wants, whatever there are. */
export const shardsWanted = ({ forecast, wanted }: Outlook, now: number): number | undefined => {
  const slot = slotAt(forecast, now);
  return slot < slotsADay ? wanted[slot] : undefined;
};

/** The busiest minute that is foreseen for about this moment, in shards. */
export function foreseenAt({ forecast }: Outlook, now: number): number {
  const slot = slotAt(forecast, now);
  return Math.max(...[-1, 0, 1].map((by) => forecast.slots[slot + by] ?? 0));
}

const slotAt = ({ from }: Forecast, now: number) => Math.floor((now - from) / slotMs);
