/** The append after the effects, as its callers see it: what is sent, how often, and what it answers. */
import { describe, expect, it } from "vitest";
import { memoryProgress } from "../../src/consumer/progress/progress-store.ts";
import { appendNext, type Slice } from "../../src/progress/append.ts";
import { type Entry, unpackArrivals } from "../../src/progress/entry.ts";
import type { ProgressStore } from "../../src/progress/store.ts";
import { ask, at, draftOf, emptyLog, entryOf, ledgerOf, recorded, t0 } from "./log-world.ts";

const one = (name: string, place = 1): Slice => draftOf([{ name, place, second: 0 }]);
const quiet = { saved: true, conflicts: 0 };

it("nothing to say is saved, and costs no request", async () => {
  const { progress, entries } = recorded();
  expect(await appendNext(emptyLog(), () => undefined, ledgerOf(progress))).toEqual(quiet);
  expect(entries).toEqual([]);
});

describe("another's entry in our place", () => {
  it("that no read shows is given up after sixteen of them, each a little later", async () => {
    const slept: number[] = [];
    let reads = 0;
    const store: ProgressStore = {
      ...memoryProgress(),
      append: async () => ({ ok: false, holder: "another's" }),
      async readAfter() {
        if (++reads > 100) throw new Error("It is read for ever.");
        return { entries: [], more: false };
      },
    };
    const clock = {
      now: () => 0,
      sleep: async (ms: number) => void slept.push(ms),
      after: () => () => {},
    };
    const commit = await appendNext(emptyLog(), () => one("a"), ledgerOf(store, { clock }));
    expect(commit).toMatchObject({ saved: false, conflicts: 16 });
    expect((commit.error as Error).message).toBe(
      "Entry 1 of the progress log c#orders#0 is taken, and was not found.",
    );
    expect(reads).toBe(16);
    slept.forEach((ms, lost) => {
      expect(ms).toBeGreaterThanOrEqual(5 * lost);
      expect(ms).toBeLessThanOrEqual(25 * lost);
    });
  });

  // With 75 ms the sixteenth wait would be over as the time is.
  it.each([0, 75])(
    "is met sixteen times where there are %i ms to wait, and then that is said",
    async (left) => {
      const { progress } = recorded();
      let others = 0;
      const store: ProgressStore = {
        ...progress,
        async append(log, entry, expiresAt) {
          const token = `other ${++others}`;
          await progress.append(log, { ...entry, token }, expiresAt);
          return { ok: false, holder: token };
        },
      };
      const access = ledgerOf(store, { remainingMs: () => left, random: () => 0 });
      const commit = await appendNext(emptyLog(), () => one("a"), access);
      expect(commit).toMatchObject({ saved: false, conflicts: 16 });
      expect((commit.error as Error).message).toBe(
        "The progress log c#orders#0 was written by others 16 times in a row, until no time was left.",
      );
      expect(others).toBe(16);
    },
  );

  it("is met as often as need be where each read shows one", async () => {
    const { progress, entries } = recorded();
    let others = 0;
    const store: ProgressStore = {
      ...progress,
      async append(log, entry, expiresAt) {
        if (others < 40) {
          others++;
          await progress.append(log, { ...entry, token: `other ${others}` }, expiresAt);
        }
        return progress.append(log, entry, expiresAt);
      },
    };
    const commit = await appendNext(emptyLog(), () => one("a"), ledgerOf(store));
    expect(commit).toEqual({ saved: true, conflicts: 40, n: 41 });
    expect(entries.at(-1)!.n).toBe(41);
  });

  it("behind which entries have expired is given up: what is not known cannot be told", async () => {
    const store = memoryProgress();
    for (const n of [1, 2, 3]) await store.append("c#orders#0", entryOf(n, one(`${n}`, n), n), 0);
    const log = emptyLog();
    log.merge(entryOf(1, one("1"), 1));
    const gappy: ProgressStore = {
      ...store,
      async readAfter(name, n) {
        const { entries } = await store.readAfter(name, n);
        return { entries: entries.filter((entry) => entry.n > 2), more: false };
      },
    };
    const commit = await appendNext(log, () => one("a"), ledgerOf(gappy));
    expect(commit).toMatchObject({ saved: false, conflicts: 1 });
    expect((commit.error as Error).message).toBe(
      "The progress log c#orders#0 has no entry 2 any more: this environment stood still until it expired.",
    );
    expect(log.n).toBe(1);
  });

  it("is read to its end, however many pages that takes", async () => {
    const store = memoryProgress();
    for (let n = 1; n <= 5; n++) await store.append("c#orders#0", entryOf(n, one(`${n}`, n), n), 0);
    const paged: ProgressStore = {
      ...store,
      async readAfter(name, n) {
        const { entries } = await store.readAfter(name, n);
        return { entries: entries.slice(0, 2), more: entries.length > 2 };
      },
    };
    const log = emptyLog();
    const commit = await appendNext(log, () => one("a", 9), ledgerOf(paged));
    expect(commit).toEqual({ saved: true, conflicts: 1, n: 6 });
    expect(log.n).toBe(6);
  });
});

