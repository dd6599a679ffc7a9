/** What may be put, and what may go wrong, for properties that hold whatever it is. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Fault, Move, RunOptions } from "./consumer-world.ts";

const keys = ["k1", "k2", "k3", "k4", "k5"];
const put = fc.record({
  put: fc.record({
    key: fc.constantFrom(...keys),
    price: fc.double({ noNaN: true, min: -100, max: 100 }),
    user: fc.constantFrom("u1", "u2", "u3"),
    delay: fc.oneof(fc.constant(0), fc.integer({ min: -10_000, max: 90_000 })),
  }),
});
const wait = fc.record({ wait: fc.integer({ min: 1, max: 45_000 }) });
const reshard = fc.oneof(fc.record({ split: fc.nat(3) }), fc.record({ merge: fc.nat(3) }));
export const moves = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: put },
    { weight: 5, arbitrary: wait },
    { weight: 1, arbitrary: reshard },
  ),
  { maxLength: 60 },
) as fc.Arbitrary<Move[]>;

/** What goes wrong without an environment's death. */
export const mild = fc.record<Fault>(
  { throws: fc.nat(4), isNew: fc.boolean() },
  { requiredKeys: [] },
);
export const deadly = fc.record<Fault>(
  {
    dies: fc.record({ append: fc.nat(3), isBefore: fc.boolean() }),
    refuses: fc.nat(3),
    stalls: fc.record({ append: fc.nat(3), ms: fc.integer({ min: 1, max: 3000 }) }),
    throws: fc.nat(4),
    isNew: fc.boolean(),
  },
  { requiredKeys: [] },
);
export const settings = fc.record({
  batchSize: fc.constantFrom(1, 3, 10, 100),
  bisectBatchOnFunctionError: fc.boolean(),
});

export const sorted = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
export const oneEach = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  sorted([...new Map(rows.map((row) => [row.id, row])).values()]);

/** Closes what is open: a record for each shard there may be, long after. */
export const end: Move[] = [
  { wait: 600_000 },
  ...Array.from({ length: 24 }, (_, n): Move => {
    return { put: { key: `end-${n}`, price: 0, user: "", delay: 0 } };
  }),
];

type Run = (
  moves: readonly Move[],
  more: Partial<RunOptions>,
) => Promise<{ readonly rows: readonly { readonly id: string }[] }>;

/**
 * The test of the promise, for anything that gives rows: they are those of a run in which nothing goes wrong, which is made once for both kinds
 * of faults.
 */
export function givesEachRowOnce(runs: Run, numRuns: number): void {
  const faults = {
    harmless: fc.array(mild, { maxLength: 20 }),
    deadly: fc.array(deadly, { maxLength: 20 }),
  };
  const cuts = fc.record({ harmless: settings, deadly: settings });

  it("gives each row once where rows fail, batches are cut and environments are new, and repeats one only under its own id where they die", async () => {
    await fc.assert(
      fc.asyncProperty(moves, fc.record(faults), cuts, async (moves, faults, cuts) => {
        const expected = await runs(moves, {});
        expect(oneEach(expected.rows)).toEqual(sorted(expected.rows));

        const once = await runs(moves, { faults: faults.harmless, settings: cuts.harmless });
        expect(sorted(once.rows)).toEqual(sorted(expected.rows));

        const found = await runs(moves, { faults: faults.deadly, settings: cuts.deadly });
        expect(oneEach(found.rows)).toEqual(sorted(expected.rows));
        const byId = new Map(expected.rows.map((row) => [row.id, row]));
        expect(found.rows).toEqual(found.rows.map(({ id }) => byId.get(id)));
      }),
      { numRuns },
    );
  });
}
