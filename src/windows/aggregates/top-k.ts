/**
 * Space-Saving: Metwally, Agrawal and El Abbadi (2005), merged as in Agarwal and others, "Mergeable Summaries" (2012).
 */
import { checkNumber } from "../../values/number-option.ts";
import { type Aggregate, given } from "../aggregate.ts";
import {
  checkScalar,
  compareScalars,
  readScalar,
  type Scalar,
  sizeOfScalar,
  writeScalar,
} from "../scalar.ts";

/** What `topK` takes. */
export interface TopKOptions {
  /** How many values are counted at once: exact while there are no more of them. From k to 100,000. @default the greater of 100 and 10 × k */
  readonly capacity?: number;
}

/** A frequent value: it came `count` times, or up to `error` times less often. */
export interface Frequent<V> {
  readonly value: V;
  readonly count: number;
  /** 0: the count is exact. */
  readonly error: number;
}

interface Counter {
  count: number;
  error: number;
}

interface Counters {
  /** The one that was begun first stands first. */
  readonly counters: Map<Scalar, Counter>;
  bytes: number;
}

/**
 * The `k` most frequent values, the most frequent first; of two that are as frequent, the smaller. Exact where there are no more
 * than `capacity` different values; else no count is off by more than records / capacity, and every value more frequent than that is
 * among them (Space-Saving). Merging is commutative; associative while it is exact, and within the same error after that.
 */
export function topK<T, V extends Scalar>(
  k: number,
  of: (value: T) => V | null | undefined,
  { capacity = Math.max(100, 10 * k) }: TopKOptions = {},
): Aggregate<T, Scalar, Counters, readonly Frequent<V>[]> {
  checkNumber("topK: k", k, { least: 1, most: 100_000, isWhole: true });
  checkNumber("topK: capacity", capacity, { least: k, most: 100_000, isWhole: true });
  const put = (state: Counters, value: Scalar, counter: Counter) => {
    state.counters.set(value, counter);
    state.bytes += 64 + sizeOfScalar(value);
    return state;
  };
  const empty = (): Counters => ({ counters: new Map(), bytes: 64 });
  return {
    name: `topK(${k}, ${capacity})`,
    inputOf: given(of, (value) => checkScalar(value, "What topK counts")),
    empty,
    add(state, input) {
      const known = state.counters.get(input);
      if (known) {
        known.count++;
        return state;
      }
      if (state.counters.size < capacity) return put(state, input, { count: 1, error: 0 });
      const [value, least] = leastOf(state.counters);
      state.counters.delete(value);
      state.bytes -= 64 + sizeOfScalar(value);
      return put(state, input, { count: least.count + 1, error: least.count });
    },
    merge(a, b) {
      const missed = [a, b].map(({ counters }) =>
        counters.size < capacity ? 0 : leastOf(counters)[1].count,
      );
      const merged = new Map<Scalar, Counter>();
      for (const value of [...a.counters.keys(), ...b.counters.keys()]) {
        const counter = { count: 0, error: 0 };
        [a, b].forEach(({ counters }, side) => {
          const { count, error } = counters.get(value) ?? {
            count: missed[side]!,
            error: missed[side]!,
          };
          counter.count += count;
          counter.error += error;
        });
        merged.set(value, counter);
      }
      return sorted(merged)
        .slice(0, capacity)
        .reduce((state, [value, counter]) => put(state, value, counter), empty());
    },
    result: ({ counters }) =>
      sorted(counters)
        .slice(0, k)
        .map(([value, { count, error }]) => ({ value: value as V, count, error })),
    write({ counters }, to) {
      to.varint(counters.size);
      for (const [value, { count, error }] of counters) {
        writeScalar(value, to);
        to.varint(count);
        to.varint(error);
      }
    },
    read(from) {
      const state = empty();
      for (let left = from.varint(); left > 0; left--) {
        put(state, readScalar(from), { count: from.varint(), error: from.varint() });
      }
      return state;
    },
    writeInput: writeScalar,
    readInput: readScalar,
    isLarge: true,
    sizeOf: ({ bytes }) => bytes,
  };
}

/** The rarest; of several the one that was begun first. */
function leastOf(counters: ReadonlyMap<Scalar, Counter>): [Scalar, Counter] {
  let least: [Scalar, Counter] | undefined;
  for (const entry of counters) if (!least || entry[1].count < least[1].count) least = entry;
  return least!;
}

const sorted = (counters: ReadonlyMap<Scalar, Counter>): [Scalar, Counter][] =>
  [...counters].sort(([a, { count: one }], [b, { count: other }]) =>
    one === other ? compareScalars(a, b) : other - one,
  );
