/** What every aggregate promises: merged or added, cut here or there, written and read, it comes to the same. */
import fc from "fast-check";
import {
  type AnyAggregate,
  approximateDistinct,
  average,
  count,
  distinct,
  first,
  last,
  max,
  min,
  quantile,
  sum,
  topK,
} from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../src/windows/bytes.ts";
import { anyCharacter } from "../any-character.ts";

type Value = { readonly n: number | bigint; readonly s: string; readonly x: number | null };

const values = fc.array(
  fc.record<Value>({
    n: fc.oneof(
      fc.integer({ min: -50, max: 50 }),
      fc.double({ noNaN: true, min: -1e290, max: 1e290 }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.bigInt({ min: -50n, max: 50n }),
    ),
    s: fc.oneof(fc.constantFrom("a", "b", "c"), fc.string({ unit: anyCharacter, maxLength: 8 })),
    x: fc.option(fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
  }),
  { maxLength: 60 },
);

const every: Record<string, AnyAggregate<Value>> = {
  count: count(),
  countSome: count((v: Value) => v.x),
  sum: sum((v: Value) => v.n),
  average: average((v: Value) => v.x),
  min: min((v: Value) => v.n),
  max: max((v: Value) => v.s),
  first: first((v: Value) => v.s),
  last: last((v: Value) => v.x),
  distinct: distinct((v: Value) => v.s),
  approximateDistinct: approximateDistinct((v: Value) => v.s, { precision: 5 }),
  topK: topK(3, (v: Value) => v.s, { capacity: 5 }),
  topKExact: topK(3, (v: Value) => v.s),
  quantile: quantile(0.9, (v: Value) => v.x),
  quantileCoarse: quantile(0.5, (v: Value) => v.n, { compression: 20 }),
};

/** Merging gives what adding would have given. */
const exact = Object.keys(every).filter((name) => !["topK", "quantileCoarse"].includes(name));
const commutative = Object.keys(every).filter((name) => !["first", "last"].includes(name));

const stateOf = (aggregate: AnyAggregate<Value>, of: readonly Value[]) =>
  of.reduce((state, value) => {
    const input = aggregate.inputOf(value);
    return input === undefined ? state : aggregate.add(state, input);
  }, aggregate.empty());

const written = (aggregate: AnyAggregate<Value>, state: unknown) => {
  const to = new ByteWriter();
  aggregate.write(state, to);
  return to.take();
};

describe.each(Object.keys(every))("%s", (name) => {
  const aggregate = every[name]!;

  it("goes on after it was written and read as if nothing had been", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const state = stateOf(aggregate, before);
        const bytes = written(aggregate, state);
        const from = new ByteReader(bytes);
        const read = aggregate.read(from);
        expect(from.isAtEnd).toBe(true);
        expect(written(aggregate, read)).toEqual(bytes);
        const add = (state: unknown) =>
          after.reduce((state, value) => {
            const input = aggregate.inputOf(value);
            return input === undefined ? state : aggregate.add(state, input);
          }, state);
        expect(aggregate.result(add(read))).toEqual(aggregate.result(add(state)));
      }),
    );
  });

  it("writes and reads what it takes from a record", () => {
    fc.assert(
      fc.property(values, (of) => {
        for (const value of of) {
          const input = aggregate.inputOf(value);
          if (input === undefined) continue;
          const to = new ByteWriter();
          aggregate.writeInput(input, to);
          expect(aggregate.readInput(new ByteReader(to.take()))).toEqual(input);
        }
      }),
    );
  });

  it("takes no more bytes than it says", () => {
    fc.assert(
      fc.property(values, (of) => {
        const state = stateOf(aggregate, of);
        expect(written(aggregate, state).length).toBeLessThanOrEqual(aggregate.sizeOf(state) + 16);
      }),
    );
  });

  it("leaves both as they were when it merges, and merges with nothing", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [one, other] = [stateOf(aggregate, a), stateOf(aggregate, b)];
        const before = [written(aggregate, one), written(aggregate, other)];
        aggregate.merge(one, other);
        expect([written(aggregate, one), written(aggregate, other)]).toEqual(before);
        const none = aggregate.empty();
        expect(aggregate.result(aggregate.merge(one, none))).toEqual(aggregate.result(one));
        expect(aggregate.result(aggregate.merge(none, one))).toEqual(aggregate.result(one));
      }),
    );
  });
});

it.each(exact)("%s: merged is what was added, wherever it is cut", (name) => {
  const aggregate = every[name]!;
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [one, two, three] = [a, b, c].map((of) => stateOf(aggregate, of));
      const all = aggregate.result(stateOf(aggregate, [...a, ...b, ...c]));
      const { merge, result } = aggregate;
      expect(result(merge(merge(one, two), three))).toEqual(all);
      expect(result(merge(one, merge(two, three)))).toEqual(all);
    }),
  );
});

it.each(commutative)("%s: it does not matter which is merged into which", (name) => {
  const aggregate = every[name]!;
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [one, other] = [stateOf(aggregate, a), stateOf(aggregate, b)];
      const { merge, result } = aggregate;
      expect(result(merge(one, other))).toEqual(result(merge(other, one)));
    }),
  );
});

