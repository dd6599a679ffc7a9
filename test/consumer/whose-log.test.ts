import { type Entry, kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, decode, eventOf, world } from "./world.ts";

function functionsOn(progress: ProgressStore) {
  const its = world();
  const done: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "departures",
      decode,
      progress,
      runtime: its.runtime,
      process: ({ id }) => void done.push(id),
    });
    return (event: unknown, functionName: string) =>
      its.finish(handler(event, its.context(60_000, functionName)));
  };
  return { done, start };
}

const event = eventOf(["a", "b"]);
const more = eventOf(["c"], { from: 2 });

describe("the log of a consumer", () => {
  it("is one function's: another is refused before it does anything, and told what to do", async () => {
    const { start, done } = functionsOn(memoryProgress());
    await start()(event, "departures-v1");
    const refusal = start()(more, "departures-v2");
    await expect(refusal).rejects.toThrow(/departures-v1/);
    await expect(refusal).rejects.toThrow(/departures-v2/);
    await expect(refusal).rejects.toThrow(/give each its own `consumer`/);
    expect(done).toEqual(["a", "b"]);
  });

  it("is one function's while it is warm, too", async () => {
    const progress = memoryProgress();
    const { start, done } = functionsOn(progress);
    const [first, second] = [start(), start()];
    await first(event, "one");
    await expect(second(more, "two")).rejects.toThrow(/belongs to the function/);
    await first(more, "one");
    expect(done).toEqual(["a", "b", "c"]);
  });

  it("is shared by the versions and aliases of the function", async () => {
    const { start, done } = functionsOn(memoryProgress());
    await start()(event, "departures");
    expect(await start()(event, "departures:live")).toEqual(allDone);
    expect(await start()(event, "departures:42")).toEqual(allDone);
    expect(done).toEqual(["a", "b"]);
  });
});

describe("an entry of a version that this release does not know", () => {
  /** A newer release has written the log. */
  const newer = (progress: ProgressStore): ProgressStore => {
    const later = (entry: Entry): Entry => ({ ...entry, v: 99 });
    return {
      ...progress,
      readAfter: async (log, n) => {
        const page = await progress.readAfter(log, n);
        return { ...page, entries: page.entries.map(later) };
      },
      readBefore: async (log, before) => {
        const page = await progress.readBefore(log, before);
        return { ...page, entries: page.entries.map(later) };
      },
    };
  };

  it("fails the batch before anything is processed, and says what to do", async () => {
    const progress = memoryProgress();
    const { start, done } = functionsOn(progress);
    await start()(event, "departures");
    const rolledBack = functionsOn(newer(progress));
    const refusal = rolledBack.start()(more, "departures");
    await expect(refusal).rejects.toThrow(/version 99/);
    await expect(refusal).rejects.toThrow(/Update it: nothing is lost until then/);
    expect(done).toEqual(["a", "b"]);
    expect(rolledBack.done).toEqual([]);
  });
});
