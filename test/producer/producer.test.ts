import { expect, it } from "vitest";
import { aggregate, deaggregate } from "../../src/kpl.ts";
import { isPutError, type PutError } from "../../src/producer.ts";
import { evenShards, fakeProducer, refusal, taken, textsIn, throttled } from "./fake.ts";

const record = (partitionKey: string, data: string) => ({ partitionKey, data });

it("what is put within the buffer time becomes one aggregate, to the byte the KPL's", async () => {
  const { producer, clock, requests } = fakeProducer();
  const puts = [producer.put(record("a", "1")), producer.put(record("b", "2"))];
  await clock.advance(99);
  expect(requests).toEqual([]);
  await clock.advance(1);
  const { partitionKey, explicitHashKey, data } = aggregate([
    { partitionKey: "a", data: Buffer.from("1") },
    { partitionKey: "b", data: Buffer.from("2") },
  ]);
  expect(requests).toEqual([
    [{ PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey, Data: data }],
  ]);
  const answer = { shardId: "shardId-000000000000", sequenceNumber: "1" };
  const attempt = { durationMs: 0, errorCode: undefined };
  expect(await Promise.all(puts)).toMatchObject([
    { ...answer, subSequenceNumber: 0, attempts: [attempt] },
    { ...answer, subSequenceNumber: 1, attempts: [attempt] },
  ]);
});

it("a single record goes plain", async () => {
  const { producer, clock, requests } = fakeProducer();
  const put = producer.put({ ...record("a", "1"), explicitHashKey: "7" });
  await clock.advance(100);
  expect(requests).toEqual([[{ PartitionKey: "a", ExplicitHashKey: "7", Data: Buffer.from("1") }]]);
  expect(await put).toMatchObject({ subSequenceNumber: undefined });
});

it("what is an aggregate already goes as it is", async () => {
  const { producer, clock, requests } = fakeProducer({ encode: (data: Uint8Array) => data });
  const { data } = aggregate([{ partitionKey: "a", data: Buffer.from("1") }]);
  void producer.put({ partitionKey: "a", data });
  void producer.put({ partitionKey: "a", data });
  await clock.advance(1000);
  expect(requests.map((entries) => entries.map(({ Data }) => Data))).toEqual([[data], [data]]);
});

it("an aggregate holds records of one shard, and is sent when it is full", async () => {
  const { producer, clock, requests } = fakeProducer({ shards: 2, aggregation: { maxSize: 1000 } });
  for (let n = 0; n < 40; n++) void producer.put(record(`key-${n}`, "x".repeat(80)));
  await clock.advance(50);
  expect(requests[0]).toHaveLength(2);
  for (const entry of requests.flat()) {
    expect(entry.Data.length).toBeGreaterThan(900);
    expect(entry.Data.length).toBeLessThanOrEqual(1000);
  }
});

it("where much waits, a batch has several aggregates, each key in one of them", async () => {
  const { producer, clock, requests } = fakeProducer({ aggregation: { maxSize: 1000 } });
  for (let n = 0; n < 100; n++) void producer.put(record(`key-${n % 20}`, "x".repeat(80)));
  await clock.advance(50);
  const keys = requests[0]!.map(
    ({ Data }) => new Set(deaggregate(Data)!.map(({ partitionKey }) => partitionKey)),
  );
  expect(keys.length).toBeGreaterThan(2);
  expect(new Set(keys.flatMap((each) => [...each])).size).toBe(
    keys.reduce((sum, { size }) => sum + size, 0),
  );
});

it("no more requests are under way than maxRequests", async () => {
  let [underWay, most] = [0, 0];
  const { producer, clock } = fakeProducer({
    ...{ shards: 8, maxRequests: 1, collection: { maxSize: 2000 }, aggregation: { maxSize: 1000 } },
    async answer() {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return undefined;
    },
  });
  for (let n = 0; n < 200; n++) void producer.put(record(`key-${n}`, "x".repeat(80)));
  const flushed = producer.flush();
  await clock.advance(10_000);
  expect(await flushed).toMatchObject({ failed: 0 });
  expect(most).toBe(1);
});

it("flush sends at once, and tells what failed", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer: () => refusal("AccessDeniedException", "no"),
  });
  void producer.put(record("a", "1"));
  const flushed = producer.flush();
  await clock.advance(0);
  expect(requests).toHaveLength(1);
  const { failed, errors } = await flushed;
  expect(failed).toBe(1);
  expect(errors[0]).toMatchObject({ name: "RecordRejected", stream: "orders", partitionKey: "a" });
  expect(errors[0]!.message).toBe(
    'orders, partition key "a": Kinesis refuses it: AccessDeniedException: no',
  );
  expect(await producer.flush()).toEqual({ failed: 0, errors: [] });
});

