import { kinesisConsumer, memoryProgress, text, type UserRecord } from "shardmill";
import { aggregate } from "shardmill/kpl";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, sequenceNumberOf, world } from "../consumer/world.ts";

/** A consumer of texts; those in `failing` fail. */
function consumer(failing = new Set<string>()) {
  const its = world();
  const records: UserRecord[] = [];
  const done: string[] = [];
  const progress = memoryProgress();
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode: text(),
      progress,
      runtime: its.runtime,
      process(value, record) {
        records.push(record);
        if (failing.has(value)) throw new Error("no");
        done.push(value);
      },
    });
    return (event: unknown) => its.finish(handler(event));
  };
  return { ...its, records, done, failing, start, invoke: start() };
}

const arrival = Date.UTC(2026, 0, 1);

describe("a user record", () => {
  it("that came alone is the Kinesis record", async () => {
    const { invoke, records } = consumer();
    const event = kinesisEvent(["a"]);
    await invoke(event);
    expect(records).toMatchObject([
      {
        data: Buffer.from("a"),
        partitionKey: "key-0",
        explicitHashKey: undefined,
        sequenceNumber: sequenceNumberOf(event, 0),
        subSequenceNumber: 0,
        aggregated: false,
        approximateArrivalTimestamp: arrival,
        shardId: "shardId-000000000000",
        streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
      },
    ]);
  });

  it("that came in an aggregate has its own keys, and its place as subsequence number", async () => {
    const { invoke, records } = consumer();
    const { data } = aggregate([
      { partitionKey: "k1", data: Buffer.from("a"), explicitHashKey: "0" },
      { partitionKey: "k2", data: Buffer.from("b") },
    ]);
    const event = kinesisEvent([data, "c"], { partitionKey: () => "outer" });
    await invoke(event);
    const sequenceNumber = sequenceNumberOf(event, 0);
    expect(records).toMatchObject([
      { partitionKey: "k1", explicitHashKey: "0", sequenceNumber, subSequenceNumber: 0 },
      { partitionKey: "k2", explicitHashKey: undefined, sequenceNumber, subSequenceNumber: 1 },
      { partitionKey: "outer", aggregated: false, subSequenceNumber: 0 },
    ]);
    expect(records.map(({ aggregated }) => aggregated)).toEqual([true, true, false]);
  });

  it("keeps its arrival to the millisecond", async () => {
    const { invoke, records } = consumer();
    for (const [from, ms] of [1, 7, 113, 999].entries()) {
      await invoke(kinesisEvent(["a"], { from, arrival: arrival + ms }));
    }
    expect(records.map((record) => record.approximateArrivalTimestamp - arrival)).toEqual([
      1, 7, 113, 999,
    ]);
  });
});

describe("what only looks like an aggregate is a record", () => {
  const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
  const { data } = aggregate([{ partitionKey: "k", data: Buffer.from("a") }]);
  const broken = Buffer.from(data);
  broken[broken.length - 1]! ^= 1;

  it.each([
    ["the magic bytes alone", magic],
    ["the magic bytes and some text", Buffer.concat([magic, Buffer.from("hello, this is a text")])],
    ["an aggregate that is cut off", data.subarray(0, data.length - 3)],
    ["an aggregate with a wrong digest", broken],
  ])("%s", async (_, payload) => {
    const its = world();
    const seen: [Uint8Array, boolean][] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      runtime: its.runtime,
      process: (value, { aggregated }) => void seen.push([value, aggregated]),
    });
    expect(await its.finish(handler(kinesisEvent([payload])))).toEqual(allDone);
    expect(seen).toHaveLength(1);
    expect(Buffer.from(seen[0]![0]).equals(payload)).toBe(true);
    expect(seen[0]![1]).toBe(false);
  });
});

