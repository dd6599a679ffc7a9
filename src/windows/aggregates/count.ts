import { type Aggregate, given } from "../aggregate.ts";

/**
 * How many records there are, or how many of them have something: `count((t) => t.coupon)` leaves out undefined and null.
 * Exact. Merging is associative and commutative.
 */
export const count = <T>(
  of: (value: T) => unknown = () => true,
): Aggregate<T, true, number, number> => ({
  name: "count",
  inputOf: given(of, () => true as const),
  empty: () => 0,
  add: (state) => state + 1,
  merge: (a, b) => a + b,
  result: (state) => state,
  write: (state, to) => to.varint(state),
  read: (from) => from.varint(),
  writeInput: () => {},
  readInput: () => true,
  sizeOf: () => 8,
});
