/** A23 to A27: when records are read, and when a batch of them is closed. */
import { expect, test } from "vitest";
import type { Kinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { windowDeadline } from "../../../../src/mapping/batching.ts";
import { maximumPayload } from "../../../../src/record/lambda-event.ts";
import { letters, rig } from "./rig.ts";

test("A23 a shard at its tip is polled once per second, one behind it at once", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ batchSize: 1 });
  await mapping.drain();
  expect(t.deliveries.map(({ at }) => at)).toEqual([0, 0, 0]);
  await t.clock.advance(2300);
  t.put(["d"]);
  await t.clock.advance(100);
  t.put(["e"]);
  await mapping.drain();
  expect(t.deliveries.slice(3).map(({ at, values }) => [at, values[0]])).toEqual([
    [3000, "d"],
    [3000, "e"],
  ]);
});

test("A23 enhanced fan-out is pushed: records are delivered as they arrive", async () => {
  const t = rig({ consumer: true });
  const mapping = t.map({});
  await t.clock.advance(2300);
  t.put(["d"]);
  await mapping.drain();
  expect(t.deliveries.map(({ at }) => at)).toEqual([2300]);
});

test("A23 read limits are waited out", async () => {
  const t = rig({ kinesis: { limits: true } });
  for (let i = 0; i < 9; i++) {
    t.put(
      Array.from({ length: 100 }, () => Buffer.alloc(10_000)),
      `${i}`,
    );
    await t.clock.advance(1000);
  }
  const reader = t.kinesis.getShardIterator({
    stream: "orders",
    shardId: "shardId-000000000000",
    type: "TRIM_HORIZON",
  });
  for (let i = 0; i < 3; i++) t.kinesis.getRecords({ shardIterator: reader, limit: 1 });
  const mapping = t.map({ batchSize: 10 });
  await mapping.drain();
  expect(t.deliveries.flatMap(({ values }) => values)).toHaveLength(900);
});

test("A23 a fan-out consumer that has used up its bytes goes on when there are more", async () => {
  const t = rig({ consumer: true, kinesis: { limits: true } });
  for (let i = 0; i < 8; i++) {
    t.put(
      Array.from({ length: 9 }, () => Buffer.alloc(100_000)),
      `${i}`,
    );
    await t.clock.advance(1000);
  }
  const mapping = t.map({ batchSize: 10 });
  await mapping.drain();
  expect(mapping.metrics.PolledEventCount).toBe(72);
  // 7.2 MB at 2 MiB per second.
  expect(t.clock.now() - t.start).toBeGreaterThanOrEqual(8000 + 2000);
});

test("A23 a fan-out consumer that has used up its bytes is not at the tip, though no time has passed", async () => {
  const t = rig({ consumer: true, maxRecordSizeInKiB: 10_240 });
  const kinesis: Kinesis = {
    ...t.kinesis,
    // The first read takes all that there is for this second.
    readForConsumer: limitedTo(3, t),
  };
  t.put(letters(9), "k");
  const mapping = t.map({}, undefined, { kinesis });
  await mapping.drain();
  expect(t.deliveries.flatMap(({ values }) => values)).toEqual(letters(9));
});

/** Reads so many records in a second, and none after that. */
function limitedTo(
  perSecond: number,
  { kinesis, clock }: ReturnType<typeof rig>,
): Kinesis["readForConsumer"] {
  let second = -1;
  return ({ shardIterator }) => {
    const spent = Math.floor(clock.now() / 1000) === second;
    second = Math.floor(clock.now() / 1000);
    const page = kinesis.getRecords({ shardIterator, limit: spent ? 1 : perSecond });
    const continuationSequenceNumber = page.records.at(-1)?.sequenceNumber;
    if (!spent) return { ...page, continuationSequenceNumber };
    const arrival = page.records[0]?.approximateArrivalTimestamp ?? clock.now();
    const millisBehindLatest = clock.now() - arrival;
    const nextShardIterator = shardIterator;
    return { records: [], nextShardIterator, millisBehindLatest, continuationSequenceNumber };
  };
}

test("A24 a batch closes at BatchSize", async () => {
  const t = rig();
  t.put(letters(25));
  await t.map({ batchSize: 10 }).drain();
  expect(t.deliveries.map(({ values }) => values.length)).toEqual([10, 10, 5]);
});

test("A24 a batch that is full does not wait for its window", async () => {
  const t = rig();
  t.put(letters(4));
  await t.map({ batchSize: 2, maximumBatchingWindowInSeconds: 300 }).drain();
  expect(t.deliveries.map(({ at }) => at)).toEqual([0, 0]);
});

test("A24 a batch that is not full waits until its window has elapsed, and takes what comes", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumBatchingWindowInSeconds: 5 });
  await t.clock.advance(1500);
  t.put(["b"]);
  await t.clock.advance(3000);
  expect(t.deliveries).toHaveLength(0);
  await mapping.drain();
  expect(t.deliveries.map(({ at, values }) => [at, values])).toEqual([[5000, ["a", "b"]]]);
});

