/** A point that leaves a tree: its leaf's parent goes with it, and the tree is as if it had never been (theorem 2 of the paper). */
import { isStrictlyInside, rebuild } from "./boxes.ts";
import type { Points } from "./points.ts";
import {
  descend,
  freeLeaf,
  freeNode,
  leftWord,
  nothing,
  replaceChild,
  rightWord,
  type Trees,
} from "./trees.ts";

/** Takes the point at a place out of the tree, once. */
export function remove(trees: Trees, points: Points, tree: number, place: number): void {
  const { words, path, dimensions, leafMasses } = trees;
  const from = place * dimensions;
  const point = points.values.subarray(from, from + dimensions);
  const depth = descend(trees, tree, point);
  const leaf = path[depth]!;
  if (--leafMasses[~leaf]! > 0) return;
  freeLeaf(trees, tree, leaf);
  if (depth === 0) {
    trees.roots[tree] = nothing;
    return;
  }
  const parent = path[depth - 1]!;
  const sibling = words[words[parent] === leaf ? parent + rightWord : parent + leftWord]!;
  replaceChild(trees, tree, depth === 1 ? nothing : path[depth - 2]!, parent, sibling);
  freeNode(trees, tree, parent);
  for (let at = depth - 2; at >= 0 && !isStrictlyInside(trees, path[at]!, point); at--) {
    rebuild(trees, points, path[at]!);
  }
}
