/**
 * The sequence numbers of one shard, as the digits that are written. An index adds 2^80 to a number and a second 2^36, so
 * neighbours differ in their lower half alone: it is added up four digits at a time, and no bigint is made for each record.
 */
import { numberInShard } from "./sequence-number.ts";

/** Every number has the two bits of its version above 184 others. */
export const digitCount = 56;

/** Of four digits each. */
const steps = 7;
const perStep = 10_000;
const perIndex = stepsOf(2n ** 80n);
const perSecond = stepsOf(2n ** 36n);

/** Below it all sums are whole numbers. */
const mostIndex = 2 ** 38;

/** "0000", "0001" and so on. */
const fourDigits = Buffer.from(
  Array.from({ length: perStep }, (_, number) => String(number).padStart(4, "0")).join(""),
);

export class SequenceDigits {
  /** What `write` wrote last, in ASCII. */
  readonly bytes = Buffer.alloc(digitCount);
  readonly #shardBits: bigint;
  readonly #lower: readonly number[];
  readonly #upper: bigint;
  /** What the lower half carried over into the upper one that stands in `bytes`. */
  #carried = Number.NaN;

  constructor(shardBits: bigint) {
    this.#shardBits = shardBits;
    this.#lower = stepsOf(shardBits);
    this.#upper = shardBits / BigInt(perStep) ** BigInt(steps);
  }

  /** Writes the number of the record with this index to `bytes`. */
  write(index: number, putSeconds: number): void {
    const { bytes } = this;
    if (index > mostIndex) {
      this.#carried = Number.NaN;
      bytes.write(numberInShard(this.#shardBits, index, putSeconds), "latin1");
      return;
    }
    let carry = 0;
    for (let step = 0, at = digitCount - 4; step < steps; step++, at -= 4) {
      const sum =
        this.#lower[step]! + index * perIndex[step]! + putSeconds * perSecond[step]! + carry;
      carry = Math.floor(sum / perStep);
      const digits = (sum - carry * perStep) << 2;
      bytes[at] = fourDigits[digits]!;
      bytes[at + 1] = fourDigits[digits + 1]!;
      bytes[at + 2] = fourDigits[digits + 2]!;
      bytes[at + 3] = fourDigits[digits + 3]!;
    }
    if (carry === this.#carried) return;
    this.#carried = carry;
    bytes.write(String(this.#upper + BigInt(carry)), "latin1");
  }

  text(index: number, putSeconds: number): string {
    this.write(index, putSeconds);
    return this.bytes.toString("latin1");
  }
}

/** The lower half of a number, its lowest four digits first. */
function stepsOf(number: bigint): readonly number[] {
  const of = (_: unknown, step: number) =>
    Number((number / BigInt(perStep) ** BigInt(step)) % BigInt(perStep));
  return Array.from({ length: steps }, of);
}
