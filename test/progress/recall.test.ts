/** The read before the effects, at its borders: what is asked of the store, and what is known then. */
import { describe, expect, it } from "vitest";
import { memoryProgress } from "../../src/consumer/progress/progress-store.ts";
import type { Entry } from "../../src/progress/entry.ts";
import { clockSkewInSeconds, type LogAccess } from "../../src/progress/log-access.ts";
import { recall } from "../../src/progress/recall.ts";
import type { ShardLog } from "../../src/progress/shard-log.ts";
import type { ProgressStore } from "../../src/progress/store.ts";
import { ask, draftOf, emptyLog, entryOf, ledgerOf, source, t0 } from "./log-world.ts";

const windowInSeconds = 100;
const named = (n: number, second: number) => draftOf([{ name: `${n}`, place: n, second }]);

/** A log of entries that were appended at these seconds, each with what had just arrived; and what is asked of it. */
async function written(seconds: readonly number[], more: Partial<LogAccess> = {}, page = 1000) {
  const store = memoryProgress();
  for (const [place, second] of seconds.entries())
    await store.append("c#orders#0", entryOf(place + 1, named(place + 1, second), second), 0);
  const asked: string[] = [];
  const watched: ProgressStore = {
    ...store,
    async readAfter(log, n) {
      asked.push(`after ${n}`);
      const { entries } = await store.readAfter(log, n);
      return { entries: entries.slice(0, page), more: entries.length > page };
    },
    async readBefore(log, n) {
      asked.push(`before ${n}`);
      const { entries } = await store.readBefore(log, n);
      return { entries: entries.slice(0, page), more: entries.length > page };
    },
    async readSome(log, numbers) {
      asked.push(`some ${numbers.map(String).join(" ")}`);
      // A store has no order here.
      return (await store.readSome(log, numbers)).toReversed();
    },
  };
  return { store, asked, access: ledgerOf(watched, { windowInSeconds, ...more }) };
}

/** Behind what is known of it something has expired. */
const gap = (store: LogAccess["store"]): LogAccess["store"] => ({
  ...store,
  readAfter: async (_, n) => ({ entries: [entryOf(n + 2, named(99, 600), 600)], more: false }),
});

const known = (log: ShardLog, seconds: readonly number[]) =>
  seconds.flatMap((second, place) =>
    ask(log, { name: `${place + 1}`, place: place + 1, second }, 0) === "none" ? [] : [place + 1],
  );

