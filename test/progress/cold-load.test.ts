/** A cold start knows what it needs to know, however the log came to be, and does not read the rest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryProgress, progressStore } from "../../src/consumer/progress/progress-store.ts";
import { appendNext } from "../../src/progress/append.ts";
import type { Entry } from "../../src/progress/entry.ts";
import { clockSkewInSeconds } from "../../src/progress/log-access.ts";
import { recall } from "../../src/progress/recall.ts";
import type { ShardLog } from "../../src/progress/shard-log.ts";
import type { ProgressStore } from "../../src/progress/store.ts";
import {
  ask,
  at,
  draftOf,
  emptyLog,
  entryOf,
  ledgerOf,
  type Named,
  recorded,
  source,
  t0,
} from "./log-world.ts";

const logName = "c#orders#0";

/** Reads by pages of so many entries, and tells what was read. */
function paged(store: ProgressStore, size: number) {
  const read = { requests: 0, entries: 0 };
  const progress = progressStore({
    ...store,
    async readBefore(log, before) {
      const { entries } = await store.readBefore(log, before);
      const page = entries.slice(0, size);
      read.requests++;
      read.entries += page.length;
      return { entries: page, more: page.length < entries.length };
    },
    async readSome(log, numbers) {
      read.requests++;
      read.entries += numbers.length;
      return store.readSome(log, numbers);
    },
  });
  return { progress, read };
}

/**
 * Appends entries as environments do whose clocks are up to five minutes off, each naming what has just
 * arrived. Resolves to what they name.
 */
async function history(
  store: ProgressStore,
  sizes: readonly number[],
  skews: readonly number[],
): Promise<Named[]> {
  const all: Named[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: async () => {}, after: () => () => {} };
  const access = ledgerOf(store, { windowInSeconds: 100_000, clock });
  const log = await recall(emptyLog(), source, t0, access);
  for (const [second, size] of sizes.entries()) {
    const named = Array.from({ length: size }, (_, index) => ({
      name: `${second}.${index}`,
      place: 100 * second + index,
      second: 4 * second,
    }));
    now = (t0 + 4 * second + skews[second % skews.length]!) * 1000;
    await appendNext(log, () => draftOf(named), access);
    all.push(...named);
  }
  return all;
}

/** The first of these names that a log should know and does not. */
const missing = (log: ShardLog, named: readonly Named[], windowInSeconds: number) =>
  named.find((one) => ask(log, one, windowInSeconds) !== "redelivered");

it("whatever the sizes of entries, folds, pages and the clocks of their writers, every name that the window reaches is known", () => {
  const skew = fc.constantFrom(-clockSkewInSeconds, -clockSkewInSeconds, clockSkewInSeconds, -100);
  const stretch = fc.record({
    count: fc.integer({ min: 1, max: 400 }),
    size: fc.constantFrom(1, 1, 2, 24, 25),
  });
  return fc.assert(
    fc.asyncProperty(
      fc.array(stretch, { minLength: 1, maxLength: 3 }),
      fc.array(skew, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 300 }),
      fc.nat(100),
      fc.constantFrom(0, 4, 60, 900),
      async (stretches, skews, page, percent, windowInSeconds) => {
        const store = memoryProgress();
        const sizes = stretches.flatMap(({ count, size }) => Array<number>(count).fill(size));
        const all = await history(store, sizes, skews);
        const from = 4 * Math.floor((sizes.length * percent) / 100);
        const access = ledgerOf(paged(store, page).progress, { windowInSeconds });
        const cold = await recall(emptyLog(), source, t0 + from, access);
        const reached = all.filter(({ second }) => second >= from - windowInSeconds);
        expect(missing(cold, reached, windowInSeconds)).toBeUndefined();
      },
    ),
    { numRuns: 25 },
  );
});

describe("the walk over folds", () => {
  /** A log, and the folds in it. */
  async function folded(sizes: readonly number[]) {
    const store = memoryProgress();
    const all = await history(store, sizes, [0]);
    const { entries } = await store.readAfter(logName, 0);
    return { store, all, folds: entries.filter(({ kind }) => kind === "fold") };
  }
  const small = (count: number) => Array<number>(count).fill(1);

  /** What a cold start reads whose window reaches so far back. */
  async function load(store: ProgressStore, from: number, page = 300) {
    const { progress, read } = paged(store, page);
    const access = ledgerOf(progress, { windowInSeconds: 100_000 });
    const log = await recall(emptyLog(), source, t0 + from + 100_000, access);
    return { log, read };
  }

  // The first entry is too large to be restated: it is the only one before the oldest fold.
  it.each([[[3400]], [[3400, 3400]], [Array<number>(150).fill(40)]])(
    "goes on behind the oldest of them, to the very first entry",
    async (large) => {
      const { store, all, folds } = await folded([...large, ...small(700)]);
      expect(folds.length).toBeGreaterThan(1);
      expect(folds[0]!.since).toBeGreaterThan(1);
      for (const page of [1, 50, 1000]) {
        const { log } = await load(store, 0, page);
        expect(missing(log, all, 1)).toBeUndefined();
      }
    },
  );

  it("asks twice for whatever they restate, and reads no fold beyond the first that is too old", async () => {
    const { store, all, folds } = await folded(small(2000));
    expect(folds.length).toBeGreaterThan(6);
    const whole = await load(store, 0);
    expect(whole.read.requests).toBe(2);
    expect(missing(whole.log, all, 1)).toBeUndefined();
    // Wherever the window ends.
    for (let from = 400; from < 4 * 1900; from += 200) {
      const part = await load(store, from);
      expect(part.read.requests).toBeLessThanOrEqual(2);
      // With five minutes for the clocks, and the one that is too old.
      const needed = folds.filter(({ at }) => at / 1000 - t0 >= from - clockSkewInSeconds).length;
      expect(part.read.entries).toBeLessThanOrEqual(300 + needed + 1);
      const reached = all.filter(({ second }) => second >= from);
      expect(missing(part.log, reached, 1)).toBeUndefined();
    }
  });
});