it("a write that refuses is told of; what was to be written with it is for the caller to say again", async () => {
  const refused = new Map([[1, new Error("no")]]);
  const { progress, entries } = recorded();
  let isRefused = true;
  const store: ProgressStore = {
    ...progress,
    append: async (...args) => (isRefused ? { ok: false, refused } : progress.append(...args)),
  };
  const log = emptyLog();
  const access = ledgerOf(store);
  const writes = [{ Put: { TableName: "t", Item: {} } }];
  const make = () => ({ ...one("a"), writes });
  expect(await appendNext(log, make, access)).toEqual({ saved: false, refused, conflicts: 0 });
  isRefused = false;
  expect(await appendNext(log, () => undefined, access)).toEqual(quiet);
  expect(entries).toEqual([]);
});

describe("while it is not known whether an entry got through,", () => {
  const throttled = new Error("throttled");
  function failing(isTransient: (error: unknown) => boolean) {
    const sent: Entry[] = [];
    const slept: number[] = [];
    const store: ProgressStore = {
      ...memoryProgress(),
      isTransient,
      async append(_, entry) {
        sent.push(entry);
        throw throttled;
      },
    };
    let left = 10_000;
    const clock = {
      now: () => 0,
      after: () => () => {},
      async sleep(ms: number) {
        slept.push(ms);
        left -= ms;
      },
    };
    return { sent, slept, access: ledgerOf(store, { clock, remainingMs: () => left }) };
  }

  it("the same is sent again, ever later, as long as there is time", async () => {
    const { sent, slept, access } = failing((error) => error === throttled);
    const commit = await appendNext(emptyLog(), () => one("a"), access);
    expect(commit).toEqual({ saved: false, conflicts: 0, error: throttled });
    expect(new Set(sent)).toHaveLength(1);
    expect(sent.length).toBe(slept.length + 1);
    slept.forEach((ms, attempt) => {
      const most = Math.min(25 * 2 ** attempt, 1000);
      expect(ms / most).toBeGreaterThanOrEqual(0.5);
      expect(ms / most).toBeLessThan(1.5);
    });
    const total = slept.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBeLessThan(10_000);
    expect(total).toBeGreaterThan(8000);
  });

  it("its own token tells that it did", async () => {
    const store = memoryProgress();
    let replies = 0;
    const access = ledgerOf({
      ...store,
      isTransient: () => true,
      async append(...args) {
        const appended = await store.append(...args);
        if (replies++ === 0) throw throttled;
        return appended;
      },
    });
    const log = emptyLog();
    const commit = await appendNext(log, () => one("a"), access);
    expect(commit).toEqual({ saved: true, conflicts: 0, n: 1 });
    expect(ask(log, { name: "a", place: 1, second: 0 })).toBe("redelivered");
  });

  it("and not where the time would be over when it is sent", async () => {
    for (const [left, times] of [
      [25, 1],
      [25.1, 2],
    ] as const) {
      const { sent, access } = failing(() => true);
      const short = { ...access, random: () => 0.5, remainingMs: () => left };
      await appendNext(emptyLog(), () => one("a"), short);
      expect(sent).toHaveLength(times);
    }
  });

  it("and not where that would not help", async () => {
    const { sent, access } = failing(() => false);
    expect(await appendNext(emptyLog(), () => one("a"), access)).toMatchObject({
      error: throttled,
    });
    expect(sent).toHaveLength(1);
  });
});

