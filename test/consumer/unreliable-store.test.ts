import { kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "./world.ts";

const refused = Object.assign(new Error("slow down"), { isTransient: true });
const broken = new Error("no such table");

/** A store in which something goes wrong: `before` the append, `after` it, or at a read. */
function unreliable(wrong: {
  before?: (count: number) => unknown;
  after?: (count: number) => unknown;
  read?: () => unknown;
}) {
  const progress = memoryProgress();
  let count = 0;
  const appended: unknown[] = [];
  const fail = (error: unknown) => {
    if (error !== undefined) throw error;
  };
  const store: ProgressStore = {
    ...progress,
    async append(log, entry, ...rest) {
      count++;
      appended.push(entry);
      fail(wrong.before?.(count));
      const answer = await progress.append(log, entry, ...rest);
      fail(wrong.after?.(count));
      return answer as any;
    },
    async readAfter(log, n) {
      fail(wrong.read?.());
      return progress.readAfter(log, n);
    },
    async readBefore(log, before) {
      fail(wrong.read?.());
      return progress.readBefore(log, before);
    },
    isTransient: (error) => error === refused,
  };
  return { store, appended };
}

function consumerOf(progress: ProgressStore) {
  const its = world();
  const done: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      on: its.on,
      process({ id }) {
        if (id === "bad") throw new Error("no");
        done.push(id);
      },
    });
    return (event: unknown, ms = 60_000) => its.finish(handler(event, its.context(ms)));
  };
  return { ...its, done, start };
}

const event = eventOf(["a", "b"]);

describe("an append", () => {
  it("whose reply is lost is found again by its token: no conflict, nothing unsaved", async () => {
    const { store, appended } = unreliable({
      after: (count) => (count === 1 ? refused : undefined),
    });
    const { start, done, metrics } = consumerOf(store);
    expect(await start()(event)).toEqual(allDone);
    expect(metrics()).toMatchObject([{ Processed: 2, Conflicts: 0, Unsaved: 0 }]);
    expect(appended).toHaveLength(2);
    expect(appended[1]).toEqual(appended[0]);
    await start()(event);
    expect(done).toEqual(["a", "b"]);
  });

  it("whose replies are lost again and again is one entry all the same", async () => {
    const { store } = unreliable({ after: (count) => (count < 6 ? refused : undefined) });
    const { start, done, metrics } = consumerOf(store);
    const invoke = start();
    expect(await invoke(event)).toEqual(allDone);
    await invoke(eventOf(["c"], { from: 2 }));
    await start()(eventOf(["a", "b", "c"]));
    expect(done).toEqual(["a", "b", "c"]);
    expect(metrics().map(({ Conflicts, Unsaved }) => [Conflicts, Unsaved])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it("that is throttled is tried again, later and later", async () => {
    const { store } = unreliable({ before: (count) => (count < 4 ? refused : undefined) });
    const { start, clock, metrics } = consumerOf(store);
    const began = clock.now();
    expect(await start()(event)).toEqual(allDone);
    expect(metrics()).toMatchObject([{ Unsaved: 0 }]);
    expect(clock.now() - began).toBeGreaterThan(80);
  });

  it("that stays throttled is given up at the hard margin; the answer follows the outcomes", async () => {
    const { store } = unreliable({ before: () => refused });
    const { start, clock, metrics, logs, exits } = consumerOf(store);
    const began = clock.now();
    expect(await start()(event, 10_000)).toEqual(allDone);
    expect(clock.now() - began).toBeLessThanOrEqual(9_500);
    expect(metrics()).toMatchObject([{ Processed: 2, Unsaved: 1 }]);
    expect(logs()).toMatchObject([{ level: "ERROR", error: { message: "slow down" } }]);
    expect(exits).toEqual([]);
  });

  it("that is refused for good is said aloud, and loses nothing", async () => {
    const { store } = unreliable({ before: () => broken });
    const { start, metrics, logs, seen } = consumerOf(store);
    const withBad = eventOf(["a", "bad", "b"]);
    expect(await start()(withBad)).toEqual(answerAt(withBad, 1));
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1, Unsaved: 1 }]);
    expect(seen).toContainEqual(expect.objectContaining({ type: "unsaved", error: broken }));
    expect(logs().at(-1)).toMatchObject({
      level: "ERROR",
      consumer: "c",
      log: expect.stringContaining("c#us-east-1:123456789012:orders#"),
      error: { message: "no such table" },
    });
  });
});

describe("when the log cannot be read", () => {
  it("the batch fails before anything is processed", async () => {
    const { store } = unreliable({ read: () => broken });
    const { start, done } = consumerOf(store);
    await expect(start()(event)).rejects.toThrow("no such table");
    expect(done).toEqual([]);
  });

  it("in a warm environment as well, and it recovers", async () => {
    let error: unknown;
    const { store } = unreliable({ read: () => error });
    const { start, done } = consumerOf(store);
    const invoke = start();
    await invoke(event);
    error = broken;
    const next = eventOf(["c"], { from: 2 });
    await expect(invoke(next)).rejects.toThrow("no such table");
    expect(done).toEqual(["a", "b"]);
    error = undefined;
    await invoke(eventOf(["a", "b", "c"]));
    expect(done).toEqual(["a", "b", "c"]);
  });
});