describe("sum", () => {
  it("is the double nearest to the true sum", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e18, max: 1e18 }), { maxLength: 40 }),
        (numbers) => {
          const aggregate = sum((n: number) => n);
          const state = numbers.reduce((state, n) => aggregate.add(state, n), aggregate.empty());
          expect(aggregate.result(state)).toBe(nearest(numbers));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("loses nothing to a large number that comes and goes", () => {
    const aggregate = sum((n: number) => n);
    const state = [1, 1e100, 1, -1e100].reduce(aggregate.add, aggregate.empty());
    expect(aggregate.result(state)).toBe(2);
  });

  it("takes all digits of bigints, and rounds once", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })), (numbers) => {
        const aggregate = sum((n: bigint) => n);
        const state = numbers.reduce(
          (state, n) => aggregate.add(state, aggregate.inputOf(n)!),
          aggregate.empty(),
        );
        expect(aggregate.result(state)).toBe(Number(numbers.reduce((a, b) => a + b, 0n)));
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, 10n ** 300n, "1"])(
    "refuses %s",
    (wrong) => {
      expect(() => sum(() => wrong as number).inputOf({})).toThrow("What is summed up is");
    },
  );
});

/** By whole numbers: a double is one, divided by a power of two. */
function nearest(numbers: readonly number[]): number {
  const shift = 1100n;
  const exact = numbers.reduce((total, n) => total + scaled(n, shift), 0n);
  return toDouble(exact, shift);
}

function scaled(n: number, shift: bigint): bigint {
  let exponent = 0n;
  let mantissa = n;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return (BigInt(mantissa) << shift) >> exponent;
}

/** Half to even, as the language rounds whole numbers. */
function toDouble(exact: bigint, shift: bigint): number {
  const isNegative = exact < 0n;
  let rest = isNegative ? -exact : exact;
  if (rest === 0n) return 0;
  const bits = BigInt(rest.toString(2).length);
  const drop = bits > 80n ? bits - 80n : 0n;
  // Bits that are dropped still say on which side of the middle it lies.
  const isInexact = drop > 0n && (rest & ((1n << drop) - 1n)) !== 0n;
  rest = (rest >> drop) | (isInexact ? 1n : 0n);
  let double = Number(rest);
  for (let left = Number(drop - shift); left !== 0; ) {
    const step = Math.max(-1000, Math.min(1000, left));
    double *= 2 ** step;
    left -= step;
  }
  return isNegative ? -double : double;
}

describe("approximateDistinct", () => {
  it.each([
    [10, 12],
    [1_000, 12],
    [12_000, 12],
    [100_000, 12],
    [100_000, 14],
  ])("counts %i values within four standard errors, at precision %i", (size, precision) => {
    const aggregate = approximateDistinct((n: string) => n, { precision });
    for (const kind of ["user-", "https://example.com/?q=", ""]) {
      let state = aggregate.empty();
      for (let n = 0; n < size; n++) state = aggregate.add(state, `${kind}${n}`);
      const off = Math.abs(aggregate.result(state) / size - 1);
      expect(off).toBeLessThan((4 * 1.04) / Math.sqrt(2 ** precision));
    }
  });
});

describe("topK", () => {
  it("has every value that is frequent, and no count that is further off than it says", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 400 }), (numbers) => {
        const capacity = 8;
        const aggregate = topK(capacity, (n: number) => n, { capacity });
        const state = numbers.reduce((state, n) => aggregate.add(state, n), aggregate.empty());
        const found = new Map(aggregate.result(state).map((each) => [each.value, each]));
        for (const value of new Set(numbers)) {
          const times = numbers.filter((n) => n === value).length;
          const said = found.get(value);
          if (times > numbers.length / capacity) expect(said).toBeDefined();
          if (!said) continue;
          expect(said.count).toBeGreaterThanOrEqual(times);
          expect(said.count - said.error).toBeLessThanOrEqual(times);
          expect(said.error).toBeLessThanOrEqual(numbers.length / capacity);
        }
      }),
    );
  });
});

describe("quantile", () => {
  it("is exact for as many values as are kept", () => {
    const aggregate = (q: number) => quantile(q, (n: number) => n);
    const of = (q: number, numbers: readonly number[]) =>
      aggregate(q).result(numbers.reduce(aggregate(q).add, aggregate(q).empty()));
    expect(of(0.5, [3, 1, 2])).toBe(2);
    expect(of(0.5, [4, 1, 2, 3])).toBe(2.5);
    expect(of(0, [4, 1])).toBe(1);
    expect(of(1, [4, 1])).toBe(4);
    expect(of(0.9, [])).toBeUndefined();
  });

  it.each([0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999])(
    "is at %f off by less than one centroid is wide, whatever the order",
    (q) => {
      const size = 50_000;
      const aggregate = quantile(q, (n: number) => n);
      const orders: ((n: number) => number)[] = [
        (n) => n,
        (n) => size - n,
        (n) => (n * 7919) % size,
        (n) => ((n * 7919) % size) ** 3,
      ];
      for (const order of orders) {
        let state = aggregate.empty();
        for (let n = 0; n < size; n++) state = aggregate.add(state, order(n));
        const value = aggregate.result(state);
        let below = 0;
        for (let n = 0; n < size; n++) if (order(n) < value) below++;
        const allowed = (Math.PI / 100) * Math.sqrt(q * (1 - q)) + 2 / size;
        expect(Math.abs(below / size - q)).toBeLessThan(allowed);
      }
    },
  );
});
