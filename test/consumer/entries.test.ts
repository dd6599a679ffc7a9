/** What the entries of a batch say beside the names of what is done: how far the shard is, what is open, and which claims have ended. */
import {
  type Entry,
  type KinesisConsumerOptions,
  memoryParking,
  NonRetryableError,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { environments } from "../progress/environments.ts";
import { allDone, answerAt, eventOf, type Item, sequenceNumberOf } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Item>>;

/** The position of the record at `place` of a stream whose first has the place 0. */
const at = (place: number) => ({
  sequenceNumber: sequenceNumberOf(eventOf(["any"], { from: place }), 0),
  subSequenceNumber: 0,
});

describe("the checkpoint is", () => {
  it.each<[string, string | undefined, number | undefined]>([
    ["the last record, where all are done", undefined, 2],
    ["the last before the first that failed", "c", 1],
    ["the first, where only that is done before one that failed", "b", 0],
    ["none, where the first has failed", "a", undefined],
  ])("%s", async (_, fails, place) => {
    const { start, failing, entries } = environments();
    if (fails) failing.add(fails);
    await start()(["a", "b", "c"]);
    expect(entries.map(({ through }) => through)).toEqual([
      place === undefined ? undefined : at(place),
    ]);
  });

  it("where it was, when what stands before it comes for the first time, or fails", async () => {
    const { start, failing, entries } = environments();
    const invoke = start();
    await invoke(["x"], 5);
    await invoke(["a"]);
    failing.add("b");
    await invoke(["b"], 1);
    expect(entries.map(({ through }) => through)).toEqual([at(5), at(5), at(5)]);
  });
});

describe("a record that is not done", () => {
  it.each([
    ["before", 58_500, [0]],
    ["behind", 61_000, []],
  ])(
    "is given back %s the timeout of its invocation, and that is said only as long as Lambda hears it",
    async (_, ms, attempts) => {
      const { start, entries, runs, clock, progress } = environments();
      const standingStill = {
        ...progress,
        async readBefore(log: string, n: number) {
          await clock.sleep(ms);
          return progress.readBefore(log, n);
        },
      };
      await start({ progress: standingStill })(["a"]);
      expect(runs).toEqual([]);
      expect(entries.flatMap(({ open = [] }) => open.map((one) => one.attempts))).toEqual(attempts);
    },
  );

  it("has failed since it failed first", async () => {
    const { start, failing, entries, clock } = environments();
    const since = clock.now();
    const invoke = start();
    failing.add("a");
    for (let time = 0; time < 3; time++) {
      await invoke(["a"]);
      await clock.advance(1000);
    }
    const open = entries.flatMap(({ open = [] }) => open);
    expect(open.map(({ attempts, since }) => [attempts, since])).toEqual([
      [1, since],
      [2, since],
      [3, since],
    ]);
  });

  it("is said to be open where it stands first and was given back, once", async () => {
    const { start, entries } = environments();
    const invoke = start({
      process: (_: Item, __: unknown, { signal }: { readonly signal: AbortSignal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    } as Options);
    for (let time = 0; time < 2; time++)
      expect(await invoke(["a", "b"])).toEqual(answerAt(eventOf(["a", "b"]), 0));
    expect(entries).toMatchObject([
      { first: at(0), last: at(0), open: [{ position: at(0), attempts: 0 }] },
    ]);
  });
});

it("600 records that are parked fill an entry as names do, with their positions beside", async () => {
  const names = Array.from({ length: 600 }, (_, place) => `r${place}`);
  const { start, entries } = environments({
    ...{ order: "none", park: memoryParking(), commitEvery: { records: 1000, ms: 60_000 } },
    process() {
      throw new NonRetryableError("no");
    },
  });
  expect(await start()(names, 0, { aggregate: true })).toEqual(allDone);
  expect(entries.map(({ parked }) => parked?.length)).toEqual([500, 100]);
});

it("however much of a batch could not be saved in its slices, all of it is at its end", async () => {
  const names = Array.from({ length: 11_000 }, (_, place) => `r${place}`);
  const { start, wrong, entries, seen } = environments({
    ...{ concurrency: 1, commitEvery: { records: 3500 } },
  });
  let done = 0;
  wrong.append = true;
  const invoke = start({
    process() {
      wrong.append = ++done < names.length;
    },
  } as Options);
  expect(await invoke(names, 0, { aggregate: 500 })).toEqual(allDone);
  const named = entries.flatMap(({ names = new Uint8Array() }) =>
    Array.from({ length: names.length / 16 }, (_, place) =>
      Buffer.from(names.subarray(16 * place, 16 * place + 16)).toString("hex"),
    ),
  );
  expect(new Set(named).size).toBe(names.length);
  // Nor is a store that refuses asked for each record that comes after a slice.
  expect(seen.filter(({ type }) => type === "unsaved")).toHaveLength(3);
});

describe("claims", () => {
  it("are not spoken of where none was made", async () => {
    const { start, entries } = environments({ commitEvery: { records: 1, ms: 60_000 } });
    await start()(["a@k", "b@k"]);
    expect(entries.map(({ ends }) => ends)).toEqual([undefined, undefined]);
  });

  it("that nobody will end are ended 500 at a time, and what else is to be said is said with the first", async () => {
    const { start, failing, progress, entries, clock, log } = environments({
      park: memoryParking(),
    });
    failing.add("lost");
    await start()(["lost"]);
    const [{ names: _, arrivals: __, open: ___, ...template }] = entries as [Entry];
    const claim = { ...template, kind: "began", until: clock.now(), last: template.first } as const;
    for (let n = 2; n <= 601; n++)
      await progress.append(log(), { ...claim, n, token: `t${n}` }, 1e9);
    await clock.advance(3_600_000);
    entries.length = 0;
    expect(await start()(["a"], 1)).toEqual(allDone);
    const said = entries.filter(({ kind }) => kind === "done");
    expect(said.map(({ ends, abandoned }) => [ends?.length, abandoned])).toEqual([
      [500, [at(0)]],
      [101, []],
    ]);
  });
});
