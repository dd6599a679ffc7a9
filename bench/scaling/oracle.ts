/** What nobody can beat: the cheapest course of shards for a load that is known to the last minute, within so many operations a day. */
import { withinOneCall } from "../../src/scaling/operations.ts";

const day = 1440;
/** Minutes between two moments at which it may do something. */
const step = 5;

/** Shard hours over what each minute fills, and the share of the data that is refused, of the day in the middle of three. */
export interface KnownDay {
  readonly hours: number;
  readonly refused: number;
  readonly operations: number;
}

/**
 * The course with the fewest shard hours among those that refuse no more than `refused` of the data, found by two prices: one for what is refused,
 * one for an operation.
 */
export function knownDay(load: Float64Array, mostOperations: number, refused: number): KnownDay {
  const levels = levelsOf(Math.max(...load));
  const lost = lostAt(load, levels);
  let found: KnownDay | undefined;
  for (let price = 2; price < 1000; price *= 1.25) {
    const course = withOperations(load, levels, lost, price, mostOperations);
    if (course.refused > refused) continue;
    if (!found || course.hours < found.hours) found = course;
  }
  return found ?? { hours: Number.NaN, refused: Number.NaN, operations: Number.NaN };
}

function levelsOf(most: number): number[] {
  const levels = [1];
  for (let last = 1; last < most; levels.push(last))
    last = Math.max(last + 1, Math.round(last * 1.06));
  return levels;
}

/** By step, then by level: what is refused. */
function lostAt(load: Float64Array, levels: readonly number[]): Float64Array[] {
  return Array.from({ length: load.length / step }, (_, at) =>
    Float64Array.from(levels, (shards) => {
      let sum = 0;
      for (let minute = at * step; minute < (at + 1) * step; minute++) {
        sum += Math.max(0, load[minute]! - shards);
      }
      return sum;
    }),
  );
}

/** The lowest price of an operation with which a day has few enough. */
function withOperations(
  load: Float64Array,
  levels: readonly number[],
  lost: readonly Float64Array[],
  price: number,
  most: number,
): KnownDay {
  let [low, high] = [0, 14];
  let found = course(load, levels, lost, price, Math.exp(high));
  for (let tries = 0; tries < 16; tries++) {
    const middle = (low + high) / 2;
    const next = course(load, levels, lost, price, Math.exp(middle));
    if (next.operations <= most) [found, high] = [next, middle];
    else low = middle;
  }
  return found;
}

/** The cheapest course, backwards through all of the load, and then what it comes to. */
function course(
  load: Float64Array,
  levels: readonly number[],
  lost: readonly Float64Array[],
  price: number,
  perOperation: number,
): KnownDay {
  const reach = levels.map((shards) =>
    levels.flatMap((level, at) => (withinOneCall(level, shards) === level ? [at] : [])),
  );
  let next = new Float64Array(levels.length);
  const choices: Int16Array[] = [];
  for (let at = lost.length - 1; at >= 0; at--) {
    const here = new Float64Array(levels.length);
    const choice = new Int16Array(levels.length);
    for (const [level, shards] of levels.entries()) {
      let [best, least] = [level, next[level]!];
      for (const other of reach[level]!) {
        if (next[other]! + perOperation < least)
          [best, least] = [other, next[other]! + perOperation];
      }
      choice[level] = best;
      here[level] = least + shards * step + price * lost[at]![level]!;
    }
    choices[at] = choice;
    next = here;
  }
  return toldOf(load, levels, lost, choices, next.indexOf(Math.min(...next)));
}

function toldOf(
  load: Float64Array,
  levels: readonly number[],
  lost: readonly Float64Array[],
  choices: readonly Int16Array[],
  first: number,
): KnownDay {
  const [from, to] = [day, 2 * day];
  let level = first;
  let [shardMinutes, refused, offered, ideal] = [0, 0, 0, 0];
  const operations: number[] = [];
  for (let at = 0; at < lost.length; at++) {
    if (at * step >= from && at * step < to) {
      shardMinutes += levels[level]! * step;
      refused += lost[at]![level]!;
      for (let minute = at * step; minute < (at + 1) * step; minute++) {
        offered += load[minute]!;
        ideal += Math.max(1, Math.ceil(load[minute]!));
      }
    }
    if (choices[at]![level] !== level) operations.push(at * step);
    level = choices[at]![level]!;
  }
  const inADay = (at: number) => operations.filter((one) => one >= at && one < at + day).length;
  return {
    hours: shardMinutes / ideal,
    refused: refused / offered,
    operations: Math.max(0, ...operations.map(inADay)),
  };
}
