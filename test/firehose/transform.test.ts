import { gzipSync } from "node:zlib";
import { cloudWatchLogs, gzip, json, text } from "shardmill";
import { drop, type FirehoseRecord, fail, firehoseTransform, toText } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { delivered, idsIn, world } from "./world.ts";

const quiet = () => ({ metrics: false, runtime: world().runtime }) as const;
const order = { id: "1", total: 12 };

describe("transform answers with", () => {
  it("a value, which is a line of JSON", async () => {
    const handler = firehoseTransform({
      ...quiet(),
      decode: json(z.object({ total: z.number() })),
      transform: ({ total }) => ({ double: 2 * total }),
    });
    expect(delivered(await handler(firehoseEvent([order])))).toEqual(['{"double":24}\n']);
  });

  it("several values, which are one output", async () => {
    const handler = firehoseTransform({
      ...quiet(),
      decode: json(),
      transform: (value) => [value, { again: value }],
    });
    expect(delivered(await handler(firehoseEvent([1])))).toEqual(['1\n{"again":1}\n']);
  });

  it("drop(), or a list without values, and then nothing is delivered", async () => {
    const handler = firehoseTransform({
      ...quiet(),
      decode: text(),
      transform: (value) => (value === "a" ? drop() : value === "b" ? [] : [drop(), drop()]),
    });
    const response = await handler(firehoseEvent(["a", "b", "c"]));
    expect(delivered(response)).toEqual(["Dropped", "Dropped", "Dropped"]);
  });

  it("fail(reason), also in a list, of which nothing is delivered then", async () => {
    const { logs, runtime } = world();
    const handler = firehoseTransform({
      metrics: false,
      runtime,
      decode: text(),
      transform: (value) => (value === "a" ? fail("Too old.") : [value, fail("Half of it.")]),
    });
    const response = await handler(firehoseEvent(["a", "b"]));
    expect(delivered(response)).toEqual(["ProcessingFailed", "ProcessingFailed"]);
    expect(logs().map(({ error }) => error.message)).toEqual(["Too old.", "Half of it."]);
  });

  it("a list with some that are dropped, which are left out", async () => {
    const handler = firehoseTransform({
      ...quiet(),
      decode: json<z.ZodType<number[]>>(z.array(z.number())),
      transform: (numbers) => numbers.map((number) => (number > 1 ? number : drop())),
    });
    expect(delivered(await handler(firehoseEvent([[1, 2, 3]])))).toEqual(["2\n3\n"]);
  });

  it("a promise of any of these", async () => {
    const handler = firehoseTransform({
      ...quiet(),
      decode: json(),
      async transform(value) {
        if (value === 1) return drop();
        if (value === 2) return fail("no");
        return value === 3 ? [value, value] : value;
      },
    });
    const response = await handler(firehoseEvent([1, 2, 3, 4]));
    expect(delivered(response)).toEqual(["Dropped", "ProcessingFailed", "3\n3\n", "4\n"]);
  });
});

describe("without a transform", () => {
  it("payloads are delivered as they are, and nothing stands between them", async () => {
    const payload = Uint8Array.from([0, 255, 10, 13]);
    const { records } = await firehoseTransform(quiet())(firehoseEvent([payload]));
    expect(Buffer.from(records[0]!.data!, "base64")).toEqual(Buffer.from(payload));
  });

  it("what a decoder makes of them is delivered", async () => {
    const handler = firehoseTransform({ ...quiet(), decode: gzip(text()) });
    expect(delivered(await handler(firehoseEvent([gzipSync("zipped")])))).toEqual(["zipped\n"]);
  });

  it("a list is a value like any other", async () => {
    const handler = firehoseTransform({ ...quiet(), decode: json() });
    const response = await handler(firehoseEvent(["[1,2]", "[]"]));
    expect(delivered(response)).toEqual(["[1,2]\n", "[]\n"]);
  });

  it("an empty payload, of which there is nothing to deliver, is dropped", async () => {
    const response = await firehoseTransform(quiet())(firehoseEvent([""]));
    expect(delivered(response)).toEqual(["Dropped"]);
  });
});

it("every payload has its own answer, whatever order transforms end in", async () => {
  const { clock, finish, runtime } = world();
  const handler = firehoseTransform({
    metrics: false,
    runtime,
    decode: json(),
    async transform(place) {
      await clock.sleep(1000 - 100 * (place as number));
      return place;
    },
  });
  const event = firehoseEvent([0, 1, 2, 3, 4]);
  const response = await finish(handler(event));
  expect(idsIn(response)).toEqual(idsIn(event));
  expect(delivered(response)).toEqual(["0\n", "1\n", "2\n", "3\n", "4\n"]);
});

