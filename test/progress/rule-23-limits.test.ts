import { kinesisConsumer, memoryProgress } from "shardmill";
import { describe, expect, it } from "vitest";
import { decode, eventOf, world as handlerWorld } from "../consumer/world.ts";
import { repeated, world } from "./world.ts";

describe("with a ParallelizationFactor above 1", () => {
  const start = (more: object) => () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      parallelizationFactor: 2,
      ...more,
      process() {},
    } as never);

  it.each([
    ["order: shard", { order: "shard" }, /order: "shard" needs a ParallelizationFactor of 1/],
    ["lease", { lease: true }, /lease needs a ParallelizationFactor of 1/],
  ])("%s is refused at start", (_, more, why) => {
    expect(start(more)).toThrow(why);
    expect(start({})).not.toThrow();
  });

  it("an aggregate is warned of at run time, once: its outer key is always the same", async () => {
    const { runtime, finish, context, logs } = handlerWorld();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      parallelizationFactor: 2,
      runtime,
      process() {},
    });
    await finish(handler(eventOf(["x"]), context()));
    expect(logs()).toEqual([]);
    for (const from of [1, 2]) {
      await finish(handler(eventOf(["a", "b"], { aggregate: true, from }), context()));
    }
    expect(logs()).toMatchObject([
      { level: "WARN", message: expect.stringContaining("KPL aggregates") },
    ]);
  });

  it("equal ids under different partition keys may both have their effect, when they run at once", async () => {
    const its = world({
      settings: { parallelizationFactor: 10 },
      consumer: { parallelizationFactor: 10, uniqueId: ({ id }) => id },
      choose: (idle) => idle[0] ?? "new",
      effect: () => its.clock.sleep(100),
    });
    its.put("a@1", "a@2", "a@3", "a@4");
    const mapping = its.map();
    await mapping.drain();
    // This is the limit, and here it shows.
    expect(its.ids().length).toBeGreaterThan(1);
    const before = its.ids().length;
    its.put("a@5");
    await mapping.drain();
    expect(its.ids()).toHaveLength(before);
  });
});

it("without a lease two environments that overlap on a batch may both have its effects; afterwards nobody does", async () => {
  const its = world({ choose: (idle) => idle[0] ?? "new", effect: () => its.clock.sleep(100) });
  its.put("a", "b");
  const [one, two] = [its.map(), its.map()];
  await one.drain();
  await two.drain();
  expect(repeated(its.ids())).toEqual({ a: 2, b: 2 });
  its.forgetWarm();
  await its.map().drain();
  expect(its.ids()).toHaveLength(4);
});
