import { memoryProgress } from "shardmill";
import { describe, expect, it } from "vitest";
import { appendNext } from "../../src/progress/append.ts";
import { recall } from "../../src/progress/recall.ts";
import {
  ask,
  at,
  draftOf,
  emptyLog,
  entryOf,
  ledgerOf,
  recorded,
  source,
  t0,
} from "./log-world.ts";
import { numbered, repeated, world } from "./world.ts";

/** Appends `count` entries of `size` names through `appendNext`, an entry a second. */
async function written(count: number, size: number, parts = recorded()) {
  const { progress, entries } = parts;
  const access = ledgerOf(progress, { windowInSeconds: 100_000 });
  const log = await recall(emptyLog(), source, t0, access);
  for (let each = 0; each < count; each++) {
    const draft = draftOf(
      Array.from({ length: size }, (_, index) => ({
        name: `${each}.${index}`,
        place: each * size + index,
        second: each,
      })),
    );
    const { saved } = await appendNext(log, () => draft, access);
    expect(saved).toBe(true);
  }
  return { progress, entries, log, access };
}

/** How many times a cold start asks, and what it then knows. */
async function coldStart({ progress, access }: Awaited<ReturnType<typeof written>>) {
  let pages = 0;
  const counting = {
    ...progress,
    readBefore(name: string, n: number) {
      pages++;
      return progress.readBefore(name, n);
    },
    readSome(name: string, numbers: readonly number[]) {
      pages++;
      return progress.readSome(name, numbers);
    },
  };
  const log = await recall(emptyLog(), source, t0, { ...access, store: counting });
  return { pages, log };
}

describe("a fold", () => {
  it("is appended after many small entries, deletes nothing, and restates their names and arrivals", async () => {
    const parts = await written(600, 2);
    const folds = parts.entries.filter(({ kind }) => kind === "fold");
    expect(folds.map(({ n, since }) => [since, n])).toEqual([
      [1, 257],
      [258, 514],
    ]);
    expect(folds.map(({ names }) => names!.length / 16)).toEqual([512, 512]);
    const { entries } = await parts.progress.readAfter("c#orders#0", 0);
    expect(entries).toHaveLength(602);
    const { log } = await coldStart(parts);
    expect(log.size).toBe(1200);
    expect(ask(log, { name: "3.1", place: 7, second: 3 })).toBe("redelivered");
    expect(ask(log, { name: "3.1", place: 5000, second: 500 }, 497)).toBe("duplicate");
    expect(ask(log, { name: "3.1", place: 5000, second: 500 }, 496)).toBe("none");
  });

  it.each([1, 10, 24, 100, 1000])(
    "or large entries let a cold start ask a few times, with entries of %i names",
    async (size) => {
      const parts = await written(Math.ceil(5000 / size), size);
      const { pages, log } = await coldStart(parts);
      expect(log.size).toBe(Math.ceil(5000 / size) * size);
      expect(pages).toBeLessThanOrEqual(4);
    },
  );

  it("is not written for large entries, which a cold start reads as fast", async () => {
    const { entries } = await written(300, 30);
    expect(entries.filter(({ kind }) => kind === "fold")).toEqual([]);
  });

  it("keeps what is open and what was abandoned, also where it is the newest entry", async () => {
    const progress = memoryProgress();
    const access = ledgerOf(progress);
    const log = await recall(emptyLog(), source, t0, access);
    const open = [{ position: at(0), attempts: 3, since: 7, key: "k" }];
    const say = (draft: object) => appendNext(log, () => ({ ...draftOf([]), ...draft }), access);
    await say({ open, abandoned: [at(0)], first: at(0), last: at(0) });
    for (let n = 1; n <= 255; n++) {
      const draft = draftOf([{ name: String(n), place: n, second: 0 }]);
      await appendNext(log, () => ({ ...draft, through: at(n) }), access);
    }
    const { entries } = await progress.readBefore("c#orders#0", Number.POSITIVE_INFINITY);
    expect(entries[0]!.kind).toBe("fold");
    const cold = await recall(emptyLog(), source, t0, access);
    expect(cold.states.openRecord(at(0))).toMatchObject({ attempts: 3, since: 7, key: "k" });
    expect(cold.states.since(0).abandoned).toEqual([at(0)]);
    expect(cold.through).toEqual(at(255));
  });

  it("that another environment wrote first is not written twice, and nothing is lost", async () => {
    const { progress, entries } = recorded();
    const access = ledgerOf(progress, { windowInSeconds: 100_000 });
    const logs = [
      await recall(emptyLog(), source, t0, access),
      await recall(emptyLog(), source, t0, access),
    ];
    for (let each = 0; each < 700; each++) {
      // Two at once, each of which would fold.
      await Promise.all(
        logs.map((log, index) =>
          appendNext(
            log,
            () => draftOf([{ name: `${each}/${index}`, place: 2 * each + index, second: each }]),
            access,
          ),
        ),
      );
    }
    const { entries: kept } = await progress.readAfter("c#orders#0", 0);
    expect(kept.map(({ n }) => n)).toEqual(kept.map((_, index) => index + 1));
    const folds = kept.filter(({ kind }) => kind === "fold");
    expect(folds.length).toBeGreaterThan(2);
    folds.forEach(({ since, names }, index) => {
      expect(since).toBe(index === 0 ? 1 : folds[index - 1]!.n + 1);
      expect(names!.length / 16).toBe(folds[index]!.n - since!);
    });
    const cold = await recall(emptyLog(), source, t0, access);
    expect(cold.size).toBe(1400);
    expect(entries.length).toBeGreaterThan(kept.length);
  });

  it("that the store refuses costs nothing: the next entry tries again", async () => {
    const { store } = recorded();
    let refusals = 0;
    const { progress, entries } = recorded({
      ...store,
      async append(log, entry, ...rest) {
        if (entry.kind === "fold" && refusals++ < 2) throw new Error("too busy");
        return store.append(log, entry, ...rest);
      },
    });
    await written(260, 1, { progress, entries, store });
    const { entries: kept } = await store.readAfter("c#orders#0", 0);
    expect(kept.filter(({ kind }) => kind === "fold")).toMatchObject([{ since: 1, n: 259 }]);
  });
});