it("no more transforms run at once than concurrency says", async () => {
  const { clock, finish, runtime } = world();
  let running = 0;
  let most = 0;
  const handler = firehoseTransform({
    metrics: false,
    runtime,
    concurrency: 3,
    async transform() {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running--;
      return "done";
    },
  });
  await finish(handler(firehoseEvent(Array(20).fill("a"))));
  expect(most).toBe(3);
});

describe("envelopes of CloudWatch Logs", () => {
  const envelope = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "web",
    logStream: "1",
    subscriptionFilters: ["all"],
    logEvents: [
      { id: "1", timestamp: 1, message: "one" },
      { id: "2", timestamp: 2, message: "two" },
    ],
  };
  const handler = firehoseTransform({
    ...quiet(),
    decode: cloudWatchLogs(),
    transform: ({ logEvents }) => logEvents.map(({ message }) => message),
    encode: toText(),
  });

  it("are opened, and their events are one output", async () => {
    const response = await handler(firehoseEvent([gzipSync(JSON.stringify(envelope))]));
    expect(delivered(response)).toEqual(["one\ntwo\n"]);
  });

  it("with control messages are dropped, and do not fail", async () => {
    const control = { ...envelope, messageType: "CONTROL_MESSAGE" };
    const response = await handler(firehoseEvent([gzipSync(JSON.stringify(control))]));
    expect(delivered(response)).toEqual(["Dropped"]);
  });
});

describe("a record is", () => {
  async function seen(event: unknown): Promise<FirehoseRecord[]> {
    const records: FirehoseRecord[] = [];
    await firehoseTransform({
      ...quiet(),
      transform(value, record) {
        expect(value).toBe(record.data);
        records.push(record);
        return drop();
      },
    })(event);
    return records;
  }

  it("its id, its payload and its arrival, where it was put directly", async () => {
    const event = firehoseEvent(["a"], { arrival: 1_767_225_600_000 });
    const [record] = await seen(event);
    expect(record).toEqual({
      recordId: event.records[0]!.recordId,
      data: Buffer.from("a"),
      approximateArrivalTimestamp: 1_767_225_600_000,
    });
  });

  it("also its place in the Kinesis stream that it came from", async () => {
    const event = firehoseEvent(["a"], { source: "kinesis" });
    const [record] = await seen(event);
    const { kinesisRecordMetadata: metadata } = event.records[0]!;
    expect(record).toMatchObject({
      partitionKey: "key-0",
      shardId: "shardId-000000000000",
      sequenceNumber: metadata!.sequenceNumber,
      subSequenceNumber: 0,
      streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    });
  });

  it.each([
    [7, 7],
    ["7", 7],
    ["", 0],
    [undefined, 0],
    ["none", 0],
  ])("of the subsequence number %j", async (subsequenceNumber, read) => {
    const event = firehoseEvent(["a"], { source: "kinesis" }) as any;
    event.records[0].kinesisRecordMetadata.subsequenceNumber = subsequenceNumber;
    expect((await seen(event))[0]!.subSequenceNumber).toBe(read);
  });

  it.each([
    [1_334_291_913_511, 1_334_291_913_511],
    ["1334291913511", 1_334_291_913_511],
    ["2012-04-13T04:38:33.511Z", 1_334_291_913_511],
    ["", 5],
    ["some day", 5],
    [undefined, 5],
  ])("of the arrival %j at its stream, and otherwise at Firehose", async (arrival, read) => {
    const event = firehoseEvent(["a"], { source: "kinesis" }) as any;
    event.records[0].approximateArrivalTimestamp = 5;
    event.records[0].kinesisRecordMetadata.approximateArrivalTimestamp = arrival;
    expect((await seen(event))[0]!.approximateArrivalTimestamp).toBe(read);
  });

  it.each([undefined, null, "soon", {}])("of no time where the event has %j", async (arrival) => {
    const event = firehoseEvent(["a"]) as any;
    event.records[0].approximateArrivalTimestamp = arrival;
    event.records[0].kinesisRecordMetadata = null;
    expect((await seen(event))[0]!.approximateArrivalTimestamp).toBeNaN();
  });
});

describe("where the source is MSK", () => {
  it.each(["kafkaRecordValue", "KafkaRecordValue"])("%s comes in and goes out", async (name) => {
    const event = firehoseEvent(["a"], { source: "msk" }) as any;
    const [{ kafkaRecordValue, ...record }] = event.records;
    event.records = [{ ...record, [name]: kafkaRecordValue }];
    const handler = firehoseTransform({
      ...quiet(),
      decode: text(),
      transform: (value) => value.toUpperCase(),
    });
    const data = Buffer.from("A\n").toString("base64");
    expect(await handler(event)).toEqual({
      records: [{ recordId: record.recordId, result: "Ok", [name]: data }],
    });
  });
});
