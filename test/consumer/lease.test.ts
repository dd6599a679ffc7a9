/** When a shard that somebody has claimed is free again, to the millisecond, and what whoever waits for it does until then. */
import {
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { clockSkewInSeconds } from "../../src/progress/log-access.ts";
import { allDone, answerAt, decode, eventOf, type Item, world } from "./world.ts";

/** Environments with a lease over one log; `start(ms)` is one whose effects take so long. */
function leased(chance = 0.9) {
  const its = world();
  const store = memoryProgress();
  const entries: Entry[] = [];
  let log = "";
  const wrong = { gap: false };
  const progress: ProgressStore = {
    ...store,
    async append(name, entry, ...rest) {
      log = name;
      const appended = await store.append(name, entry, ...rest);
      if (appended.ok) entries.push(entry);
      return appended;
    },
    async readAfter(name, n) {
      const read = await store.readAfter(name, n);
      // As where entries have expired.
      return wrong.gap ? { ...read, entries: [{ ...entries[0]!, n: n + 2 }] } : read;
    },
  };
  const begun = its.clock.now();
  const ran: [string, number][] = [];
  let started = 0;
  const start = (effectMs: number, more: Partial<KinesisConsumerOptions<Item>> = {}) => {
    // Their tokens must differ; and the first waits for nobody.
    const own = started++ === 0 ? 0.1 : chance;
    const handler = kinesisConsumer<Item>({
      ...{ consumer: "c", decode, progress, lease: true, metrics: false },
      runtime: { ...its.runtime, random: () => own },
      process({ id }: Item) {
        ran.push([id, its.clock.now() - begun]);
        return its.clock.sleep(effectMs);
      },
      ...more,
    } as KinesisConsumerOptions<Item>);
    return (names: readonly string[], ms = 60_000, from = 0) =>
      handler(eventOf(names, { from }), its.context(ms));
  };
  /** Says in the log that somebody has claimed the shard, who does nothing more. */
  const claim = async (kind: "began" | "lease", until: number) => {
    const { at, token: _, ...entry } = entries[0]!;
    const { sequenceNumber } = eventOf(["x"]).Records[0]!.kinesis;
    const position = { sequenceNumber, subSequenceNumber: 0 };
    const { n } = entries.at(-1)!;
    const claimed = { ...entry, kind, n: n + 1, at: its.clock.now(), token: `dead ${n}`, until };
    const { names: __, arrivals: ___, ends: ____, ...bare } = claimed as Entry;
    await progress.append(log, { ...bare, first: position, last: position } as Entry, 1e9);
  };
  return {
    ...its,
    start,
    entries,
    ran,
    begun,
    wrong,
    claim,
    elapsed: () => its.clock.now() - begun,
  };
}

describe("whoever comes second", () => {
  it("looks again after a quarter of a second, half of it less or more, until the first is done", async () => {
    const { start, finish, ran } = leased();
    const both = Promise.all([start(400)(["a"]), start(1)(["a", "b"])]);
    expect(await finish(both)).toEqual([allDone, allDone]);
    // 250 ms * (0.5 + 0.9) = 350 ms.
    expect(ran).toEqual([
      ["a", 0],
      ["b", 700],
    ]);
  });

  it("gives its records back when it would look again too late", async () => {
    const { start, clock, ran, begun, finish } = leased(0.5);
    // 57 s until the signal are 228 looks; the last of them is not taken any more.
    const first = start(56_900)(["a"], 120_000);
    const second = start(1)(["b"], 60_000, 1);
    await clock.advance(56_750);
    const answered = clock.now() - begun;
    expect(await second).toEqual({
      batchItemFailures: answerAt(eventOf(["a", "b"]), 1).batchItemFailures,
    });
    expect(answered).toBe(56_750);
    await finish(first);
    expect(ran).toEqual([["a", 0]]);
  });

  it("gives them back at once where it cannot know what was said meanwhile", async () => {
    const { start, clock, wrong, ran } = leased();
    void start(5000)(["a"]);
    await clock.settle();
    const second = start(1)(["b"], 60_000, 1);
    await clock.settle();
    wrong.gap = true;
    await clock.advance(350);
    expect(await second).toEqual(answerAt(eventOf(["b"], { from: 1 }), 0));
    expect(ran).toEqual([["a", 0]]);
  });
});

it("a batch that is done already needs no lease", async () => {
  const { start, finish, entries } = leased();
  await finish(start(1)(["a"]));
  expect(await finish(start(1)(["a"]))).toEqual(allDone);
  expect(entries.map(({ kind }) => kind)).toEqual(["lease", "done"]);
});

describe("a claim that nobody ends", () => {
  const skew = clockSkewInSeconds * 1000;

  it.each([
    [0, "is over at its end, with room for clocks that differ", 0],
    [1, "is not over a millisecond before", 350],
  ])("%s: %s", async (early, _, waits) => {
    const { start, finish, claim, clock, ran, elapsed } = leased();
    await finish(start(1)(["a"]));
    await claim("lease", clock.now() + 60_000);
    await clock.advance(60_000 + skew - early);
    const before = elapsed();
    await finish(start(1)(["b"], 60_000, 1));
    expect(ran.at(-1)).toEqual(["b", before + waits]);
  });

  it("is over once an environment has watched it for as long as it was", async () => {
    const { start, finish, claim, clock, ran, elapsed } = leased();
    await finish(start(1)(["a"]));
    await claim("lease", clock.now() + 60_000);
    const invoke = start(1);
    const seen = elapsed();
    await finish(invoke(["b"], 10_000, 1));
    expect(ran).toHaveLength(1);
    await clock.advance(seen + 60_000 - elapsed());
    await finish(invoke(["b"], 60_000, 1));
    expect(ran.at(-1)).toEqual(["b", seen + 60_000]);
  });

  it("is over after as long again where the clock was set back meanwhile", async () => {
    const { start, finish, claim, clock, ran, runtime, elapsed } = leased();
    await finish(start(1)(["a"]));
    await claim("lease", clock.now() + 60_000);
    let back = 0;
    const own = { ...clock, now: () => clock.now() - back };
    const invoke = start(1, { runtime: { ...runtime, random: () => 0.9, clock: own } });
    await finish(invoke(["b"], 10_000, 1));
    back = 3_600_000;
    await finish(invoke(["b"], 10_000, 1));
    await clock.advance(60_000);
    const before = elapsed();
    await finish(invoke(["b"], 60_000, 1));
    expect(ran.at(-1)).toEqual(["b", before]);
  });

  it("of a batch that was late, and no lease, is not waited for", async () => {
    const { start, finish, claim, clock, ran, elapsed } = leased();
    await finish(start(1)(["a"]));
    await claim("began", clock.now() + 60_000);
    const before = elapsed();
    await finish(start(1, { park: memoryParking() })(["b"], 60_000, 1));
    expect(ran.at(-1)).toEqual(["b", before]);
  });
});
