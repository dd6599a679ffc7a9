/**
 * What each tree samples of the stream: a reservoir in which an older point is the less likely the older it is. A point's weight is
 * log(−log u) for a chance u, less its age's share of the decay, and the lightest stay (Efraimidis and Spirakis, "Weighted Random Sampling with
 * a Reservoir", 2006; in logarithms, so that weights never need to be scaled anew).
 */
import { begin, nextDouble, nextSeed, type Seed } from "./java-random.ts";

export interface Samples {
  readonly size: number;
  /** By tree: a heap each whose heaviest is its first. */
  readonly weights: Float32Array;
  /** Where the point of the entry is, as Points has it. */
  readonly places: Int32Array;
  /** How many entries each tree has. */
  readonly counts: Int32Array;
  readonly seeds: readonly Seed[];
}

export const emptySamples = (seeds: readonly Seed[], size: number): Samples => ({
  size,
  weights: new Float32Array(seeds.length * size),
  places: new Int32Array(seeds.length * size),
  counts: new Int32Array(seeds.length),
  seeds,
});

/** The weight of the point if the tree is to take it; undefined if not. A tree that is full must give away its heaviest first. */
export function weightIfTaken(samples: Samples, tree: number, aged: number): number | undefined {
  const { size, weights, counts, seeds } = samples;
  let chance = 0;
  while (chance === 0) chance = draw(seeds[tree]!);
  const weight = Math.fround(aged + Math.log(-Math.log(chance)));
  if (counts[tree]! < size) {
    // The reference asks whether a tree that is not full wants the point, and it always does.
    draw(seeds[tree]!);
    return weight;
  }
  return weight < weights[tree * size]! ? weight : undefined;
}

function draw(seed: Seed): number {
  begin(seed);
  nextSeed(seed);
  return nextDouble();
}

/** Takes the heaviest entry out of the sample, and returns the place of its point. */
export function giveHeaviest(samples: Samples, tree: number): number {
  const { size, weights, places, counts } = samples;
  const first = tree * size;
  const given = places[first]!;
  const count = --counts[tree]!;
  const weight = weights[first + count]!;
  const place = places[first + count]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && weights[first + child + 1]! > weights[first + child]!) child++;
    if (weights[first + child]! <= weight) break;
    weights[first + at] = weights[first + child]!;
    places[first + at] = places[first + child]!;
    at = child;
  }
  weights[first + at] = weight;
  places[first + at] = place;
  return given;
}

/** Adds an entry to a sample that has room. */
export function putEntry(samples: Samples, tree: number, weight: number, place: number): void {
  const { size, weights, places, counts } = samples;
  const first = tree * size;
  let at = counts[tree]!++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (weights[first + parent]! >= weight) break;
    weights[first + at] = weights[first + parent]!;
    places[first + at] = places[first + parent]!;
    at = parent;
  }
  weights[first + at] = weight;
  places[first + at] = place;
}
