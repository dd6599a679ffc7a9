/**
 * The promise: whatever is delivered again, bisected, or dies, and however the shards are divided, the rows are those of one environment in
 * which nothing ever goes wrong.
 */
import fc from "fast-check";
import {
  approximateDistinct,
  count,
  hopping,
  last,
  quantile,
  session,
  sliding,
  stagger,
  sum,
  topK,
  tumbling,
  type Windows,
} from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { end, givesEachRowOnce, mild, moves, settings } from "./any-course.ts";
import { type Move, type RunOptions, run, type Sale } from "./consumer-world.ts";

const aggregate = {
  count: count<Sale>(),
  total: sum((s: Sale) => s.price),
  closing: last((s: Sale) => s.user),
  nearly: approximateDistinct((s: Sale) => s.price, { precision: 4 }),
  frequent: topK(1, (s: Sale) => s.user, { capacity: 2 }),
  middle: quantile(0.5, (s: Sale) => s.price, { compression: 20 }),
};
const key = (s: Sale) => s.key;
const byTime = { key, time: (s: Sale) => s.at, allowedLatenessInSeconds: 20, aggregate };

const every: Record<string, Windows<Sale, any>> = {
  "tumbling by arrival": tumbling({ seconds: 60 }, { key, aggregate }),
  "tumbling by time": tumbling({ seconds: 60 }, byTime),
  "hopping by time": hopping({ seconds: 60, everySeconds: 40 }, byTime),
  "sliding by arrival": sliding({ seconds: 60 }, { key, aggregate }),
  "sliding by time": sliding({ seconds: 60 }, byTime),
  "session by arrival": session({ gapSeconds: 30 }, { key, aggregate }),
  "session by time": session({ gapSeconds: 30 }, byTime),
  "stagger by arrival": stagger({ seconds: 45 }, { key, aggregate }),
};

describe.each(Object.keys(every))("%s", (name) => {
  const windows = every[name]!;
  const runs = (moves: readonly Move[], more: Partial<RunOptions>) =>
    run({ windows, moves: [...moves, ...end], shards: 2, ...more });

  givesEachRowOnce(runs, 40);
});

it("counts each sale in the window of its key, across splits and merges, as a loop over all of them does", async () => {
  await fc.assert(
    fc.asyncProperty(
      moves,
      fc.array(mild, { maxLength: 10 }),
      settings,
      async (moves, faults, settings) => {
        const windows = every["tumbling by arrival"]!;
        const all = [...moves, ...end];
        const { rows, sales } = await run({ windows, moves: all, shards: 2, faults, settings });
        const counts = new Map<string, number>();
        for (const { arrival, key } of sales) {
          const window = `${arrival - (arrival % 60_000)} ${key}`;
          counts.set(window, (counts.get(window) ?? 0) + 1);
        }
        const open = new Set(
          sales.filter(({ key }) => key.startsWith("end")).map(({ key }) => key),
        );
        const expected = [...counts].filter(([window]) => !open.has(window.split(" ")[1]!));
        const found = (rows as any[]).map(({ count, key, start }) => [`${start} ${key}`, count]);
        expect(found.sort()).toEqual(expected.sort());
      },
    ),
    { numRuns: 60 },
  );
});
