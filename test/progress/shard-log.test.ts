/** What one environment knows of a log, by itself: which entry says what, and what is forgotten. */
import { describe, expect, it } from "vitest";
import { type EntryDraft, packArrivals } from "../../src/progress/entry.ts";
import { wordsPerName, writeName } from "../../src/progress/fingerprint.ts";
import { KnownKeys } from "../../src/progress/parked-keys.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import type { UserRecord } from "../../src/record/user-record.ts";
import { ask, at, draftOf, emptyLog, entryOf, type Named, t0 } from "./log-world.ts";

const one = (name: string, place: number, second = place): Named => ({ name, place, second });
const done = (...named: readonly Named[]) => draftOf(named);

/** A log that has merged these, the first under number 1. */
function logOf(drafts: readonly EntryDraft[], log = emptyLog()): ShardLog {
  for (const draft of drafts) log.merge(entryOf(log.n + 1, draft, log.n));
  return log;
}

/** Asks of a record inside an aggregate, or whatever else is special. */
function evidence(log: ShardLog, { name, place, second }: Named, more: object) {
  const names = new Uint32Array(2 * wordsPerName);
  writeName(names, 1, name);
  const question = {
    names,
    place: 1,
    position: at(place),
    second: t0 + second,
    windowInSeconds: 10,
  };
  return log.evidence({ ...question, ...more });
}

it("knows names for as long before a record as it has been read, and for no longer than was asked", () => {
  const log = new ShardLog("log", true);
  log.coveredFrom = t0;
  const windowBefore = (second: number) =>
    log.windowBefore({ approximateArrivalTimestamp: 1000 * (t0 + second) } as UserRecord, 60);
  expect([-1, 0, 59, 60, 61].map(windowBefore)).toEqual([0, 0, 59, 60, 60]);
});

describe("evidence", () => {
  it("reaches as far as the entry speaks, to its ends", () => {
    const log = logOf([done(one("a", 5, 0), one("b", 9, 0))], new ShardLog("log", true));
    const far = { second: t0, windowInSeconds: -1 };
    expect([4, 5, 9, 10].map((place) => evidence(log, one("a", place, 0), far))).toEqual([
      "none",
      "redelivered",
      "redelivered",
      "none",
    ]);
  });

  it("of a duplicate reaches as far as the window, both ways, to its end", () => {
    const log = logOf([done(one("a", 5, 100))]);
    const of = (second: number) => evidence(log, one("a", 50, second), {});
    expect([89, 90, 110, 111].map(of)).toEqual(["none", "duplicate", "duplicate", "none"]);
  });

  it("that a parked record comes back against is only of what arrived before it, within the window", () => {
    const log = logOf([done(one("a", 5, 100))]);
    const of = (second: number) => evidence(log, one("a", 5, second), { isParked: true });
    expect([99, 100, 101, 110, 111].map(of)).toEqual([
      "none",
      "none",
      "duplicate",
      "duplicate",
      "none",
    ]);
  });

  it("is not of the rest of an aggregate that was cut where the entry ends, nor of a fold", () => {
    const cut = { ...done(one("a", 5, 0)), first: at(4), last: at(5, 2) };
    const whole = { ...done(one("a", 5, 0)), first: at(4), last: at(6) };
    const of = (draft: EntryDraft, mayBeRest: boolean) =>
      evidence(logOf([draft], new ShardLog("log", true)), one("a", 5, 0), { mayBeRest });
    expect(of(cut, true)).toBe("none");
    expect(of(cut, false)).toBe("redelivered");
    expect(of(whole, true)).toBe("redelivered");
    expect(of({ ...whole, kind: "fold", since: 1 }, true)).toBe("none");
    expect(of({ ...whole, kind: "fold", since: 1 }, false)).toBe("redelivered");
  });

  it("in a parent's log is of a duplicate, however near", () => {
    const [child, parent] = [emptyLog(), logOf([done(one("a", 5, 0))])];
    child.ancestors = [parent];
    expect(ask(child, one("a", 5, 0))).toBe("duplicate");
    expect(ask(child, one("b", 5, 0))).toBe("none");
    child.ancestors = [emptyLog(), parent];
    expect(ask(child, one("a", 5, 0))).toBe("duplicate");
  });

  it("small entries share a span, to 64 names; where ends matter each has its own", () => {
    const drafts = [done(one("a", 1, 0)), done(one("b", 9, 0)), done(...numbered(62, 20))];
    // A name that stands in the span of others is taken for a redelivery as far as these reach.
    const reach = (log: ShardLog, place: number) => ask(log, one("a", place, 0), -1);
    const shared = logOf(drafts);
    expect([1, 9, 81, 82].map((place) => reach(shared, place))).toEqual([
      "redelivered",
      "redelivered",
      "redelivered",
      "none",
    ]);
    const exact = logOf(drafts, new ShardLog("log", true));
    expect([1, 2].map((place) => reach(exact, place))).toEqual(["redelivered", "none"]);
    const full = logOf([...drafts, done(one("c", 200, 0))]);
    expect(reach(full, 200)).toBe("none");
    expect(ask(full, one("c", 1, 0), -1)).toBe("none");
    // Read backwards, they come the other way round.
    const backwards = emptyLog();
    for (const n of [2, 1]) backwards.merge(entryOf(n, drafts[n - 1]!, n));
    expect(reach(backwards, 9)).toBe("redelivered");
    expect(ask(backwards, one("b", 1, 0), -1)).toBe("redelivered");
  });
});

