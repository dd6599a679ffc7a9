import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { simulated, stream } from "./simulated.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Node frees what the collector found only afterwards, so it is asked until nothing changes. */
async function usedMemory(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    collect();
    await setTimeout(20);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers > last - 4096) return last;
    last = heapUsed + arrayBuffers;
  }
}

/** What `count` records of `size` bytes take, as the stream counts it and as the process does. */
async function held(count: number, size: number, shards = 1) {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards });
  const data = new Uint8Array(size);
  const before = await usedMemory();
  for (let i = 0; i < count; i++) kinesis.putRecord({ stream, partitionKey: `key-${i}`, data });
  const measured = (await usedMemory()) - before;
  return { counted: kinesis.describeStream({ stream }).heldBytes, measured };
}

test.each([
  { count: 100_000, size: 200, shards: 1 },
  { count: 100_000, size: 200, shards: 16 },
  { count: 100_000, size: 20, shards: 1 },
  { count: 500, size: 150_000, shards: 1 },
])("$count records of $size bytes in $shards shards take what the stream says", async (given) => {
  const { counted, measured } = await held(given.count, given.size, given.shards);
  // Half a MiB is what the test itself leaves behind, and then a twentieth.
  expect(Math.abs(measured - counted)).toBeLessThan(512 * 1024 + counted / 20);
});

test("a record of 200 bytes takes at most 0.6 KB", async () => {
  const { counted } = await held(100_000, 200);
  expect(counted / 100_000).toBeLessThan(300);
});

test("large and small records in turn waste little", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  let put = 0;
  for (let i = 0; i < 400; i++) {
    const data = new Uint8Array(i % 2 === 0 ? 200_000 : 100);
    put += data.length;
    kinesis.putRecord({ stream, partitionKey: "a", data });
  }
  expect(kinesis.describeStream({ stream }).heldBytes).toBeLessThan(put * 1.15 + 256 * 1024);
});

test("beyond maxBytes the oldest records of all streams go, and the rest is read as before", () => {
  const maxBytes = 3 * 1024 * 1024;
  const { kinesis, clock } = simulated({ maxBytes });
  const data = new Uint8Array(200);
  const names = [stream, "clicks"];
  for (const name of names) kinesis.createStream({ name, shards: 2 });
  for (let i = 0; i < 40_000; i++) {
    clock.time++;
    kinesis.putRecord({ stream: names[i % 2]!, partitionKey: `${i}`, data });
  }
  const held = names.map((name) => kinesis.describeStream({ stream: name }).heldBytes);
  expect(held[0]! + held[1]!).toBeLessThanOrEqual(maxBytes);
  expect(Math.min(...held)).toBeGreaterThan(maxBytes / 4);
  const shardId = "shardId-000000000000";
  const { records } = kinesis.getRecords({
    shardIterator: kinesis.getShardIterator({ stream, shardId, type: "TRIM_HORIZON" }),
  });
  expect(Number(records[0]!.partitionKey)).toBeGreaterThan(20_000);
  const keys = records.map(({ partitionKey }) => Number(partitionKey));
  expect(keys).toEqual(keys.toSorted((a, b) => a - b));
});
