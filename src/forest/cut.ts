/** A random cut of a box and a point: a dimension, chosen as its range is long, and a value within that range. */
import { isFirstBelowHalf } from "./java-random.ts";

/** What was cut last. */
export const cut = { dimension: 0, value: 0 };

/**
 * Cuts the smallest box that holds the point and the box whose lows begin at `low` of `from` and whose highs begin at `high`, where `factor`
 * (0 ≤ factor < 1) of the sum of its ranges is. The point must not be all of it.
 */
export function chooseCut(
  factor: number,
  point: Float32Array,
  from: Float32Array,
  low: number,
  high: number,
): void {
  const dimensions = point.length;
  let sum = 0;
  for (let i = 0; i < dimensions; i++) {
    sum += Math.fround(highest(point, from, high, i) - lowest(point, from, low, i));
  }
  let rest = factor * sum;
  for (let i = 0; i < dimensions; i++) {
    const least = lowest(point, from, low, i);
    const most = highest(point, from, high, i);
    const range = Math.fround(most - least);
    if (rest <= range && range > 0) {
      const value = Math.fround(least + rest);
      cut.dimension = i;
      cut.value = value >= most ? floatBefore(most) : value;
      return;
    }
    rest -= range;
  }
  cutAtTheEnd(factor, point, from, low, high);
}

/** Roundings added up to more than all ranges: the first or the last that is one is cut just below its end. */
function cutAtTheEnd(
  factor: number,
  point: Float32Array,
  from: Float32Array,
  low: number,
  high: number,
): void {
  // The low 48 bits of factor × 2^62, of which the lowest nine are 0.
  const bits = (factor * 2 ** 53) % 2 ** 39;
  const seed = { high: Math.floor(bits / 2 ** 15), low: (bits % 2 ** 15) * 2 ** 9 };
  const isFirst = isFirstBelowHalf(seed);
  const dimensions = point.length;
  for (let k = 0; k < dimensions; k++) {
    const i = isFirst ? k : dimensions - 1 - k;
    const most = highest(point, from, high, i);
    if (most > lowest(point, from, low, i)) {
      cut.dimension = i;
      cut.value = floatBefore(most);
      return;
    }
  }
}

function lowest(point: Float32Array, from: Float32Array, low: number, i: number): number {
  const value = point[i]!;
  const bound = from[low + i]!;
  return value < bound ? value : bound;
}

function highest(point: Float32Array, from: Float32Array, high: number, i: number): number {
  const value = point[i]!;
  const bound = from[high + i]!;
  return value > bound ? value : bound;
}

const oneFloat = new Float32Array(1);
const itsBits = new Int32Array(oneFloat.buffer);

/** The next float below. */
export function floatBefore(value: number): number {
  if (value === 0) return -(2 ** -149);
  oneFloat[0] = value;
  itsBits[0]! += value > 0 ? -1 : 1;
  return oneFloat[0]!;
}
