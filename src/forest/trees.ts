/**
 * The random cut trees of a forest, all in one piece of memory. A tree halves the box around its points by random cuts until each
 * point is alone (Guha, Mishra, Roy and Schrijvers, "Robust Random Cut Forest Based Anomaly Detection on Streams", ICML 2016). A node that is
 * cut has a record of words:
 *
 *     left · right · dimension of the cut · value of the cut · sum of the box's ranges (2 words) · the box's lows · its highs
 *
 * A number from 0 on names such a record by its first word; a negative one, complemented, names a leaf: a point and how often the
 * sample has it.
 */

/** What a tree without points has as its root. */
export const nothing = 0x7fffffff;

export const leftWord = 0;
export const rightWord = 1;
export const dimensionWord = 2;
export const cutWord = 3;
/** In doubles. */
export const sumDouble = 2;
export const lowsWord = 6;

export interface Trees {
  readonly dimensions: number;
  /** How many points a tree has at most; it has one node less. */
  readonly size: number;
  /** Words of a node's record. */
  readonly stride: number;
  /** The same memory three times. */
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly roots: Int32Array;
  readonly leafPlaces: Int32Array;
  readonly leafMasses: Int32Array;
  /** By tree: the first record, and the first leaf, that is free. Each names the next one. */
  readonly freeNodes: Int32Array;
  readonly freeLeaves: Int32Array;
  /** The nodes from the root down to the leaf that `descend` found. */
  readonly path: Int32Array;
}

export const strideOf = (dimensions: number) => lowsWord + 2 * dimensions;

export function emptyTrees(count: number, size: number, dimensions: number): Trees {
  const stride = strideOf(dimensions);
  const words = new Int32Array(count * (size - 1) * stride);
  const trees: Trees = {
    dimensions,
    size,
    stride,
    words,
    floats: new Float32Array(words.buffer),
    doubles: new Float64Array(words.buffer),
    roots: new Int32Array(count).fill(nothing),
    leafPlaces: new Int32Array(count * size),
    leafMasses: new Int32Array(count * size),
    freeNodes: new Int32Array(count),
    freeLeaves: new Int32Array(count),
    path: new Int32Array(size),
  };
  for (let tree = 0; tree < count; tree++) {
    const node = tree * (size - 1) * stride;
    for (let k = 0; k < size - 1; k++) words[node + k * stride] = node + (k + 1) * stride;
    trees.freeNodes[tree] = node;
    for (let k = 0; k < size; k++) trees.leafPlaces[tree * size + k] = tree * size + k + 1;
    trees.freeLeaves[tree] = tree * size;
  }
  return trees;
}

/** A record whose contents are of no meaning yet. */
export function takeNode({ words, freeNodes }: Trees, tree: number): number {
  const node = freeNodes[tree]!;
  freeNodes[tree] = words[node]!;
  return node;
}

export function freeNode({ words, freeNodes }: Trees, tree: number, node: number): void {
  words[node] = freeNodes[tree]!;
  freeNodes[tree] = node;
}

/** The name of a new leaf with this point, once. */
export function takeLeaf(trees: Trees, tree: number, place: number): number {
  const leaf = trees.freeLeaves[tree]!;
  trees.freeLeaves[tree] = trees.leafPlaces[leaf]!;
  trees.leafPlaces[leaf] = place;
  trees.leafMasses[leaf] = 1;
  return ~leaf;
}

export function freeLeaf(trees: Trees, tree: number, name: number): void {
  trees.leafPlaces[~name] = trees.freeLeaves[tree]!;
  trees.freeLeaves[tree] = ~name;
}

/** Finds the leaf whose side of every cut the point is on: returns how deep it is, with its name at that depth of `path`. */
export function descend(trees: Trees, tree: number, point: Float32Array): number {
  const { words, floats, path } = trees;
  let node = trees.roots[tree]!;
  let depth = 0;
  while (node >= 0) {
    path[depth++] = node;
    node =
      words[point[words[node + dimensionWord]!]! <= floats[node + cutWord]! ? node : node + 1]!;
  }
  path[depth] = node;
  return depth;
}

/** Puts another child where a node has `child`. Without a node, it is the root. */
export function replaceChild(
  { words, roots }: Trees,
  tree: number,
  node: number,
  child: number,
  by: number,
): void {
  if (node === nothing) roots[tree] = by;
  else words[words[node] === child ? node : node + rightWord] = by;
}

export function isSamePoint(
  point: Float32Array,
  values: Float32Array,
  at: number,
  dimensions: number,
): boolean {
  for (let i = 0; i < dimensions; i++) if (point[i] !== values[at + i]) return false;
  return true;
}
