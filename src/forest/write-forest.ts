/**
 * A forest in bytes. What follows from something else is left out: boxes follow from the points, masses from the samples. So equal forests
 * have equal bytes, wherever in memory they keep what. One field after the other:
 *
 *     "RCF1" · the plan · rows learned · shingle · how many points · the points
 *     each tree: both seeds · how many entries and leaves · the entries' weights, as a heap · the leaf of each entry
 *                · for each node, parents before children and left before right: whether it is a leaf
 *                · the cuts' dimensions · the cuts' values · the leaves' points
 */
import type { Forest } from "./forest.ts";
import type { Seed } from "./java-random.ts";
import { bytesFor, Writer } from "./snapshot-bytes.ts";
import { cutWord, dimensionWord, leftWord, nothing, rightWord } from "./trees.ts";

/** Its name and version. */
export const magic = 0x31464352;

export function writeForest(forest: Forest): Uint8Array {
  const { plan, points, trees } = forest;
  const to = new Writer();
  to.whole(magic, 4);
  to.whole(plan.columns, 1);
  to.whole(plan.shingleSize, 1);
  to.whole(plan.numberOfTrees, 2);
  to.whole(plan.subSampleSize, 2);
  to.whole(plan.timeDecay, 4);
  to.double(forest.rows);
  to.floats(forest.shingle);
  const shapes = Array.from({ length: plan.numberOfTrees }, (_, tree) => shapeOf(forest, tree));
  const numbers = numbersOf(shapes, trees.leafPlaces);
  to.whole(numbers.size, 4);
  for (const place of numbers.keys()) {
    const from = place * points.dimensions;
    to.floats(points.values.subarray(from, from + points.dimensions));
  }
  shapes.forEach((shape, tree) => {
    writeTree(forest, tree, shape, numbers, to);
  });
  return to.take();
}

interface Shape {
  /** Records of nodes, parents before children and left before right. */
  readonly nodes: readonly number[];
  readonly leaves: readonly number[];
  /** Of both together. */
  readonly isLeaf: readonly boolean[];
}

function shapeOf({ trees }: Forest, tree: number): Shape {
  const nodes: number[] = [];
  const leaves: number[] = [];
  const isLeaf: boolean[] = [];
  const waiting = trees.roots[tree] === nothing ? [] : [trees.roots[tree]!];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    isLeaf.push(name < 0);
    if (name < 0) {
      leaves.push(~name);
    } else {
      nodes.push(name);
      waiting.push(trees.words[name + rightWord]!, trees.words[name + leftWord]!);
    }
  }
  return { nodes, leaves, isLeaf };
}

/** Points have numbers in the order in which the trees show them. */
function numbersOf(shapes: readonly Shape[], leafPlaces: Int32Array): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const { leaves } of shapes) {
    for (const leaf of leaves) {
      const place = leafPlaces[leaf]!;
      if (!numbers.has(place)) numbers.set(place, numbers.size);
    }
  }
  return numbers;
}

function writeTree(
  { trees, treeSeeds, samples, points }: Forest,
  tree: number,
  { nodes, leaves, isLeaf }: Shape,
  numbers: ReadonlyMap<number, number>,
  to: Writer,
): void {
  writeSeed(treeSeeds[tree]!, to);
  writeSeed(samples.seeds[tree]!, to);
  const count = samples.counts[tree]!;
  to.whole(count, 2);
  to.whole(leaves.length, 2);
  const first = tree * samples.size;
  to.floats(samples.weights.subarray(first, first + count));
  const leafAt = new Map(leaves.map((leaf, n) => [trees.leafPlaces[leaf]!, n]));
  for (let k = first; k < first + count; k++) {
    to.whole(leafAt.get(samples.places[k]!)!, bytesFor(leaves.length));
  }
  to.bits(isLeaf);
  const bytes = bytesFor(points.dimensions);
  for (const node of nodes) to.whole(trees.words[node + dimensionWord]!, bytes);
  for (const node of nodes) to.float(trees.floats[node + cutWord]!);
  for (const leaf of leaves) {
    to.whole(numbers.get(trees.leafPlaces[leaf]!)!, bytesFor(numbers.size));
  }
}

function writeSeed({ high, low }: Seed, to: Writer): void {
  to.whole(high & 0xffff, 2);
  to.whole((high >>> 16) * 2 ** 24 + low, 4);
}