describe("a claim that nothing has ended", () => {
  const claim: Partial<Entry> = { kind: "began", first: at(3), last: at(9), until: t0 * 1000 };

  /** A claim, and so many small entries behind it. */
  async function claimed(behind: number) {
    const { progress, entries } = recorded();
    const access = ledgerOf(progress, { windowInSeconds: 100_000 });
    const log = await recall(emptyLog(), source, t0, access);
    const small = async (name: string, place: number) => {
      await appendNext(log, () => draftOf([{ name, place, second: 0 }]), access);
    };
    for (let before = 0; before < 20; before++) await small(`before ${before}`, before);
    const { n } = await appendNext(log, () => ({ ...claim, kind: "began" }), access);
    for (let after = 0; after < behind; after++) await small(`after ${after}`, 100 + after);
    return { access, log, n: n!, small, entries };
  }

  it.each([1, 240, 300, 1000])("is known to a cold start %i entries later", async (behind) => {
    const { access } = await claimed(behind);
    const cold = await recall(emptyLog(), source, t0, access);
    expect(cold.claimsOn(at(5))).toHaveLength(1);
    expect(cold.claimsOn(at(10))).toHaveLength(0);
  });

  it("and is ended then, is unknown to a cold start, and entries are folded again", async () => {
    const { access, log, n, small, entries } = await claimed(300);
    await appendNext(log, () => ({ kind: "done", ends: [n] }), access);
    for (let after = 0; after < 300; after++) await small(`later ${after}`, 1000 + after);
    expect(entries.some(({ kind }) => kind === "fold")).toBe(true);
    const cold = await recall(emptyLog(), source, t0, access);
    expect(cold.claimsOn(at(5))).toHaveLength(0);
    expect(cold.size).toBe(620);
  });
});

describe("the horizon of a child shard", () => {
  const parentName = "c#us-east-1:123456789012:orders#0#shardId-000000000007";

  /** A child that was created at `t0`; its parent names a record that arrived at `second`. */
  async function child(second: number, from: number) {
    const store = memoryProgress();
    const draft = draftOf([{ name: "a", place: 1, second }]);
    await store.append(parentName, entryOf(1, draft, second), 0);
    const access = ledgerOf(store, {
      windowInSeconds: 60,
      parentsOf: async (_, shardId) =>
        shardId === source.shardId ? [{ shardId: "shardId-000000000007", createdAt: 0 }] : [],
    });
    const own = { ...source, hasIds: true, createdAt: t0 };
    return recall(emptyLog(), own, t0 + from, access);
  }

  // The second of a shard's creation is told by another clock than the arrival of its records.
  it.each([
    [-30, 20],
    [50, 70],
    [200, 250],
    [clockSkewInSeconds, clockSkewInSeconds + 60],
  ])("has room for skewed clocks: first at %i s, duplicate at %i s", async (second, from) => {
    const log = await child(second, from);
    expect(ask(log, { name: "a", place: 99, second: from }, 60)).toBe("duplicate");
  });
});

it("what was not read for want of memory is not asked for again with each load", async () => {
  const store = memoryProgress();
  await history(store, Array<number>(400).fill(100), [0]);
  let cold = 0;
  const progress = progressStore({
    ...store,
    readBefore(log, before) {
      if (before === Number.POSITIVE_INFINITY) cold++;
      return paged(store, 50).progress.readBefore(log, before);
    },
  });
  const access = ledgerOf(progress, { windowInSeconds: 1600, maxBytes: 200_000 });
  const first = await recall(emptyLog(), source, t0 + 1600, access);
  expect(first.floor).toBeGreaterThan(t0);
  // It has moved on by more than the environment can follow, and there is memory now: it is loaded anew.
  first.n -= 1;
  const far = { ...access, maxBytes: 1e9, store: progressStore({ ...progress, readAfter: gap }) };
  const second = await recall(first, source, t0 + 1600, far);
  expect(second).not.toBe(first);
  const loads = cold;
  // Records of long ago come again and again: none has the log read anew.
  let log = second;
  for (let delivery = 0; delivery < 5; delivery++) {
    log = await recall(log, source, t0, access);
  }
  expect(cold).toBe(loads);
});

/** A page that does not begin where it should. */
const gap: ProgressStore["readAfter"] = async () => ({ entries: [], more: true });
