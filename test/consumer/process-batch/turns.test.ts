/** Which records share a call of `processBatch`, and what becomes of those whose turn does not come. */
import { memoryParking, NonRetryableError } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf } from "../world.ts";
import { batches } from "./environments.ts";

describe("a record over which an environment has hung", () => {
  it("has a call of its own, and those before and behind it do not wait for it in vain", async () => {
    let hangs = true;
    const { start, calls } = batches((ids) =>
      hangs && ids.includes("b") ? new Promise(() => {}) : undefined,
    );
    await expect(start()(["b", "c"], 1)).rejects.toThrow("exit: ");
    hangs = false;
    expect(await start()(["a", "b", "c", "d", "e"])).toEqual(allDone);
    expect(calls).toEqual([["b", "c"], ["a"], ["b"], ["c"], ["d", "e"]]);
  });

  it("in the first half of a call that failed, has failed alone", async () => {
    const { start, failures } = batches((ids) => {
      if (ids.length > 1) throw new Error("no");
      return ids[0] === "a" ? new Promise(() => {}) : undefined;
    });
    await expect(start()(["a", "b"])).rejects.toThrow("exit: ");
    expect(failures()).toEqual(["a #1"]);
  });
});

describe("a call that ends with its signal", () => {
  const untilSignal = (signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  it.each<[string, readonly string[], readonly string[][]]>([
    ["is made again where something was done before it", ["a", "b", "c", "d"], [["c", "d"]]],
    ["is made again with one record each where nothing was", ["c", "d"], [["c"], ["d"]]],
    ["is made again, and may be larger, where it had one record", ["c"], [["c", "x"]]],
  ])("%s", async (_, names, again) => {
    let isSlow = true;
    const { start, calls, failures } = batches(
      (ids, signal) => (isSlow && ids.includes("c") ? untilSignal(signal) : undefined),
      { maxItems: 2 },
    );
    const place = names.indexOf("c");
    expect(await start()(names)).toEqual(answerAt(eventOf(names), place));
    isSlow = false;
    calls.length = 0;
    const left = names.slice(place);
    await start()(left.length === 1 ? [...left, "x"] : left, place);
    expect(calls).toEqual(again);
    expect(failures()).toEqual([]);
  });

  it("is not begun, nor is anything read for it, once the signal has come", async () => {
    const { start, clock, calls, decoded } = batches(() => clock.sleep(29_000), { maxItems: 1 });
    const names = ["a", "b", "c", "d"];
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 2));
    expect(calls).toEqual([["a"], ["b"]]);
    // The next one is read before the one that is ready is run.
    expect(decoded).toEqual(["a", "b", "c"]);
  });
});

describe("behind a record that has failed", () => {
  it("one of its key that cannot be read has not failed", async () => {
    const { start, failures } = batches(() => {
      throw new Error("no");
    });
    const names = ["bad@k", "broken@k"];
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
    expect(failures()).toEqual(["k #1"]);
  });

  it("one of its key goes on where that could not be read, and is parked", async () => {
    const { start, calls } = batches(() => {}, { park: memoryParking() });
    expect(await start()(["broken@k", "b@k", "c"])).toEqual(allDone);
    expect(calls).toEqual([["b", "c"]]);
  });

  it("one that was named as failed with it shares its next call", async () => {
    let isBroken = true;
    const { start, calls, failures } = batches((_, __, records) =>
      isBroken
        ? { failed: records.map((record) => ({ record, error: new Error("no") })) }
        : undefined,
    );
    await start()(["a@k", "b@k"]);
    expect(failures()).toEqual(["k #1"]);
    isBroken = false;
    await start()(["a@k", "b@k"]);
    expect(calls).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });
});

it("what is done is saved in slices after calls, and no more often than is due", async () => {
  const { start, entries } = batches(() => {}, {
    maxItems: 1,
    commitEvery: { records: 2, ms: 60_000 },
  });
  expect(await start()(["a", "b", "c", "d", "e"])).toEqual(allDone);
  expect(entries.map(({ names }) => names!.length / 16)).toEqual([2, 2, 1]);
});

it.each<[string, unknown]>([
  ["no list", { failed: "a" }],
  ["nothing under that name", { failures: [] }],
  [
    "a record that it was not given",
    { failed: [{ record: {}, error: new NonRetryableError("no") }] },
  ],
])("an answer with %s fails the records, and says what it should be", async (_, answer) => {
  const { start, seen } = batches(() => answer);
  expect(await start()(["a"])).toEqual(answerAt(eventOf(["a"]), 0));
  const errors = seen.flatMap((event) => (event.type === "failed" ? event.error : []));
  expect(errors).toMatchObject([
    {
      name: "TypeError",
      message: expect.stringContaining("processBatch must return nothing, or {"),
    },
  ]);
});
