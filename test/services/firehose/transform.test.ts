import { expect, test } from "vitest";
import {
  answering,
  base64,
  echo,
  lambdaArn,
  lambdaProcessor,
  processing,
  rig,
  text,
  toS3,
} from "./rig.ts";

const transformed = (parameters: Readonly<Record<string, string>> = {}) =>
  toS3(processing(lambdaProcessor(parameters)));

test("The event has the fields of a DirectPut stream, and no others.", async () => {
  const { stream, put, events, clock } = rig(transformed(), { invoke: echo });
  const at = clock.now();
  const [recordId] = put('{"id":1}');
  await stream.drain();
  expect(events).toEqual([
    {
      invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      deliveryStreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/orders",
      region: "us-east-1",
      records: [{ recordId, approximateArrivalTimestamp: at, data: base64('{"id":1}') }],
    },
  ]);
});

test("The function is invoked when the buffer is as old as its hint.", async () => {
  const { stream, put, events, clock } = rig(transformed({ BufferIntervalInSeconds: "90" }), {
    invoke: echo,
  });
  put("a");
  await clock.advance(60_000);
  put("b");
  await clock.advance(29_999);
  expect(events).toHaveLength(0);
  await clock.advance(1);
  expect(events.map(({ records }) => records.map(({ data }) => text(data)))).toEqual([["a", "b"]]);
  await stream.drain();
});

test("The function is invoked at once when the buffer is as full as its hint.", async () => {
  const { stream, events, clock } = rig(transformed({ BufferSizeInMBs: "0.5" }), { invoke: echo });
  const quarter = new Uint8Array(256 * 1024);
  stream.put(quarter);
  await clock.settle();
  expect(events).toHaveLength(0);
  stream.put(quarter);
  await clock.settle();
  expect(events.map(({ records }) => records.length)).toEqual([2]);
});

test("T1: no event is larger than the 6 MB that Lambda takes, whatever the buffer holds.", async () => {
  const { stream, events } = rig(transformed({ BufferSizeInMBs: "3" }), { invoke: echo });
  for (let put = 0; put < 9; put++) stream.put(new Uint8Array(1_024_000));
  await stream.drain();
  expect(events.flatMap(({ records }) => records)).toHaveLength(9);
  for (const event of events) {
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024);
  }
});

test("T1: an event of many small records is cut, because each of them takes more than its data.", async () => {
  const { stream, events } = rig(transformed({ BufferSizeInMBs: "3" }), { invoke: echo });
  const batch = Array.from({ length: 500 }, () => Buffer.from("a"));
  for (let put = 0; put < 90; put++) stream.putBatch(batch);
  await stream.drain();
  expect(events.length).toBeGreaterThan(1);
  expect(events.flatMap(({ records }) => records)).toHaveLength(45_000);
  for (const event of events) {
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024);
  }
});

test("T1: a response over 6 MB is a function error, tried again and then failed as a whole.", async () => {
  const big = Buffer.alloc(1_500_000).toString("base64");
  const invoke = answering(() => ({ result: "Ok", data: big }));
  const { stream, put, events, failures, texts } = rig(transformed({ NumberOfRetries: "1" }), {
    invoke,
  });
  put("a", "b", "c", "d");
  await stream.drain();
  expect(events).toHaveLength(2);
  expect(new Set(events.map(({ invocationId }) => invocationId)).size).toBe(1);
  expect(
    failures("processing-failed").map(({ errorCode, attemptsMade, rawData }) => [
      errorCode,
      attemptsMade,
      rawData.toString(),
    ]),
  ).toEqual(["a", "b", "c", "d"].map((value) => ["Lambda.FunctionError", 2, value]));
  expect(texts("2026")).toEqual([]);
  expect(stream.trace).toContainEqual(
    expect.objectContaining({
      type: "invocation",
      outcome: "failed",
      error: expect.any(RangeError),
    }),
  );
});

test("T2: a record that failed is the only one in the failure object.", async () => {
  const invoke = answering((value) =>
    value === "b" ? { result: "ProcessingFailed" } : { result: "Ok", data: base64(`${value}!`) },
  );
  const { stream, put, texts, clock, keys } = rig(transformed(), { invoke });
  const at = clock.now();
  put("a", "b", "c");
  await stream.drain();
  expect(texts("2026/01/01/00/")).toEqual(["a!c!"]);
  expect(keys().find((key) => key.startsWith("processing-failed"))).toMatch(
    /^processing-failed\/2026\/01\/01\/00\/orders-1-2026-01-01-00-00-00-/,
  );
  // The order of the members, and `lambdaARN`, as seen on AWS.
  expect(texts("processing-failed")).toEqual([
    `${JSON.stringify({
      rawData: base64("b"),
      errorCode: "Lambda.ProcessingFailedStatus",
      errorMessage: "ProcessingFailed status set for record",
      attemptsMade: 1,
      arrivalTimestamp: at,
      attemptEndingTimestamp: at + 60_000,
      lambdaARN: lambdaArn,
    })}\n`,
  ]);
});

test("T3: Dropped leaves no data anywhere, and counts as a success.", async () => {
  const invoke = answering(() => ({ result: "Dropped", data: base64("ignored") }));
  const { stream, put, keys } = rig(transformed(), { invoke });
  put("a", "b");
  await stream.drain();
  expect(keys()).toEqual([]);
  expect(stream.counts).toEqual({
    ...{ incoming: 2, dropped: 2, delivered: 0, failed: 0, backedUp: 0, lost: 0 },
  });
});