describe("a log that is not in memory", () => {
  const seconds = [0, 299, 300, 301, 600];

  it("is read to the first entry that is too old for the window and the clocks", async () => {
    const { access, asked } = await written(seconds, {}, 1);
    const log = await recall(emptyLog(), source, t0 + 700, access);
    expect(known(log, seconds)).toEqual([3, 4, 5]);
    expect(log.coveredFrom).toBe(t0 + 600);
    expect([log.n, log.name]).toEqual([5, "c#orders#0"]);
    expect(asked).toEqual(["before Infinity", "before 5", "before 4", "before 3"]);
  });

  it("has its newest entry, however old that is", async () => {
    const { access } = await written(seconds);
    const log = await recall(emptyLog(), source, t0 + 100_000, access);
    expect([log.n, log.size]).toEqual([5, 1]);
    expect(log.coveredFrom).toBe(t0 + 99_900);
  });

  it("that is read to its beginning knows everything", async () => {
    for (const page of [1000, 2]) {
      const { access } = await written(seconds, {}, page);
      const log = await recall(emptyLog(), source, t0 + 100, access);
      expect(log.coveredFrom).toBe(0);
      expect(log.size).toBe(5);
    }
    const { access, asked } = await written([]);
    const empty = await recall(emptyLog(), source, t0, access);
    expect([empty.n, empty.coveredFrom]).toEqual([0, 0]);
    expect(asked).toEqual(["before Infinity"]);
  });

  it("is read to a reset and no further", async () => {
    const { store, access, asked } = await written(seconds, {}, 1);
    await store.append("c#orders#0", entryOf(6, { kind: "reset" }, 600), 0);
    await store.append("c#orders#0", entryOf(7, named(7, 600), 600), 0);
    const log = await recall(emptyLog(), source, t0 + 100, access);
    expect([log.n, log.size]).toEqual([7, 1]);
    expect(asked).toEqual(["before Infinity", "before 7"]);
  });

  it("is not read further than memory allows, which is kept in mind", async () => {
    // Two entries take just that.
    const { access, asked } = await written(seconds, { maxBytes: 1900 }, 1);
    const log = await recall(emptyLog(), source, t0 + 300, access);
    expect([log.floor, log.coveredFrom, log.size]).toEqual([t0 + 300, t0 + 300, 3]);
    const before = asked.length;
    expect(await recall(log, source, t0 + 100, access)).toBe(log);
    expect(asked.slice(before)).toEqual(["after 5"]);
    // Nor by an environment that has read it anew, for another reason.
    const anew = await recall(log, source, t0 + 700, {
      ...access,
      maxBytes: 1e9,
      store: gap(access.store),
    });
    expect(anew).not.toBe(log);
    expect([anew.floor, anew.n]).toEqual([t0 + 300, 5]);
  });

  it("of which its fold is the first leaps over what that restates, and ends where it begins", async () => {
    const { store, access, asked } = await written(seconds, {}, 1);
    const fold = { ...named(9, 600), kind: "fold" as const, since: 1 };
    await store.append("c#orders#0", entryOf(6, fold, 600), 0);
    const log = await recall(emptyLog(), source, t0 + 100, access);
    expect(asked).toEqual(["before Infinity", "some "]);
    expect(log.size).toBe(1);
    expect(log.coveredFrom).toBe(t0);
  });

  it("of many folds asks for those that reach far enough, at once, and goes on behind the oldest", async () => {
    const { store, access, asked } = await written(seconds, {}, 1);
    const fold = (n: number, since: number, folds: Entry["folds"]) =>
      entryOf(n, { ...named(10 * n, 600), kind: "fold", since, folds, parents: [] }, 600);
    await store.append("c#orders#0", fold(6, 4, []), 0);
    await store.append("c#orders#0", entryOf(7, named(7, 600), 600), 0);
    const marks = [{ n: 6, since: 4, at: (t0 + 600) * 1000 }];
    await store.append("c#orders#0", fold(8, 7, marks), 0);
    const log = await recall(emptyLog(), source, t0 + 100, access);
    expect(asked).toEqual(["before Infinity", "some 6", "before 4", "before 3", "before 2"]);
    expect([log.n, log.size]).toEqual([8, 5]);
    asked.length = 0;
    // The older fold is the first thing that is too old.
    const old = [
      { n: 0, since: 0, at: 0 },
      { n: 1, since: 1, at: (t0 + 299) * 1000 },
      { n: 2, since: 2, at: (t0 + 300) * 1000 },
    ];
    await store.append("c#orders#0", fold(9, 9, [...old, ...marks]), 0);
    const near = await recall(emptyLog(), source, t0 + 700, access);
    expect(asked).toEqual(["before Infinity", "some 6 2 1"]);
    expect(ask(near, { name: "60", place: 60, second: 600 }, 0)).toBe("redelivered");
  });
});

describe("a log that is in memory", () => {
  const seconds = [0, 300, 600];

  it("costs one read of what is new, and is read anew where more is new than a page", async () => {
    const { access, asked, store } = await written(seconds, {}, 2);
    const log = await recall(emptyLog(), source, t0 + 100, access);
    for (const n of [4, 5]) await store.append("c#orders#0", entryOf(n, named(n, 600), 600), 0);
    asked.length = 0;
    expect(await recall(log, source, t0 + 600, access)).toBe(log);
    expect(asked).toEqual(["after 3"]);
    expect(log.n).toBe(5);
    for (const n of [6, 7, 8]) await store.append("c#orders#0", entryOf(n, named(n, 600), 600), 0);
    asked.length = 0;
    const anew = await recall(log, source, t0 + 600, access);
    expect(asked.slice(0, 2)).toEqual(["after 5", "before Infinity"]);
    expect(anew).not.toBe(log);
    expect([anew.n, anew.size]).toEqual([8, 7]);
  });

  it("is read anew where a record is older than what it covers, and only then", async () => {
    const { access, asked } = await written([0, 1000, 2000]);
    const log = await recall(emptyLog(), source, t0 + 2000, access);
    expect([log.coveredFrom, log.size]).toEqual([t0 + 1900, 1]);
    expect(await recall(log, source, t0 + 2000, access)).toBe(log);
    asked.length = 0;
    const deeper = await recall(log, source, t0 + 1999, access);
    expect(deeper).not.toBe(log);
    expect(asked).toEqual(["before Infinity"]);
    expect(deeper.coveredFrom).toBe(t0 + 1899);
  });

  it("is not read anew for a window that memory has shortened, but for a record that comes again", async () => {
    const { access } = await written([0, 1000, 2000]);
    const log = await recall(emptyLog(), source, t0 + 2000, access);
    log.windowFrom = t0 + 1950;
    log.coveredFrom = t0 + 1950;
    expect(await recall(log, source, t0 + 1960, access)).toBe(log);
    expect(await recall(log, source, t0 + 1950, access)).toBe(log);
    const anew = await recall(log, source, t0 + 1949, access);
    expect(anew).not.toBe(log);
    expect([anew.windowFrom, anew.coveredFrom]).toEqual([t0 + 1950, t0 + 1949]);
  });

  it("that was read anew still has to say what could not be saved, and knows it", async () => {
    const { access } = await written([0, 1000, 2000]);
    const log = await recall(emptyLog(), source, t0 + 2000, access);
    log.carried = { ...named(50, 1990), n: 3 };
    const anew = await recall(log, source, t0 + 500, access);
    expect(anew.carried).toBe(log.carried);
    expect(ask(anew, { name: "50", place: 50, second: 1990 }, 0)).toBe("redelivered");
    expect(anew.n).toBe(3);
  });

  it("where Lambda takes aggregates apart keeps the ends of entries, read anew too", async () => {
    const { access } = await written([0, 0]);
    const far = { name: "1", place: 2, second: 0 };
    const fanOut = await recall(emptyLog(), { ...source, isFanOut: true }, t0, access);
    expect(ask(fanOut, far, -1)).toBe("none");
    expect(ask(await recall(emptyLog(), source, t0, access), far, -1)).toBe("redelivered");
  });
});