const numbered = (count: number, from: number) =>
  Array.from({ length: count }, (_, n) => one(`n${from + n}`, from + n, 0));

describe("an entry says", () => {
  it("how far the log has come; an older one that is read later says nothing of that", () => {
    const log = emptyLog();
    const through = (place: number) => ({ kind: "done" as const, through: at(place) });
    log.merge(entryOf(5, through(3), 5));
    expect([log.n, log.through]).toEqual([5, at(3)]);
    log.merge(entryOf(4, through(2), 4));
    expect([log.n, log.through]).toEqual([5, at(3)]);
    log.merge(entryOf(6, through(2), 6));
    expect([log.n, log.through]).toEqual([6, at(3)]);
    log.merge(entryOf(7, through(4), 7));
    expect([log.n, log.through]).toEqual([7, at(4)]);
  });

  it("to where it names records; one that names none does not", () => {
    const log = logOf([{ kind: "done", first: at(9), last: at(9) }]);
    expect(log.furthest).toBeUndefined();
    log.merge(entryOf(2, done(one("a", 5)), 2));
    log.merge(entryOf(3, done(one("b", 3)), 3));
    expect(log.furthest).toEqual(at(5));
    log.merge(entryOf(4, done(one("c", 7)), 4));
    expect(log.furthest).toEqual(at(7));
  });

  it("names only where it says of which positions, and when they arrived", () => {
    const { names, arrivals, first, last } = done(one("a", 5, 0));
    for (const part of [
      { names, first, last },
      { names, arrivals, last },
      { names, arrivals, first },
      { arrivals, first, last },
    ])
      expect(logOf([{ kind: "done", ...part }]).size).toBe(0);
    expect(logOf([{ kind: "done", names, arrivals, first, last }]).size).toBe(1);
  });

  it("who took the shard over last", () => {
    const took: EntryDraft = { kind: "took" };
    const log = logOf([took, { kind: "done" }]);
    expect(log.takenAt).toBe(1);
    log.merge(entryOf(9, took, 9));
    log.merge(entryOf(8, took, 8));
    expect(log.takenAt).toBe(9);
  });

  it("which keys it parks, where it is new: a log that is read later has no more of them than the set", () => {
    const keys = new KnownKeys();
    const log = new ShardLog("log", false, keys);
    const parks = (key: string): EntryDraft => ({ kind: "done", parkedKeys: [key] });
    log.merge(entryOf(5, parks("new"), 5));
    log.merge(entryOf(4, parks("old"), 4));
    expect([keys.has("new"), keys.has("old")]).toEqual([true, false]);
    expect(logOf([parks("a")]).n).toBe(1);
  });

  it("who the parents are, once", () => {
    const log = emptyLog();
    log.merge(entryOf(5, { kind: "done" }, 5));
    expect(log.parents).toBeUndefined();
    log.merge(entryOf(4, { kind: "done", parents: ["a"] }, 4));
    log.merge(entryOf(3, { kind: "done", parents: ["b"] }, 3));
    expect(log.parents).toEqual(["a"]);
  });
});

