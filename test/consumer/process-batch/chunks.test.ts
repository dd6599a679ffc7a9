import fc from "fast-check";
import { kinesisConsumer, memoryProgress, type Order } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "../world.ts";
import { batches, failing, throwing } from "./batches.ts";

describe("processBatch gets records", () => {
  it("all at once, in stream order, whatever their keys", async () => {
    const { invoke, calls, metrics } = batches();
    expect(await invoke(eventOf(["a@1", "b@2", "c@1", "d@2"]))).toEqual(allDone);
    expect(calls).toEqual([["a", "b", "c", "d"]]);
    expect(metrics()).toMatchObject([{ Processed: 4 }]);
  });

  it("no more than maxItems a call", async () => {
    const { invoke, calls } = batches(undefined, { maxItems: 2 });
    await invoke(eventOf(["a", "b", "c", "d", "e"], { aggregate: 3 }));
    expect(calls).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("500 a call by default", async () => {
    const { invoke, calls } = batches();
    await invoke(eventOf(Array.from({ length: 1100 }, (_, n) => String(n))));
    expect(calls.map((ids) => ids.length)).toEqual([500, 500, 100]);
  });

  it("no more than maxBytes a call, and a larger one alone", async () => {
    const { runtime, finish } = world();
    const sizes: number[][] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      runtime,
      maxBytes: 100,
      processBatch(records) {
        sizes.push(records.map(({ record }) => record.data.byteLength));
      },
    });
    const payloads = [40, 60, 1, 99, 100, 500, 50].map((size) => "x".repeat(size));
    await finish(handler(kinesisEvent(payloads)));
    expect(sizes).toEqual([[40, 60], [1, 99], [100], [500], [50]]);
  });

  it("one call after the other, and not those that are done already", async () => {
    let running = 0;
    const { invoke, calls, clock } = batches(
      async () => {
        expect(++running).toBe(1);
        await clock.sleep(10);
        running--;
      },
      { maxItems: 1 },
    );
    const event = eventOf(["a", "b", "c"]);
    await invoke({ Records: [event.Records[1]] });
    await invoke(event);
    expect(calls).toEqual([["b"], ["a"], ["c"]]);
  });

  it("with value, record, attempt and idempotency key, and a context", async () => {
    const seen: unknown[] = [];
    const { invoke } = batches((records, { signal, remainingMs }) => {
      seen.push(records[0], signal.aborted, remainingMs);
      return failing("a")(records);
    });
    const event = eventOf(["a"]);
    await invoke(event, 10_000);
    await invoke(event, 10_000);
    const { sequenceNumber } = event.Records[0]!.kinesis;
    const record = {
      value: { id: "a", key: "a" },
      record: { partitionKey: "a", sequenceNumber },
      idempotencyKey: `c/orders/shardId-000000000000/${sequenceNumber}`,
    };
    expect(seen).toMatchObject([
      { ...record, attempt: 1 },
      false,
      9_000,
      { ...record, attempt: 2 },
      false,
      9_000,
    ]);
  });

  it("never none", async () => {
    const { invoke, calls } = batches();
    const event = eventOf(["a"]);
    await invoke(event);
    await invoke(event);
    await invoke({ Records: [] });
    expect(calls).toEqual([["a"]]);
  });
});

describe("time, and other records", () => {
  it("at the margin no other call begins", async () => {
    const { invoke, calls, clock } = batches(() => clock.sleep(1500), { maxItems: 1 });
    const event = eventOf(["a", "b", "c", "d"]);
    expect(await invoke(event, 4000)).toEqual(answerAt(event, 2));
    expect(calls).toEqual([["a"], ["b"]]);
  });

  it("a call that hangs ends the environment, after what is settled was saved", async () => {
    const { invoke, exits, calls } = batches(
      (records) => (records[0]!.value.id === "b" ? new Promise(() => {}) : undefined),
      { maxItems: 1 },
    );
    const event = eventOf(["a", "b", "c"]);
    await expect(invoke(event, 4000)).rejects.toThrow(/^exit/);
    expect(exits).toHaveLength(1);
    expect(calls).toEqual([["a"], ["b"]]);
    await expect(invoke(event, 4000)).rejects.toThrow(/^exit/);
    expect(calls[2]).toEqual(["b"]);
  });

  it("a record that cannot be decoded fails in its turn, and stops its key", async () => {
    const { runtime, finish } = world();
    const calls: string[][] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      runtime,
      processBatch(records) {
        calls.push(records.map(({ value }) => value.id));
      },
    });
    const event = kinesisEvent(
      [
        { id: "a", key: "1" },
        { id: "b", key: "2" },
        "{oops",
        { id: "c", key: "1" },
        { id: "d", key: "2" },
      ],
      { partitionKey: (value) => (typeof value === "string" ? "1" : value.key) },
    );
    expect(await finish(handler(event))).toEqual(answerAt(event, 2));
    expect(calls).toEqual([["a", "b"], ["d"]]);
  });

  it("duplicates inside the batch are left out, and share the fate of the first", async () => {
    const { invoke, calls } = batches(failing("b"), { uniqueId: ({ id }) => id });
    const event = eventOf(["a@1", "a@2", "b@3", "b@4"]);
    expect(await invoke(event)).toEqual(answerAt(event, 2));
    expect(calls).toEqual([["a", "b"]]);
  });
});

it("in any batch: chunks in stream order, each key up to its failure, and the lowest open as the answer", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ key: fc.constantFrom(..."1234"), fails: fc.nat(7).map((n) => n === 0) }),
        {
          minLength: 1,
          maxLength: 30,
        },
      ),
      fc.constantFrom<Order>("partitionKey", "shard", "none"),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.boolean(),
      async (records, order, maxItems, throws, withProgress) => {
        const bad = records.flatMap(({ fails }, place) => (fails ? [String(place)] : []));
        const effects: number[] = [];
        const { invoke, calls } = batches(
          (batch) => {
            const answer = throws ? throwing(...bad)(batch) : failing(...bad)(batch);
            const failed = new Set(answer ? answer.failed.map(({ record }) => record) : []);
            for (const record of batch)
              if (!failed.has(record)) effects.push(Number(record.value.id));
            return answer;
          },
          { maxItems, order, withProgress },
        );
        const event = eventOf(records.map(({ key }, place) => `${place}@${key}`));
        const answer = await invoke(event);
        const open = records.findIndex((_, place) => !effects.includes(place));
        expect(answer).toEqual(open < 0 ? allDone : answerAt(event, open));
        expect(open).toBe(records.findIndex(({ fails }) => fails));
        expect(new Set(effects).size).toBe(effects.length);
        expect(effects).toEqual([...effects].sort((a, b) => a - b));
        for (const ids of calls) {
          expect(ids.length).toBeGreaterThan(0);
          expect(ids.length).toBeLessThanOrEqual(maxItems);
        }
      },
    ),
    { numRuns: 200 },
  ));
