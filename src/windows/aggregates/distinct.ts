import { checkNumber } from "../../values/number-option.ts";
import { type Aggregate, given } from "../aggregate.ts";
import { checkScalar, readScalar, type Scalar, sizeOfScalar, writeScalar } from "../scalar.ts";

/** What `distinct` takes. */
export interface DistinctOptions {
  /** How many different values are kept apart; one more fails its record. 1 to 1,000,000. @default 10000 */
  readonly atMost?: number;
}

interface Values {
  readonly values: Set<Scalar>;
  bytes: number;
}

/**
 * How many different values there are: exact, since it keeps them all. Merging is associative and commutative. Where there may be more
 * than `atMost`, use `approximateDistinct`.
 */
export function distinct<T>(
  of: (value: T) => Scalar | null | undefined,
  { atMost = 10_000 }: DistinctOptions = {},
): Aggregate<T, Scalar, Values, number> {
  checkNumber("distinct: atMost", atMost, { least: 1, most: 1_000_000, isWhole: true });
  const put = (state: Values, value: Scalar) => {
    if (state.values.has(value)) return state;
    state.values.add(value);
    state.bytes += 24 + sizeOfScalar(value);
    return state;
  };
  const setOf = (values: Iterable<Scalar>): Values => {
    const state = { values: new Set<Scalar>(), bytes: 64 };
    for (const value of values) put(state, value);
    return state;
  };
  return {
    name: `distinct(${atMost})`,
    inputOf: given(of, (value) => checkScalar(value, "What distinct counts")),
    empty: () => setOf([]),
    add: put,
    merge: (a, b) => setOf([...a.values, ...b.values]),
    result: ({ values }) => values.size,
    write({ values }, to) {
      to.varint(values.size);
      for (const value of values) writeScalar(value, to);
    },
    read: (from) => setOf(Array.from({ length: from.varint() }, () => readScalar(from))),
    writeInput: writeScalar,
    readInput: readScalar,
    isLarge: true,
    sizeOf: ({ bytes }) => bytes,
    refuse: ({ values }, input) =>
      values.size < atMost || values.has(input)
        ? undefined
        : `distinct has ${atMost.toLocaleString("en")} different values already. Raise its atMost, or use approximateDistinct.`,
  };
}