it("a cold load reads no further back than the window and the oldest record of its batch need", async () => {
  const progress = memoryProgress();
  const access = ledgerOf(progress, { windowInSeconds: 600 });
  for (let n = 1; n <= 100; n++) {
    const draft = draftOf([{ name: String(n), place: n, second: n * 100 }]);
    await progress.append("c#orders#0", entryOf(n, draft, n * 100), 0);
  }
  const cold = await recall(emptyLog(), source, t0 + 9000, access);
  // 600 s of window and 300 s for clocks that differ.
  expect(cold.size).toBe(20);
  // An older record comes, of another lane: it is loaded as far as that one needs.
  const deeper = await recall(cold, source, t0 + 2000, access);
  expect(deeper.size).toBe(90);
  expect(ask(deeper, { name: "20", place: 20, second: 2000 })).toBe("redelivered");
});

it("through the mapping, 1,000 batches of one record leave folds, and a new environment repeats nothing", async () => {
  let failed = 0;
  const its = world({
    settings: { batchSize: 1 },
    effect({ id }) {
      if (id === "r600" && failed++ < 4) throw new Error("no");
    },
    choose: () => (its.events.length === 0 || failed === 3 ? "new" : undefined),
  });
  const names = numbered(700);
  its.put(...names);
  await its.map().drain();
  expect(its.entries("fold").length).toBeGreaterThanOrEqual(2);
  expect(repeated(its.ids())).toEqual({});
  expect(its.effects.find(({ id }) => id === "r600")!.attempt).toBe(5);
  its.forgetWarm();
  await its
    .map({ settings: { batchSize: 100, functionResponseTypes: ["ReportBatchItemFailures"] } })
    .drain();
  expect(its.ids()).toEqual(names);
});
