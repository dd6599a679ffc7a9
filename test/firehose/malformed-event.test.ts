import { firehoseTransform, type OverflowContext } from "shardmill/firehose";
import { firehoseEvent, kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { delivered, keepingOverflow, world } from "./world.ts";

let calls = 0;
const handler = firehoseTransform({
  metrics: false,
  runtime: world().runtime,
  transform(value) {
    calls++;
    return value;
  },
});

/** An event of three records, the second of which is spoilt. */
function spoilt(spoil: (record: any, event: any) => void) {
  const event = structuredClone(firehoseEvent(["a", "b", "c"])) as any;
  spoil(event.records[1], event);
  return event;
}

async function refusal(event: unknown): Promise<string> {
  calls = 0;
  const error = await handler(event).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(TypeError);
  expect(calls).toBe(0);
  return error.message;
}

describe("an event that cannot be answered fails as a whole, before anything is transformed", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "hello"],
    ["a number", 7],
    ["a list", []],
    ["an object", { source: "aws.events" }],
    ["no delivery stream", { records: [] }],
    ["no records", { deliveryStreamArn: "arn" }],
    ["records that are no list", { deliveryStreamArn: "arn", records: {} }],
  ])("%s", async (_, event) => {
    expect(await refusal(event)).toMatch(/is not an event of a Firehose transformation/);
  });

  it("a delivery stream that is no text", async () => {
    expect(await refusal({ ...firehoseEvent(["a"]), deliveryStreamArn: 7 })).toMatch(/no text/);
  });

  it.each<[string, (record: any, event: any) => void, RegExp]>([
    [
      "a record that is null",
      (_, event) => event.records.splice(1, 1, null),
      /records\[1\] is not/,
    ],
    [
      "a record that is a text",
      (_, event) => event.records.splice(1, 1, "b"),
      /records\[1\] is not/,
    ],
    ["no recordId", (record) => delete record.recordId, /records\[1\] has no recordId/],
    [
      "an empty recordId",
      (record) => {
        record.recordId = "";
      },
      /records\[1\] has no recordId/,
    ],
    [
      "a recordId that is a number",
      (record) => {
        record.recordId = 7;
      },
      /records\[1\] has no recordId/,
    ],
    [
      "a recordId that comes twice",
      (record, event) => {
        record.recordId = event.records[0].recordId;
      },
      /records\[1\] has the recordId .* of an earlier record/,
    ],
  ])("%s", async (_, spoil, message) => {
    expect(await refusal(spoilt(spoil))).toMatch(message);
  });
});

describe("an event of another service is refused by name", () => {
  it.each([
    ["a Kinesis stream", kinesisEvent(["a"]), /use kinesisConsumer/],
    [
      "Kinesis Data Analytics",
      { applicationArn: "arn", streamArn: "arn", records: [{ recordId: "1", data: "eA==" }] },
      /Kinesis Data Analytics/,
    ],
    ["SQS", { Records: [{ eventSource: "aws:sqs", body: "x" }] }, /"aws:sqs"/],
    ["Kafka", { eventSource: "aws:kafka", records: { "t-0": [] } }, /"aws:kafka"/],
    ["EventBridge", { source: "aws.events", "detail-type": "x" }, /keys source, detail-type/],
  ])("%s", async (_, event, message) => {
    expect(await refusal(event)).toMatch(message);
  });
});

describe("what is wrong inside a record is the failure of that record", () => {
  it.each<[string, (record: any) => void]>([
    ["no data", (record) => delete record.data],
    [
      "data that is null",
      (record) => {
        record.data = null;
      },
    ],
    [
      "data that is no text",
      (record) => {
        record.data = { id: "b" };
      },
    ],
    [
      "data that somebody has decoded already",
      (record) => {
        record.data = '{"id":"b"}';
      },
    ],
    [
      "a payload of MSK that is none",
      (record) => {
        record.kafkaRecordValue = 7;
      },
    ],
  ])("%s", async (_, spoil) => {
    expect(delivered(await handler(spoilt(spoil)))).toEqual(["a", "ProcessingFailed", "c"]);
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["a text", "shard"],
    ["empty", {}],
    [
      "of other types",
      { sequenceNumber: 49, subsequenceNumber: {}, approximateArrivalTimestamp: [] },
    ],
  ])("but metadata that is %s is no failure", async (_, metadata) => {
    const event = spoilt((record) => {
      record.kinesisRecordMetadata = metadata;
    });
    expect(delivered(await handler(event))).toEqual(["a", "b", "c"]);
  });

  it.each<[string, (event: any) => void]>([
    ["no region", (event) => delete event.region],
    ["no invocationId", (event) => delete event.invocationId],
    [
      "fields of a later day",
      (event) => {
        event.sourceOfTomorrow = {};
      },
    ],
  ])("and neither is an event with %s", async (_, spoil) => {
    const event = spoilt((_, event) => spoil(event));
    expect(delivered(await handler(event))).toEqual(["a", "b", "c"]);
  });
});

