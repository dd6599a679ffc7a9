/** The model by itself: whatever the order and the shape in which entries come, the evidence is the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryProgress } from "../../src/consumer/progress/progress-store.ts";
import { type Entry, packArrivals, unpackArrivals } from "../../src/progress/entry.ts";
import { wordsPerName, writeName } from "../../src/progress/fingerprint.ts";
import { NameSet } from "../../src/progress/name-set.ts";
import { recall } from "../../src/progress/recall.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import {
  ask,
  at,
  draftOf,
  emptyLog,
  entryOf,
  ledgerOf,
  type Named,
  source,
  t0,
} from "./log-world.ts";

const named = fc.record({
  name: fc.constantFrom(..."abcdefghij"),
  place: fc.nat(30),
  second: fc.nat(2000),
});
const logs = fc.array(fc.array(named, { maxLength: 6 }), { minLength: 1, maxLength: 12 });
const question = fc.record({
  name: fc.constantFrom(..."abcdefghijk"),
  place: fc.nat(31),
  second: fc.nat(3000),
});

const entriesOf = (batches: readonly (readonly Named[])[]): Entry[] =>
  batches.map((batch, index) =>
    entryOf(index + 1, draftOf(batch), Math.max(0, ...batch.map(({ second }) => second))),
  );

const merged = (entries: readonly Entry[], log = emptyLog()) => {
  for (const entry of entries) log.merge(entry);
  return log;
};

describe("evidence", () => {
  it("does not depend on whether the log is read forwards or backwards", () =>
    fc.assert(
      fc.property(logs, fc.array(question, { maxLength: 10 }), (batches, questions) => {
        // Spans are kept apart, as where their ends matter.
        const entries = entriesOf(batches);
        const exact = () => new ShardLog("exact", true);
        const [forwards, backwards] = [
          merged(entries, exact()),
          merged(entries.toReversed(), exact()),
        ];
        for (const one of questions) {
          const answer = ask(forwards, one);
          // A name that stands in several entries has the first span that is met: which label it gets
          // may differ, whether it is skipped may not.
          expect(ask(backwards, one) === "none").toBe(answer === "none");
        }
        expect(backwards.n).toBe(forwards.n);
      }),
    ));

  it("is what a list of everything that was named would say", () =>
    fc.assert(
      fc.property(logs, question, fc.nat(1500), (batches, one, window) => {
        const log = merged(entriesOf(batches));
        const isNear = batches
          .flat()
          .some(({ name, second }) => name === one.name && Math.abs(second - one.second) <= window);
        const isSame = batches.some(
          (batch) =>
            batch.some(({ name, second }) => name === one.name && second === one.second) &&
            Math.min(...batch.map(({ place }) => place)) <= one.place &&
            Math.max(...batch.map(({ place }) => place)) >= one.place,
        );
        expect(ask(log, one, window) !== "none").toBe(isNear || isSame);
      }),
    ));

  it("is the same after a fold and a cold load", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(question, { maxLength: 8 }),
        async (extra, size, questions) => {
          const store = memoryProgress();
          const access = ledgerOf(store, { windowInSeconds: 100_000 });
          const warm = emptyLog();
          const unfolded = emptyLog();
          for (let n = 1; n <= 256 + extra; n++) {
            const batch = Array.from({ length: size }, (_, index) => ({
              name: "abcdefghij"[(n + index) % 10]!,
              place: (n + index) % 30,
              second: (n * 7 + index) % 2000,
            }));
            const entry = entryOf(warm.n + 1, draftOf(batch), 2000 + n);
            await store.append("c#orders#0", entry, 0);
            warm.merge(entry);
            unfolded.merge(entryOf(n, draftOf(batch), 2000 + n));
            const fold = warm.fold();
            if (!fold) continue;
            const folded = entryOf(warm.n + 1, fold, 2000 + n);
            await store.append("c#orders#0", folded, 0);
            warm.merge(folded);
          }
          expect(warm.folds.length).toBeGreaterThan(0);
          const cold = await recall(emptyLog(), source, t0, access);
          for (const one of questions) {
            const answer = ask(unfolded, one, 60) === "none";
            expect(ask(cold, one, 60) === "none").toBe(answer);
            expect(ask(warm, one, 60) === "none").toBe(answer);
          }
          expect(cold.size).toBe(unfolded.size);
        },
      ),
      { numRuns: 20 },
    ));

  it("is not lost by pruning, for whatever arrived since", () =>
    fc.assert(
      fc.property(logs, fc.nat(2000), question, (batches, from, one) => {
        const entries = entriesOf(batches);
        const [whole, pruned] = [merged(entries), merged(entries)];
        pruned.coveredFrom = 0;
        pruned.prune(t0 + from);
        const isKept = one.second - 900 >= from;
        if (isKept) expect(ask(pruned, one)).toBe(ask(whole, one));
        expect(pruned.coveredFrom).toBe(t0 + from);
        expect(pruned.size).toBeLessThanOrEqual(whole.size);
      }),
    ));
});

it("attempts and first failures merge to the most and the earliest, in any order", () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ attempts: fc.nat(9), since: fc.nat(1000) }), {
        minLength: 1,
        maxLength: 8,
      }),
      (failures) => {
        const entries = failures.map((failure, index) =>
          entryOf(
            index + 1,
            {
              kind: "done",
              first: at(1),
              last: at(1),
              open: [{ position: at(1), key: "k", ...failure }],
            },
            index,
          ),
        );
        // Where it has failed, nothing counts that only gave it back.
        const failed = failures.filter(({ attempts }) => attempts > 0);
        const counting = failed.length > 0 ? failed : failures;
        for (const log of [merged(entries), merged(entries.toReversed())]) {
          expect(log.states.openRecord(at(1))).toMatchObject({
            attempts: Math.max(...failures.map(({ attempts }) => attempts)),
            since: Math.min(...counting.map(({ since }) => since)),
          });
        }
      },
    ),
  ));

it("what is closed is opened again by a newer entry alone, and counted anew, in any order", () =>
  fc.assert(
    fc.property(fc.nat(5), fc.nat(5), (before, after) => {
      const open = (attempts: number) => ({
        kind: "done" as const,
        open: [{ position: at(1), key: "k", attempts, since: 0 }],
      });
      const drafts = [
        ...Array.from({ length: before }, () => open(7)),
        { kind: "done" as const, closed: [at(1)] },
        ...Array.from({ length: after }, (_, place) => open(place + 1)),
      ];
      const entries = drafts.map((draft, index) => entryOf(index + 1, draft, index));
      for (const log of [merged(entries), merged(entries.toReversed())]) {
        expect(log.states.openRecord(at(1))?.attempts).toBe(after === 0 ? undefined : after);
      }
    }),
  ));

describe("a set of names", () => {
  const word = fc.nat(2 ** 32 - 1);
  const key = fc.tuple(word, word, word, word);

  it("holds what a map would hold, through growing and pruning", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ add: fc.nat(40), second: fc.nat(20) }),
            fc.record({ prune: fc.nat(20) }),
          ),
          { maxLength: 400 },
        ),
        fc.array(key, { minLength: 41, maxLength: 41 }),
        (steps, keys) => {
          const set = new NameSet();
          const oracle = new Map<string, number>();
          for (const step of steps) {
            if ("prune" in step) {
              set.prune(step.prune, (span) => span);
              for (const [entry] of oracle) {
                if (Number(entry.split("/")[1]) < step.prune) oracle.delete(entry);
              }
            } else {
              const name = keys[step.add]!;
              const entry = `${name}/${step.second}`;
              if (!oracle.has(entry)) oracle.set(entry, step.add);
              set.add(Uint32Array.from(name), 0, step.second, step.add);
            }
          }
          expect(set.size).toBe(oracle.size);
          for (const name of keys) {
            const found: string[] = [];
            set.find(Uint32Array.from(name), 0, (second) => {
              found.push(`${name}/${second}`);
              return false;
            });
            const expected = [...oracle.keys()].filter((entry) => entry.startsWith(`${name}/`));
            expect(found.sort()).toEqual(expected.sort());
          }
        },
      ),
    ));

  it("keeps thousands of real names apart", () => {
    const set = new NameSet();
    const words = new Uint32Array(wordsPerName);
    for (let each = 0; each < 5000; each++) {
      writeName(words, 0, `id ${each}`);
      set.add(words, 0, each, 0);
    }
    for (let each = 0; each < 10_000; each++) {
      writeName(words, 0, `id ${each}`);
      const seconds: number[] = [];
      set.find(words, 0, (second) => seconds.push(second) === 0);
      expect(seconds).toEqual(each < 5000 ? [each] : []);
    }
  });
});

it("arrival times come back from their packed form", () =>
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 33), { maxLength: 200 }), (seconds) => {
      expect(unpackArrivals(packArrivals(seconds))).toEqual(seconds);
    }),
  ));

it("arrival times of one batch cost a few bytes, and cut ones are refused", () => {
  const packed = packArrivals(
    Array.from({ length: 1000 }, (_, index) => t0 + Math.floor(index / 500)),
  );
  expect(packed.length).toBeLessThan(12);
  expect(() => unpackArrivals(packed.subarray(0, 3))).toThrow(/cut off/);
});
