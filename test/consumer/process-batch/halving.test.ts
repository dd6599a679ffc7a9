import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf, suffix } from "../world.ts";
import { batches, throwing } from "./batches.ts";

describe("when it throws", () => {
  it("the call is halved until one record is alone to blame", async () => {
    const { invoke, calls, metrics } = batches(throwing("c"));
    const event = eventOf(["a", "b", "c", "d", "e"]);
    expect(await invoke(event)).toEqual(answerAt(event, 2));
    expect(calls).toEqual([
      ["a", "b", "c", "d", "e"],
      ["a", "b"],
      ["c", "d", "e"],
      ["c"],
      ["d", "e"],
    ]);
    expect(metrics()).toMatchObject([{ Processed: 4, Failed: 1, GivenBack: 0 }]);
  });

  it("what stands behind the one in its lane is not tried", async () => {
    const { invoke, calls } = batches(throwing("a"));
    const event = eventOf(["a@1", "b@1", "c@2", "d@1"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(calls.at(-1)).toEqual(["c"]);
    expect(calls.flat().filter((id) => id === "d")).toHaveLength(1);
  });

  it("nothing behind the one is tried where nothing is remembered", async () => {
    const { invoke, calls } = batches(throwing("a"), { withProgress: false });
    const event = eventOf(["a", "b", "c", "d"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(calls).toEqual([["a", "b", "c", "d"], ["a", "b"], ["a"]]);
  });

  it("an attempt counts only for the one", async () => {
    const attempts: string[] = [];
    const { invoke } = batches((records) => {
      for (const { value, attempt } of records) attempts.push(`${value.id} #${attempt}`);
      return throwing("b")(records);
    });
    const event = eventOf(["a", "b@k", "c@k"]);
    await invoke(event);
    attempts.length = 0;
    await invoke(suffix(event, 1));
    expect(attempts).toEqual(["b #2", "c #1", "b #2"]);
  });

  it("without time for halving, all are given back, and none has failed", async () => {
    const { invoke, calls, metrics, clock } = batches(async () => {
      await clock.sleep(3200);
      throw new Error("no");
    });
    const event = eventOf(["a", "b"]);
    expect(await invoke(event, 4000)).toEqual(answerAt(event, 0));
    expect(calls).toEqual([["a", "b"]]);
    expect(metrics()).toMatchObject([{ Failed: 0, GivenBack: 2 }]);
  });

  it("at its signal, all are given back", async () => {
    const { invoke, calls, metrics, clock } = batches((_, { signal }) =>
      clock.sleep(60_000, signal),
    );
    const event = eventOf(["a", "b"]);
    expect(await invoke(event, 4000)).toEqual(answerAt(event, 0));
    expect(calls).toHaveLength(1);
    expect(metrics()).toMatchObject([{ Failed: 0, GivenBack: 2 }]);
  });

  it.each(["throws", "names all of them"])(
    "a call that takes more than the invocation has, and %s at its signal, comes apart the next time",
    async (how) => {
      const { invoke, calls, clock } = batches(async (records, { signal }) => {
        try {
          await clock.sleep(1200 * records.length, signal);
        } catch (error) {
          if (how === "throws") throw error;
          return { failed: records.map((record) => ({ record, error })) };
        }
      });
      const event = eventOf(["a", "b", "c"]);
      expect(await invoke(event, 4000)).toEqual(answerAt(event, 0));
      expect(await invoke(event, 4000)).toEqual(answerAt(event, 2));
      expect(await invoke(suffix(event, 2), 4000)).toEqual(allDone);
      expect(calls).toEqual([["a", "b", "c"], ["a"], ["b"], ["c"], ["c"]]);
    },
  );

  it.each([undefined, null, "no", { code: 7 }])("even %o", async (error) => {
    const { invoke } = batches((records) => {
      if (records.some(({ value }) => value.id === "b")) throw error;
    });
    const event = eventOf(["a", "b", "c"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
  });
});
