/**
 * `kinesisProducer` beside what else puts from Node, through the AWS SDK to a server in another thread; and alone, where nobody else does
 * it: under twice what a shard takes, with a record now and then, and from the start to the first answer.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { kinesisProducer, type PutResult } from "../src/producer.ts";
import { compare } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const producer: RowSet = { name: "producer", rows };

const count = 20_000;
const records = Array.from({ length: count }, (_, n) => ({
  partitionKey: `key-${n % 1000}`,
  data: Buffer.alloc(100, n % 256),
}));

async function* rows(): AsyncGenerator<Row> {
  const server = new Worker(new URL("./producer/server.ts", import.meta.url));
  const [{ open, full }] = await once(server, "message");
  try {
    yield await speed(open);
    yield await overload(full);
    yield await latency(open);
    yield await start(open);
  } finally {
    await server.terminate();
  }
}

const clientOf = (endpoint: string) =>
  new KinesisClient({
    ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });

async function speed(endpoint: string): Promise<Row> {
  const client = clientOf(endpoint);
  const row = await compare({
    name: `${count.toLocaleString("en")} records of 100 B into 16 shards`,
    records: count,
    async ours() {
      const producer = kinesisProducer({
        ...{ stream: "orders", client, rateLimitPercent: 1000 },
        maxOutstanding: { records: count },
      });
      for (const record of records) void producer.put(record);
      const { failed } = await producer.close();
      if (failed > 0) throw new Error(`${failed} records were not put.`);
      return undefined;
    },
    peers: {
      "aws-kinesis-agg + PutRecords": () => putAll(client, aggregates()),
      "plain PutRecords": () => putAll(client, plain()),
    },
    ...{ rounds: 5, warmUps: 2 },
  });
  client.destroy();
  return row;
}

interface PutEntry {
  readonly PartitionKey: string;
  readonly Data: Uint8Array;
}

const plain = (): PutEntry[] =>
  records.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }));

interface PeerAggregator {
  addUserRecord(record: { partitionKey: string; data: Buffer }): void;
  build(): { readonly data: Buffer };
}

const { RecordAggregator } = createRequire(import.meta.url)("aws-kinesis-agg") as {
  readonly RecordAggregator: new () => PeerAggregator;
};

/** Of as many records as 50 KiB hold; whose shards they belong to is nobody's business there. */
const perAggregate = 440;

function aggregates(): PutEntry[] {
  const made: PutEntry[] = [];
  for (let from = 0; from < count; from += perAggregate) {
    const aggregator = new RecordAggregator();
    for (const record of records.slice(from, from + perAggregate)) aggregator.addUserRecord(record);
    made.push({ PartitionKey: "a", Data: aggregator.build().data });
  }
  return made;
}

/** Requests of 500 entries, four at once. */
async function putAll(client: KinesisClient, entries: readonly PutEntry[]): Promise<undefined> {
  let next = 0;
  const work = async () => {
    while (next < entries.length) {
      const Records = entries.slice(next, next + 500);
      next += 500;
      const { FailedRecordCount } = await client.send(
        new PutRecordsCommand({ StreamName: "orders", Records }),
      );
      if (FailedRecordCount) throw new Error(`${FailedRecordCount} entries were refused.`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return undefined;
}

/** For five seconds 2,000 records a second, one by one, into a shard that takes 1,000. */
async function overload(endpoint: string): Promise<Row> {
  const client = clientOf(endpoint);
  let [sent, refused, most] = [0, 0, 0];
  const maxOutstanding = 2000;
  const producer = kinesisProducer({
    ...{ stream: "orders", client, aggregation: false, order: "none" },
    maxOutstanding: { records: maxOutstanding },
    on(event) {
      if (event.type === "request") sent += event.entries;
      if (event.type === "refused") refused++;
    },
  });
  const before = process.memoryUsage().rss;
  let rss = before;
  let offered = 0;
  for (const begun = performance.now(); offered < 10_000; ) {
    const due = Math.min(10_000, Math.floor((performance.now() - begun) * 2));
    for (; offered < due; offered++) producer.tryPut(records[offered]!);
    most = Math.max(most, producer.outstanding.records);
    rss = Math.max(rss, process.memoryUsage().rss);
    await sleep(5);
  }
  await producer.close();
  client.destroy();
  const values = {
    ...{ sent, "refused share": refused / sent },
    ...{
      "outstanding of maxOutstanding": most / maxOutstanding,
      "more MiB": (rss - before) / 2 ** 20,
    },
  };
  const limits = { "refused share": 0.2, "outstanding of maxOutstanding": 1 };
  return { name: "twice what a shard takes, for 5 s", values, limits };
}

/** What a record now and then waits, of which 100 ms are the buffer time. */
async function latency(endpoint: string): Promise<Row> {
  const client = clientOf(endpoint);
  const producer = kinesisProducer({ stream: "orders", client });
  const waits: number[] = [];
  const puts: Promise<unknown>[] = [];
  for (let n = 0; n < 300; n++) {
    const putAt = performance.now();
    puts.push(producer.put(records[n]!).then(() => waits.push(performance.now() - putAt)));
    await sleep(7);
  }
  await Promise.all(puts);
  client.destroy();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(share * (waits.length - 1))]!;
  const values = { "median ms": at(0.5), "p99 ms": at(0.99) };
  return { name: "from put to its answer, at a buffer time of 100 ms", values };
}

/** From nothing: a client, a producer, ListShards, the first record. */
async function start(endpoint: string): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < 11; round++) {
    const begun = performance.now();
    const client = clientOf(endpoint);
    const producer = kinesisProducer({ stream: "orders", client });
    const put: Promise<PutResult> = producer.put(records[round]!);
    await producer.flush();
    await put;
    times.push(performance.now() - begun);
    client.destroy();
  }
  times.sort((a, b) => a - b);
  const values = { "median ms": times[5]!, "slowest ms": times[10]! };
  return { name: "from the start to the first answer", values, limits: { "median ms": 100 } };
}