describe("a claim", () => {
  const claim = (kind: "began" | "lease", first = 3, last = 9): EntryDraft => ({
    ...{ kind, first: at(first), last: at(last), until: 1 },
  });

  it.each(["began", "lease"] as const)(
    "%s speaks of its positions to their ends, until an entry ends it",
    (kind) => {
      const log = logOf([claim(kind), claim(kind, 9, 9)]);
      const on = (place: number) => log.claimsOn(at(place)).map(({ n }) => n);
      expect([2, 3, 9, 10].map(on)).toEqual([[], [1], [1, 2], []]);
      logOf([{ kind: "done", ends: [1] }], log);
      expect(on(9)).toEqual([2]);
      logOf([{ kind: "done", ends: [2] }], log);
      expect(on(9)).toEqual([]);
      expect(log.claims.size).toBe(0);
    },
  );

  it("whose end was read before it is ended, and no other", () => {
    const log = emptyLog();
    log.merge(entryOf(9, { kind: "done", ends: [3] }, 9));
    log.merge(entryOf(4, claim("began"), 4));
    log.merge(entryOf(3, claim("began"), 3));
    expect([...log.claims.keys()]).toEqual([4]);
  });

  it("is none that was done, taken over or folded", () => {
    const log = logOf([
      { ...claim("began"), kind: "took" },
      { ...claim("began"), kind: "done" },
    ]);
    expect(log.claims.size).toBe(0);
  });
});

describe("what could not be saved", () => {
  it("is evidence, and stands behind what is known", () => {
    const log = logOf([{ kind: "done", closed: [at(1)] }]);
    const open = { position: at(1), attempts: 2, since: 1, key: "k" };
    log.mergeUnsaved({ ...done(one("a", 5, 0)), open: [open], closed: [at(2)] });
    expect(ask(log, one("a", 5, 0))).toBe("redelivered");
    expect(log.states.openRecord(at(1))).toMatchObject({ attempts: 2 });
    expect(log.n).toBe(1);
    // The next entry is newer.
    logOf([{ kind: "done", closed: [at(1)], open: [{ ...open, position: at(2) }] }], log);
    expect(log.states.openRecord(at(1))).toBeUndefined();
    expect(log.states.openRecord(at(2))).toBeDefined();
  });

  it("is said without what others have closed since", () => {
    const log = emptyLog();
    expect(log.unsaved).toBeUndefined();
    const open = [1, 2].map((place) => ({ position: at(place), attempts: 1, since: 1, key: "k" }));
    log.carried = { ...done(one("a", 5, 0)), open, n: 0 };
    logOf([{ kind: "done", closed: [at(1)] }], log);
    expect(log.unsaved).toEqual({ ...done(one("a", 5, 0)), open: [open[1]] });
    log.carried = { ...done(one("a", 5, 0)), open, n: 1 };
    expect(log.unsaved).toMatchObject({ open });
    log.carried = { kind: "done", n: 0 };
    expect(log.unsaved).toEqual({ kind: "done", open: undefined });
  });
});

