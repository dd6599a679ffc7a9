import { kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, decode, eventOf, world as handlerWorld } from "../consumer/world.ts";
import { recorded } from "./log-world.ts";
import { numbered, repeated, world } from "./world.ts";

describe("another environment's entry in our place", () => {
  it("is merged, and ours goes behind it under a new token", async () => {
    const its = world({
      settings: { parallelizationFactor: 2, batchSize: 4 },
      consumer: { parallelizationFactor: 2 },
      choose: () => "new",
      effect: ({ key }) => its.clock.sleep(key === "slow" ? 60 : 50),
    });
    its.put("a@slow", "b@quick", "c@slow", "d@quick");
    await its.map().drain();
    const sent = its.entries("done");
    const refused = sent.filter((entry, place) => sent.findIndex(({ n }) => n === entry.n) < place);
    expect(sent.length).toBeGreaterThan(2);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(sent.length);
    expect(repeated(its.ids())).toEqual({});
  });

  it("takes away what it names: only the rest is appended", async () => {
    const { runtime, finish, context, clock, metrics } = handlerWorld();
    const { progress, entries } = recorded();
    const start = (takes: number) =>
      kinesisConsumer({
        consumer: "c",
        decode,
        progress,
        runtime,
        concurrency: 10,
        process: () => clock.sleep(takes),
      });
    const event = eventOf(["a", "b", "c", "d"]);
    const first = { Records: event.Records.slice(0, 2) };
    await finish(Promise.all([start(10)(first, context()), start(20)(event, context())]));
    expect(metrics()).toMatchObject([{ Conflicts: 0 }, { Conflicts: 1 }]);
    expect(entries.map(({ names }) => names!.length / 16)).toEqual([2, 4, 2]);
  });

  it("takes away a failure of ours as well: what was done elsewhere is not open", async () => {
    const { runtime, finish, context, clock } = handlerWorld();
    const { progress, entries, store } = recorded();
    const start = (takes: number, fails: boolean) =>
      kinesisConsumer({
        consumer: "c",
        decode,
        progress,
        runtime,
        async process({ id }) {
          await clock.sleep(takes);
          if (fails && id === "b") throw new Error("no");
        },
      });
    const event = eventOf(["a", "b", "c"]);
    await finish(
      Promise.all([start(10, false)(event, context()), start(20, true)(event, context())]),
    );
    expect(entries.flatMap(({ open }) => open ?? [])).toHaveLength(1);
    const { entries: kept } = await store.readAfter(
      "c#us-east-1:123456789012:orders#1735689600#shardId-000000000000",
      0,
    );
    expect(kept).toHaveLength(1);
    // Nothing is taken for abandoned when the stream goes on.
    const next = start(0, false);
    expect(await finish(next(eventOf(["d"], { from: 3 }), context()))).toEqual(allDone);
  });

  it("met each time until the time is over is given up: the answer follows the outcomes, and it is counted", async () => {
    const { runtime, finish, context, metrics, clock } = handlerWorld();
    const store = memoryProgress();
    let others = 0;
    const progress: ProgressStore = {
      ...store,
      async append(log, entry, expiresAt) {
        others++;
        await store.append(
          log,
          { ...entry, names: undefined, arrivals: undefined, token: "another's" },
          expiresAt,
        );
        return { ok: false, holder: "another's" };
      },
    };
    const handler = kinesisConsumer({ consumer: "c", decode, progress, runtime, process() {} });
    const began = clock.now();
    expect(await finish(handler(eventOf(["a"]), context(60_000)))).toEqual(allDone);
    expect(metrics()).toMatchObject([{ Conflicts: others, Unsaved: 1 }]);
    const took = clock.now() - began;
    expect(took).toBeGreaterThan(50_000);
    expect(took).toBeLessThan(60_000);
    // Backing off: not a request each millisecond.
    expect(others).toBeLessThan(1000);
  });
});

it("ten lanes that commit at once all get their entries in", async () => {
  const its = world({
    settings: { parallelizationFactor: 10, batchSize: 10 },
    consumer: { parallelizationFactor: 10 },
    choose: () => "new",
    effect: () => its.clock.sleep(25),
  });
  its.put(...numbered(100));
  await its.map().drain();
  expect(its.said("not saved")).toEqual([]);
  expect(repeated(its.ids())).toEqual({});
  its.forgetWarm();
  const again = its.map();
  await again.drain();
  expect(its.ids()).toHaveLength(100);
});