describe("through a fan-out consumer", () => {
  /**
   * As Lambda delivers the inner records of one aggregate: each as a Kinesis record, all with one
   * sequence number. Behind them comes the record "z".
   */
  const takenApart = (values: string[], keyOf = (value: string) => value) => {
    const event = kinesisEvent([...values, "z"], { fanOutConsumer: "fast", partitionKey: keyOf });
    const { sequenceNumber, approximateArrivalTimestamp } = event.Records[0]!.kinesis;
    const Records = event.Records.map((record, index) => {
      if (index === values.length) return record;
      const kinesis = { ...record.kinesis, sequenceNumber, approximateArrivalTimestamp };
      return { ...record, kinesis, eventID: `shardId-000000000000:${sequenceNumber}` };
    });
    return { Records };
  };
  const part = (event: ReturnType<typeof takenApart>, from: number, to: number) => ({
    Records: event.Records.slice(from, to),
  });

  it("a stream is the stream: its progress is that of the mapping without one", async () => {
    const { invoke, done, records, metrics } = consumer();
    await invoke(kinesisEvent(["a"], { fanOutConsumer: "fast" }));
    expect(records[0]!.streamArn).toBe("arn:aws:kinesis:us-east-1:123456789012:stream/orders");
    expect(metrics()[0]).toMatchObject({ Stream: "orders" });
    expect(done).toEqual(["a"]);
  });

  it("a stream may be called consumer", async () => {
    const { invoke, records } = consumer();
    await invoke(kinesisEvent(["a"], { streamName: "consumer", fanOutConsumer: "consumer" }));
    expect(records[0]!.streamArn).toBe("arn:aws:kinesis:us-east-1:123456789012:stream/consumer");
  });

  it("what looks like an aggregate is data: Lambda has taken the real ones apart", async () => {
    const { data } = aggregate([{ partitionKey: "k", data: Buffer.from("a") }]);
    const its = world();
    const seen: number[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      runtime: its.runtime,
      process: (value) => void seen.push(value.byteLength),
    });
    await its.finish(handler(kinesisEvent([data], { fanOutConsumer: "fast" })));
    expect(seen).toEqual([data.byteLength]);
  });

  it("records that share a sequence number are different records", async () => {
    const { invoke, start, done, records } = consumer();
    const event = takenApart(["a", "b", "c"]);
    expect(await invoke(event)).toEqual(allDone);
    expect(records.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual([0, 1, 2, 0]);
    await start()(event);
    expect(done).toEqual(["a", "b", "c", "z"]);
  });

  it("equal ones as well, with equal keys", async () => {
    const { invoke, start, done } = consumer();
    const event = takenApart(["a", "a", "a"], () => "k");
    await invoke(event);
    await start()(event);
    expect(done).toEqual(["a", "a", "a", "z"]);
  });

  it("a failure among them gives all of them back, and repeats none", async () => {
    const { invoke, start, done, failing } = consumer(new Set(["b"]));
    const event = takenApart(["a", "b", "c"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    failing.clear();
    expect(await start()(event)).toEqual(allDone);
    expect(done).toEqual(["a", "c", "z", "b"]);
  });

  it("the rest of an aggregate that a batch cuts in two is not taken for its beginning", async () => {
    const { invoke, start, done } = consumer();
    const event = takenApart(["a", "b", "c", "d"]);
    await invoke(part(event, 0, 2));
    await start()(part(event, 2, 5));
    expect(done).toEqual(["a", "b", "c", "d", "z"]);
  });

  it("nor where it equals its beginning: better twice than never", async () => {
    const { invoke, start, done } = consumer();
    const event = takenApart(["a", "a"], () => "k");
    await invoke(part(event, 0, 1));
    await start()(part(event, 1, 3));
    expect(done).toEqual(["a", "a", "z"]);
  });
});

describe("a deaggregator of one's own that does not speak of every record", () => {
  it.each<[string, (payloads: readonly unknown[]) => unknown]>([
    ["answers with nothing", () => undefined],
    ["answers with an object", () => ({})],
    ["leaves one out", (payloads) => payloads.slice(1).map(() => undefined)],
    ["says more", (payloads) => [...payloads, 0].map(() => undefined)],
    ["promises one by one", (payloads) => payloads.map(async () => undefined)],
    ["finds nothing in an aggregate", (payloads) => payloads.map(() => [])],
    ["says null", (payloads) => payloads.map(() => null)],
  ])("fails the batch where it %s", async (_, takeApart) => {
    const seen: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode: text(),
      metrics: false,
      deaggregator: { takeApart: takeApart as never },
      process: (value) => void seen.push(value),
    });
    await expect(handler(kinesisEvent(["a", "b"]))).rejects.toThrow(
      /takeApart must return a list of 2: for each record/,
    );
    expect(seen).toEqual([]);
  });
});
