/**
 * Sums of doubles without any error, after Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997): a sum is kept as a few
 * doubles that do not overlap, the smallest first, and is rounded once, at the end. So it does not matter in
 * which order numbers are added, nor where a batch is cut.
 */
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { readScalar, writeScalar } from "../scalar.ts";

/** Empty: 0. */
export type ExactSum = number[];

/** Adds a number, in place; of a bigint all digits. */
export function addTo(sum: ExactSum, summand: number | bigint): ExactSum {
  if (typeof summand === "bigint") {
    for (let left = summand; left !== 0n; ) {
      const nearest = Number(left);
      addTo(sum, nearest);
      left -= BigInt(nearest);
    }
    return sum;
  }
  if (sum.length <= 1) {
    const total = (sum[0] ?? 0) + summand;
    if (Number.isSafeInteger(total) && Number.isInteger(summand) && Number.isInteger(sum[0] ?? 0)) {
      sum[0] = total;
      return sum;
    }
  }
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
  sum.length = kept;
  if (carry !== 0 || kept === 0) sum.push(carry);
  return sum;
}

/** The double nearest to the sum; of two that are as near, the even one. */
export function roundedSum(sum: ExactSum): number {
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

export const mergeSums = (a: ExactSum, b: ExactSum): ExactSum => b.reduce(addTo, [...a]);

export function writeSum(sum: ExactSum, to: ByteWriter): void {
  to.varint(sum.length);
  for (const part of sum) writeScalar(part, to);
}

export const readSum = (from: ByteReader): ExactSum =>
  Array.from({ length: from.varint() }, () => readScalar(from) as number);

export const sizeOfSum = (sum: ExactSum): number => 16 + 9 * sum.length;
