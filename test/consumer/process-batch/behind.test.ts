/** What becomes of a record behind one of its lane that has stopped, or is parked. */
import { memoryParking, NonRetryableError } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf, type Item } from "../world.ts";
import { batches } from "./environments.ts";

const uniqueId = ({ id }: Item) => id;

/** Calls with this item throw, until it is mended. */
function throwing(id: string) {
  let isBroken = true;
  const work = (ids: readonly string[]) => {
    if (isBroken && ids.includes(id)) throw new Error("no");
  };
  return Object.assign(work, {
    mend() {
      isBroken = false;
    },
  });
}

const idsIn = (park: ReturnType<typeof memoryParking>): string[] =>
  [...park.parked.values()].map(({ data }) => JSON.parse(Buffer.from(data).toString()).id);

describe("behind a record that is parked, with its key to follow,", () => {
  const refuse = (ids: readonly string[]) => {
    if (ids.includes("bad")) throw new NonRetryableError("never");
  };
  const names = ["bad@k", "w@m", "x@n", "y@k", "z@k", "last@o"];

  it.each([
    // "y" is read before the call that has "bad" parked.
    [3, [["bad", "w", "x"], ["bad"], ["w", "x"], ["last"]]],
    // And here it is in the other half of that call.
    [4, [["bad", "w", "x", "y"], ["bad", "w"], ["bad"], ["w"], ["x"], ["last"]]],
  ])("nothing of its key runs, with %i records a call", async (maxItems, expected) => {
    const park = memoryParking();
    const { start, calls } = batches(refuse, { park, afterPark: "parkKey", maxItems });
    expect(await start()(names)).toEqual(allDone);
    expect(calls).toEqual(expected);
    expect(idsIn(park)).toEqual(["bad", "y", "z"]);
  });

  it("nothing of its key runs either where that could not be parked", async () => {
    const store = memoryParking();
    const park = {
      ...store,
      async park(record: Parameters<typeof store.park>[0]) {
        if (record.sequenceNumber === eventOf(names).Records[3]!.kinesis.sequenceNumber)
          throw new Error("full");
        await store.park(record);
      },
    };
    const { start, calls } = batches(refuse, { park, afterPark: "parkKey", maxItems: 1 });
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 3));
    expect(calls).toEqual([["bad"], ["w"], ["x"], ["last"]]);
    // Parked before it, a redrive would bring it back before it.
    expect(idsIn(store)).toEqual(["bad"]);
  });

  it("nothing is parked once the signal has come", async () => {
    const park = memoryParking();
    const { start, calls, clock } = batches(
      async (ids) => {
        refuse(ids);
        await clock.sleep(57_000);
      },
      { park, afterPark: "parkKey", maxItems: 2 },
    );
    expect(await start()(["bad@k", "slow", "y@k"])).toEqual(answerAt(eventOf(["a", "b", "c"]), 2));
    expect(calls).toEqual([["bad", "slow"], ["bad"], ["slow"]]);
    expect(idsIn(park)).toEqual(["bad"]);
  });
});

describe("behind a record that has failed, one of its key", () => {
  it("is read for its id alone: the same id of another key waits for it", async () => {
    const work = throwing("bad");
    const { start, calls } = batches(work, { maxItems: 1, uniqueId });
    const names = ["bad@k", "a@m", "x@k", "x@n"];
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
    expect(calls.splice(0)).toEqual([["bad"], ["a"]]);
    work.mend();
    expect(await start()(names)).toEqual(allDone);
    expect(calls).toEqual([["bad"], ["x"]]);
  });

  it("is not read where there are no ids", async () => {
    const { start, decoded } = batches(throwing("bad"), { maxItems: 1 });
    await start()(["bad@k", "a@m", "x@k", "b@m"]);
    expect(decoded).toEqual(["bad", "a", "b"]);
  });

  it.each([
    ["keeps its value", 0.4, ["bad", "a", "x"]],
    ["is read once more where memory is short", 0.6, ["bad", "a", "x", "x"]],
  ])("%s until that is parked", async (_, inUse, expected) => {
    const more = { maxItems: 1, uniqueId, park: memoryParking(), maxAttempts: 1 };
    const { start, decoded, calls } = batches(throwing("bad"), more, { heapInUse: () => inUse });
    expect(await start()(["bad@k", "a@m", "x@k"])).toEqual(allDone);
    expect(decoded).toEqual(expected);
    expect(calls).toEqual([["bad"], ["a"], ["x"]]);
  });
});

describe("a record that hung as often as it may", () => {
  async function afterHang(more: object = {}) {
    let hangs = true;
    const its = batches(
      (ids) => (hangs && ids.includes("stuck") ? new Promise(() => {}) : undefined),
      {
        ...{ maxAttempts: 1, park: memoryParking() },
        ...more,
      },
    );
    await expect(its.start()(["stuck@k"])).rejects.toThrow("exit: ");
    hangs = false;
    its.calls.length = 0;
    its.decoded.length = 0;
    return its;
  }

  it("is parked unread, and its key goes on", async () => {
    const { start, calls, decoded } = await afterHang();
    expect(await start()(["stuck@k", "b@k"])).toEqual(allDone);
    expect([calls, decoded]).toEqual([[["b"]], ["b"]]);
  });

  it("stops its key where it cannot be parked", async () => {
    const park = { ...memoryParking(), park: () => Promise.reject(new Error("full")) };
    const { start, calls } = await afterHang({ park });
    const names = ["stuck@k", "b@k", "c@m"];
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
    expect(calls).toEqual([["c"]]);
  });
});

it("a record that hung, and waits unread where memory is short, has its id when its turn comes", async () => {
  let hangs = true;
  const { calls, start } = batches(
    ([id]) => {
      if (id === "bad") throw new Error("no");
      return hangs ? new Promise(() => {}) : undefined;
    },
    { maxItems: 1, uniqueId, park: memoryParking(), maxAttempts: 2 },
    { heapInUse: () => 0.6 },
  );
  await expect(start()(["x@k"], 1)).rejects.toThrow("exit: ");
  hangs = false;
  const names = ["bad@k", "x@k"];
  expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
  expect(await start()(names)).toEqual(allDone);
  expect(await start()(["x@n"], 5)).toEqual(allDone);
  expect(calls).toEqual([["x"], ["bad"], ["bad"], ["x"]]);
});

describe("a call has as many records as it may, and those that", () => {
  it("need no run are not among them", async () => {
    const { start, calls } = batches(() => {}, { maxItems: 2, uniqueId });
    expect(await start()(["a", "a@2", "b", "c"])).toEqual(allDone);
    expect(calls).toEqual([["a", "b"], ["c"]]);
  });

  it("fill the heap have one each", async () => {
    const { start, calls } = batches(() => {}, {}, { heapInUse: () => 0.6 });
    expect(await start()(["a", "b", "c"])).toEqual(allDone);
    expect(calls).toEqual([["a"], ["b"], ["c"]]);
  });
});
