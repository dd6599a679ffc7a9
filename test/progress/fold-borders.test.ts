/** When a log's entries are folded, and what a fold says: by the log itself, at the borders. Rule 7. */
import { describe, expect, it } from "vitest";
import { type Entry, type EntryDraft, unpackArrivals } from "../../src/progress/entry.ts";
import type { ShardLog } from "../../src/progress/shard-log.ts";
import { at, draftOf, emptyLog, entryOf, t0 } from "./log-world.ts";

/** An entry of so many names, the first at `place`. */
const named = (place: number, count = 1, more: Partial<EntryDraft> = {}): EntryDraft => ({
  ...draftOf(
    Array.from({ length: count }, (_, n) => ({
      name: `${place + n}`,
      place: place + n,
      second: place,
    })),
  ),
  ...more,
});

/** Merges the entries that come next; what they are is told by their place. */
function grow(log: ShardLog, count: number, draft: (place: number) => EntryDraft): Entry[] {
  return Array.from({ length: count }, () => {
    const entry = entryOf(log.n + 1, draft(log.n), log.n);
    log.merge(entry);
    return entry;
  });
}

/** Appends the fold that is due. */
function folded(log: ShardLog): Entry {
  const fold = entryOf(log.n + 1, log.fold()!, log.n);
  log.merge(fold);
  return fold;
}

describe("a fold is due", () => {
  it("once 256 entries have come, and says what they say", () => {
    const log = emptyLog();
    log.parents = ["parent"];
    grow(log, 255, (place) => named(place));
    expect(log.fold()).toBeUndefined();
    const open = [{ position: at(900), attempts: 1, since: 1, key: "k" }];
    grow(log, 1, (place) =>
      named(place, 1, { open, closed: [at(901)], abandoned: [at(900)], through: at(255) }),
    );
    const { names, arrivals, ...fold } = log.fold()!;
    expect(names).toHaveLength(16 * 256);
    expect(unpackArrivals(arrivals!)).toEqual(Array.from({ length: 256 }, (_, n) => t0 + n));
    expect(fold).toEqual({
      kind: "fold",
      first: at(0),
      last: at(255),
      open: [expect.objectContaining(open[0]!)],
      closed: [at(901)],
      abandoned: [at(900)],
      ends: undefined,
      through: at(255),
      since: 1,
      folds: [],
      parents: ["parent"],
    });
  });

  it("once 3,400 names have come of entries of 24 and fewer", () => {
    const log = emptyLog();
    grow(log, 141, (place) => named(100 * place, 24));
    expect(log.fold()).toBeUndefined();
    grow(log, 1, (place) => named(100 * place, 16));
    expect(log.fold()).toMatchObject({ since: 1, first: at(0), last: at(14_115) });
  });

  // Of 3,400 names, which are 136 entries of 25.
  it.each([
    ["25 each", 256, 25, 136, 137],
    ["many at once", 1, 3400, 256, 2],
  ])(
    "not of entries that are as quickly read themselves, %s: it begins behind them",
    (_, count, size, more, since) => {
      const log = emptyLog();
      grow(log, count, (place) => named(5000 * place, size));
      expect(log.fold()).toBeUndefined();
      grow(log, more - 1, (place) => named(2_000_000 + place));
      expect(log.fold()).toBeUndefined();
      grow(log, 1, (place) => named(2_000_000 + place));
      expect(log.fold()).toMatchObject({ since });
    },
  );

  it("not of entries that name nothing, with whatever comes behind them", () => {
    const log = emptyLog();
    grow(log, 300, () => ({ kind: "done" }));
    expect(log.fold()).toBeUndefined();
    grow(log, 1, (place) => named(place));
    expect(log.fold()).toMatchObject({ since: 1, first: at(300), last: at(300) });
  });

  it("not while a claim is open, and is written once that is ended; the end of a claim is said by it only where the claim stands before it", () => {
    const log = emptyLog();
    const claim = (kind: "began" | "lease"): EntryDraft => ({
      kind,
      first: at(0),
      last: at(9),
      until: 1,
    });
    grow(log, 1, () => claim("began"));
    grow(log, 256, (place) => named(place));
    expect(log.fold()).toBeUndefined();
    grow(log, 1, (place) => named(place, 1, { ends: [1] }));
    expect(log.fold()).toMatchObject({ since: 1, ends: undefined });
    folded(log);
    const [lease] = grow(log, 1, () => claim("lease"));
    grow(log, 300, (place) => named(place));
    grow(log, 1, (place) => named(place, 1, { ends: [lease!.n, 1] }));
    expect(log.fold()).toMatchObject({ since: 260, ends: [1] });
  });

  it("no more where nobody could write one for twice as long: the next begins anew", () => {
    const log = emptyLog();
    grow(log, 512, (place) => named(place));
    expect(log.fold()).toMatchObject({ since: 1 });
    grow(log, 1, (place) => named(place));
    expect(log.fold()).toBeUndefined();
    grow(log, 255, (place) => named(place));
    expect(log.fold()).toBeUndefined();
    grow(log, 1, (place) => named(place));
    expect(log.fold()).toMatchObject({ since: 514, first: at(513) });
  });

  it("nor of twice as many names", () => {
    const log = emptyLog();
    grow(log, 283, (place) => named(100 * place, 24));
    grow(log, 1, (place) => named(100 * place, 8));
    expect(log.fold()).toMatchObject({ since: 1 });
    grow(log, 1, (place) => named(100 * place));
    expect(log.fold()).toBeUndefined();
  });

  it("not where 301 positions would go with it: it begins behind them", () => {
    for (const [count, isDue] of [
      [300, true],
      [301, false],
    ] as const) {
      const log = emptyLog();
      const places = Array.from({ length: count }, (_, place) => 1000 + place);
      const open = places
        .slice(3)
        .map((place) => ({ position: at(place), attempts: 1, since: 1, key: "k" }));
      grow(log, 1, () => ({ kind: "done", open, closed: [at(1), at(2)] }));
      grow(log, 254, (place) => named(place));
      grow(log, 1, (place) => named(place, 1, { abandoned: [at(1003)] }));
      expect(log.fold()?.since).toBe(isDue ? 1 : undefined);
      grow(log, 256, (place) => named(place));
      expect(log.fold()?.since).toBe(isDue ? 1 : 257);
    }
  });
});

