import fc from "fast-check";
import { aggregate, deaggregate, type KplUserRecord, kplAggregator } from "shardmill/kpl";
import { expect, test } from "vitest";
import * as wire from "./wire.ts";

const user = (partitionKey: string, bytes: number) => ({
  partitionKey,
  data: Buffer.alloc(bytes, "x"),
});

test("the size that it tells is that of what it gives, byte for byte", () => {
  fc.assert(
    fc.property(wire.userRecords, (users) => {
      const aggregator = kplAggregator();
      for (const [i, one] of users.entries()) {
        expect(aggregator.add(one)).toBe(true);
        expect(aggregator.count).toBe(i + 1);
        const soFar = users.slice(0, i + 1);
        expect(aggregator.size).toBe(i === 0 ? one.data.length : aggregate(soFar).data.length);
      }
      const { size } = aggregator;
      expect(aggregator.take()!.data).toHaveLength(size);
      expect([aggregator.count, aggregator.size]).toEqual([0, 0]);
    }),
  );
});

test("it fills each aggregate up to the limit and no further; nothing is lost or moved", () => {
  fc.assert(
    fc.property(
      wire.userRecords,
      fc.integer({ min: 64, max: 1000 }),
      (users, aggregationMaxSize) => {
        const aggregator = kplAggregator({ aggregationMaxSize });
        const taken: { record: KplUserRecord; count: number; next: KplUserRecord | undefined }[] =
          [];
        const take = (next?: KplUserRecord) => {
          const { count } = aggregator;
          taken.push({ record: aggregator.take()!, count, next });
        };
        for (const one of users) {
          if (aggregator.add(one)) continue;
          take(one);
          expect(aggregator.add(one)).toBe(true);
        }
        take();

        const out = taken.map(({ record, count }) =>
          count > 1 ? deaggregate(record.data)! : [record],
        );
        expect(wire.plain(out.flat())).toEqual(wire.plain(users));
        for (const [i, { record, count, next }] of taken.entries()) {
          if (count > 1) expect(record.data.length).toBeLessThanOrEqual(aggregationMaxSize);
          if (next) {
            expect(aggregate([...out[i]!, next]).data.length).toBeGreaterThan(aggregationMaxSize);
          }
        }
      },
    ),
  );
});

test("a limit that is met to the byte still fits", () => {
  const users = [user("KLM", 100), user("BAW", 100)];
  const exact = aggregate(users).data.length;
  for (const [aggregationMaxSize, fits] of [
    [exact, true],
    [exact - 1, false],
  ] as const) {
    const aggregator = kplAggregator({ aggregationMaxSize });
    aggregator.add(users[0]!);
    expect(aggregator.add(users[1]!)).toBe(fits);
  }
});

test("a record that was refused leaves no trace", () => {
  const aggregator = kplAggregator({ aggregationMaxSize: 200 });
  aggregator.add(user("KLM", 50));
  const { size } = aggregator;
  expect(aggregator.add({ ...user("new key", 500), explicitHashKey: "7" })).toBe(false);
  expect([aggregator.count, aggregator.size]).toEqual([1, size]);
  aggregator.add(user("KLM", 50));
  expect(aggregator.take()).toEqual(aggregate([user("KLM", 50), user("KLM", 50)]));
});

test("a single user record goes plain, as it came; two go as an aggregate", () => {
  const aggregator = kplAggregator();
  const single = { ...user("KLM", 10), explicitHashKey: "7" };
  aggregator.add(single);
  expect(aggregator.take()).toEqual(single);
  aggregator.add(single);
  aggregator.add(user("BAW", 10));
  expect(aggregator.take()).toEqual(aggregate([single, user("BAW", 10)]));
});

test("a record that is larger than the limit goes alone", () => {
  const aggregator = kplAggregator();
  expect(aggregator.add(user("KLM", 60_000))).toBe(true);
  expect(aggregator.add(user("KLM", 1))).toBe(false);
  expect(aggregator.take()).toEqual(user("KLM", 60_000));
});

test("by default an aggregate has at most 51,200 bytes", () => {
  const aggregator = kplAggregator();
  while (aggregator.add(user("KLM", 93))) {}
  // 99 bytes a record, 5 for its key once, 20 around them.
  expect(aggregator.count).toBe(Math.floor((51_200 - 25) / 99));
});

test("aggregationMaxCount limits the number of user records", () => {
  const aggregator = kplAggregator({ aggregationMaxCount: 2 });
  expect([1, 2, 3].map((bytes) => aggregator.add(user("KLM", bytes)))).toEqual([true, true, false]);
  expect(aggregator.take()).toEqual(aggregate([user("KLM", 1), user("KLM", 2)]));
});

test("where nothing was added there is nothing to take", () => {
  const aggregator = kplAggregator();
  expect(aggregator.take()).toBeUndefined();
  expect([aggregator.count, aggregator.size]).toEqual([0, 0]);
});

test("an explicit hash key that is none is refused with an error, and leaves no trace", () => {
  const aggregator = kplAggregator();
  expect(() => aggregator.add({ ...user("KLM", 1), explicitHashKey: "seven" })).toThrow(/"seven"/);
  expect(aggregator.count).toBe(0);
});

test("limits outside of the KPL's ranges are refused", () => {
  for (const aggregationMaxSize of [63, 10_485_761, 100.5, Number.NaN]) {
    expect(() => kplAggregator({ aggregationMaxSize })).toThrow(
      new RangeError(
        `aggregationMaxSize is ${aggregationMaxSize}: it must be an integer from 64 to 10485760.`,
      ),
    );
  }
  for (const aggregationMaxCount of [0, 2 ** 32]) {
    expect(() => kplAggregator({ aggregationMaxCount })).toThrow(/aggregationMaxCount is/);
  }
});
