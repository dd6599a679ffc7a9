/**
 * `java.util.Random`, a linear congruential generator of 48 bits (Knuth, The Art of Computer Programming 2, 3.2.1), as forests are
 * grown with: whoever has the same seed makes the same cuts. Only the low 48 bits of a seed matter to it.
 */

/** 48 bits as two halves of 24, since a product of halves is exact in a double. */
export interface Seed {
  high: number;
  low: number;
}

const half = 2 ** 24;
const multiplierHigh = 0x5de;
const multiplierLow = 0xece66d;

/** The generator's state: one for all, begun anew with each seed. */
let high = 0;
let low = 0;

/** Begins with a seed of Java's type long, given by its low 48 bits. */
export function begin(seed: Readonly<Seed>): void {
  high = seed.high ^ multiplierHigh;
  low = seed.low ^ multiplierLow;
}

function step(): void {
  const product = low * multiplierLow + 0xb;
  const carry = Math.floor(product / half);
  const next = high * multiplierLow + low * multiplierHigh + carry;
  low = product - carry * half;
  high = next - Math.floor(next / half) * half;
}

/** The low 48 bits of the next `nextLong()`: two draws of 32 bits, of which the second is added with its sign. */
export function nextSeed(into: Seed = { high: 0, low: 0 }): Seed {
  step();
  const upper = wordOf();
  step();
  const lower = wordOf() | 0;
  const bits = (upper & 0xffff) * 2 ** 32 + lower;
  const unsigned = bits < 0 ? bits + 2 ** 48 : bits;
  into.high = Math.floor(unsigned / half);
  into.low = unsigned - into.high * half;
  return into;
}

/** The upper 32 of the 48 bits. */
const wordOf = () => (high << 8) | (low >>> 16);

/** The next `nextDouble()`: 26 bits and 27 bits. */
export function nextDouble(): number {
  step();
  const upper = high * 4 + (low >>> 22);
  step();
  const lower = high * 8 + (low >>> 21);
  return (upper * 2 ** 27 + lower) * 2 ** -53;
}

/** Whether the first `nextDouble()` of a seed is below one half. What was begun goes on as it was. */
export function isFirstBelowHalf(seed: Readonly<Seed>): boolean {
  const [itsHigh, itsLow] = [high, low];
  begin(seed);
  const isBelow = nextDouble() < 0.5;
  high = itsHigh;
  low = itsLow;
  return isBelow;
}

/** The low 48 bits of a whole number, as Java's type long has them. */
export function seedOf(value: number | bigint): Seed {
  const bits = BigInt.asUintN(48, BigInt(value));
  return { high: Number(bits >> 24n), low: Number(bits & 0xffffffn) };
}
