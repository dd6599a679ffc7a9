/** No request and no record is larger than it may be, and a shard's backlog goes at the shard's rate. */
import { expect, it } from "vitest";
import { fakeProducer, type Sent, taken, throttled } from "./fake.ts";

const mebibyte = 1024 * 1024;
const sizeOf = ({ Data, PartitionKey }: Sent) => Data.length + PartitionKey.length;
const sizesOf = (requests: readonly (readonly Sent[])[]) =>
  requests.map((entries) => entries.reduce((sum, entry) => sum + sizeOf(entry), 0));

it("a request of records that are larger than an aggregate holds to collection.maxSize", async () => {
  const collection = { maxSize: 100_000 };
  const { producer, clock, requests } = fakeProducer({
    collection,
    aggregation: { maxSize: 1000 },
  });
  for (let n = 0; n < 50; n++) {
    void producer.put({ partitionKey: `key-${n}`, data: "x".repeat(40_000) });
  }
  await clock.advance(29_000);
  expect(requests.flat()).toHaveLength(50);
  expect(Math.max(...sizesOf(requests))).toBeLessThanOrEqual(100_000);
});

it("a request of aggregates holds to collection.maxSize", async () => {
  const { producer, clock, requests } = fakeProducer({ collection: { maxSize: 2000 } });
  for (let n = 0; n < 100; n++)
    void producer.put({ partitionKey: `key-${n}`, data: "x".repeat(80) });
  await clock.advance(5000);
  expect(producer.outstanding.records).toBe(0);
  expect(Math.max(...sizesOf(requests))).toBeLessThanOrEqual(2000);
});

it("an aggregate is no larger than a record may be, its key counted", async () => {
  const { producer, clock, requests } = fakeProducer({
    ...{ aggregation: { maxSize: 10 * mebibyte }, maxRecordBytes: 1000 },
  });
  for (let n = 0; n < 500; n++) void producer.put({ partitionKey: "k", data: "x".repeat(n % 7) });
  await clock.advance(5000);
  expect(producer.outstanding.records).toBe(0);
  expect(Math.max(...requests.flat().map(sizeOf))).toBeLessThanOrEqual(1000);
});

it.each([
  ["by themselves", false, 600, 20_000],
  ["that are large", undefined, 12, mebibyte - 10],
  ["in large aggregates", { maxSize: mebibyte }, 600, 20_000],
] as const)(
  "a backlog of records %s goes at the rate of its shard",
  async (_, aggregation, count, bytes) => {
    let [room, at] = [mebibyte, 0];
    const { producer, clock } = fakeProducer({
      ...(aggregation === undefined ? {} : { aggregation }),
      answer(entries, request) {
        room = Math.min(mebibyte, room + (clock.now() - at) * (mebibyte / 1000));
        at = clock.now();
        return entries.map((entry, n) => {
          if (sizeOf(entry) > room) return throttled;
          room -= sizeOf(entry);
          return taken(request * 500 + n);
        });
      },
    });
    for (let n = 0; n < count; n++) {
      void producer.put({ partitionKey: `key-${n}`, data: "x".repeat(bytes) });
    }
    await clock.advance(20_000);
    expect(producer.outstanding.records).toBe(0);
    expect(await producer.flush()).toMatchObject({ failed: 0 });
  },
);