it("the end of a claim that stands before it counts as a position", () => {
  for (const [count, isDue] of [
    [299, true],
    [300, false],
  ] as const) {
    const log = emptyLog();
    grow(log, 1, () => ({ kind: "began", first: at(0), last: at(9), until: 1 }));
    grow(log, 1, (place) => named(5000 * place, 3400));
    const closed = Array.from({ length: count }, (_, place) => at(1000 + place));
    grow(log, 255, (place) => named(place));
    grow(log, 1, (place) => named(place, 1, { closed, ends: [1] }));
    expect(log.fold()?.ends).toEqual(isDue ? [1] : undefined);
  }
});

describe("a fold points", () => {
  it("to those before it, each of which begins where the one before ended", () => {
    const log = emptyLog();
    const folds = [0, 1, 2].map(() => {
      grow(log, 256, (place) => named(place));
      return folded(log);
    });
    const marks = folds.map(({ n, since, at }) => ({ n, since, at }));
    expect(log.folds).toEqual(marks);
    expect(folds.map((fold) => fold.folds)).toEqual([[], marks.slice(0, 1), marks.slice(0, 2)]);
    expect(marks.map(({ n, since }) => [since, n])).toEqual([
      [1, 257],
      [258, 514],
      [515, 771],
    ]);
  });

  it("to none where it says nothing of them", () => {
    const log = emptyLog();
    log.merge(entryOf(2, { kind: "fold", since: 1 }, 5));
    expect(log.folds).toEqual([{ n: 2, since: 1, at: (t0 + 5) * 1000 }]);
  });

  it("to the latest 400 of them", () => {
    const log = emptyLog();
    const folds = Array.from({ length: 400 }, (_, n) => ({
      n: 2 * n + 2,
      since: 2 * n + 1,
      at: n,
    }));
    log.merge(entryOf(802, { kind: "fold", since: 801, folds, parents: [] }, 400));
    grow(log, 256, (place) => named(place));
    const { folds: marks } = folded(log);
    expect(marks).toHaveLength(400);
    expect(marks!.slice(0, 399)).toEqual(folds.slice(1));
    expect(marks!.at(-1)).toMatchObject({ n: 802, since: 801 });
  });

  it("to none where entries stand in between that nobody restates", () => {
    const log = emptyLog();
    grow(log, 256, (place) => named(place));
    folded(log);
    grow(log, 1, (place) => named(5000 * place, 3400));
    grow(log, 256, (place) => named(place));
    expect(folded(log)).toMatchObject({ since: 259, folds: [] });
    expect(log.folds).toHaveLength(1);
  });
});

describe("read backwards,", () => {
  /** What a new environment makes of a log, read from its end. */
  function cold(entries: readonly Entry[]): ShardLog {
    const log = emptyLog();
    for (const entry of entries.toReversed()) log.merge(entry);
    return log;
  }

  it("the entries behind the newest fold are folded next, as if they had been read forwards", () => {
    const log = emptyLog();
    const entries = grow(log, 256, (place) => named(place));
    entries.push(folded(log), ...grow(log, 256, (place) => named(place)));
    const read = cold(entries);
    const [fold, again] = [log.fold()!, read.fold()!];
    expect({
      ...again,
      names: again.names!.length,
      arrivals: unpackArrivals(again.arrivals!).sort(),
    }).toEqual({
      ...fold,
      names: fold.names!.length,
      arrivals: unpackArrivals(fold.arrivals!),
    });
    expect(read.folds).toEqual(log.folds);
  });

  it("what lies before entries that are not worth folding has no place in the next fold", () => {
    const log = emptyLog();
    const entries = [
      ...grow(log, 100, (place) => named(place)),
      ...grow(log, 1, (place) => named(5000 * place, 3400)),
      ...grow(log, 100, (place) => named(place)),
    ];
    const read = cold(entries);
    expect(read.n).toBe(201);
    for (const next of grow(log, 156, (place) => named(place))) read.merge(next);
    expect(log.fold()).toMatchObject({ since: 102 });
    // It cannot know that those behind the large one were small.
    expect(read.fold()).toBeUndefined();
    for (const next of grow(log, 100, (place) => named(place))) read.merge(next);
    expect(read.fold()).toMatchObject({ since: 202 });
  });
});
