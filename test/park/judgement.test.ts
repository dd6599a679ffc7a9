import { kinesisConsumer, memoryParking, memoryProgress, NonRetryableError } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, suffix, world } from "../consumer/world.ts";

interface Settings {
  readonly maxAttempts?: number;
  readonly parkAfterInSeconds?: number;
  readonly afterPark?: "continue" | "parkKey";
}

/** A consumer in which what is in `failing` fails. */
function consumer(settings: Settings = {}, error: () => Error = () => new Error("no")) {
  const its = world();
  const park = memoryParking();
  const progress = memoryProgress();
  const failing = new Set<string>();
  const ran: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      park,
      maxAttempts: 1,
      ...settings,
      runtime: its.runtime,
      process({ id }) {
        ran.push(id);
        if (id === "slow") return its.clock.sleep(58_000);
        if (failing.has(id)) throw error();
      },
    });
    return (event: unknown) => its.finish(handler(event, its.context()));
  };
  const parked = () => [...park.parked.values()].map(({ partitionKey }) => partitionKey);
  return { ...its, failing, ran, start, invoke: start(), parked, store: park.parked };
}

describe("a record that has failed often enough", () => {
  it("is not parked before its first failure is parkAfterInSeconds ago", async () => {
    const { invoke, failing, parked, clock } = consumer({ parkAfterInSeconds: 60 });
    const event = eventOf(["a", "bad"]);
    failing.add("bad");
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    await clock.advance(59_000);
    expect(await invoke(suffix(event, 1))).toEqual(answerAt(event, 1));
    expect(parked()).toEqual([]);
    await clock.advance(1_000);
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(parked()).toEqual(["bad"]);
  });

  it("and was given back before, has not failed then: its time begins with its first failure", async () => {
    const { invoke, failing, parked, clock, store } = consumer({ parkAfterInSeconds: 60 });
    const event = eventOf(["slow", "bad@slow"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    failing.add("bad");
    await clock.advance(60_000);
    const first = clock.now();
    expect(await invoke(suffix(event, 1))).toEqual(answerAt(event, 1));
    await clock.advance(59_000);
    expect(await invoke(suffix(event, 1))).toEqual(answerAt(event, 1));
    expect(parked()).toEqual([]);
    await clock.advance(1_000);
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(parked()).toEqual(["slow"]);
    expect([...store.values()]).toMatchObject([{ firstFailedAt: first, attempts: 3 }]);
  });

  it("waits no longer when it is hopeless anyway", async () => {
    const { invoke, failing, parked } = consumer(
      { parkAfterInSeconds: 3600, maxAttempts: 100 },
      () => new NonRetryableError("never"),
    );
    failing.add("bad");
    expect(await invoke(eventOf(["a", "bad"]))).toEqual(allDone);
    expect(parked()).toEqual(["bad"]);
  });
});

describe("while most keys fail", () => {
  it("none is parked: it is the world that is broken, and not the records", async () => {
    const { invoke, failing, parked } = consumer();
    const names = [..."abcdef"];
    const event = eventOf(names);
    for (const id of names.slice(0, 4)) failing.add(id);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(parked()).toEqual([]);
    // The world is well again, but for one.
    failing.clear();
    failing.add("b");
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toEqual(["b"]);
  });

  it("those that are hopeless are parked all the same", async () => {
    const { invoke, failing, parked } = consumer({}, () => new NonRetryableError("never"));
    const names = [..."abcdef"];
    for (const id of names) failing.add(id);
    expect(await invoke(eventOf(names))).toEqual(allDone);
    expect(parked()).toEqual(names);
  });

  it("a few keys say nothing", async () => {
    const { invoke, failing, parked } = consumer();
    failing.add("a").add("b");
    expect(await invoke(eventOf(["a", "b", "c"]))).toEqual(allDone);
    expect(parked()).toEqual(["a", "b"]);
  });
});

describe("what stands behind a parked record of its key", () => {
  const event = eventOf(["bad@k", "x@k", "y@other", "z@k"]);

  it("goes on, by default, in order", async () => {
    const { invoke, failing, ran, parked } = consumer();
    failing.add("bad");
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toEqual(["k"]);
    expect(ran.filter((id) => id !== "y")).toEqual(["bad", "x", "z"]);
  });

  it('is parked as well, unrun, with afterPark: "parkKey", so that a redrive keeps the order', async () => {
    const { invoke, failing, ran, store } = consumer({ afterPark: "parkKey" });
    failing.add("bad");
    expect(await invoke(event)).toEqual(allDone);
    expect(ran.sort()).toEqual(["bad", "y"]);
    const parked = [...store.values()];
    expect(parked.map(({ partitionKey }) => partitionKey)).toEqual(["k", "k", "k"]);
    expect(parked.every(({ confirmed }) => confirmed)).toBe(true);
    expect(parked[1]!.error.message).toMatch(/partition key k is parked/);
  });

  it("is parked in later batches and other environments, too", async () => {
    const { start, failing, ran, store } = consumer({ afterPark: "parkKey" });
    failing.add("bad");
    await start()(event);
    await start()(eventOf(["later@k", "free@other"], { from: 4 }));
    expect(ran).not.toContain("later");
    expect(ran).toContain("free");
    expect(store.size).toBe(4);
  });
});
