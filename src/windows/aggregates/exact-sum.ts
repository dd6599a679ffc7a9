/**
 * Sums of doubles without any error, after Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997): a sum is kept as a few
 * doubles that do not overlap, the smallest first, and is rounded once, at the end. So it does not matter in
 * which order numbers are added, nor where a batch is cut.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { readScalar, writeScalar } from "../scalar.ts";

/** A number while it is a whole one that is safe; a list of one takes room for many. */
export type ExactSum = number | number[];

/** The sum with a number in it, of a bigint with all its digits. It may be the given list, changed. */
export function addTo(sum: ExactSum, summand: number | bigint): ExactSum {
  if (typeof summand === "bigint") {
    let all = sum;
    for (let left = summand; left !== 0n; ) {
      const nearest = Number(left);
      all = addTo(all, nearest);
      left -= BigInt(nearest);
    }
    return all;
  }
  if (typeof sum === "number") {
    const total = sum + summand;
    if (Number.isSafeInteger(total) && Number.isInteger(summand)) return total;
    return sum === 0 ? [summand] : addToParts([sum], summand);
  }
  return addToParts(sum, summand);
}

const partsOf = (sum: ExactSum): number[] =>
  typeof sum !== "number" ? sum : sum === 0 ? [] : [sum];

function addToParts(sum: number[], summand: number): ExactSum {
  let carry = summand;
  let kept = 0;
  // What is kept stands before what is read.
  for (let at = 0; at < sum.length; at++) {
    const part = sum[at]!;
    const isLarger = Math.abs(carry) < Math.abs(part);
    const large = isLarger ? part : carry;
    const small = isLarger ? carry : part;
    const high = large + small;
    const low = small - (high - large);
    if (low !== 0) sum[kept++] = low;
    carry = high;
  }
  if (kept === 0 && Number.isSafeInteger(carry)) return carry;
  sum.length = kept;
  if (carry !== 0) sum.push(carry);
  return sum;
}

/** The double nearest to the sum; of two that are as near, the even one. */
export function roundedSum(exact: ExactSum): number {
  const sum = partsOf(exact);
  let place = sum.length - 1;
  let high = sum[place] ?? 0;
  let low = 0;
  while (place > 0 && low === 0) {
    const before = high;
    const part = sum[--place]!;
    high = before + part;
    low = part - (high - before);
  }
  // Half way between two doubles: what is smaller decides.
  const rest = sum[place - 1] ?? 0;
  if (place > 0 && low < 0 === rest < 0 && low !== 0) {
    const twice = 2 * low;
    const further = high + twice;
    if (twice === further - high) high = further;
  }
  return high === 0 ? 0 : high;
}

/** Neither of them is changed. */
export const mergeSums = (a: ExactSum, b: ExactSum): ExactSum =>
  partsOf(b).reduce<ExactSum>(addTo, typeof a === "number" ? a : [...a]);

export function writeSum(sum: ExactSum, to: ByteWriter): void {
  const parts = partsOf(sum);
  to.varint(parts.length);
  for (const part of parts) writeScalar(part, to);
}

export function readSum(from: ByteReader): ExactSum {
  const parts = Array.from({ length: from.varint() }, () => readScalar(from) as number);
  const [first = 0] = parts;
  return parts.length <= 1 && Number.isSafeInteger(first) ? first : parts;
}

export const sizeOfSum = (sum: ExactSum): number =>
  typeof sum === "number" ? 16 : 16 + 9 * sum.length;