it("the parents are in a log's first entry alone, and a checkpoint that was overtaken is not said", async () => {
  const { progress, entries } = recorded();
  const access = ledgerOf(progress);
  const log = emptyLog();
  log.parents = ["parent"];
  for (const place of [5, 3, 5, 7]) {
    await appendNext(log, () => ({ ...one(`${place}`, place), through: at(place) }), access);
  }
  expect(entries.map(({ parents }) => parents)).toEqual([
    ["parent"],
    undefined,
    undefined,
    undefined,
  ]);
  expect(entries.map(({ through }) => through)).toEqual([at(5), at(5), at(5), at(7)]);
});

describe("a fold that is due after an append", () => {
  /** Appends entries of one name until the next one is followed by a fold. */
  async function almostFull(store: ProgressStore) {
    const log = emptyLog();
    const access = ledgerOf(store);
    const append = (place: number) => appendNext(log, () => one(`${place}`, place), access);
    for (let place = 1; place <= 255; place++) await append(place);
    return { log, append };
  }

  it("is the writer's own: the next append meets nobody", async () => {
    const { progress, entries } = recorded();
    const { log, append } = await almostFull(progress);
    expect(await append(256)).toEqual({ saved: true, conflicts: 0, n: 256 });
    expect(entries.at(-1)).toMatchObject({ kind: "fold", n: 257 });
    expect(log.n).toBe(257);
    expect(await append(257)).toEqual({ saved: true, conflicts: 0, n: 258 });
  });

  it("and whose number is taken was not written: what is there is read with the next append", async () => {
    const store = memoryProgress();
    const { log, append } = await almostFull({
      ...store,
      async append(name, entry, expiresAt) {
        if (entry.kind === "fold" && entry.n === 257)
          await store.append(name, entryOf(257, one("another's", 900), 0), expiresAt);
        return store.append(name, entry, expiresAt);
      },
    });
    await append(256);
    expect(log.n).toBe(256);
    expect(await append(258)).toMatchObject({ saved: true, conflicts: 1, n: 258 });
    expect(ask(log, { name: "another's", place: 900, second: 0 })).toBe("redelivered");
  });
});

