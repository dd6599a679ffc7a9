import {
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, type Item, world } from "./world.ts";

/** A consumer whose log can be read only while `store.isThere`. */
function consumer(
  onProgressUnavailable?: "stop" | "continue",
  more: Partial<KinesisConsumerOptions<Item>> = {},
) {
  const its = world();
  const store = { isThere: true };
  const progress = memoryProgress();
  const read = () => {
    if (!store.isThere) throw new Error("no such table");
  };
  const flaky: ProgressStore = {
    ...progress,
    async readAfter(...args) {
      read();
      return progress.readAfter(...args);
    },
    async readBefore(...args) {
      read();
      return progress.readBefore(...args);
    },
  };
  const done: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    progress: flaky,
    ...(onProgressUnavailable ? { onProgressUnavailable } : {}),
    runtime: its.runtime,
    ...more,
    process({ id }: Item) {
      if (id === "bad") throw new Error("no");
      done.push(id);
    },
  } as KinesisConsumerOptions<Item>);
  return { ...its, store, done, invoke: (event: unknown) => its.finish(handler(event)) };
}

describe("when the log cannot be read", () => {
  it.each([undefined, "stop"] as const)(
    "the batch fails, with %o, and nothing has happened",
    async (on) => {
      const { invoke, store, done } = consumer(on);
      store.isThere = false;
      await expect(invoke(eventOf(["a"]))).rejects.toThrow(/no such table/);
      expect(done).toEqual([]);
    },
  );

  it.each([
    ["", {}],
    [", without its lease", { lease: true }],
  ])('with "continue" it is processed at least once%s, and that is said', async (_, more) => {
    const { invoke, store, done, logs } = consumer("continue", more);
    store.isThere = false;
    const event = eventOf(["a", "bad", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(logs()[0]).toMatchObject({
      level: "ERROR",
      message: expect.stringMatching(/at least once/),
      error: { message: "no such table" },
    });
    store.isThere = true;
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    expect(done.filter((id) => id === "a")).toHaveLength(2);
    // From here on it remembers again.
    expect(await invoke(eventOf(["a"]))).toEqual(allDone);
    expect(done.filter((id) => id === "a")).toHaveLength(2);
  });
});
