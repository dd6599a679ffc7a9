/** Grows a forest again from what `write-forest.ts` wrote of it. */
import { rebuild } from "./boxes.ts";
import { type Forest, forestOf } from "./forest.ts";
import type { Seed } from "./java-random.ts";
import type { Plan } from "./options.ts";
import { bytesFor, Reader } from "./snapshot-bytes.ts";
import {
  cutWord,
  dimensionWord,
  leftWord,
  rightWord,
  type Trees,
  takeLeaf,
  takeNode,
} from "./trees.ts";
import { magic } from "./write-forest.ts";

/**
 * The forest of a snapshot. Throws where that is cut off, damaged or something else. `check` may refuse the plan before
 * memory is taken for it.
 */
export function readForest(bytes: Uint8Array, check: (plan: Plan) => void): Forest {
  const from = new Reader(bytes);
  if (bytes.length < 4 || from.whole(4) !== magic) {
    throw new RangeError("This is no snapshot of a random cut forest, or one of another version.");
  }
  const plan = readPlan(from);
  check(plan);
  const rows = from.double();
  const shingle = new Float32Array(plan.columns * plan.shingleSize);
  from.floats(shingle);
  const forest = forestOf(plan, seeds(plan), seeds(plan));
  forest.rows = rows;
  forest.shingle.set(shingle);
  const { points } = forest;
  points.end = within(from.whole(4), points.most + 1);
  const room = Math.max(points.uses.length, points.end);
  points.values = new Float32Array(room * points.dimensions);
  points.uses = new Int32Array(room);
  from.floats(points.values.subarray(0, points.end * points.dimensions));
  for (let tree = 0; tree < plan.numberOfTrees; tree++) readTree(forest, tree, from);
  from.end();
  return forest;
}

function readPlan(from: Reader): Plan {
  const columns = from.whole(1);
  const shingleSize = from.whole(1);
  const numberOfTrees = from.whole(2);
  const subSampleSize = from.whole(2);
  return { columns, shingleSize, numberOfTrees, subSampleSize, timeDecay: from.whole(4) };
}

const seeds = ({ numberOfTrees }: Plan): Seed[] =>
  Array.from({ length: numberOfTrees }, () => ({ high: 0, low: 0 }));

function readTree({ trees, points, samples, treeSeeds }: Forest, tree: number, from: Reader): void {
  readSeed(from, treeSeeds[tree]!);
  readSeed(from, samples.seeds[tree]!);
  const count = within(from.whole(2), samples.size + 1);
  const leaves = within(from.whole(2), count + 1);
  const first = tree * samples.size;
  samples.counts[tree] = count;
  from.floats(samples.weights.subarray(first, first + count));
  const entries = list(count, () => within(from.whole(bytesFor(leaves)), leaves));
  if (leaves === 0) return;
  const isLeaf = from.bits(2 * leaves - 1);
  const bytes = bytesFor(points.dimensions);
  const dimensions = list(leaves - 1, () => within(from.whole(bytes), points.dimensions));
  const values = list(leaves - 1, () => from.float());
  const places = list(leaves, () => within(from.whole(bytesFor(points.end)), points.end));
  const cuts = { dimensions: dimensions.values(), values: values.values() };
  trees.roots[tree] = grow(isLeaf.values(), places.values());
  // Leaves were taken one after the other.
  trees.leafMasses.fill(0, first, first + leaves);
  entries.forEach((leaf, k) => {
    trees.leafMasses[first + leaf]!++;
    samples.places[first + k] = places[leaf]!;
    points.uses[places[leaf]!]!++;
  });

  function grow(shape: Iterator<boolean>, left: Iterator<number>): number {
    const isNextLeaf = shape.next().value;
    if (isNextLeaf === undefined) throw damaged();
    if (isNextLeaf) {
      const place = left.next().value;
      if (place === undefined) throw damaged();
      return takeLeaf(trees, tree, place);
    }
    const node = takeNode(trees, tree);
    putCut(trees, node, cuts);
    trees.words[node + leftWord] = grow(shape, left);
    trees.words[node + rightWord] = grow(shape, left);
    rebuild(trees, points, node);
    return node;
  }
}

function putCut(
  { words, floats }: Trees,
  node: number,
  { dimensions, values }: { dimensions: Iterator<number>; values: Iterator<number> },
): void {
  words[node + dimensionWord] = dimensions.next().value ?? 0;
  floats[node + cutWord] = values.next().value ?? 0;
}

const list = <T>(length: number, next: () => T): T[] => Array.from({ length }, next);

function readSeed(from: Reader, into: Seed): void {
  const high = from.whole(2);
  const rest = from.whole(4);
  into.high = Math.floor(rest / 2 ** 24) * 2 ** 16 + high;
  into.low = rest % 2 ** 24;
}

function within(value: number, below: number): number {
  if (value >= below) throw damaged();
  return value;
}

const damaged = () => new RangeError("A snapshot of a random cut forest is damaged.");
