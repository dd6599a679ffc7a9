/** A point that comes into a tree: the tree is as if the point had been among the others when it was cut (theorem 3 of the paper). */
import { rebuild, widen } from "./boxes.ts";
import { chooseCut, cut } from "./cut.ts";
import { begin, nextDouble, nextSeed, type Seed } from "./java-random.ts";
import { type Points, putPoint } from "./points.ts";
import {
  cutWord,
  descend,
  dimensionWord,
  isSamePoint,
  leftWord,
  lowsWord,
  nothing,
  replaceChild,
  rightWord,
  type Trees,
  takeLeaf,
  takeNode,
} from "./trees.ts";

/**
 * Puts the point into the tree, which has room, and returns the place that stands for it: the place of an equal point that
 * the tree has; else `place`, or a new one where that is undefined.
 */
export function insert(
  trees: Trees,
  points: Points,
  tree: number,
  seed: Seed,
  point: Float32Array,
  place: number | undefined,
): number {
  const { words, floats, path, dimensions, leafPlaces, leafMasses } = trees;
  if (trees.roots[tree] === nothing) {
    const first = place ?? putPoint(points, point);
    trees.roots[tree] = takeLeaf(trees, tree, first);
    return first;
  }
  const depth = descend(trees, tree, point);
  const leaf = path[depth]!;
  const old = leafPlaces[~leaf]!;
  if (isSamePoint(point, points.values, old * dimensions, dimensions)) {
    leafMasses[~leaf]!++;
    return old;
  }
  begin(seed);
  nextSeed(seed);
  let topmost = depth;
  let dimension = 0;
  let value = 0;
  for (let at = depth; at >= 0; at--) {
    const name = path[at]!;
    const from = name < 0 ? points.values : floats;
    const low = name < 0 ? old * dimensions : name + lowsWord;
    const high = name < 0 ? low : low + dimensions;
    chooseCut(nextDouble(), point, from, low, high);
    const isBelow = point[cut.dimension]! <= cut.value;
    const isApart = isBelow
      ? cut.value < from[low + cut.dimension]!
      : cut.value >= from[high + cut.dimension]!;
    if (isApart) {
      topmost = at;
      dimension = cut.dimension;
      value = cut.value;
    }
    if (isWithin(point, from, low, high)) break;
  }
  const taken = place ?? putPoint(points, point);
  const other = path[topmost]!;
  const own = takeLeaf(trees, tree, taken);
  const node = takeNode(trees, tree);
  const isLeft = point[dimension]! <= value;
  words[node + leftWord] = isLeft ? own : other;
  words[node + rightWord] = isLeft ? other : own;
  words[node + dimensionWord] = dimension;
  floats[node + cutWord] = value;
  rebuild(trees, points, node);
  replaceChild(trees, tree, topmost === 0 ? nothing : path[topmost - 1]!, other, node);
  for (let at = topmost - 1; at >= 0; at--) widen(trees, path[at]!, point);
  return taken;
}

function isWithin(point: Float32Array, from: Float32Array, low: number, high: number): boolean {
  for (let i = 0; i < point.length; i++) {
    if (point[i]! < from[low + i]! || point[i]! > from[high + i]!) return false;
  }
  return true;
}