/** What the function makes of record "b", and the code under which only that record fails. */
const violations: readonly [what: string, code: string, answer: (answers: object[]) => object[]][] =
  [
    ["is not returned", "Lambda.MissingRecordId", ([a, , c]) => [a!, c!]],
    [
      "is returned under an id that was never sent",
      "Lambda.MissingRecordId",
      ([a, b, c]) => [a!, { ...b, recordId: "x" }, c!],
    ],
    ["is returned twice", "Lambda.DuplicatedRecordId", ([a, b, c]) => [a!, b!, b!, c!]],
    [
      "has a result that does not exist",
      "Lambda.JsonProcessingException",
      ([a, b, c]) => [a!, { ...b, result: "OK" }, c!],
    ],
    [
      "is Ok without data",
      "Lambda.JsonProcessingException",
      ([a, b, c]) => [a!, { ...b, data: undefined }, c!],
    ],
    [
      "has data that is not base64",
      "Lambda.JsonProcessingException",
      ([a, b, c]) => [a!, { ...b, data: "{}" }, c!],
    ],
    [
      "has a partition key that is not text",
      "Lambda.JsonProcessingException",
      ([a, b, c]) => [a!, { ...b, metadata: { partitionKeys: { day: 1 } } }, c!],
    ],
  ];

test.each(violations)(
  "A record that %s fails alone, as %s, after one attempt.",
  async (_, code, change) => {
    const { stream, put, texts, failures, events } = rig(transformed(), {
      async invoke(event, context) {
        const { records } = (await echo(event, context)) as { records: object[] };
        return { records: change(records) };
      },
    });
    put("a", "b", "c");
    await stream.drain();
    expect(events).toHaveLength(1);
    expect(texts("2026")).toEqual(["ac"]);
    expect(
      failures("processing-failed").map(({ errorCode, rawData, attemptsMade }) => [
        errorCode,
        rawData.toString(),
        attemptsMade,
      ]),
    ).toEqual([[code, "b", 1]]);
  },
);

test("The order of the answers means nothing.", async () => {
  const { stream, put, texts } = rig(transformed(), {
    async invoke(event, context) {
      const { records } = (await echo(event, context)) as { records: object[] };
      return { records: records.reverse() };
    },
  });
  put("a", "b", "c");
  await stream.drain();
  expect(texts()).toEqual(["abc"]);
});

test.each([[null], [{}], ["records"], [{ records: {} }], [[]]])(
  "The response %j fails every record, and is not tried again.",
  async (response) => {
    const { stream, put, failures, events } = rig(transformed(), { invoke: () => response });
    put("a", "b");
    await stream.drain();
    expect(events).toHaveLength(1);
    expect(failures("processing-failed").map(({ errorCode }) => errorCode)).toEqual([
      "Lambda.JsonProcessingException",
      "Lambda.JsonProcessingException",
    ]);
  },
);

test("A function that throws is invoked three more times, and then its batch has failed.", async () => {
  let left = 3;
  const { stream, put, texts, events, failures } = rig(transformed(), {
    invoke(event, context) {
      if (left-- > 0) throw new Error("not now");
      return echo(event, context);
    },
  });
  put("a");
  await stream.drain();
  expect(events).toHaveLength(4);
  expect(texts()).toEqual(["a"]);
  left = 9;
  put("b");
  await stream.drain();
  expect(failures("processing-failed")).toMatchObject([
    { errorCode: "Lambda.FunctionError", attemptsMade: 4, lambdaArn },
  ]);
});

test("A throttled function fails under the code of the limit.", async () => {
  const { stream, put, failures } = rig(transformed({ NumberOfRetries: "0" }), {
    invoke() {
      throw Object.assign(new Error("Rate exceeded"), { name: "TooManyRequestsException" });
    },
  });
  put("a");
  await stream.drain();
  expect(failures("processing-failed")).toMatchObject([
    { errorCode: "Lambda.InvokeLimitExceeded", attemptsMade: 1 },
  ]);
});

test("Firehose waits five minutes for a function, and no longer.", async () => {
  const { stream, put, failures, clock } = rig(transformed({ NumberOfRetries: "0" }), {
    async invoke(event, context) {
      await clock.sleep(event.records.length === 1 ? 301_000 : 299_000);
      return echo(event, context);
    },
  });
  put("slow");
  await clock.advance(60_000);
  put("just", "in time");
  await stream.drain();
  expect(failures("processing-failed").map(({ rawData }) => rawData.toString())).toEqual(["slow"]);
  expect(stream.counts.delivered).toBe(2);
});

test("At most five invocations are under way.", async () => {
  let underWay = 0;
  let most = 0;
  const { stream, clock, events } = rig(transformed({ BufferSizeInMBs: "0.2" }), {
    async invoke(event, context) {
      most = Math.max(most, ++underWay);
      await clock.sleep(1000);
      underWay--;
      return echo(event, context);
    },
  });
  for (let put = 0; put < 12; put++) stream.put(new Uint8Array(210_000));
  await stream.drain();
  expect(events).toHaveLength(12);
  expect(most).toBe(5);
  expect(stream.counts.delivered).toBe(12);
});

test("A delivery stream that transforms needs a function.", () => {
  expect(() => rig(transformed())).toThrow("give `invoke`");
});