describe("the parents' logs", () => {
  const parent = "c#us-east-1:123456789012:orders#50#shardId-7";

  async function family(
    own: { readonly createdAt: number },
    from: number,
    more: Partial<LogAccess> = {},
  ) {
    const { access, asked, store } = await written([], more);
    await store.append(parent, entryOf(1, named(1, 0), 0), 0);
    const questions: string[] = [];
    const log = await recall(emptyLog(), { ...source, hasIds: true, ...own }, t0 + from, {
      ...access,
      parentsOf: async (_, shardId) => {
        questions.push(shardId);
        return shardId === source.shardId ? [{ shardId: "shardId-7", createdAt: 50 }] : [];
      },
    });
    return { log, questions, asked };
  }

  it("are read as long as the window reaches back before the shard's creation, and five minutes for the clocks", async () => {
    for (const [from, isAsked] of [
      [windowInSeconds + clockSkewInSeconds, true],
      [windowInSeconds + clockSkewInSeconds + 1, false],
    ] as const) {
      const { log, questions } = await family({ createdAt: t0 }, from);
      expect(log.ancestors.map(({ name }) => name)).toEqual(isAsked ? [parent] : []);
      expect(questions).toEqual(isAsked ? [source.shardId] : []);
      // Of the parent all is read, and its own parents are far. Else it has to be read anew for a record that is older.
      expect(log.coveredFrom).toBe((isAsked ? 50 : t0) + clockSkewInSeconds);
    }
  });

  it("are read always where the shard's creation is not known", async () => {
    const { log } = await family({ createdAt: 0 }, 100_000);
    expect(log.ancestors.map(({ name }) => name)).toEqual([parent]);
    expect(log.ancestors[0]!.size).toBe(1);
  });

  it("are not read where records have no ids", async () => {
    const { asked, access, store } = await written([0]);
    await store.append(parent, entryOf(1, named(1, 0), 0), 0);
    const parentsOf = async () => {
      throw new Error("Nobody needs to know.");
    };
    const log = await recall(emptyLog(), source, t0, { ...access, parentsOf });
    expect([log.parents, log.ancestors, asked]).toEqual([undefined, [], ["before Infinity"]]);
  });

  it("bound what is covered: how far back each could be read", async () => {
    const { log } = await family({ createdAt: t0 }, 100, { maxBytes: 1 });
    expect(log.ancestors[0]!.floor).toBe(t0);
    expect([log.floor, log.coveredFrom]).toEqual([t0, t0]);
  });
});

describe("an entry that cannot be read here", () => {
  it("of another version says which, and what to do", async () => {
    const { access, store } = await written([]);
    await store.append("c#orders#0", { ...entryOf(1, named(1, 0), 0), v: 2 }, 0);
    await expect(recall(emptyLog(), source, t0, access)).rejects.toThrow(
      "Entry 1 of the progress log c#orders#0 has version 2; this shardmill reads version 1. Update it: nothing is lost until then.",
    );
  });

  it("of another function says whose, and what to do; a reset may be anybody's", async () => {
    const { access, store } = await written([]);
    const other = { writer: "another" };
    await store.append("c#orders#0", { ...entryOf(1, { kind: "reset" }, 0), ...other }, 0);
    await recall(emptyLog(), source, t0, access);
    await store.append("c#orders#0", { ...entryOf(2, named(1, 0), 0), ...other }, 0);
    await expect(recall(emptyLog(), source, t0, access)).rejects.toThrow(
      "The progress log c#orders#0 belongs to the function another, and this is local: give each its own `consumer`.",
    );
  });
});
