/** One transform, two homes. */
import {
  json,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  type Pipeline,
  pipeline,
  type SourceRecord,
  text,
} from "shardmill";
import { drop, fail, firehoseTransform } from "shardmill/firehose";
import { firehoseEvent, kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { delivered, world } from "./world.ts";

const Order = z.object({ id: z.string(), country: z.string(), total: z.number() });
const order = (id: string, total: number) => ({ id, country: "fr", total });

const orders = pipeline({
  decode: json(Order),
  filter: ({ total }) => total !== 0,
  map({ country, ...order }) {
    if (order.total < 0) return fail("The total is negative.");
    if (order.total > 1000) throw new Error("The rates cannot be had.");
    return { ...order, total: order.total / 100, country };
  },
  partition: ({ country }) => ({ country }),
});

const values = [order("a", 100), order("zero", 0), order("b", 250)];

/** A pipeline straight on a stream, and what its effects are. */
function onStream<V>(
  pipeline: Pipeline<V>,
  options: {
    uniqueId?: (value: V) => string;
    failing?: (value: V) => boolean;
    park?: boolean;
  } = {},
) {
  const its = world();
  const done: V[] = [];
  const park = memoryParking();
  const progress = memoryProgress();
  const handler = kinesisConsumer({
    consumer: "c",
    pipeline,
    progress,
    runtime: its.runtime,
    ...(options.park ? { park, maxAttempts: 3 } : { park: undefined }),
    ...(options.uniqueId ? { uniqueId: options.uniqueId } : {}),
    process(value: V) {
      if (options.failing?.(value)) throw new Error("no");
      done.push(value);
    },
  } as never);
  return { ...its, done, park, invoke: (event: unknown) => its.finish(handler(event)) };
}

const allDone = { batchItemFailures: [] };

describe("a pipeline", () => {
  it("is a transformation behind Firehose, with its partitions", async () => {
    const handler = firehoseTransform({ pipeline: orders, metrics: false });
    const response = await handler(firehoseEvent(values));
    expect(delivered(response)).toEqual([
      '{"id":"a","total":1,"country":"fr"}\n',
      "Dropped",
      '{"id":"b","total":2.5,"country":"fr"}\n',
    ]);
    expect(response.records[0]!.metadata).toEqual({ partitionKeys: { country: "fr" } });
  });

  it("hands the same outputs to process, with the partition on the value", async () => {
    const { done, invoke, metrics } = onStream(orders);
    expect(await invoke(kinesisEvent(values, { aggregate: true }))).toEqual(allDone);
    expect(done).toEqual([
      { value: { id: "a", total: 1, country: "fr" }, partition: { country: "fr" } },
      { value: { id: "b", total: 2.5, country: "fr" }, partition: { country: "fr" } },
    ]);
    expect(metrics()).toMatchObject([{ UserRecords: 3, Processed: 2 }]);
  });

  it("and to processBatch", async () => {
    const { finish, runtime } = world();
    const seen: unknown[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      pipeline: orders,
      runtime,
      processBatch(records) {
        for (const { record, value } of records) seen.push([record.partitionKey, value.value.id]);
      },
    });
    expect(await finish(handler(kinesisEvent(values)))).toEqual(allDone);
    expect(seen).toEqual([
      ["key-0", "a"],
      ["key-2", "b"],
    ]);
  });

  it("knows a record by the same names in both homes", async () => {
    const seen: SourceRecord[] = [];
    const spy = pipeline({
      map(_, record) {
        const { partitionKey, shardId, sequenceNumber, subSequenceNumber, streamArn } = record;
        const { approximateArrivalTimestamp: at } = record;
        seen.push({
          partitionKey,
          shardId,
          sequenceNumber,
          subSequenceNumber,
          streamArn,
          at,
        } as never);
        return drop();
      },
    });
    await firehoseTransform({ pipeline: spy, metrics: false })(
      firehoseEvent(["a"], { source: "kinesis" }),
    );
    await onStream(spy).invoke(kinesisEvent(["a"]));
    expect(seen).toHaveLength(2);
    expect(seen[0]).toEqual(seen[1]);
  });

  it("without steps hands on bytes", async () => {
    const { done, invoke } = onStream(pipeline({}));
    await invoke(kinesisEvent(["a"]));
    expect(done).toEqual([{ value: Buffer.from("a"), partition: undefined }]);
    const response = await firehoseTransform({ pipeline: pipeline({}), metrics: false })(
      firehoseEvent(["a"]),
    );
    expect(delivered(response)).toEqual(["a"]);
  });

  it("without map hands on what was decoded, lists included", async () => {
    const { done, invoke } = onStream(pipeline({ decode: json(z.array(z.number())) }));
    await invoke(kinesisEvent([[1, 2]]));
    expect(done).toEqual([{ value: [1, 2], partition: undefined }]);
  });

  it.each<[string, object]>([
    [
      "asynchronous steps",
      { filter: async (line: string) => line !== "", map: async (line: string) => line.length },
    ],
    [
      "an asynchronous decoder",
      { decode: async (data: Uint8Array) => String(data), map: (line: string) => line.length },
    ],
  ])("may have %s", async (_, steps) => {
    const lengths = pipeline({ decode: text(), ...steps });
    const { done, invoke } = onStream(lengths);
    expect(await invoke(kinesisEvent(["abc", "d"]))).toEqual(allDone);
    expect(done).toMatchObject([{ value: 3 }, { value: 1 }]);
    const response = await firehoseTransform({ pipeline: lengths, metrics: false })(
      firehoseEvent(["abc", "d"]),
    );
    expect(delivered(response)).toEqual(["3\n", "1\n"]);
  });

  it.each([
    [{ mapp: () => 1 }, /there is no step mapp/],
    [{ map: 1 }, /map must be a function/],
    [{ decode: {} }, /decode must be a decoder/],
  ])("with %o is refused at start", (steps, message) => {
    expect(() => pipeline(steps as never)).toThrow(message);
  });
});

