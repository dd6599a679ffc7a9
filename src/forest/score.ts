/**
 * How strange a point is to a tree: the depth at which it would be cut off, as one over it, expected over all trees that could have been cut
 * around it, times log₂ of the number of points and one. About 1 for a point that is like many, and the more the stranger it is.
 */
import { logOf } from "./logarithm.ts";
import type { Points } from "./points.ts";
import { descend, isSamePoint, lowsWord, sumDouble, type Trees } from "./trees.ts";

/** The point's score in a tree with `mass` points, which is not empty. */
export function scoreIn(
  trees: Trees,
  points: Points,
  tree: number,
  mass: number,
  point: Float32Array,
): number {
  const { path, dimensions, leafPlaces } = trees;
  const depth = descend(trees, tree, point);
  const leaf = ~path[depth]!;
  if (isSamePoint(point, points.values, leafPlaces[leaf]! * dimensions, dimensions)) {
    return scaled(seenScore(depth, trees.leafMasses[leaf]!, mass), mass);
  }
  let score = 1 / (depth + 1);
  for (let at = depth - 1; at >= 0; at--) {
    const apart = probabilityOfCut(trees, path[at]!, point);
    if (apart <= 0) break;
    score = apart * (1 / (at + 1)) + (1 - apart) * score;
  }
  return scaled(score, mass);
}

/** Where the leaf is the point itself, `leafMass` times. */
export const seenScore = (depth: number, leafMass: number, mass: number) =>
  (1 - leafMass / (2 * mass)) * (1 / (depth + logOf(leafMass + 1) / logOf(2)));

/** Makes trees of different masses comparable. */
export const scaled = (score: number, mass: number) => (score * logOf(mass + 1)) / logOf(2);

/** How likely a random cut of the node's box and the point is to part them. */
function probabilityOfCut(
  { dimensions, floats, doubles }: Trees,
  node: number,
  point: Float32Array,
): number {
  const lows = node + lowsWord;
  const highs = lows + dimensions;
  let below = 0;
  let above = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = point[i]!;
    const low = floats[lows + i]!;
    if (value < low) below += Math.fround(low - value);
    else if (value > floats[highs + i]!) above += Math.fround(value - floats[highs + i]!);
  }
  const outside = above + below;
  return outside === 0 ? 0 : outside / (doubles[(node >> 1) + sumDouble]! + outside);
}
