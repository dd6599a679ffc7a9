import { expect, test } from "vitest";
import type { Kinesis } from "../../../packages/local/src/kinesis/index.ts";
import { bytes, put, read, refusal, shardId, simulated, stream } from "./simulated.ts";

const MiB = 1024 * 1024;
const exceeded = {
  code: "ProvisionedThroughputExceededException",
  message:
    "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012.",
};

const limited = (maxRecordSizeInKiB = 1024) => {
  const { kinesis, clock } = simulated({ limits: true });
  kinesis.createStream({ name: stream, maxRecordSizeInKiB });
  return { kinesis, clock };
};

const putBytes = (kinesis: Kinesis, size: number) =>
  kinesis.putRecord({ stream, partitionKey: "a", data: new Uint8Array(size - 1) });

const iterator = (kinesis: Kinesis) =>
  kinesis.getShardIterator({ stream, shardId: shardId(0), type: "TRIM_HORIZON" });

test("a shard takes 1,000 records a second", () => {
  const { kinesis, clock } = limited();
  for (let i = 0; i < 1000; i++) put(kinesis, "a");
  expect(refusal(() => put(kinesis, "a"))).toEqual(exceeded);
  clock.time += 999;
  expect(refusal(() => put(kinesis, "a"))).toEqual(exceeded);
  clock.time += 1;
  put(kinesis, "a");
});

test("a shard takes 1 MiB a second, keys included", () => {
  const { kinesis, clock } = limited();
  putBytes(kinesis, MiB / 2);
  putBytes(kinesis, MiB / 2);
  expect(refusal(() => putBytes(kinesis, 2))).toEqual(exceeded);
  clock.time += 1000;
  putBytes(kinesis, MiB);
});

test("without limits a shard takes what it is given", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  for (let i = 0; i < 20; i++) putBytes(kinesis, MiB);
  for (let i = 0; i < 1000; i++) put(kinesis, "a");
  for (let i = 0; i < 10; i++) expect(read(kinesis, shardId(0)).records).toHaveLength(10);
});

test("PutRecords fails record by record, and writes the others", () => {
  const { kinesis } = limited();
  for (let i = 0; i < 998; i++) put(kinesis, "a");
  const records = ["1", "2", "3"].map((value) => ({ partitionKey: "a", data: bytes(value) }));
  const result = kinesis.putRecords({ stream, records });
  expect(result.failedRecordCount).toBe(1);
  expect(result.records).toEqual([
    { shardId: shardId(0), sequenceNumber: expect.any(String) },
    { shardId: shardId(0), sequenceNumber: expect.any(String) },
    { errorCode: exceeded.code, errorMessage: exceeded.message },
  ]);
  expect(read(kinesis, shardId(0)).records).toHaveLength(1000);
});

test("each shard has a budget of its own", () => {
  const { kinesis } = simulated({ limits: true });
  kinesis.createStream({ name: stream, shards: 2 });
  const to = (explicitHashKey: string) => () =>
    kinesis.putRecord({
      stream,
      partitionKey: "a",
      data: new Uint8Array(MiB - 1),
      explicitHashKey,
    });
  to("0")();
  to("340282366920938463463374607431768211455")();
  expect(refusal(to("0"))).toEqual(exceeded);
});

test("a large record passes through a burst of 10 MiB, which fills up again at 1 MiB a second", () => {
  const { kinesis, clock } = limited(10_240);
  putBytes(kinesis, 10 * MiB);
  expect(refusal(() => putBytes(kinesis, 1))).toEqual(exceeded);
  clock.time += 1000;
  putBytes(kinesis, MiB / 2);
  clock.time += 1000;
  expect(refusal(() => putBytes(kinesis, 2 * MiB))).toEqual(exceeded);
  clock.time += 500;
  putBytes(kinesis, 2 * MiB);
});

test("a shard is read five times a second", () => {
  const { kinesis, clock } = limited();
  const shardIterator = iterator(kinesis);
  for (let i = 0; i < 5; i++) kinesis.getRecords({ shardIterator });
  expect(refusal(() => kinesis.getRecords({ shardIterator }))).toEqual(exceeded);
  clock.time += 1000;
  kinesis.getRecords({ shardIterator });
});

test("2 MiB read are a second's worth, and 10 MiB block the shard for five", () => {
  const { kinesis, clock } = limited();
  for (let i = 0; i < 12; i++) {
    putBytes(kinesis, MiB);
    clock.time += 1000;
  }
  const shardIterator = iterator(kinesis);
  const get = (limit: number) => () => kinesis.getRecords({ shardIterator, limit });
  get(1)();
  get(1)();
  expect(refusal(get(1))).toEqual(exceeded);
  clock.time += 1000;
  expect(get(10_000)().records).toHaveLength(10);
  clock.time += 4999;
  expect(refusal(get(1))).toEqual(exceeded);
  clock.time += 1;
  get(1)();
});

test("a shard gives five iterators a second", () => {
  const { kinesis, clock } = limited();
  for (let i = 0; i < 5; i++) iterator(kinesis);
  expect(refusal(() => iterator(kinesis))).toEqual(exceeded);
  clock.time += 1000;
  iterator(kinesis);
});

test("a fan-out consumer has 2 MiB a second of its own, and gets nothing once they are spent", () => {
  const { kinesis, clock } = limited();
  for (let i = 0; i < 5; i++) {
    putBytes(kinesis, MiB);
    clock.time += 1000;
  }
  const consumers = ["a", "b"].map((name) => kinesis.registerStreamConsumer({ stream, name }).arn);
  const first = consumers.map((consumer) =>
    kinesis.readForConsumer({ consumer, shardIterator: iterator(kinesis) }),
  );
  expect(first.map(({ records }) => records.length)).toEqual([2, 2]);
  const consumer = consumers[0]!;
  const spent = kinesis.readForConsumer({ consumer, shardIterator: first[0]!.nextShardIterator! });
  expect(spent.records).toEqual([]);
  expect(spent.millisBehindLatest).toBe(3000);
  clock.time += 1000;
  const next = kinesis.readForConsumer({ consumer, shardIterator: spent.nextShardIterator! });
  expect(next.records).toHaveLength(2);
});
