import { expect, it } from "vitest";
import type { ShardHold } from "../../src/handler/runtime.ts";
import { holdOf } from "../../src/worker/hold.ts";
import { numbered, repeated, sorted, type WorldOptions, world } from "./world.ts";

const slice = 3;
/** What one that has lost the shard may still do: a slice, and the record that has begun while it is written. */
const most = slice + 1;

/** Environments are workers: each has a hold of its own, and the lease table knows whose counts. */
function workers(more: WorldOptions = {}) {
  let owner = 0;
  /** Who knows already that the shard is another's. */
  const aware = new Set<number>();
  const holds = new Map<number, ShardHold>();
  const confirmed: boolean[] = [];
  const its = world({
    consumer: { commitEvery: { records: slice }, concurrency: 1, order: "shard" },
    choose: (idle) => idle.find((number) => number === owner) ?? "new",
    effect: () => its.clock.sleep(100),
    hold(number) {
      const known =
        holds.get(number) ??
        holdOf({
          isValid: () => !aware.has(number),
          async beat() {
            confirmed.push(owner === number);
            if (owner !== number) aware.add(number);
            return owner === number ? "written" : "lost";
          },
        });
      holds.set(number, known);
      return known;
    },
    ...more,
  });
  return {
    ...its,
    confirmed,
    aware,
    /** The next environment has the shard from now on, and begins where the old one has; that one goes on with what it has. */
    async takeAway(old: ReturnType<typeof its.map>) {
      owner = its.environments.length;
      const closed = old.close();
      const next = its.map();
      await its.clock.advance(60_000);
      await closed;
      await next.close();
    },
  };
}

it("who takes a shard over says so once, behind what was said and before an effect", async () => {
  const { put, map, calls, effects, entries } = workers();
  put(...numbered(2));
  const mapping = map();
  await mapping.drain();
  put("later");
  await mapping.drain();
  expect(calls.map(({ call }) => call)).toEqual([
    ...["read before Infinity", "took", "done"],
    ...["read after 2", "done"],
  ]);
  expect(entries("took")[0]!.at).toBeLessThan(effects[0]!.at);
});

it("an owner that does not know that it has lost the shard ends the slice, and begins nothing more", async () => {
  const { put, map, takeAway, clock, effects, ids } = workers();
  put(...numbered(40));
  const first = map();
  await clock.advance(1250);
  const before = effects.length;
  await takeAway(first);
  expect(sorted([...new Set(ids())])).toEqual(sorted(numbered(40)));
  expect(Object.keys(repeated(ids())).length).toBeLessThanOrEqual(most);
  // It has gone on until its slice was full.
  const late = effects.slice(before).filter((effect) => effect.in === 0);
  expect(late.length).toBeLessThanOrEqual(most);
});

it("an owner that knows it begins nothing more, whatever the log says", async () => {
  const { put, map, takeAway, clock, aware, effects, ids } = workers({
    consumer: { commitEvery: { records: 100 }, concurrency: 1, order: "shard" },
  });
  put(...numbered(40));
  const first = map();
  await clock.advance(1250);
  const before = effects.length;
  aware.add(0);
  await takeAway(first);
  expect(effects.slice(before).filter((effect) => effect.in === 0)).toHaveLength(1);
  expect(new Set(ids()).size).toBe(40);
});

it("a claim that was written late is answered by one whose lease holds, and nothing is lost or repeated", async () => {
  const { put, map, clock, confirmed, entries, ids, logs, progress } = workers();
  put(...numbered(20));
  const first = map();
  await clock.advance(1000);
  const log = logs()[0]!;
  const { entries: known } = await progress.readAfter(log, 0);
  const n = known.length + 1;
  await progress.append(log, { ...known[0]!, n, kind: "took", token: "of another" }, 0);
  await first.drain();
  expect(ids()).toEqual(numbered(20));
  expect(confirmed).toEqual([true]);
  expect(entries("took")).toHaveLength(2);
});
