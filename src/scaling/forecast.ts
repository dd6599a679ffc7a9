/** What a stream will carry in the next day, from the same quarter of an hour of the days before. */
import { type LoadMinute, shardsFilledBy } from "./load.ts";

export const slotMs = 15 * 60_000;
export const slotsADay = 96;

/** The busiest minute of each quarter of an hour, in shards, in order. */
export interface Forecast {
  /** When the first quarter begins, in epoch milliseconds. */
  readonly from: number;
  readonly slots: readonly number[];
  /** What the busiest minute of a day may come to: the third highest of the last seven days'. */
  readonly peak: number;
}

/**
 * Two days, the second so that what is done on the first is done with a view to it. Undefined: less than a day is known.
 *
 * A quarter has the median of the last three days, so that a burst of one day is no rule, or what the same day of the week had, if that
 * was nearer to the truth during the last 24 hours; times what the last two hours had more than was foreseen.
 */
export function forecastOf(minutes: readonly LoadMinute[], now: number): Forecast | undefined {
  const seen = busiest(minutes);
  const first = slotOf(now);
  const known = minutes.length === 0 ? first : slotOf(minutes[0]!.at);
  if (first - known < slotsADay) return undefined;

  const predict = nearest(seen, first);
  const trend = trendOf(seen, predict, first);
  const slots = Array.from({ length: 2 * slotsADay }, (_, index) =>
    Math.max(0, trend * (predict(first + index) ?? 0)),
  );
  return { from: first * slotMs, slots, peak: usualPeak(seen, first) };
}

const slotOf = (at: number) => Math.floor(at / slotMs);

type Predict = (slot: number) => number | undefined;

function busiest(minutes: readonly LoadMinute[]): Map<number, number> {
  const seen = new Map<number, number>();
  let slot = Number.NaN;
  let most = 0;
  for (const minute of minutes) {
    const own = slotOf(minute.at);
    if (own !== slot) {
      slot = own;
      most = seen.get(slot) ?? 0;
    }
    const filled = shardsFilledBy(minute);
    if (filled >= most) {
      most = filled;
      seen.set(slot, most);
    }
  }
  return seen;
}

/** So that neither two days of rest nor two bursts are the rule. */
function usualPeak(seen: ReadonlyMap<number, number>, first: number): number {
  const peaks = Array.from({ length: 7 }, (_, day) => {
    let most = 0;
    for (let slot = first - (day + 1) * slotsADay; slot < first - day * slotsADay; slot++) {
      most = Math.max(most, seen.get(slot) ?? 0);
    }
    return most;
  });
  return peaks.toSorted((a, b) => b - a)[2]!;
}

/** By days, or by weeks where those told the last day better. Of the slot of tomorrow's tomorrow, the day before is not yet known. */
function nearest(seen: ReadonlyMap<number, number>, first: number): Predict {
  const daily: Predict = (slot) => {
    const known: number[] = [];
    for (let days = slot >= first + slotsADay ? 2 : 1; days <= 8 && known.length < 3; days++) {
      const value = seen.get(slot - days * slotsADay);
      if (value !== undefined) known.push(value);
    }
    return middle(known);
  };
  const weekly: Predict = (slot) => {
    const [last, before] = [7, 14].map((days) => seen.get(slot - days * slotsADay));
    if (last === undefined) return undefined;
    return before === undefined ? last : Math.min(last, before);
  };
  const ofDay = errorOf(daily, seen, first);
  const ofWeek = errorOf(weekly, seen, first);
  return ofWeek <= ofDay ? (slot) => weekly(slot) ?? daily(slot) : daily;
}

/** Infinity: nothing was foretold. */
function errorOf(predict: Predict, seen: ReadonlyMap<number, number>, first: number): number {
  let error = 0;
  let told = 0;
  for (let slot = first - slotsADay; slot < first; slot++) {
    const [foretold, actual] = [predict(slot), seen.get(slot)];
    if (foretold === undefined || actual === undefined) continue;
    told++;
    error += Math.abs(foretold - actual);
  }
  return told < 0.9 * slotsADay ? Number.POSITIVE_INFINITY : error / told;
}

/** The median; of two the larger. */
function middle(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

const trendSlots = 8;
const mostTrend = 3;
/** What fills less than this of a shard says nothing of a trend. */
const least = 0.05;

function trendOf(seen: ReadonlyMap<number, number>, predict: Predict, first: number): number {
  const ratios: number[] = [];
  for (let slot = first - trendSlots; slot < first; slot++) {
    const [foretold, actual] = [predict(slot), seen.get(slot)];
    if (foretold && actual !== undefined && foretold > least) ratios.push(actual / foretold);
  }
  return Math.min(mostTrend, Math.max(1, middle(ratios) ?? 1));
}
