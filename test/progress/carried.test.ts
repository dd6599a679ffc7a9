/** What could not be saved, and what its environment makes of it until it can. */
import { memoryParking, type ParkingStore, parking } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf } from "../consumer/world.ts";
import { environments } from "./environments.ts";

const abandoned = (seen: readonly { readonly type: string }[]) =>
  seen.filter(({ type }) => type === "abandoned");

describe("a record that was parked while its append failed", () => {
  it.each([
    ["in the same environment", false],
    ["in another, after the first has saved what it carried", true],
  ])("has not forgotten its attempts %s", async (_, isElsewhere) => {
    const park = memoryParking();
    const { start, wrong, failing, runs } = environments({ park, maxAttempts: 2 });
    const bad = eventOf(["bad"]);
    const first = start();
    failing.add("bad");
    expect(await first(["bad"])).toEqual(answerAt(bad, 0));
    wrong.append = true;
    expect(await first(["bad"])).toEqual(answerAt(bad, 0));
    wrong.append = false;
    if (isElsewhere) await first(["x"], 1);
    const next = isElsewhere ? start() : first;
    expect(await next(["bad"])).toEqual(allDone);
    expect(runs.filter((run) => run.startsWith("bad"))).toEqual(["bad #1", "bad #2", "bad #2"]);
    expect([...park.parked.values()]).toMatchObject([{ attempts: 2, confirmed: true }]);
  });

  it("is delivered again elsewhere as one that nobody has parked", async () => {
    const asked: string[] = [];
    const store: ParkingStore = {
      park: async ({ sequenceNumber }) => void asked.push(sequenceNumber),
      confirm: async () => {},
    };
    const { start, wrong, failing } = environments({ park: parking(store), maxAttempts: 1 });
    failing.add("bad");
    wrong.append = true;
    const first = start();
    await first(["a", "bad"]);
    wrong.append = false;
    // What it carried is saved: that a was done, and nothing of what it parked.
    await first(["b"], 2);
    expect(await start()(["a", "bad"])).toEqual(allDone);
    expect(asked).toHaveLength(2);
  });
});

describe("a record that failed and then was done, before either could be saved,", () => {
  it.each([
    ["both at once", true],
    ["the failure alone, until then", false],
  ])("is not open afterwards, for anybody: %s", async (_, isRefusedTwice) => {
    const { start, wrong, failing, done, seen } = environments();
    const first = start();
    failing.add("a");
    wrong.append = true;
    await first(["a"]);
    failing.clear();
    wrong.append = isRefusedTwice;
    await first(["a"]);
    wrong.append = false;
    await first(["b"], 1);
    await first(["c"], 2);
    const other = start();
    expect(await other(["a"])).toEqual(allDone);
    await other(["d"], 3);
    expect(done).toEqual(["a", "b", "c", "d"]);
    expect(abandoned(seen)).toEqual([]);
  });
});

it("when memory is short, a log that carries what could not be saved is kept, and the others go", async () => {
  const { start, wrong, done, coldReads } = environments({ maxMemoryBytes: 1 });
  const one = start();
  const on = (shard: number) => ({ shardId: `shardId-00000000000${shard}` });
  await one(["y"], 0, on(3));
  wrong.append = true;
  await one(["a", "b"], 0, on(1));
  wrong.append = false;
  await one(["x"], 0, on(2));
  const before = coldReads();
  expect(await one(["a", "b"], 0, on(1))).toEqual(allDone);
  expect(done).toEqual(["y", "a", "b", "x"]);
  // It knew, and did not read.
  expect(coldReads()).toBe(before);
  await one(["y"], 0, on(3));
  expect(coldReads()).toBeGreaterThan(before);
  // Others know from what it saved.
  expect(await start()(["a", "b"], 0, on(1))).toEqual(allDone);
  expect(done).toEqual(["y", "a", "b", "x"]);
});