describe("what could not be saved", () => {
  /** A store that takes nothing while `isRefused`. */
  function refusing() {
    const { progress, entries } = recorded();
    const is = { refused: true };
    const store: ProgressStore = {
      ...progress,
      async append(...args) {
        if (is.refused) throw new Error("no such table");
        return progress.append(...args);
      },
    };
    return { access: ledgerOf(store), entries, is };
  }

  it.each<[string, Slice]>([
    ["a claim", { kind: "began", first: at(1), last: at(1), until: 1 }],
    ["a lease", { kind: "lease", first: at(1), last: at(1), until: 1 }],
    ["a takeover", { kind: "took" }],
    ["what has writes", { ...one("a"), writes: [{ Put: { TableName: "t", Item: {} } }] }],
  ])("is not said later where it is %s: nothing has happened", async (_, slice) => {
    const { access, entries, is } = refusing();
    const log = emptyLog();
    expect(await appendNext(log, () => slice, access)).toMatchObject({ saved: false });
    is.refused = false;
    expect(await appendNext(log, () => undefined, access)).toEqual(quiet);
    expect(entries).toEqual([]);
    expect(log.size + log.claims.size).toBe(0);
  });

  it("does not go with a claim, which comes before anything happens", async () => {
    const { access, entries, is } = refusing();
    const log = emptyLog();
    await appendNext(log, () => one("a"), access);
    is.refused = false;
    await appendNext(log, () => ({ kind: "began", first: at(9), last: at(9), until: 1 }), access);
    await appendNext(log, () => one("b", 9), access);
    expect(entries.map(({ kind, names }) => [kind, names?.length])).toEqual([
      ["began", undefined],
      ["done", 32],
    ]);
  });

  it("of what was parked says nothing: that is delivered again", async () => {
    const { access, entries, is } = refusing();
    const log = emptyLog();
    const names = ["a", "b", "parked"].map((name, place) => ({ name, place, second: place }));
    const slice: Slice = {
      ...draftOf(names),
      closed: [at(0), at(2)],
      parked: [at(2)],
      parkedKeys: ["k"],
    };
    await appendNext(log, () => slice, access);
    is.refused = false;
    await appendNext(log, () => undefined, access);
    const [entry] = entries as [Entry];
    expect(entry).toMatchObject({
      closed: [at(0)],
      parked: [],
      names: draftOf(names.slice(0, 2)).names,
    });
    expect(entry.parkedKeys).toBeUndefined();
    expect(unpackArrivals(entry.arrivals!)).toEqual([t0, t0 + 1]);
    for (const [place, name] of names.entries())
      expect(ask(log, name)).toBe(place < 2 ? "redelivered" : "none");
  });

  const open = (count: number, keyLength: number) =>
    Array.from({ length: count }, (_, place) => ({
      ...{ position: at(1000 + place), attempts: 1, since: 1 },
      key: "k".repeat(keyLength),
    }));

  it.each([
    ["more than what comes then", true],
    ["less than what comes then", false],
  ])("is in the next entry as if that had said it, once, where it says %s", async (_, isFull) => {
    const full: Slice = { ...one("a", 3), open: open(1, 1), closed: [at(5)], ends: [4] };
    const [before, then] = isFull ? [full, one("b", 2)] : [one("b", 2), full];
    const { access, entries, is } = refusing();
    const log = emptyLog();
    expect(await appendNext(log, () => before, access)).toMatchObject({ saved: false });
    is.refused = false;
    expect(await appendNext(log, () => then, access)).toMatchObject({ saved: true, n: 1 });
    const { names, arrivals, ...said } = entries[0]!;
    expect([names!.length, unpackArrivals(arrivals!)]).toEqual([32, [t0, t0]]);
    expect(said).toMatchObject({ kind: "done", first: at(2), last: at(3) });
    expect(said).toMatchObject({ open: full.open, closed: full.closed, ends: full.ends });
    await appendNext(log, () => one("c", 4), access);
    expect(entries[1]).toMatchObject({ ...one("c", 4), n: 2 });
  });

  it.each([
    ["what is carried", { kind: "done", ends: [3] }, one("a", 5)],
    ["what comes then", one("a", 5), { kind: "done", ends: [3] }],
  ] as [string, Slice, Slice][])(
    "speaks of the positions of the other where %s speaks of none",
    async (_, before, then) => {
      const { access, entries, is } = refusing();
      const log = emptyLog();
      await appendNext(log, () => before, access);
      is.refused = false;
      await appendNext(log, () => then, access);
      expect(entries).toMatchObject([{ first: at(5), last: at(5), ends: [3] }]);
      expect(entries[0]!.names).toHaveLength(16);
    },
  );

  it("goes alone where nothing comes with it, and then the entry is not of what was to be said", async () => {
    const { access, entries, is } = refusing();
    const log = emptyLog();
    await appendNext(log, () => one("a"), access);
    is.refused = false;
    expect(await appendNext(log, () => undefined, access)).toEqual(quiet);
    expect(entries).toMatchObject([{ ...one("a"), n: 1 }]);
    expect(await appendNext(log, () => undefined, access)).toEqual(quiet);
    expect(entries).toHaveLength(1);
  });

  const named = (count: number): Slice =>
    draftOf(
      Array.from({ length: count }, (_, n) => ({ name: `${count} ${n}`, place: n, second: 0 })),
    );
  it.each<[string, (count: number) => Slice, number]>([
    ["names", named, 8192],
    [
      "closed records",
      (count) => ({ kind: "done", closed: open(count, 0).map(({ position }) => position) }),
      1310,
    ],
    ["open records", (count) => ({ kind: "done", open: open(count, 0) }), 1310],
    ["open records with keys", (count) => ({ kind: "done", open: open(count, 25) }), 655],
    [
      "ends of claims",
      (count) => ({ kind: "done", ends: Array.from({ length: count }, (_, n) => n) }),
      13_107,
    ],
  ])("is carried as far as an item has room for it: %s", async (_, draft, most) => {
    for (const isTooMuch of [false, true]) {
      const { access, entries, is } = refusing();
      const log = emptyLog();
      const last = most >> 2;
      await appendNext(log, () => draft(most - last + (isTooMuch ? 1 : 0)), access);
      await appendNext(log, () => draft(last), access);
      is.refused = false;
      await appendNext(log, () => undefined, access);
      const [{ names, closed = [], open = [], ends = [] }] = entries as [Entry];
      const carried = (names?.length ?? 0) / 16 + closed.length + open.length + ends.length;
      expect(carried).toBe(isTooMuch ? last : most);
    }
  });
});
