import { type Absent, type Aggregate, given } from "../aggregate.ts";
import { checkSummand, readScalar, writeScalar } from "../scalar.ts";
import {
  addTo,
  type ExactSum,
  mergeSums,
  readSum,
  roundedSum,
  sizeOfSum,
  writeSum,
} from "./exact-sum.ts";

type Summand = number | bigint | null | undefined;

/**
 * The sum of numbers: the double nearest to the true sum, whatever the order and however many there are. 0 where there is none.
 * Merging is associative and commutative. A number beyond ±1e292, or NaN, fails its record.
 */
export const sum = <T>(
  of: (value: T) => Summand,
): Aggregate<T, number | bigint, ExactSum, number> => ({
  name: "sum",
  inputOf: given(of, (value) => checkSummand(value, "What is summed up")),
  empty: () => 0,
  add: addTo,
  merge: mergeSums,
  result: roundedSum,
  write: writeSum,
  read: readSum,
  writeInput: writeScalar,
  readInput: (from) => readScalar(from) as number | bigint,
  sizeOf: sizeOfSum,
});

interface Mean {
  sum: ExactSum;
  count: number;
}

/**
 * The arithmetic mean of numbers, from an exact sum; undefined where there is none. Merging is associative and commutative. A
 * number beyond ±1e292, or NaN, fails its record.
 */
export const average = <T, Given extends Summand>(
  of: (value: T) => Given,
): Aggregate<T, number | bigint, Mean, number | Absent<Given>> => ({
  name: "average",
  inputOf: given(of, (value) => checkSummand(value, "What is averaged")),
  empty: () => ({ sum: 0, count: 0 }),
  add(state, input) {
    state.sum = addTo(state.sum, input);
    state.count++;
    return state;
  },
  merge: (a, b) => ({ sum: mergeSums(a.sum, b.sum), count: a.count + b.count }),
  result: ({ sum, count }) =>
    (count === 0 ? undefined : roundedSum(sum) / count) as number | Absent<Given>,
  write(state, to) {
    to.varint(state.count);
    writeSum(state.sum, to);
  },
  read(from) {
    const count = from.varint();
    return { sum: readSum(from), count };
  },
  writeInput: writeScalar,
  readInput: (from) => readScalar(from) as number | bigint,
  sizeOf: (state) => 24 + sizeOfSum(state.sum),
});
