/**
 * What of a point's score is due to which dimension, and to which side of the others: the recursion of the score, with each cut's
 * part given to the dimension and the side on which the point is outside of the box.
 */
import type { Points } from "./points.ts";
import { scaled, seenScore } from "./score.ts";
import { descend, isSamePoint, leftWord, lowsWord, rightWord, type Trees } from "./trees.ts";

/** Adds the shares of a tree with `mass` points, which is not empty: `high` for values above the others', `low` for those below. */
export function attributeIn(
  trees: Trees,
  points: Points,
  tree: number,
  mass: number,
  point: Float32Array,
  high: Float64Array,
  low: Float64Array,
): void {
  const { path, dimensions, leafPlaces, floats } = trees;
  const depth = descend(trees, tree, point);
  const leaf = ~path[depth]!;
  const place = leafPlaces[leaf]! * dimensions;
  const isSeen = isSamePoint(point, points.values, place, dimensions);
  const up = new Float64Array(dimensions);
  const down = new Float64Array(dimensions);
  const gaps = new Gaps(point);
  let seen = 0;
  if (isSeen) {
    seen = seenScore(depth, trees.leafMasses[leaf]!, mass);
    up.fill(seen / (2 * dimensions));
    down.fill(seen / (2 * dimensions));
  } else {
    gaps.measure(points.values, place, place);
    const score = 1 / (depth + 1);
    for (let i = 0; i < dimensions; i++) {
      up[i] = (score * gaps.above[i]!) / gaps.sum;
      down[i] = (score * gaps.below[i]!) / gaps.sum;
    }
  }
  // A point that the tree has is compared with all the others, as if it were not there.
  const others = isSeen ? new Others(dimensions) : undefined;
  for (let at = depth - 1; at >= 0; at--) {
    const node = path[at]!;
    if (others === undefined) {
      gaps.measure(floats, node + lowsWord, node + lowsWord + dimensions);
    } else {
      others.add(trees, points, siblingOf(trees, node, path[at + 1]!));
      gaps.measure(others.box, 0, dimensions);
    }
    const apart = gaps.outside / gaps.sum;
    if (apart > 0) {
      const score = 1 / (at + 1);
      for (let i = 0; i < dimensions; i++) {
        up[i] = (gaps.above[i]! / gaps.sum) * score + (1 - apart) * up[i]!;
        down[i] = (gaps.below[i]! / gaps.sum) * score + (1 - apart) * down[i]!;
      }
    }
    if (isSeen && (at === 0 || apart <= 0)) rescale(up, down, seen);
    if (apart <= 0) break;
  }
  for (let i = 0; i < dimensions; i++) {
    high[i]! += scaled(up[i]!, mass);
    low[i]! += scaled(down[i]!, mass);
  }
}

const siblingOf = ({ words }: Trees, node: number, child: number) =>
  words[words[node] === child ? node + rightWord : node + leftWord]!;

/** Where the point is outside of boxes that grow. */
class Gaps {
  readonly above: Float64Array;
  readonly below: Float64Array;
  /** Of the box with the point in it, all ranges together. */
  sum = 0;
  /** Of that, what is due to the point. */
  outside = 0;
  readonly #point: Float32Array;
  readonly #isInside: Uint8Array;

  constructor(point: Float32Array) {
    this.#point = point;
    this.above = new Float64Array(point.length);
    this.below = new Float64Array(point.length);
    this.#isInside = new Uint8Array(point.length);
  }

  measure(from: Float32Array, lows: number, highs: number): void {
    this.sum = 0;
    this.outside = 0;
    for (let i = 0; i < this.#point.length; i++) {
      const value = this.#point[i]!;
      const low = from[lows + i]!;
      const high = from[highs + i]!;
      this.sum += Math.fround((value > high ? value : high) - (value < low ? value : low));
      const above = !this.#isInside[i] && value > high ? value - high : 0;
      const below = !this.#isInside[i] && value < low ? low - value : 0;
      this.above[i] = above;
      this.below[i] = below;
      this.outside += below + above;
      // What was inside once stays inside of any larger box.
      if (above + below === 0) this.#isInside[i] = 1;
    }
  }
}

/** The box around what was met on the way up, without the leaf where it began. */
class Others {
  /** Lows, then highs. */
  readonly box: Float32Array;

  constructor(dimensions: number) {
    this.box = new Float32Array(2 * dimensions);
    this.box.fill(Number.POSITIVE_INFINITY, 0, dimensions);
    this.box.fill(Number.NEGATIVE_INFINITY, dimensions);
  }

  add({ floats, leafPlaces, dimensions }: Trees, points: Points, name: number): void {
    const from = name < 0 ? points.values : floats;
    const lows = name < 0 ? leafPlaces[~name]! * dimensions : name + lowsWord;
    const highs = name < 0 ? lows : lows + dimensions;
    for (let i = 0; i < dimensions; i++) {
      const high = dimensions + i;
      this.box[i] = Math.min(this.box[i]!, from[lows + i]!);
      this.box[high] = Math.max(this.box[high]!, from[highs + i]!);
    }
  }
}

function rescale(up: Float64Array, down: Float64Array, score: number): void {
  let sum = 0;
  for (let i = 0; i < up.length; i++) sum += up[i]! + down[i]!;
  if (sum <= 0) return;
  const factor = score / sum;
  for (let i = 0; i < up.length; i++) {
    up[i]! *= factor;
    down[i]! *= factor;
  }
}
