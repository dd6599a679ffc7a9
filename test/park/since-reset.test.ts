/** What the log says of parked records since it was reset. */
import { type Entry, memoryProgress } from "shardmill";
import { expect, it } from "vitest";
import {
  type AskedRecord,
  saidSince,
  watchResets,
} from "../../src/consumer/parking/since-reset.ts";
import { hexName } from "../../src/park/entry-names.ts";
import { packArrivals } from "../../src/progress/entry.ts";
import { packNames, writeName } from "../../src/progress/fingerprint.ts";

const at = (sequenceNumber: number) => ({
  sequenceNumber: String(sequenceNumber),
  subSequenceNumber: 0,
});

const namesOf = (names: readonly string[]) => {
  const words = new Uint32Array(4 * names.length);
  for (const [place, name] of names.entries()) writeName(words, place, name);
  return words;
};

const asked = (name: string, place: number, second: number): AskedRecord => ({
  ...{ name: hexName(namesOf([name]), 0), position: at(place), second },
});

interface Said {
  readonly kind?: Entry["kind"];
  /** The names of what is done, and behind them of what is parked. */
  readonly done?: readonly string[];
  readonly parked?: readonly string[];
  /** The positions that it speaks of, and when all of its records arrived. */
  readonly from: number;
  readonly to: number;
  readonly second: number;
}

/** Entries behind a reset that is the third, so many on a page; and what is asked. */
function logOf(entries: readonly Said[], perPage = 1) {
  const all = entries.map(({ kind = "done", done = [], parked = [], from, to, second }, place) => ({
    ...{ kind, n: 4 + place, first: at(from), last: at(to) },
    names: packNames(
      namesOf([...done, ...parked]),
      [...done, ...parked].map((_, place) => place),
    ),
    arrivals: packArrivals([...done, ...parked].map(() => second)),
    parked: parked.map(() => at(from)),
  }));
  const reads: number[] = [];
  const store = {
    ...memoryProgress(),
    async readAfter(_: string, n: number) {
      reads.push(n);
      const entries = all.slice(n - 3, n - 3 + perPage);
      return { entries: entries as unknown as Entry[], more: n - 3 + perPage < all.length };
    },
  };
  return {
    reads,
    async said(records: readonly AskedRecord[], window = 60) {
      const said = await saidSince(3, "log", store, records, window);
      return records.map((record) => said.get(record));
    },
  };
}

it("of each record the first entry that names it counts, and nothing is read behind the last of them", async () => {
  const { said, reads } = logOf([
    { done: ["other"], from: 1, to: 9, second: 100 },
    { done: ["a"], parked: ["b"], from: 1, to: 9, second: 100 },
    { parked: ["a"], done: ["b"], from: 1, to: 9, second: 100 },
    { done: ["c"], from: 1, to: 9, second: 100 },
    { done: ["d"], from: 1, to: 9, second: 100 },
  ]);
  const records = ["a", "b", "c"].map((name, place) => asked(name, place + 1, 100));
  expect(await said(records)).toEqual(["done", "parked", "done"]);
  expect(reads).toEqual([3, 4, 5, 6]);
});

it("what a fold restates was read before it, and a record that nothing names is not spoken of", async () => {
  for (const perPage of [1, 2, 9]) {
    const { said } = logOf(
      [
        { done: ["a"], kind: "fold", from: 1, to: 9, second: 100 },
        { parked: ["a"], from: 1, to: 9, second: 100 },
      ],
      perPage,
    );
    expect(await said([asked("a", 1, 100), asked("none", 2, 100)])).toEqual(["parked", undefined]);
  }
  expect(await logOf([]).said([asked("a", 1, 100)])).toEqual([undefined]);
  const { reads, said } = logOf([]);
  expect([await said([]), reads]).toEqual([[], []]);
});

it("another record of its name within the window is its twin, which counts where it was done", async () => {
  const one = { from: 1, to: 1, second: 100 };
  for (const [entry, second, expected] of [
    [{ ...one, done: ["a"] }, 160, "duplicate"],
    [{ ...one, done: ["a"] }, 40, "duplicate"],
    [{ ...one, done: ["a"] }, 161, undefined],
    [{ ...one, done: ["a"] }, 39, undefined],
    [{ ...one, parked: ["a"] }, 100, undefined],
  ] as const)
    expect(await logOf([entry]).said([asked("a", 2, second)])).toEqual([expected]);
});

it("of several of one name each has its own answer, and one that has it is not asked for again", async () => {
  const { said } = logOf([
    { parked: ["a"], from: 1, to: 1, second: 100 },
    { done: ["a"], from: 2, to: 2, second: 130 },
    { parked: ["a"], from: 3, to: 3, second: 300 },
  ]);
  expect(
    await said([asked("a", 1, 100), asked("a", 2, 130), asked("a", 5, 140), asked("a", 3, 300)]),
  ).toEqual(["parked", "done", "duplicate", "parked"]);
});

it("the newest reset of each log that was met counts", async () => {
  const pages: Record<string, object[]> = {
    two: [
      { kind: "reset", n: 9 },
      { kind: "done", n: 8 },
      { kind: "reset", n: 7 },
    ],
    none: [{ kind: "done", n: 9 }],
  };
  const { progress, resetOf } = watchResets({
    ...memoryProgress(),
    readBefore: async (log, before) => ({
      entries: pages[log]!.filter((entry) => (entry as Entry).n < before) as Entry[],
      more: before === 9,
    }),
  });
  expect(resetOf("two")).toBe(0);
  expect(await progress.readBefore("two", 9)).toEqual({ entries: pages.two!.slice(1), more: true });
  expect(resetOf("two")).toBe(7);
  await progress.readBefore("two", Number.POSITIVE_INFINITY);
  await progress.readBefore("two", 8);
  await progress.readBefore("none", Number.POSITIVE_INFINITY);
  expect(["two", "none", "another"].map(resetOf)).toEqual([9, 0, 0]);
});
