import { kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { expect, it } from "vitest";
import { decode, eventOf, world as handlerWorld } from "../consumer/world.ts";
import { numbered, world } from "./world.ts";

it("entries are numbered 1, 2, 3… without a gap, whoever writes them", async () => {
  const its = world({
    settings: { batchSize: 3, parallelizationFactor: 3 },
    consumer: { parallelizationFactor: 3 },
    choose: () => "new",
    effect: () => its.clock.sleep(20),
  });
  its.put(...numbered(30));
  await its.map().drain();
  const { entries } = await its.progress.readAfter(its.logs()[0]!, 0);
  expect(entries.map(({ n }) => n)).toEqual(entries.map((_, index) => index + 1));
  expect(new Set(entries.map(({ token }) => token)).size).toBe(entries.length);
  expect(its.ids()).toHaveLength(30);
});

it.each([
  ["the retention", { retentionInHours: 48 }, 48 * 3600],
  [
    "the window, if that is longer",
    { retentionInHours: 24, dedupeWindowInSeconds: 400_000 },
    400_000,
  ],
  ["seven days of retention, if nothing is said", {}, 168 * 3600],
])(
  "every entry, claims and folds included, is kept two days beyond %s",
  async (_, options, seconds) => {
    const { clock, runtime, finish, context } = handlerWorld();
    const store = memoryProgress();
    const kept: { kind: string; forSeconds: number }[] = [];
    const progress: ProgressStore = {
      ...store,
      append(log, entry, expiresAt, writes) {
        kept.push({ kind: entry.kind, forSeconds: expiresAt - entry.at / 1000 });
        return store.append(log, entry, expiresAt, writes);
      },
    };
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      lease: true,
      runtime,
      ...options,
      process() {},
    });
    for (let from = 0; from < 130; from++) {
      await finish(handler(eventOf([`r${from}`], { from, arrival: clock.now() }), context()));
      await clock.advance(1000);
    }
    expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(["done", "lease", "fold"]));
    for (const { forSeconds } of kept)
      expect(forSeconds).toBeGreaterThanOrEqual(seconds + 2 * 86_400);
  },
);

it("a gap after the newest entry that is known, where others have expired, is loaded anew", async () => {
  const { runtime, finish, context } = handlerWorld();
  const store = memoryProgress();
  let expired = 0;
  const reads: string[] = [];
  const progress: ProgressStore = {
    ...store,
    async readAfter(log, n) {
      reads.push(`after ${n}`);
      const page = await store.readAfter(log, n);
      return { ...page, entries: page.entries.filter((entry) => entry.n > expired) };
    },
    readBefore(log, n) {
      reads.push(`before ${n}`);
      return store.readBefore(log, n);
    },
  };
  const done: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime,
      process: ({ id }) => void done.push(id),
    });
    return (from: number) => finish(handler(eventOf([`r${from}`], { from }), context()));
  };
  const [sleeper, busy] = [start(), start()];
  await sleeper(0);
  for (const from of [1, 2, 3]) await busy(from);
  expired = 2;
  reads.length = 0;
  await sleeper(3);
  expect(reads).toEqual(["after 1", "before Infinity"]);
  expect(done).toEqual(["r0", "r1", "r2", "r3"]);
});
