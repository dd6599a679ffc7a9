import { json, kinesisConsumer, memoryParking, memoryProgress, NonRetryableError } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const quiet = { metrics: false, runtime: { write: () => {} } } as const;
const Order = z.object({ id: z.string(), total: z.number() });
const orders = (...ids: string[]) => ids.map((id) => ({ id, total: 1 }));

describe("kinesisConsumer", () => {
  it("processes every user record of an aggregate, with its position", async () => {
    const seen: [string, string, number][] = [];
    const handler = kinesisConsumer({
      ...quiet,
      consumer: "c",
      decode: json(Order),
      process(order, record) {
        seen.push([order.id, record.partitionKey, record.subSequenceNumber]);
      },
    });
    const event = kinesisEvent(orders("a", "b", "c"), { aggregate: true });
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([
      ["a", "key-0", 0],
      ["b", "key-1", 1],
      ["c", "key-2", 2],
    ]);
  });

  it("answers with the one lowest sequence number that is not done", async () => {
    const handler = kinesisConsumer({
      ...quiet,
      consumer: "c",
      decode: json(Order),
      progress: memoryProgress(),
      process({ id }) {
        if (id === "b" || id === "d") throw new Error("no");
      },
    });
    const event = kinesisEvent(orders("a", "b", "c", "d"));
    const { sequenceNumber } = event.Records[1]!.kinesis;
    expect(await handler(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: sequenceNumber }],
    });
  });

  it("repeats no effect when the batch comes again", async () => {
    const progress = memoryProgress();
    const effects: string[] = [];
    let broken = true;
    const make = () =>
      kinesisConsumer({
        ...quiet,
        consumer: "c",
        decode: json(Order),
        uniqueId: (order) => order.id,
        progress,
        process({ id }) {
          if (id === "b" && broken) throw new Error("not yet");
          effects.push(id);
        },
      });
    const event = kinesisEvent(orders("a", "b", "c", "a"));
    await make()(event);
    expect(effects).toEqual(["a", "c"]);
    broken = false;
    expect(await make()(event)).toEqual({ batchItemFailures: [] });
    expect(effects).toEqual(["a", "c", "b"]);
  });

  it("parks a record that fails for good, and moves on", async () => {
    const park = memoryParking();
    const handler = kinesisConsumer({
      ...quiet,
      consumer: "c",
      decode: json(Order),
      progress: memoryProgress(),
      park,
      process({ id }) {
        if (id === "b") throw new NonRetryableError("never");
      },
    });
    expect(await handler(kinesisEvent(orders("a", "b", "c")))).toEqual({ batchItemFailures: [] });
    expect([...park.parked.values()]).toMatchObject([{ attempts: 1, confirmed: true }]);
  });
});
