/** What stands around a producer: encoders, ids, metrics, middleware, options. */
import middy from "@middy/core";
import { expect, it } from "vitest";
import { gzip, json, zstd } from "../../src/index.ts";
import {
  flushProducer,
  idIn,
  type KinesisProducerOptions,
  kinesisProducer,
  producerMetrics,
  toGzip,
  toJson,
  toZstd,
  withId,
} from "../../src/producer.ts";
import { seededRandom } from "../../src/time/random.ts";
import { fakeProducer, refusal, textsIn } from "./fake.ts";

const order = { id: "o-1", cents: 12345678901234567890n, note: "é" };

it.each([
  ["json", toJson(), json()],
  ["gzip", toGzip(toJson()), gzip(json())],
  ["zstd", toZstd(toJson()), zstd(json())],
])("%s is read by the decoder of its name", async (_, encode, decoder) => {
  const { producer, clock, requests } = fakeProducer<unknown>({ encode });
  void producer.put({ partitionKey: "k", data: order });
  await clock.advance(100);
  expect(decoder.decode(requests[0]![0]!.Data, undefined as never)).toEqual(order);
});

it("objects are JSON where no encoder is given", async () => {
  const { producer, clock, requests } = fakeProducer<object>();
  void producer.put({ partitionKey: "k", data: { a: 1 } });
  await clock.advance(100);
  expect(textsIn(requests[0]!)).toEqual(['{"a":1}']);
});

it("data that cannot be encoded fails its record", async () => {
  const { producer } = fakeProducer<unknown>({ encode: toJson() });
  await expect(producer.put({ partitionKey: "k", data: undefined })).rejects.toThrow(
    'orders, partition key "k": its data could not be encoded: JSON has no form for undefined.',
  );
  const later = fakeProducer<string>({ encode: (async (text: string) => text) as never });
  await expect(later.producer.put({ partitionKey: "k", data: "x" })).rejects.toThrow(
    "An encoder returns bytes or text at once, and this one returned [object Promise].",
  );
});

it("an id is given once, and read by the consumer", async () => {
  const encode = withId(toJson(), { random: seededRandom(3) });
  const { producer, clock, requests } = fakeProducer<object>({
    encode,
    answer: (_, request) => (request === 0 ? new Error("lost") : undefined),
  });
  void producer.put({ partitionKey: "k", data: { a: 1 } });
  await clock.advance(2000);
  const [first, second] = requests.map((entries) => JSON.parse(textsIn(entries)[0]!));
  expect(first).toEqual({ a: 1, id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(second).toEqual(first);
  expect(idIn()(first)).toBe(first.id);
  expect(idIn("eventId")(first)).toBeUndefined();
  expect(encode.encode({ id: "own" })).toBe('{"id":"own"}');
});

it("no id is given to what its fields alone would not be", async () => {
  const order = { toJSON: () => ({ cents: 7 }) };
  const { producer } = fakeProducer<object>({ encode: withId(toJson()) });
  for (const data of [order, [1, 2], new Date(0), "text" as never]) {
    await expect(producer.put({ partitionKey: "k", data })).rejects.toThrow(
      "could not be encoded: withId",
    );
  }
});

it.each([
  ["a promise", Promise.resolve("x")],
  ["a map", new Map([["a", 1]])],
  ["a set", new Set([1])],
  ["an array buffer", Uint8Array.from([1]).buffer],
])("%s is no data: its JSON would be empty", async (_, data) => {
  for (const options of [{}, { encode: toJson() }]) {
    const { producer } = fakeProducer<unknown>(options);
    await expect(producer.put({ partitionKey: "k", data })).rejects.toThrow("JSON has no form for");
  }
});

it("metrics are one line at a flush, under the KPL's names", async () => {
  const { producer, clock, lines } = fakeProducer({ metrics: producerMetrics() });
  void producer.put({ partitionKey: "k", data: "12" });
  void producer.put({ partitionKey: "k", data: "34" });
  const flushed = producer.flush();
  await clock.advance(10);
  await flushed;
  await producer.flush();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      ...{ StreamName: "orders", UserRecordsReceived: 2, UserRecordsPut: 2, UserRecordsDataPut: 6 },
      ...{ KinesisRecordsPut: 1, AllErrors: 0, UserRecordsPending: 0, RetriesPerRecord: 0 },
    },
  ]);
});

it("the middleware puts what the handler returns, and flushes", async () => {
  const { producer, clock, requests } = fakeProducer();
  const handler = middy(async () => ({ statusCode: 202, orders: ["1", "2"] })).use(
    flushProducer(producer, {
      putResponse: ({ orders }) => orders.map((data: string) => ({ partitionKey: "k", data })),
    }),
  );
  const answer = handler({}, {} as never);
  await clock.advance(10);
  expect(await answer).toEqual({ statusCode: 202, orders: ["1", "2"] });
  expect(requests.map(textsIn)).toEqual([["1", "2"]]);
});