it("an id that JSON must escape is answered, and measured, as it is sent", async () => {
  const { metrics, runtime } = world();
  const event = spoilt((record) => {
    record.recordId = 'quote" back\\slash é \ud83d';
  });
  const response = await firehoseTransform({ runtime })(event);
  expect(response.records[1]!.recordId).toBe(event.records[1].recordId);
  expect(metrics()[0]!.ResponseBytes).toBe(Buffer.byteLength(JSON.stringify(response)));
});

it("an event without records has an answer without records", async () => {
  expect(await handler({ ...firehoseEvent([]) })).toEqual({ records: [] });
});

/** Something with `then` that is no promise. */
const thenable = (then: (resolve: (value: string) => void) => void) => ({ then });

describe("a transform that does what it should not cannot take an answer away:", () => {
  it.each<[string, (value: Uint8Array, record: any) => unknown]>([
    [
      "one that renames its record",
      (value, record) => Object.assign(record, { recordId: "x" }) && value,
    ],
    [
      "one that empties its record",
      (value, record) => {
        for (const field of Object.keys(record)) delete record[field];
        return value;
      },
    ],
    [
      "one that returns what throws when it is looked at",
      () => ({
        get a() {
          throw new Error("no");
        },
      }),
    ],
    [
      "one that throws nothing",
      () => {
        throw undefined;
      },
    ],
    [
      "one that throws what cannot be described",
      () => {
        throw new Proxy(
          {},
          {
            get() {
              throw new Error("no");
            },
            has() {
              throw new Error("no");
            },
            getPrototypeOf() {
              throw new Error("no");
            },
          },
        );
      },
    ],
    ["one that rejects with nothing", () => Promise.reject()],
    [
      "one whose promise is no real one",
      () =>
        thenable((resolve) => {
          resolve("x");
          throw new Error("late");
        }),
    ],
    [
      "one whose promise throws at once",
      () =>
        thenable(() => {
          throw new Error("no");
        }),
    ],
    ["one that returns itself", () => handler],
    [
      "one that returns a Proxy that refuses all",
      () =>
        new Proxy(
          {},
          {
            get() {
              throw new Error("no");
            },
            has() {
              throw new Error("no");
            },
          },
        ),
    ],
  ])("%s", async (_, hostile) => {
    const event = firehoseEvent(["a", "b"]);
    const own = firehoseTransform({
      metrics: false,
      runtime: world().runtime,
      transform: (value, record) =>
        String(value) === "a" ? (hostile(value, record) as Uint8Array) : value,
    });
    const { records } = await own(event);
    expect(records.map(({ recordId }) => recordId)).toEqual(
      event.records.map(({ recordId }) => recordId),
    );
    expect(delivered({ records })[1]).toBe("b");
  });
});

it("base64 that was broken into lines is read", async () => {
  const event = structuredClone(firehoseEvent(["x".repeat(200)])) as any;
  event.records[0].data = event.records[0].data.replaceAll(/.{76}/g, "$&\r\n");
  expect(delivered(await handler(event))).toEqual(["x".repeat(200)]);
});

it.each([
  [1767225600000, 1767225600000],
  ["1767225600000", 1767225600000],
  ["2026-01-01T00:00:00Z", 1767225600000],
  [1767225600000.5, 1767225600000.5],
  [-1, Number.NaN],
  [1e20, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.NaN],
  ["soon", Number.NaN],
  [" ", Number.NaN],
  [null, Number.NaN],
  [{}, Number.NaN],
])(
  "the arrival time %s is read as %d, and a record without one still overflows",
  async (time, arrival) => {
    const arrivals: unknown[] = [];
    const { overflow, taken } = keepingOverflow();
    const context: OverflowContext[] = [];
    const handler = firehoseTransform({
      metrics: false,
      maxResponseBytes: 1000,
      runtime: world().runtime,
      overflow: {
        take(records, given) {
          context.push(given);
          return overflow.take(records, given);
        },
      },
      transform(_, { approximateArrivalTimestamp }) {
        arrivals.push(approximateArrivalTimestamp);
        return "x".repeat(500);
      },
    });
    const event = structuredClone(firehoseEvent(["a", "b"])) as any;
    for (const record of event.records) record.approximateArrivalTimestamp = time;
    await handler(event);
    expect(arrivals).toEqual([arrival, arrival]);
    expect(taken).toHaveLength(1);
    expect(new Date(context[0]!.arrival).getTime()).toBeGreaterThan(0);
  },
);