it("a record that is refused is sent again, before what came later of its shard", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer: (_, request) => (request < 2 ? [throttled] : undefined),
    maxBufferedMs: 0,
  });
  const first = producer.put(record("a", "1"));
  await clock.advance(10);
  void producer.put(record("a", "2"));
  await clock.advance(1000);
  expect(requests.map(textsIn)).toEqual([["1"], ["1", "2"], ["1", "2"]]);
  expect((await first).attempts.map(({ errorCode }) => errorCode)).toEqual([
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceededException",
    undefined,
  ]);
});

it("the pauses of a shard that takes a part of each request do not grow", async () => {
  const { producer, clock, requests } = fakeProducer({
    aggregation: false,
    answer: (entries, request) => entries.map((_, n) => (n === 0 ? taken(request) : throttled)),
  });
  const puts = Array.from({ length: 10 }, (_, n) => producer.put(record(`k${n}`, `${n}`)));
  // The buffer time, and nine pauses of 100 ms at most.
  await clock.advance(1000);
  expect(requests.map((entries) => entries.length)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  await Promise.all(puts);
});

it("an aggregate that a reshard brought to a shard of which it has only a part is put again, by shard", async () => {
  let shards = evenShards(1);
  const { producer, clock, requests, events } = fakeProducer({
    list: async () => ({ Shards: shards }),
    answer(entries, request) {
      if (request === 0) shards = evenShards(2, 1);
      return entries.map((_, n) => taken(request * 10 + n, request === 0 ? 1 : 1 + n));
    },
  });
  const texts = ["a", "b", "c", "d", "e", "f"];
  const puts = texts.map((text) => producer.put(record(text, text)));
  await clock.advance(100);
  await clock.advance(1000);
  const results = await Promise.all(puts);
  expect(requests).toHaveLength(2);
  expect(requests[1]).toHaveLength(2);
  expect(textsIn(requests[1]!).sort()).toEqual(texts);
  for (const { attempts } of results) {
    expect(attempts.map(({ errorCode }) => errorCode)).toEqual(["WrongShard", undefined]);
  }
  expect(new Set(results.map(({ shardId }) => shardId)).size).toBe(2);
  expect(events.filter(({ type }) => type === "shards")).toHaveLength(2);
});

it("after a merge an aggregate is where it belongs", async () => {
  let shards = evenShards(2);
  const { producer, clock, requests } = fakeProducer({
    list: async () => ({ Shards: shards }),
    answer(entries) {
      shards = evenShards(1, 2);
      return entries.map((_, n) => taken(n, 2));
    },
  });
  for (const key of "abcdef") void producer.put(record(key, key));
  await clock.advance(1000);
  expect(requests).toHaveLength(1);
  expect(producer.outstanding).toEqual({ records: 0, bytes: 0 });
});

it("without ListShards each record goes by itself, its key once a request", async () => {
  const { producer, clock, requests, events } = fakeProducer({
    list: () => Promise.reject(refusal("AccessDeniedException", "not allowed")),
  });
  for (const text of ["a1", "b1", "a2"]) void producer.put(record(text[0]!, text));
  await clock.advance(500);
  expect(requests.map(textsIn)).toEqual([["a1", "b1"], ["a2"]]);
  expect(events[0]).toMatchObject({ type: "shards", shards: 0 });
});

it.each([
  ["the request's time is over", {}, 6000],
  ["half of their own is", { ttlMs: 5000 }, 2500],
])("the first records wait for the shards until %s", async (_, options, until) => {
  const { producer, clock, requests } = fakeProducer({
    ...options,
    list: () => new Promise(() => {}),
  });
  for (const text of ["a1", "b1"]) void producer.put(record(text[0]!, text));
  await clock.advance(until - 10);
  expect(requests).toEqual([]);
  await clock.advance(10);
  expect(requests.map(textsIn)).toEqual([["a1", "b1"]]);
});

it("shards that are told after seconds are waited for", async () => {
  const listed = Promise.withResolvers<unknown>();
  const { producer, clock, requests } = fakeProducer({ list: () => listed.promise });
  for (const text of ["a1", "b1"]) void producer.put(record(text[0]!, text));
  await clock.advance(5900);
  listed.resolve({ Shards: evenShards(1) });
  await clock.advance(10);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toHaveLength(1);
});

it("one record that Kinesis does not take fails alone", async () => {
  const { producer, clock, requests } = fakeProducer({
    answer: (entries) =>
      textsIn(entries).includes("bad")
        ? refusal("ValidationException", "1 validation error detected")
        : undefined,
  });
  const puts = ["1", "bad", "3"].map((text) => producer.put(record("a", text)));
  const settled = Promise.allSettled(puts);
  await clock.advance(2000);
  expect((await settled).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(requests.map(textsIn)).toEqual([["1", "bad", "3"], ["1"], ["bad"], ["3"]]);
});

it("a stream that is not there is said at once", async () => {
  const missing = refusal("ResourceNotFoundException", "Stream orders under account 1 not found.");
  const { producer, clock } = fakeProducer({
    list: () => Promise.reject(missing),
    answer: () => missing,
  });
  const put = producer.put(record("a", "1")).catch((error: PutError) => error);
  await clock.advance(1100);
  expect(await put).toMatchObject({ name: "RecordRejected", cause: missing });
});

it("a record expires, and says whether it may be in the stream all the same", async () => {
  const { producer, clock } = fakeProducer({
    answer: () => Object.assign(new Error("socket hang up"), { name: "ECONNRESET" }),
    ttlMs: 5000,
  });
  const put = producer.put(record("a", "1")).catch((error: PutError) => error);
  await clock.advance(6000);
  const error = (await put) as PutError;
  expect(isPutError(error)).toBe(true);
  expect(error).toMatchObject({ name: "RecordExpired", mayHaveBeenPut: true });
  expect(error.attempts.length).toBeGreaterThan(3);
  expect(error.message).toMatch(
    /^orders, partition key "a": given up after 5000 ms and \d+ requests\. It may be in the stream all the same\. The last one: ECONNRESET: socket hang up$/,
  );
});

it("failIfThrottled fails a record whose shard is full", async () => {
  const { producer, clock } = fakeProducer({ failIfThrottled: true, answer: () => [throttled] });
  const put = producer.put(record("a", "1")).catch((error: PutError) => error);
  await clock.advance(100);
  expect(await put).toMatchObject({ name: "RecordThrottled", mayHaveBeenPut: false });
});

it("a shard is sent no more than its limits", async () => {
  const { producer, clock, requests } = fakeProducer({ maxOutstanding: { records: 100_000 } });
  for (let n = 0; n < 40_000; n++) void producer.put(record(`key-${n % 7}`, "x".repeat(100)));
  await clock.advance(3000);
  const bytes = requests.flat().reduce((sum, { Data }) => sum + Data.length, 0);
  expect(bytes).toBeGreaterThan(2.8 * 1024 * 1024);
  expect(bytes).toBeLessThan(3.2 * 1024 * 1024);
});

it.each([
  [
    { partitionKey: "", data: "x" },
    "a partition key is well-formed text of 1 to 256 characters; this one has 0.",
  ],
  [
    { partitionKey: "k".repeat(257), data: "x" },
    "a partition key is well-formed text of 1 to 256 characters; this one has 257.",
  ],
  [
    { partitionKey: "\ud800", data: "x" },
    "a partition key is well-formed text of 1 to 256 characters; this one has 1.",
  ],
  [
    { partitionKey: "k", data: "x", explicitHashKey: "007" },
    'the explicit hash key "007" is no decimal integer from 0 to 2^128 - 1 without leading zeros.',
  ],
  [
    { partitionKey: "k", data: "x".repeat(2 ** 20) },
    "1048577 bytes with its partition key, and maxRecordBytes is 1048576. Raise it if the stream's MaxRecordSizeInKiB is higher.",
  ],
])("refuses %o", async (wrong, why) => {
  const { producer } = fakeProducer();
  await expect(producer.put(wrong)).rejects.toMatchObject({
    name: "RecordRejected",
    message: `orders, partition key ${JSON.stringify(wrong.partitionKey)}: ${why}`,
  });
  expect(producer.outstanding).toEqual({ records: 0, bytes: 0 });
});

it("nothing is left to wake up when nothing is outstanding", async () => {
  const { producer, clock } = fakeProducer();
  const put = producer.put(record("a", "1"));
  await clock.advance(100);
  await put;
  expect(await clock.step()).toBe(false);
});
