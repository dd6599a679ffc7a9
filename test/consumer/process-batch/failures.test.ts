import { NonRetryableError } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, eventOf, suffix } from "../world.ts";
import { type Answer, batches, failing, type Records } from "./batches.ts";

describe("the failed that it returns", () => {
  it("are not done, and all others are", async () => {
    const { invoke, calls, metrics, seen, logs } = batches(failing("b", "c"));
    const event = eventOf(["a", "b", "c", "d"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 2 }]);
    expect(logs()).toMatchObject([
      { error: { message: "no b" }, partitionKey: "b" },
      { error: { message: "no c" }, partitionKey: "c" },
    ]);
    expect(seen).toEqual([]);
    await invoke(suffix(event, 1));
    expect(calls).toEqual([
      ["a", "b", "c", "d"],
      ["b", "c"],
    ]);
  });

  it("stop their keys in later calls", async () => {
    const { invoke, calls } = batches(failing("a"), { maxItems: 2 });
    const event = eventOf(["a@1", "b@2", "c@1", "d@2", "e@1", "f@3"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(calls).toEqual([
      ["a", "b"],
      ["d", "f"],
    ]);
  });

  it('stop the shard with order "shard", and nothing with "none"', async () => {
    for (const [order, expected] of [
      ["shard", [["a", "b"]]],
      ["none", [["a", "b"], ["c", "d"], ["e"]]],
    ] as const) {
      const { invoke, calls } = batches(failing("b"), { maxItems: 2, order });
      await invoke(eventOf(["a@1", "b@1", "c@1", "d@1", "e@1"]));
      expect(calls).toEqual(expected);
    }
  });

  it("are counted one a key: what stands behind it is given back, and is judged when it has its turn", async () => {
    const attempts: Record<string, number> = {};
    const { invoke, metrics, parked } = batches((records) => {
      for (const { attempt, value } of records) attempts[value.id] = attempt;
      return failing("a", "c")(records);
    });
    const event = eventOf(["a@1", "b@2", "c@1", "d@2"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1, GivenBack: 1 }]);
    await invoke(event);
    expect(attempts).toMatchObject({ a: 2, c: 1 });
    expect(parked()).toEqual([]);
  });

  it("stop everything behind them where nothing is remembered", async () => {
    const { invoke, calls } = batches(failing("b"), { maxItems: 2, withProgress: false });
    const event = eventOf(["a", "b", "c", "d"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(calls).toEqual([["a", "b"]]);
  });

  it("may come without an error", async () => {
    const { invoke, logs } = batches((records) => ({
      failed: [{ record: records[1]!, error: undefined }],
    }));
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(logs()[0]!.error.message).toMatch(/named this record as failed/);
  });

  it("are parked when they are not retryable, and their keys go on", async () => {
    const { invoke, parked, calls } = batches(
      (records) => ({
        failed: records
          .filter(({ value }) => value.id === "b")
          .map((record) => ({ record, error: new NonRetryableError("never") })),
      }),
      { maxItems: 2 },
    );
    expect(await invoke(eventOf(["a@1", "b@1", "c@1"]))).toEqual(allDone);
    expect(parked()).toMatchObject([{ partitionKey: "1", confirmed: true }]);
    expect(calls).toEqual([["a", "b"], ["c"]]);
  });
});

describe("an answer that makes no sense is a failure, not a success", () => {
  const strange: [string, (records: Records) => unknown][] = [
    ["true", () => true],
    ["an empty object", () => ({})],
    ["Lambda's own response", () => ({ batchItemFailures: [] })],
    ["a list", (records) => [{ record: records[0], error: new Error("no") }]],
    ["failed that is no list", () => ({ failed: "all" })],
    ["failed with nothing in it", () => ({ failed: [null] })],
    [
      "a record that it was not given",
      () => ({ failed: [{ record: {}, error: new Error("no") }] }),
    ],
    [
      "a copy of a record",
      (records) => ({ failed: records.map((record) => ({ record: { ...record }, error: 1 })) }),
    ],
    ["sequence numbers", (records) => ({ failed: records.map((r) => r.record.sequenceNumber) })],
  ];
  it.each(strange)("%s", async (_, answer) => {
    const { invoke, metrics } = batches((records) => answer(records) as Answer);
    const event = eventOf(["a", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(metrics()).toMatchObject([{ Processed: 0, Failed: 2 }]);
  });

  it.each([undefined, null, { failed: [] }])("but %o is a success", async (answer) => {
    const { invoke } = batches(() => answer as Answer);
    expect(await invoke(eventOf(["a", "b"]))).toEqual(allDone);
  });
});