describe("a reset", () => {
  const open = [{ position: at(1), attempts: 1, since: 1, key: "k" }];
  function full() {
    const log = logOf([
      { ...done(one("a", 5, 0)), open, through: at(5), parents: ["parent"] },
      { kind: "began", first: at(1), last: at(9), until: 1 },
      { ...done(one("b", 6, 0)), kind: "fold", since: 1, folds: [{ n: 1, since: 1, at: 1 }] },
      done(one("c", 7, 0)),
    ]);
    log.ancestors = [logOf([done(one("old", 1, 0))])];
    log.carried = { kind: "done", n: 4 };
    return log;
  }

  it("forgets all that came before it", () => {
    const log = full();
    log.merge(entryOf(5, { kind: "reset" }, 5));
    const { size, through, furthest, parents, ancestors, carried, folds, claims, n } = log;
    expect({ size, through, furthest, parents, ancestors, carried, folds, n }).toEqual({
      ...{ size: 0, through: undefined, furthest: undefined, parents: [], ancestors: [] },
      ...{ carried: undefined, folds: [], n: 5 },
    });
    expect(claims.size).toBe(0);
    expect(log.states.since(0).open).toEqual([]);
    expect(log.bytes).toBe(emptyLog().bytes);
    for (const name of ["a", "b", "c", "old"]) expect(ask(log, one(name, 5, 0))).toBe("none");
    // What comes next begins anew.
    logOf(
      Array.from({ length: 256 }, (_, n) => done(one(`${n}`, n, 0))),
      log,
    );
    expect(log.fold()).toMatchObject({ since: 6, parents: [], folds: [] });
  });

  it("that is read backwards ends what there is to know, and forgets nothing of what is newer", () => {
    const log = full();
    log.n = 9;
    log.parents = undefined;
    log.merge(entryOf(8, { kind: "reset" }, 8));
    expect([log.n, log.size, log.claims.size, log.parents]).toEqual([9, 3, 1, []]);
    log.parents = ["parent"];
    log.merge(entryOf(8, { kind: "reset" }, 8));
    expect(log.parents).toEqual(["parent"]);
  });
});

describe("what is held in memory", () => {
  const named = (count: number) =>
    numbered(count, 0).map((each) => ({ ...each, second: each.place }));

  it("is counted: names, spans, positions, claims, what is to be folded, and the parents' logs", () => {
    const empty = emptyLog().bytes;
    const names = done(...named(10));
    const of = (...drafts: readonly EntryDraft[]) => logOf(drafts).bytes - empty;
    // A span, and the arrivals for the next fold.
    expect(of(names)).toBe(300 + 320);
    expect(of(names, names)).toBe(300 + 640);
    expect(of({ kind: "done", closed: [at(1), at(2)] })).toBe(400);
    expect(of({ kind: "began", first: at(1), last: at(1), until: 1 })).toBe(200);
    const pruned = logOf([names]);
    pruned.coveredFrom = 0;
    pruned.prune(t0 + 5);
    expect([pruned.size, pruned.bytes - empty]).toEqual([5, 620]);
    const child = emptyLog();
    child.ancestors = [logOf([names]), emptyLog()];
    expect(child.bytes).toBe(3 * empty + 620);
  });

  it("shrinks as what is old is forgotten, and what stays is known as before", () => {
    const log = new ShardLog("log", true);
    for (const each of named(2000)) log.merge(entryOf(log.n + 1, done(each), log.n));
    log.coveredFrom = t0;
    const before = log.bytes;
    log.prune(t0);
    expect(log.bytes).toBe(before);
    log.prune(t0 + 1500);
    expect([log.size, log.coveredFrom]).toEqual([500, t0 + 1500]);
    expect(before - log.bytes).toBeGreaterThan(300 * 1500);
    expect([1499, 1500, 1999].map((n) => ask(log, one(`n${n}`, n, n), 0))).toEqual([
      "none",
      "redelivered",
      "redelivered",
    ]);
    expect(ask(log, one("n1999", 1998, 1999), -1)).toBe("none");
    // It never goes back: those are gone.
    log.prune(t0 + 1000);
    expect(log.coveredFrom).toBe(t0 + 1500);
  });

  it.each([
    ["the window", 1000, 500, Number.POSITIVE_INFINITY, 1999 - 250],
    ["what is covered, where that is less", 1000, 1800, Number.POSITIVE_INFINITY, 1900],
    ["not what is needed", 1000, 500, 1200, 1200],
  ])("half is given up of %s", (_, __, covered, needed, from) => {
    const log = logOf([done(...named(2000))]);
    log.coveredFrom = t0 + covered;
    log.halveWindow(500, t0 + needed);
    expect(log.windowFrom).toBe(t0 + from);
    expect(log.coveredFrom).toBe(t0 + from);
    expect(log.size).toBe(2000 - from);
  });

  it("entries that come without arrivals in order are counted from the newest", () => {
    const draft = {
      ...done(one("a", 1, 0), one("b", 2, 0)),
      arrivals: packArrivals([t0 + 90, t0 + 10]),
    };
    const log = logOf([draft]);
    log.coveredFrom = 0;
    log.halveWindow(20);
    expect(log.windowFrom).toBe(t0 + 80);
  });
});