it("the middleware fails an invocation whose records were given up, and flushes one that failed", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  const put = middy(async () => {
    void producer.put({ partitionKey: "k", data: "1" });
  }).use(flushProducer(producer));
  const failed = put({}, {} as never).catch((error) => error);
  await clock.advance(10);
  expect(await failed).toMatchObject({ name: "AggregateError", errors: [{ partitionKey: "k" }] });
  const throwing = middy(async () => {
    void producer.put({ partitionKey: "k", data: "2" });
    throw new Error("own");
  }).use(flushProducer(producer));
  const own = throwing({}, {} as never).catch((error) => error);
  await clock.advance(10);
  expect(await own).toMatchObject({ message: "own" });
  expect(requests.map(textsIn)).toEqual([["1"], ["2"]]);
});

it("each invocation that ran when a record was given up fails, whichever of them flushes first", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  const nobody = middy(async () => {}).use(flushProducer(producer));
  const ends = Promise.withResolvers<void>();
  const owner = middy(async () => {
    void producer.put({ partitionKey: "k", data: "1" });
    await ends.promise;
  }).use(flushProducer(producer));
  const slow = owner({}, {} as never).catch((error) => error);
  const quick = nobody({}, {} as never).catch((error) => error);
  await clock.advance(10);
  expect(await quick).toMatchObject({ errors: [{ partitionKey: "k" }] });
  ends.resolve();
  expect(await slow).toMatchObject({ errors: [{ partitionKey: "k" }] });
  expect(await nobody({}, {} as never)).toBeUndefined();
});

it("invocations that end at the same time both fail, and the next one does not", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  let puts = 1;
  const handler = middy(async () => {
    while (puts-- > 0) void producer.put({ partitionKey: "k", data: "1" });
  }).use(flushProducer(producer));
  const both = Promise.allSettled([1, 2].map(() => handler({}, {} as never)));
  await clock.advance(10);
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await handler({}, {} as never)).toBeUndefined();
});

it("a flush waits for what was put before it, and for nothing that came later", async () => {
  const { promise: slow, resolve: answer } = Promise.withResolvers<undefined>();
  const { producer, clock } = fakeProducer({
    shards: 2,
    answer: (entries) => (textsIn(entries)[0] === "a" ? slow : undefined),
  });
  const ended: string[] = [];
  const put = (name: string) =>
    void producer.put({ partitionKey: name, data: name }).then(() => ended.push(name));
  const flush = (name: string) => void producer.flush().then(() => ended.push(name));
  put("a");
  flush("first");
  await clock.advance(10);
  put("b");
  flush("second");
  await clock.advance(10);
  expect(ended).toEqual(["b"]);
  put("c");
  answer(undefined);
  await clock.advance(10);
  expect(ended).toEqual(["b", "a", "first", "second"]);
});

it("a flush has the first ten errors of those that it tells", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  for (const round of ["a", "b"]) {
    for (let index = 0; index < 15; index++) {
      void producer.put({ partitionKey: `${round}${index}`, data: "x" });
    }
    const flush = producer.flush();
    await clock.advance(10);
    const { failed, errors } = await flush;
    expect(failed).toBe(15);
    expect(errors.map(({ partitionKey }) => partitionKey)).toEqual(
      Array.from({ length: 10 }, (_, index) => `${round}${index}`),
    );
  }
});

it.each<[Partial<KinesisProducerOptions>, string]>([
  [{ stream: "" }, "kinesisProducer: no stream."],
  [
    { order: "shard" as never },
    'kinesisProducer: order must be "partitionKey" or "none"; it is shard.',
  ],
  [{ ttlMs: 5 }, "kinesisProducer: ttlMs must be a number from 100"],
  [
    { maxOutstanding: { records: 0 } },
    "kinesisProducer: maxOutstanding.records must be a whole number from 1",
  ],
  [
    { aggregation: { maxSize: 63 } },
    "kinesisProducer: aggregation.maxSize must be a whole number from 64 to 10485760; it is 63.",
  ],
  [
    { collection: { maxCount: 501 } },
    "kinesisProducer: collection.maxCount must be a whole number from 1 to 500; it is 501.",
  ],
  [{ encode: toJson as never }, "kinesisProducer: encode must be toJson()."],
  [{ on: 7 as never }, "kinesisProducer: on must be a function, and no generator."],
  [{ client: {} as never }, "kinesisProducer: client must be a client of the AWS SDK"],
])("refuses %o", (wrong, message) => {
  expect(() => kinesisProducer({ stream: "orders", ...wrong })).toThrow(message);
});
