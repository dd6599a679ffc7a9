import {
  type Entry,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "../consumer/world.ts";

const refused = new Error("no such table");

/** A store of which `wrong` says which operations fail now. */
function setUp(more: object = {}) {
  const its = world();
  const store = memoryProgress();
  const wrong = { append: false, allButClaims: false, read: false, cold: false };
  const entries: Entry[] = [];
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, ...rest) {
      if (wrong.append || (wrong.allButClaims && entry.kind === "done")) throw refused;
      entries.push(entry);
      return store.append(log, entry, ...rest);
    },
    async readAfter(log, n) {
      if (wrong.read) throw refused;
      const page = await store.readAfter(log, n);
      return wrong.cold ? { ...page, more: true } : page;
    },
    async readBefore(log, n) {
      if (wrong.read) throw refused;
      return store.readBefore(log, n);
    },
  };
  const done: string[] = [];
  const failing = new Set<string>();
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      ...more,
      process({ id }, _, { attempt }) {
        if (id === "hopeless") throw new NonRetryableError("never");
        if (failing.has(id)) throw new Error("no");
        done.push(attempt > 1 ? `${id} #${attempt}` : id);
      },
    });
    return (names: string[], from = 0) =>
      its.finish(handler(eventOf(names, { from }), its.context()));
  };
  return { ...its, start, wrong, entries, done, failing };
}

const names = ({ names }: Entry) => names!.length / 16;

describe("if an append fails for good", () => {
  it("what is carried says nothing of parked keys: those parked since are still parked", async () => {
    const { start, wrong, entries, done } = setUp({
      park: memoryParking(),
      afterPark: "parkKey",
    });
    const [one, other] = [start(), start()];
    await one(["hopeless@k1"]);
    wrong.append = true;
    await one(["x"], 1);
    wrong.append = false;
    await other(["hopeless@k2"], 2);
    await one(["hopeless@k2"], 2);
    expect(names(entries.at(-1)!)).toBe(1);
    expect(entries.at(-1)!.parkedKeys).toBeUndefined();
    const fresh = start();
    await fresh(["y@k1", "z@k2", "w"], 3);
    expect(done).toEqual(["x", "w"]);
  });

  it("the answer follows the outcomes, it is counted, and this environment remembers", async () => {
    const { start, wrong, done, metrics, failing, logs } = setUp();
    const invoke = start();
    wrong.append = true;
    failing.add("b");
    expect(await invoke(["a", "b", "c"])).toEqual(answerAt(eventOf(["a", "b", "c"]), 1));
    expect(logs().at(-1)).toMatchObject({
      level: "ERROR",
      message: expect.stringContaining("Progress was not saved"),
      error: { message: "no such table" },
    });
    failing.clear();
    expect(await invoke(["a", "b", "c"])).toEqual(allDone);
    expect(done).toEqual(["a", "c", "b #2"]);
    expect(metrics().map(({ Unsaved }) => Unsaved)).toEqual([1, 1]);
  });

  it("its names go into the environment's next entry, and others know them from there", async () => {
    const { start, wrong, done, entries } = setUp();
    const invoke = start();
    wrong.append = true;
    await invoke(["a", "b"]);
    await invoke(["c"], 2);
    wrong.append = false;
    await invoke(["d"], 3);
    expect(entries.map(names)).toEqual([4]);
    await start()(["a", "b", "c", "d"]);
    expect(done).toEqual(["a", "b", "c", "d"]);
  });

  it("they go into it also when the next batch has nothing of its own to say", async () => {
    const { start, wrong, entries } = setUp();
    const invoke = start();
    wrong.append = true;
    await invoke(["a", "b"]);
    wrong.append = false;
    await invoke(["a", "b"]);
    expect(entries.map(names)).toEqual([2]);
  });

  it("they survive that the log is loaded anew in between", async () => {
    const { start, wrong, done, entries } = setUp();
    const invoke = start();
    await invoke(["x"]);
    wrong.append = true;
    await invoke(["a"], 1);
    wrong.append = false;
    wrong.cold = true;
    await invoke(["a", "b"], 1);
    expect(done).toEqual(["x", "a", "b"]);
    expect(entries.map(names)).toEqual([1, 2]);
  });

  it("what was done beside a record that was parked is remembered, and the parked one comes again", async () => {
    const park = memoryParking();
    const { start, wrong, done, entries } = setUp({ park });
    const invoke = start();
    wrong.append = true;
    const event = eventOf(["a", "hopeless", "b"]);
    expect(await invoke(["a", "hopeless", "b"])).toEqual(answerAt(event, 1));
    wrong.append = false;
    expect(await invoke(["a", "hopeless", "b"])).toEqual(allDone);
    expect(done).toEqual(["a", "b"]);
    expect(entries.map(names)).toEqual([3]);
    expect([...park.parked.values()]).toMatchObject([{ confirmed: true }]);
  });

  it("for long, the entry that comes at last still fits: what is too old for it is only in memory", async () => {
    const { start, wrong, done, entries } = setUp();
    const invoke = start();
    const batch = (number: number) =>
      Array.from({ length: 2000 }, (_, place) => `${number}.${place}`);
    wrong.append = true;
    for (let number = 0; number < 10; number++) await invoke(batch(number), 2000 * number);
    wrong.append = false;
    await invoke(["z"], 20_000);
    expect(names(entries[0]!) * 16).toBeLessThan(200 * 1024);
    expect(names(entries[0]!)).toBeGreaterThan(4000);
    await invoke(batch(0));
    expect(done).toHaveLength(20_001);
  });

  it("a claim that was ended in vain is ended by the next entry, and is no death", async () => {
    const { start, wrong, entries, clock, failing, done } = setUp({
      park: memoryParking(),
      maxAttempts: 5,
    });
    await clock.advance(120_000);
    const invoke = start();
    failing.add("a");
    wrong.allButClaims = true;
    await invoke(["a", "b"]);
    wrong.allButClaims = false;
    failing.clear();
    await invoke(["a", "b"]);
    expect(entries.map(({ kind }) => kind)).toEqual(["began", "began", "done"]);
    expect(entries[2]!.ends).toEqual(expect.arrayContaining([1, 2]));
    expect(done).toEqual(["b", "a #2"]);
  });
});

describe("if the log cannot be read", () => {
  it('with "stop" the batch fails, and nothing has happened', async () => {
    const { start, wrong, done } = setUp();
    wrong.read = true;
    await expect(start()(["a"])).rejects.toBe(refused);
    expect(done).toEqual([]);
  });

  it('with "continue" it is processed at least once, and that is said', async () => {
    const { start, wrong, done, logs } = setUp({ onProgressUnavailable: "continue" });
    wrong.read = true;
    const invoke = start();
    expect(await invoke(["a", "b"])).toEqual(allDone);
    expect(await invoke(["a"])).toEqual(allDone);
    expect(done).toEqual(["a", "b", "a"]);
    expect(logs()[0]).toMatchObject({
      level: "ERROR",
      message: expect.stringContaining("at least once"),
    });
  });
});
