/**
 * A random cut forest as plain data, and the steps over it: a row becomes a point, a point is scored, and then each tree takes it into its
 * sample or not. What it gives is, to the last bit, what version 4 of the reference library gives under the same seed.
 */
import { attributeIn } from "./attribution.ts";
import { insert } from "./insert.ts";
import { begin, nextSeed, type Seed, seedOf } from "./java-random.ts";
import type { Plan } from "./options.ts";
import { emptyPoints, type Points, releasePoint } from "./points.ts";
import { remove } from "./remove.ts";
import { emptySamples, giveHeaviest, putEntry, type Samples, weightIfTaken } from "./samples.ts";
import { scoreIn } from "./score.ts";
import { emptyTrees, type Trees } from "./trees.ts";

export interface Forest {
  readonly plan: Plan;
  /** How many rows it has learned. */
  rows: number;
  /** The latest rows, the oldest first: a point, once it is full. */
  readonly shingle: Float32Array;
  readonly points: Points;
  readonly samples: Samples;
  readonly trees: Trees;
  /** By tree: what its next cuts come from. */
  readonly treeSeeds: readonly Seed[];
  /** Where a point is made that is asked about. */
  readonly asked: Float32Array;
}

/** One generator hands out all seeds: first a tree's, then its sample's. */
export function plantForest(plan: Plan, seed: number | bigint): Forest {
  const treeSeeds: Seed[] = [];
  const sampleSeeds: Seed[] = [];
  begin(seedOf(seed));
  for (let tree = 0; tree < plan.numberOfTrees; tree++) {
    treeSeeds.push(nextSeed());
    sampleSeeds.push(nextSeed());
  }
  return forestOf(plan, treeSeeds, sampleSeeds);
}

/** An empty forest whose trees and samples go on from these seeds. */
export function forestOf(plan: Plan, treeSeeds: Seed[], sampleSeeds: Seed[]): Forest {
  const { columns, shingleSize, numberOfTrees, subSampleSize } = plan;
  const dimensions = columns * shingleSize;
  return {
    plan,
    rows: 0,
    shingle: new Float32Array(dimensions),
    points: emptyPoints(dimensions, 2 * subSampleSize, numberOfTrees * subSampleSize + 1),
    samples: emptySamples(sampleSeeds, subSampleSize),
    trees: emptyTrees(numberOfTrees, subSampleSize, dimensions),
    treeSeeds,
    asked: new Float32Array(dimensions),
  };
}

/** The mean of the trees' scores; 0 until `subSampleSize` rows are learned. */
export function scoreRow(forest: Forest, row: ArrayLike<number>): number {
  const { trees, points, plan, samples } = forest;
  const point = pointOf(forest, row);
  if (!isReady(forest)) return 0;
  let sum = 0;
  for (let tree = 0; tree < plan.numberOfTrees; tree++) {
    sum += scoreIn(trees, points, tree, samples.counts[tree]!, point);
  }
  return sum / plan.numberOfTrees;
}

/** The mean of the trees' shares, by dimension. */
export function attributeRow(forest: Forest, row: ArrayLike<number>) {
  const { trees, points, plan, samples } = forest;
  const point = pointOf(forest, row);
  const high = new Float64Array(point.length);
  const low = new Float64Array(point.length);
  if (!isReady(forest)) return { high, low };
  for (let tree = 0; tree < plan.numberOfTrees; tree++) {
    attributeIn(trees, points, tree, samples.counts[tree]!, point, high, low);
  }
  const share = 1 / plan.numberOfTrees;
  for (let i = 0; i < point.length; i++) {
    high[i]! *= share;
    low[i]! *= share;
  }
  return { high, low };
}

/** Learns a row: it becomes the newest of the shingle, and the trees may take the point. */
export function learnRow(forest: Forest, row: ArrayLike<number>): void {
  const { shingle, plan } = forest;
  shingle.set(pointOf(forest, row));
  const age = forest.rows++ - (plan.shingleSize - 1);
  if (age < 0) return;
  const aged = -age * (1 / plan.timeDecay);
  for (let tree = 0, place: number | undefined; tree < plan.numberOfTrees; tree++) {
    place = learnPoint(forest, tree, aged, place);
  }
}

/** Returns where the point is kept, or one that equals it, once a tree has taken it. */
function learnPoint(forest: Forest, tree: number, aged: number, place: number | undefined) {
  const { samples, trees, points, treeSeeds, shingle } = forest;
  const weight = weightIfTaken(samples, tree, aged);
  if (weight === undefined) return place;
  if (samples.counts[tree] === samples.size) {
    const old = giveHeaviest(samples, tree);
    remove(trees, points, tree, old);
    releasePoint(points, old);
  }
  const taken = insert(trees, points, tree, treeSeeds[tree]!, shingle, place);
  points.uses[taken]!++;
  putEntry(samples, tree, weight, taken);
  return taken;
}

/** The row as the newest of its shingle, in single precision. */
function pointOf({ plan, shingle, asked }: Forest, row: ArrayLike<number>): Float32Array {
  const { columns } = plan;
  if (row.length !== columns) {
    throw new RangeError(
      `A row of this forest has ${columns} ${columns === 1 ? "number" : "numbers"}; this one has ${row.length}.`,
    );
  }
  const older = shingle.length - columns;
  for (let i = 0; i < older; i++) asked[i] = shingle[columns + i]!;
  for (let i = 0; i < columns; i++) {
    const value = row[i]!;
    if (!(value >= -largest && value <= largest)) {
      throw new RangeError(
        `A forest takes finite numbers from −2^126 to 2^126; column ${i + 1} of ${columns} is ${String(value)}. Leave the row out, or scale the column.`,
      );
    }
    // There is no −0 in a forest: it would be another point than 0.
    asked[older + i] = value + 0;
  }
  return asked;
}

/** So that no range of two floats is infinite. */
const largest = 2 ** 126;

/** Whether there are scores: as in Kinesis Data Analytics, once a tree's sample could be full; and once there is a point at all. */
const isReady = ({ rows, plan }: Forest) => rows >= plan.subSampleSize && rows >= plan.shingleSize;
