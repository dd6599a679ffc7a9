/** The boxes around the points below each node. They are always as tight as can be, so they follow from the points alone. */
import type { Points } from "./points.ts";
import { lowsWord, sumDouble, type Trees } from "./trees.ts";

/** Widens the node's box until it has the point. */
export function widen(trees: Trees, node: number, point: Float32Array): void {
  const { dimensions, floats } = trees;
  const lows = node + lowsWord;
  const highs = lows + dimensions;
  let isWider = false;
  for (let i = 0; i < dimensions; i++) {
    const value = point[i]!;
    if (value < floats[lows + i]!) {
      floats[lows + i] = value;
      isWider = true;
    } else if (value > floats[highs + i]!) {
      floats[highs + i] = value;
      isWider = true;
    }
  }
  if (isWider) sumRanges(trees, node);
}

/** Makes the node's box anew from those of its children. */
export function rebuild(trees: Trees, points: Points, node: number): void {
  const { words, floats, dimensions, leafPlaces } = trees;
  const lows = node + lowsWord;
  const highs = lows + dimensions;
  for (let child = 0; child < 2; child++) {
    const name = words[node + child]!;
    const from = name < 0 ? points.values : floats;
    const low = name < 0 ? leafPlaces[~name]! * dimensions : name + lowsWord;
    const high = name < 0 ? low : low + dimensions;
    for (let i = 0; i < dimensions; i++) {
      if (child === 0 || from[low + i]! < floats[lows + i]!) floats[lows + i] = from[low + i]!;
      if (child === 0 || from[high + i]! > floats[highs + i]!) floats[highs + i] = from[high + i]!;
    }
  }
  sumRanges(trees, node);
}

/** Differences are floats and their sum is a double, as in the reference: scores depend on the last digit. */
export function sumRanges({ dimensions, floats, doubles }: Trees, node: number): void {
  const lows = node + lowsWord;
  const highs = lows + dimensions;
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += Math.fround(floats[highs + i]! - floats[lows + i]!);
  doubles[(node >> 1) + sumDouble] = sum;
}

/** Whether no side of the node's box goes through the point. */
export function isStrictlyInside({ dimensions, floats }: Trees, node: number, point: Float32Array) {
  const lows = node + lowsWord;
  const highs = lows + dimensions;
  for (let i = 0; i < dimensions; i++) {
    if (point[i]! <= floats[lows + i]! || point[i]! >= floats[highs + i]!) return false;
  }
  return true;
}