describe("a record that is mapped to several outputs", () => {
  const words = pipeline({
    decode: text(),
    map: (line) => line.split(" ").filter((word) => word !== ""),
    partition: (word) => ({ letter: word[0]! }),
  });
  const outputs = (...words: string[]) =>
    words.map((value) => ({ value, partition: { letter: value[0] } }));

  it("is processed once, with all of them together", async () => {
    const { done, invoke, metrics } = onStream(words);
    const event = kinesisEvent(["an apple", "bread"]);
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual([outputs("an", "apple"), outputs("bread")]);
    expect(metrics()).toMatchObject([{ Processed: 2 }]);
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toHaveLength(2);
  });

  it("fails with all of them, and comes again with all of them", async () => {
    let fails = true;
    const { done, invoke } = onStream(words, { failing: (all) => fails && all.length > 1 });
    const event = kinesisEvent(["bread", "an apple"]);
    const { sequenceNumber } = event.Records[1]!.kinesis;
    expect(await invoke(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: sequenceNumber }],
    });
    expect(done).toEqual([outputs("bread")]);
    fails = false;
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual([outputs("bread"), outputs("an", "apple")]);
  });

  it("is done, and nothing of it is processed, where there are none", async () => {
    const { done, invoke } = onStream(words);
    expect(await invoke(kinesisEvent(["  "]))).toEqual(allDone);
    expect(done).toEqual([]);
  });

  it("is one output behind Firehose, if they belong to one place", async () => {
    const handler = firehoseTransform({
      pipeline: words,
      metrics: false,
      runtime: world().runtime,
    });
    const response = await handler(firehoseEvent(["an apple", "a pear"]));
    expect(delivered(response)).toEqual(["an\napple\n", "ProcessingFailed"]);
  });
});

describe("on a stream,", () => {
  it("what fail() says, and what cannot be decoded, is parked at once", async () => {
    const { done, invoke, park } = onStream(orders, { park: true });
    expect(await invoke(kinesisEvent([order("a", -1), "oops", order("b", 100)]))).toEqual(allDone);
    expect(done).toMatchObject([{ value: { id: "b" } }]);
    expect([...park.parked.values()].map(({ attempts, error }) => [attempts, error.name])).toEqual([
      [1, "DecodeError"],
      [1, "DecodeError"],
    ]);
    expect([...park.parked.values()][0]!.error.message).toBe("The total is negative.");
  });

  it("what map throws is tried again, like an error of process, and parked after its attempts", async () => {
    const { invoke, park } = onStream(orders, { park: true });
    const event = kinesisEvent([order("a", 2000)]);
    const { sequenceNumber } = event.Records[0]!.kinesis;
    const open = { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
    expect(await invoke(event)).toEqual(open);
    expect(await invoke(event)).toEqual(open);
    expect(await invoke(event)).toEqual(allDone);
    expect([...park.parked.values()]).toMatchObject([
      { attempts: 3, error: { message: "The rates cannot be had." } },
    ]);
  });

  it("unique ids are asked of the outputs", async () => {
    const { done, invoke, metrics } = onStream(orders, { uniqueId: ({ value }) => value.id });
    await invoke(kinesisEvent([order("a", 100), order("a", 100), order("b", 100)]));
    expect(done).toMatchObject([{ value: { id: "a" } }, { value: { id: "b" } }]);
    expect(metrics()).toMatchObject([{ Processed: 2, Duplicates: 1 }]);
  });

  it("either a decoder or a pipeline is given", () => {
    const options = { consumer: "c", decode: text(), pipeline: orders, process() {} };
    expect(() => kinesisConsumer(options as never)).toThrow(/either decode or pipeline/);
  });
});
