/**
 * HyperLogLog: Flajolet, Fusy, Gandouet and Meunier (2007), with the estimator of Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches" (2017), which needs neither tables nor another formula for small numbers.
 */
import { checkNumber } from "../../values/number-option.ts";
import { type Aggregate, given } from "../aggregate.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { checkScalar, readScalar, type Scalar, writeScalar } from "../scalar.ts";
import { hashOf } from "./hash.ts";

/** What `approximateDistinct` takes. */
export interface ApproximateDistinctOptions {
  /** 2 to this power are the registers, a byte each. The standard error is 1.04 / √registers. 4 to 16. @default 12: 4 KiB, 1.6 % */
  readonly precision?: number;
}

/** By register: in how many leading zeros, plus one, the longest run ended. Few are kept by their places, many in a row. */
type Registers = Map<number, number> | Uint8Array;

/** The longest run that 32 bits can have, plus one. */
const mostRank = 33;

/**
 * Nearly how many different values there are, in a few kilobytes whatever their number (HyperLogLog). Off by 1.6 % as a rule,
 * by less than 5 % in 99.7 of 100 windows; `precision` says otherwise. Merging is associative and commutative, and gives
 * what adding all would have given.
 */
export function approximateDistinct<T>(
  of: (value: T) => Scalar | null | undefined,
  { precision = 12 }: ApproximateDistinctOptions = {},
): Aggregate<T, Scalar, Registers, number> {
  checkNumber("approximateDistinct: precision", precision, { least: 4, most: 16, isWhole: true });
  const size = 2 ** precision;
  return {
    name: `approximateDistinct(${precision})`,
    inputOf: given(of, (value) => checkScalar(value, "What approximateDistinct counts")),
    empty: () => new Map(),
    add(state, input) {
      const { high, low } = hashOf(input);
      return raise(state, high >>> (32 - precision), Math.clz32(low) + 1, size);
    },
    merge: (a, b) => {
      let merged: Registers = a instanceof Map ? new Map(a) : a.slice();
      for (const [register, rank] of b.entries()) merged = raise(merged, register, rank, size);
      return merged;
    },
    result: (state) => Math.round(estimate(state, size)),
    write: (state, to) => writeRegisters(state, to),
    read: (from) => readRegisters(from, size),
    writeInput: writeScalar,
    readInput: readScalar,
    isLarge: true,
    sizeOf: (state) => (state instanceof Map ? 64 + 40 * state.size : 64 + size),
  };
}

function raise(state: Registers, register: number, rank: number, size: number): Registers {
  if (rank === 0) return state;
  if (!(state instanceof Map)) {
    if (rank > state[register]!) state[register] = rank;
    return state;
  }
  if (rank > (state.get(register) ?? 0)) state.set(register, rank);
  if (40 * state.size <= size) return state;
  const all = new Uint8Array(size);
  for (const [place, kept] of state) all[place] = kept;
  return all;
}

function estimate(state: Registers, size: number): number {
  const counts = new Array<number>(mostRank + 1).fill(0);
  for (const [, rank] of state.entries()) counts[rank]!++;
  if (state instanceof Map) counts[0] = size - state.size;
  let sum = size * tau(1 - counts[mostRank]! / size);
  for (let rank = mostRank - 1; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]!);
  sum += size * sigma(counts[0]! / size);
  return (size * size) / (2 * Math.LN2) / sum;
}

/** x + Σ x^(2^k) 2^(k−1): what the registers that are still empty say. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let power = share;
  let sum = share;
  for (let scale = 1; ; scale *= 2) {
    power *= power;
    const next = sum + power * scale;
    if (next === sum) return sum;
    sum = next;
  }
}

/** (1 − x − Σ (1 − x^(2^−k))² 2^−k) / 3: what those say that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let sum = 1 - share;
  for (let scale = 0.5; ; scale /= 2) {
    root = Math.sqrt(root);
    const next = sum - (1 - root) ** 2 * scale;
    if (next === sum) return sum / 3;
    sum = next;
  }
}

function writeRegisters(state: Registers, to: ByteWriter): void {
  to.byte(state instanceof Map ? 0 : 1);
  if (state instanceof Map) {
    to.varint(state.size);
    let before = 0;
    for (const [register, rank] of [...state].sort(([a], [b]) => a - b)) {
      to.varint(register - before);
      to.byte(rank);
      before = register;
    }
  } else to.append(state);
}

function readRegisters(from: ByteReader, size: number): Registers {
  if (from.byte() === 1) return Uint8Array.from({ length: size }, () => from.byte());
  const registers = new Map<number, number>();
  let register = 0;
  for (let left = from.varint(); left > 0; left--) {
    register += from.varint();
    registers.set(register, from.byte());
  }
  return registers;
}
