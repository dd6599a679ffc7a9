/** The state machine of a batch, under any outcomes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Batch, newBatch } from "../../../../src/mapping/batch.ts";
import { decide, expire } from "../../../../src/mapping/decide.ts";
import type { Outcome } from "../../../../src/mapping/outcome.ts";

interface Item {
  readonly id: number;
  readonly approximateArrivalTimestamp: number;
}

const outcomes: fc.Arbitrary<(size: number) => Outcome> = fc.oneof(
  fc.constant((): Outcome => ({ kind: "success" })),
  fc.constant((): Outcome => ({ kind: "failure", functionError: "Unhandled" })),
  fc.constant((): Outcome => ({ kind: "throttle", error: undefined })),
  fc.constant((): Outcome => ({ kind: "tooLarge", error: undefined })),
  fc
    .double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
    .map((at) => (size: number): Outcome => {
      const from = Math.floor(at * size);
      return from === 0 ? { kind: "failure", functionError: null } : { kind: "partial", from };
    }),
);

const rules = fc.record({
  bisectBatchOnFunctionError: fc.boolean(),
  maximumRetryAttempts: fc.integer({ min: -1, max: 4 }),
  firstPause: fc.constant(200),
  longestPause: fc.constant(1000),
});

test("every record is settled once, in order, and no batch is tried more often than it may be", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      rules,
      fc.infiniteStream(outcomes),
      (size, rules, chance) => {
        const records = Array.from({ length: size }, (_, id) => ({
          id,
          approximateArrivalTimestamp: id,
        }));
        let queue: Batch<Item>[] = [newBatch(records)];
        const settled: number[] = [];
        for (let step = 0; queue.length > 0 && step < 3000; step++) {
          const [batch, ...rest] = queue as [Batch<Item>, ...Batch<Item>[]];
          const outcome =
            step > 500 ? { kind: "success" as const } : chance.next().value(batch.records.length);
          const { settled: count, next, pause, exhausted } = decide(batch, outcome, rules);
          settled.push(...batch.records.slice(0, count).map(({ id }) => id));
          const left = next.flatMap(({ records }) => records);
          expect([...batch.records.slice(0, count), ...left]).toEqual(batch.records);
          expect(pause).toBeLessThanOrEqual(rules.longestPause);
          if (rules.maximumRetryAttempts >= 0) {
            for (const { attempts } of next) {
              expect(attempts).toBeLessThanOrEqual(rules.maximumRetryAttempts);
            }
            if (exhausted) expect(exhausted.attempts).toBe(rules.maximumRetryAttempts + 1);
          } else expect(exhausted).toBeUndefined();
          queue = [...next, ...rest];
        }
        expect(settled).toEqual(records.map(({ id }) => id));
      },
    ),
  );
});

test("an age limit cuts a batch in two without losing a record", () => {
  const arrivals = fc
    .array(fc.nat(100), { minLength: 1 })
    .map((times) => times.sort((a, b) => a - b));
  fc.assert(
    fc.property(arrivals, fc.nat(110), (arrivals, horizon) => {
      const records = arrivals.map((approximateArrivalTimestamp, id) => ({
        id,
        approximateArrivalTimestamp,
      }));
      const batch = { ...newBatch(records), attempts: 2, requestId: "one" };
      const cut = expire(batch, horizon);
      const old = records.filter((record) => record.approximateArrivalTimestamp < horizon);
      if (!cut) {
        expect(old).toEqual([]);
        return;
      }
      expect(cut.expired).toMatchObject({ records: old, attempts: 2, requestId: "one" });
      expect([...cut.expired.records, ...(cut.rest?.records ?? [])]).toEqual(records);
      if (cut.rest && cut.rest.records.length < records.length) {
        expect(cut.rest).toMatchObject({ attempts: 0 });
        expect(cut.rest.requestId).toBeUndefined();
      }
    }),
  );
});
