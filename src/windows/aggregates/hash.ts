import type { Scalar } from "../scalar.ts";

/** Sixty-four bits as two words. */
export interface Hash {
  readonly high: number;
  readonly low: number;
}

/**
 * A hash whose bits look like chance, for counting; nobody is kept from finding two that are equal. Two lanes over the UTF-16 code
 * units, each mixed and finished with the constants of MurmurHash3.
 */
export function hashOf(value: Scalar): Hash {
  const text = `${typeof value}:${value}`;
  let high = 0x9747b28c;
  let low = 0x3c6ef372;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = turn(high ^ scramble(unit, 0xcc9e2d51, 0x1b873593), 13);
    low = turn(low ^ scramble(unit + 0x10001 * at, 0x239b961b, 0xab0e9789), 19);
    high = (Math.imul(high, 5) + 0xe6546b64 + low) | 0;
    low = (Math.imul(low, 5) + 0x561ccd1b) | 0;
  }
  high = finish(high ^ text.length);
  low = finish(low + high);
  return { high: finish(high + low) >>> 0, low: low >>> 0 };
}

const turn = (word: number, by: number) => (word << by) | (word >>> (32 - by));

const scramble = (word: number, before: number, after: number) =>
  Math.imul(turn(Math.imul(word, before), 15), after);

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