test("A24 with window 0 the function is invoked as soon as any record is available", async () => {
  const t = rig();
  const mapping = t.map({ batchSize: 10_000 });
  t.put(["a"]);
  await mapping.drain();
  t.put(["b"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"], ["b"]]);
});

test("A24 the next window begins when the previous invocation completes", async () => {
  const t = rig();
  t.put(["a", "b"]);
  const mapping = t.map({ batchSize: 2, maximumBatchingWindowInSeconds: 10 }, () =>
    t.clock.sleep(3000),
  );
  await t.clock.advance(2500);
  t.put(["c"]);
  await mapping.drain();
  expect(t.deliveries.map(({ at }) => at)).toEqual([0, 13_000]);
  expect(windowDeadline(10_000, 3000, 5000)).toBe(13_000);
  expect(windowDeadline(10_000, 3000, 20_000)).toBe(30_000);
});

test("A24 the window applies to records that pass the filter", async () => {
  const t = rig();
  const mapping = t.map({
    batchSize: 2,
    maximumBatchingWindowInSeconds: 60,
    filterCriteria: { filters: [{ pattern: { data: { keep: [true] } } }] },
  });
  t.put(['{"keep":false}', '{"keep":true}', '{"keep":false}']);
  await t.clock.advance(30_000);
  expect(t.deliveries).toHaveLength(0);
  t.put(['{"keep":true}']);
  await t.clock.advance(1000);
  expect(t.deliveries.map(({ values }) => values)).toEqual([['{"keep":true}', '{"keep":true}']]);
  await mapping.close();
});

test("A24 A25 a batch closes at 6 MB of event: at most four records of 1 MiB", async () => {
  const t = rig();
  const size = 1024 * 1024 - 3;
  t.put(
    Array.from({ length: 9 }, () => Buffer.alloc(size)),
    "key",
  );
  await t.map({}).drain();
  expect(t.deliveries.map(({ values }) => values.length)).toEqual([4, 4, 1]);
  for (const { event } of t.deliveries) {
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(maximumPayload);
  }
});

test("A25 the limit is met to the byte", async () => {
  const t = rig({ maxRecordSizeInKiB: 10_240 });
  t.put([Buffer.alloc(3), Buffer.alloc(3)], "k");
  const probe = t.map({});
  await probe.drain();
  const envelope = Buffer.byteLength(JSON.stringify(t.deliveries[0]!.event)) - 8;
  await probe.close();
  t.deliveries.length = 0;
  await t.clock.advance(1000);
  // Arrival times are whole seconds in both, so that envelopes are equally long.
  const room = maximumPayload - envelope;
  const half = 3 * Math.floor(room / 8);
  const rest = 3 * Math.floor((room - (half / 3) * 4) / 4);
  t.put([Buffer.alloc(half), Buffer.alloc(rest)], "k");
  const mapping = t.map({
    startingPosition: "AT_TIMESTAMP",
    startingPositionTimestamp: new Date(t.clock.now()),
  });
  await mapping.drain();
  const bytes = Buffer.byteLength(JSON.stringify(t.deliveries[0]!.event));
  expect(t.deliveries.map(({ values }) => values.length)).toEqual([2]);
  expect(maximumPayload - bytes).toBeLessThan(4);
  await t.clock.advance(1000);
  t.put([Buffer.alloc(half), Buffer.alloc(rest + 3)], "k");
  await mapping.drain();
  expect(t.deliveries.slice(1).map(({ values }) => values.length)).toEqual([1, 1]);
});

test("A26 A94 a record too large for an event spends its retries unseen, then the shard goes on", async () => {
  const t = rig({ maxRecordSizeInKiB: 10_240 });
  t.put(["a", Buffer.alloc(5 * 1024 * 1024), "b"], "k");
  const mapping = t.map({ maximumRetryAttempts: 2 });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"], ["b"]]);
  const refused = mapping.trace.filter(({ outcome }) => outcome === "tooLarge");
  expect(refused.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(new Set(refused.map(({ requestId }) => requestId)).size).toBe(1);
  expect(String(refused[0]!.error)).toMatch(/bytes as JSON, and Lambda takes 6291456/);
  const [document] = t.documents;
  expect(document!.requestContext.condition).toBe("RetryAttemptsExhausted");
  expect(document!.requestContext.approximateInvokeCount).toBe(3);
  expect(document).not.toHaveProperty("responseContext");
});

test("A26 with endless retries it blocks the shard until its age limit", async () => {
  const t = rig({ maxRecordSizeInKiB: 10_240 });
  t.put([Buffer.alloc(5 * 1024 * 1024)], "k");
  const mapping = t.map({ maximumRecordAgeInSeconds: 60 });
  await mapping.drain();
  expect(t.deliveries).toHaveLength(0);
  expect(t.documents[0]!.requestContext.condition).toBe("RecordAgeExceeded");
  expect(t.documents[0]!.requestContext.approximateInvokeCount).toBeGreaterThan(5);
});

test("A27 bisecting does not help a record that is too large by itself", async () => {
  const t = rig({ maxRecordSizeInKiB: 10_240 });
  t.put([Buffer.alloc(5 * 1024 * 1024)], "k");
  const mapping = t.map({ maximumRetryAttempts: 1, bisectBatchOnFunctionError: true });
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["tooLarge", "tooLarge"]);
  expect(t.documents).toHaveLength(1);
});
