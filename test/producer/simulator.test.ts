/** Through the AWS SDK, to a Kinesis that answers over HTTP, with a shard's limits and reshards. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { expect, it, onTestFinished } from "vitest";
import { deaggregate, effectiveHashKey } from "../../src/kpl.ts";
import { kinesisProducer, type ProducerEvent } from "../../src/producer.ts";
import { type ServedOptions, served } from "../cli/put/served.ts";

async function putting(options: ServedOptions = {}) {
  const stream = await served(options);
  const client = new KinesisClient({
    ...{ endpoint: stream.endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  onTestFinished(() => client.destroy());
  const events: ProducerEvent[] = [];
  const producer = kinesisProducer({
    ...{ stream: "orders", client, maxBufferedMs: 5 },
    on: (event) => events.push(event),
  });
  return { ...stream, producer, events };
}

/** Each key's records, in the order in which they stand in the stream; copies once. */
function byKey(texts: readonly { readonly partitionKey: string; readonly text: string }[]) {
  const keys = new Map<string, number[]>();
  for (const { partitionKey, text } of texts) {
    const numbers = keys.get(partitionKey) ?? [];
    keys.set(partitionKey, numbers);
    if (!numbers.includes(Number(text))) numbers.push(Number(text));
  }
  return keys;
}

it("records are aggregated by shard, and their answers say where they are", async () => {
  const { producer, stored, texts } = await putting({ shards: 4 });
  const puts = Array.from({ length: 1000 }, (_, n) =>
    producer.put({ partitionKey: `key-${n % 50}`, data: String(n) }),
  );
  const { failed } = await producer.close();
  expect(failed).toBe(0);
  expect(stored().length).toBeLessThan(30);
  const places = new Set(stored().map(({ shardId, sequenceNumber }) => shardId + sequenceNumber));
  for (const { shardId, sequenceNumber } of await Promise.all(puts)) {
    expect(places).toContain(shardId + sequenceNumber);
  }
  const numbers = byKey(texts());
  expect(numbers.size).toBe(50);
  for (const [key, found] of numbers) {
    const first = Number(key.slice(4));
    expect(found).toEqual(Array.from({ length: 20 }, (_, n) => first + 50 * n));
  }
});

it("two splits and a merge lose nothing, and swap nothing, for a reader that drops foreign records", async () => {
  const { producer, kinesis, stored, events } = await putting({ shards: 2 });
  const stream = "orders";
  const id = (n: number) => `shardId-${String(n).padStart(12, "0")}`;
  const split = (n: number, at: bigint) =>
    kinesis.splitShard({ stream, shardToSplit: id(n), newStartingHashKey: String(at) });
  const reshards = new Map<number, () => void>([
    [500, () => split(0, 2n ** 126n)],
    [1000, () => split(1, 3n * 2n ** 126n)],
    [1500, () => kinesis.mergeShards({ stream, shardToMerge: id(2), adjacentShardToMerge: id(3) })],
  ]);
  for (let n = 0; n < 2000; n++) {
    reshards.get(n)?.();
    while (!producer.tryPut({ partitionKey: `key-${n % 20}`, data: String(n) }))
      await producer.room();
    if (n % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect((await producer.close()).failed).toBe(0);
  const ranges = new Map(
    kinesis
      .listShards({ stream: "orders" })
      .map(({ shardId, hashKeyRange }) => [shardId, hashKeyRange]),
  );
  const kept = stored().flatMap(({ shardId, partitionKey, data }) => {
    const { startingHashKey, endingHashKey } = ranges.get(shardId)!;
    const records = deaggregate(data) ?? [{ partitionKey, data }];
    const isForeign = records.some((record) => {
      const hashKey = effectiveHashKey(record);
      return hashKey < BigInt(startingHashKey) || hashKey > BigInt(endingHashKey);
    });
    return isForeign ? [] : records;
  });
  const numbers = byKey(
    kept.map(({ partitionKey, data }) => ({ partitionKey, text: Buffer.from(data).toString() })),
  );
  for (let key = 0; key < 20; key++) {
    expect(numbers.get(`key-${key}`)).toEqual(Array.from({ length: 100 }, (_, n) => key + 20 * n));
  }
  expect(events.filter(({ type }) => type === "shards").length).toBeGreaterThan(1);
});
