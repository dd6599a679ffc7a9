/** Aggregates that keep one of the values: the smallest, the largest, the first, the last. */
import { type Absent, type Aggregate, given } from "../aggregate.ts";
import { checkScalar, readScalar, type Scalar, sizeOfScalar, writeScalar } from "../scalar.ts";

type Given = Scalar | null | undefined;

function keeping<T, V extends Given>(
  name: string,
  of: (value: T) => V,
  choose: (kept: Scalar, next: Scalar) => Scalar,
): Aggregate<T, Scalar, Scalar | undefined, NonNullable<V> | Absent<V>> {
  const both = (a: Scalar | undefined, b: Scalar | undefined) =>
    a === undefined ? b : b === undefined ? a : choose(a, b);
  return {
    name,
    inputOf: given(of, (value) => checkScalar(value, `What ${name} is taken of`)),
    empty: () => undefined,
    add: both,
    merge: both,
    result: (state) => state as NonNullable<V> | Absent<V>,
    write(state, to) {
      to.byte(state === undefined ? 0 : 1);
      if (state !== undefined) writeScalar(state, to);
    },
    read: (from) => (from.byte() === 0 ? undefined : readScalar(from)),
    writeInput: writeScalar,
    readInput: readScalar,
    sizeOf: (state) => (state === undefined ? 8 : sizeOfScalar(state)),
    ...(name === "min" || name === "max"
      ? {
          refuse: (state, input) =>
            state === undefined || kindOf(state) === kindOf(input)
              ? undefined
              : `${name} met a ${typeof input} after a ${typeof state}: which of them is smaller nobody can say.`,
        }
      : {}),
  };
}

/** Values of one kind have an order. Numbers and bigints do: JSON's whole numbers are of either type. */
const kindOf = (value: Scalar) => (typeof value === "bigint" ? "number" : typeof value);

/** A number that equals a bigint: it is kept, whichever of them came first. */
const isSame = (kept: Scalar, next: Scalar) =>
  typeof kept === "bigint" && typeof next === "number" && !(next < kept || next > kept);

/**
 * The smallest value: numbers and bigints as numbers, texts by their UTF-16 code units. Undefined where there is none. Merging is
 * associative and commutative. Two types in one window fail the record that brings the second.
 */
export const min = <T, V extends Given>(of: (value: T) => V) =>
  keeping<T, V>("min", of, (kept, next) => (next < kept || isSame(kept, next) ? next : kept));

/** The largest value: see `min`. */
export const max = <T, V extends Given>(of: (value: T) => V) =>
  keeping<T, V>("max", of, (kept, next) => (next > kept || isSame(kept, next) ? next : kept));

/** The value of the record that came first, in the order of the shard. Merging is associative: those of the first argument came first. */
export const first = <T, V extends Given>(of: (value: T) => V) =>
  keeping<T, V>("first", of, (kept) => kept);

/** The value of the record that came last: see `first`. */
export const last = <T, V extends Given>(of: (value: T) => V) =>
  keeping<T, V>("last", of, (_, next) => next);
