/** The t-digest: Dunning and Ertl, "Computing Extremely Accurate Quantiles Using t-Digests" (2019), by merging, with the scale function k₁. */
import { checkNumber } from "../../values/number-option.ts";
import { type Absent, type Aggregate, given } from "../aggregate.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { checkSummand, readScalar, writeScalar } from "../scalar.ts";

/** What `quantile` takes. */
export interface QuantileOptions {
  /** How finely values are kept apart: that many centroids at most. 20 to 1,000. @default 100 */
  readonly compression?: number;
}

interface Centroid {
  readonly mean: number;
  readonly weight: number;
}

interface Digest {
  /** By their means. */
  readonly centroids: readonly Centroid[];
  /** Values that came since they were made. */
  readonly fresh: readonly number[];
  readonly least: number;
  readonly most: number;
}

const empty: Digest = {
  centroids: [],
  fresh: [],
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
};

/**
 * The value below which the share `q` (0 to 1) of all values lies, by a t-digest: exact, by linear interpolation, up to
 * 5 × `compression` values; beyond that its rank is off by less than π/compression × √(q (1 − q)) of their number: 1.6 of 100 in the
 * middle, 0.3 at 0.99. Undefined where there is no value. Merging is commutative; associative while it is exact, within that error after.
 */
export function quantile<T, Given extends number | bigint | null | undefined>(
  q: number,
  of: (value: T) => Given,
  { compression = 100 }: QuantileOptions = {},
): Aggregate<T, number, Digest, number | Absent<Given>> {
  checkNumber("quantile: q", q, { least: 0, most: 1 });
  checkNumber("quantile: compression", compression, { least: 20, most: 1000, isWhole: true });
  const freshAtMost = 5 * compression;
  const rested = (digest: Digest) =>
    digest.fresh.length > freshAtMost ? compress(digest, compression) : digest;
  return {
    name: `quantile(${q}, ${compression})`,
    inputOf: given(of, (value) => Number(checkSummand(value, "What a quantile is taken of"))),
    empty: () => empty,
    add(state, input) {
      const { centroids, fresh, least, most } = state === empty ? { ...empty, fresh: [] } : state;
      (fresh as number[]).push(input);
      return rested({
        centroids,
        fresh,
        least: Math.min(least, input),
        most: Math.max(most, input),
      });
    },
    merge: (a, b) => {
      const merged = {
        centroids: [...a.centroids, ...b.centroids].sort(byMean),
        fresh: [...a.fresh, ...b.fresh].sort((one, other) => one - other),
        least: Math.min(a.least, b.least),
        most: Math.max(a.most, b.most),
      };
      return merged.centroids.length > 2 * compression
        ? compress(merged, compression)
        : rested(merged);
    },
    result: (digest) => valueAt(digest, q) as number | Absent<Given>,
    write: writeDigest,
    read: readDigest,
    writeInput: writeScalar,
    readInput: (from) => readScalar(from) as number,
    isLarge: true,
    sizeOf: ({ centroids, fresh }) => 64 + 18 * centroids.length + 9 * fresh.length,
  };
}

const byMean = (a: Centroid, b: Centroid) => a.mean - b.mean || a.weight - b.weight;

const allOf = ({ centroids, fresh }: Digest): Centroid[] =>
  [...centroids, ...fresh.map((mean) => ({ mean, weight: 1 }))].sort(byMean);

/** Neighbours become one, as long as that spans no more than one step of the scale. */
function compress(digest: Digest, compression: number): Digest {
  const all = allOf(digest);
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const step = Math.PI / compression;
  const scale = (share: number) => Math.asin(2 * Math.min(1, share) - 1);
  const centroids: Centroid[] = [];
  let current = all[0]!;
  let before = 0;
  for (const next of all.slice(1)) {
    const weight = current.weight + next.weight;
    if (scale((before + weight) / total) - scale(before / total) <= step) {
      const mean = current.mean + ((next.mean - current.mean) * next.weight) / weight;
      current = { mean, weight };
      continue;
    }
    centroids.push(current);
    before += current.weight;
    current = next;
  }
  centroids.push(current);
  return { ...digest, centroids, fresh: [] };
}

/** Interpolates between the ranks on which the centroids are centred; one of weight 1 is the value itself. */
function valueAt(digest: Digest, q: number): number | undefined {
  const all = allOf(digest);
  if (all.length === 0) return undefined;
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const rank = q * (total - 1);
  let before = 0;
  let [lastRank, lastValue] = [0, digest.least];
  for (const { mean, weight } of all) {
    const centre = before + (weight - 1) / 2;
    if (rank <= centre) return between(lastRank, lastValue, centre, mean, rank);
    [lastRank, lastValue] = [centre, mean];
    before += weight;
  }
  return between(lastRank, lastValue, total - 1, digest.most, rank);
}

function between(rank0: number, value0: number, rank1: number, value1: number, rank: number) {
  if (rank1 === rank0) return value1;
  const share = (rank - rank0) / (rank1 - rank0);
  return share >= 1 ? value1 : value0 + (value1 - value0) * share;
}

function writeDigest({ centroids, fresh, least, most }: Digest, to: ByteWriter): void {
  to.varint(centroids.length);
  for (const { mean, weight } of centroids) {
    writeScalar(mean, to);
    to.varint(weight);
  }
  to.varint(fresh.length);
  for (const value of fresh) writeScalar(value, to);
  if (centroids.length + fresh.length === 0) return;
  writeScalar(least, to);
  writeScalar(most, to);
}

function readDigest(from: ByteReader): Digest {
  const number = () => readScalar(from) as number;
  const centroids = Array.from({ length: from.varint() }, () => ({
    mean: number(),
    weight: from.varint(),
  }));
  const fresh = Array.from({ length: from.varint() }, number);
  if (centroids.length + fresh.length === 0) return empty;
  return { centroids, fresh, least: number(), most: number() };
}
