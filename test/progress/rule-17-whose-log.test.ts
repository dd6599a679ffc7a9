import { kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, decode, eventOf, world } from "../consumer/world.ts";

function functionsOn(progress: ProgressStore, onProgressUnavailable: "stop" | "continue" = "stop") {
  const its = world();
  const done: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      onProgressUnavailable,
      uniqueId: ({ id }) => id,
      runtime: { ...its.runtime, parentsOf: async () => [] },
      process: ({ id }) => void done.push(id),
    });
    return (names: string[], from: number, functionName: string) =>
      its.finish(handler(eventOf(names, { from }), its.context(60_000, functionName)));
  };
  return { done, start };
}

describe("two functions under one consumer name", () => {
  it.each([
    ["cold", false],
    ["warm", true],
  ])(
    "do not work on one log: the second is refused, %s, before it does anything",
    async (_, isWarm) => {
      const { start, done } = functionsOn(memoryProgress());
      const [one, two] = [start(), start()];
      if (isWarm) await two([], 0, "two");
      await one(["a"], 0, "one");
      await expect(two(["b"], 1, "two")).rejects.toThrow(
        /belongs to the function us-east-1:123456789012:one/,
      );
      expect(await one(["c"], 2, "one")).toEqual(allDone);
      expect(done).toEqual(["a", "c"]);
    },
  );

  it("do not work on one log where a batch may go on without progress: the log can be read, and is not theirs", async () => {
    const { start, done } = functionsOn(memoryProgress(), "continue");
    await start()(["a"], 0, "one");
    await expect(start()(["b"], 1, "two")).rejects.toThrow(/belongs to the function/);
    expect(done).toEqual(["a"]);
  });

  it("versions and aliases are one function, and a rollback finds all that was done", async () => {
    const { start, done } = functionsOn(memoryProgress());
    await start()(["a"], 0, "f:live");
    await start()(["a", "b"], 0, "f:42");
    await start()(["a", "b", "c"], 0, "f");
    await start()(["a", "b", "c"], 0, "f:41");
    expect(done).toEqual(["a", "b", "c"]);
  });
});

describe("an entry of a version that is not known", () => {
  const ofVersion = (store: ProgressStore, v: () => number): ProgressStore => ({
    ...store,
    append: (log, entry, ...rest) => store.append(log, { ...entry, v: v() }, ...rest),
  });

  it("fails the batch, warm and cold, and loses nothing: the release that knows it goes on", async () => {
    let v = 1;
    const store = memoryProgress();
    const { start, done } = functionsOn(ofVersion(store, () => v));
    const warm = start();
    await warm(["a"], 0, "f");
    v = 2;
    await start()(["b"], 1, "f");
    await expect(warm(["c"], 2, "f")).rejects.toThrow(/has version 2/);
    await expect(start()(["c"], 2, "f")).rejects.toThrow(/Update it: nothing is lost until then/);
    expect(done).toEqual(["a", "b"]);
    // The newer release reads both: here, one that takes 2 for its own.
    const newer = functionsOn({
      ...store,
      async readBefore(log, n) {
        const page = await store.readBefore(log, n);
        return { ...page, entries: page.entries.map((entry) => ({ ...entry, v: 1 })) };
      },
    });
    await newer.start()(["a", "b", "c"], 0, "f");
    expect(newer.done).toEqual(["c"]);
  });
});
