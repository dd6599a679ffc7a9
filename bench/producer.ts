/**
 * `kinesisProducer` beside what else puts from Node, through the AWS SDK to a server in another thread; and alone, where nobody else does
 * it: under twice what a shard takes, with a record now and then, and from the start to the first answer.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { kinesisProducer, type PutResult } from "../src/producer.ts";
import { compare } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";
import { besideKpl, type Latency, type Overload, type Ports } from "./producer/kpl.ts";

export const producer: RowSet = { name: "producer", rows };

const count = 20_000;
const records = Array.from({ length: count }, (_, n) => ({
  partitionKey: `key-${n % 1000}`,
  data: Buffer.alloc(100, n % 256),
}));

async function* rows(): AsyncGenerator<Row> {
  const server = new Worker(new URL("./producer/server.ts", import.meta.url));
  const [ports] = (await once(server, "message")) as [Ports];
  const endpoint = (port: number) => `http://127.0.0.1:${port}`;
  const open = endpoint(ports.open);
  try {
    const fast = await speed(open);
    const loaded = await overload(endpoint(ports.full));
    const late = await latency(open);
    yield fast.row;
    yield overloadRow(loaded);
    yield latencyRow(late);
    yield await start(open);
    yield* besideKpl(ports, { speed: fast.perSecond, overload: loaded, latency: late });
  } finally {
    await server.terminate();
  }
}

const clientOf = (endpoint: string) =>
  new KinesisClient({
    ...{ endpoint, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });

async function speed(endpoint: string): Promise<{ row: Row; perSecond: number }> {
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
  return { row, perSecond: 1000 * (row.values["shardmill k/s"] as number) };
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

/** Twice what a shard takes, in a process of its own. */
async function overload(endpoint: string): Promise<Overload> {
  const script = fileURLToPath(new URL("./producer/overload.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, endpoint]);
  return JSON.parse(stdout);
}

function overloadRow({ sent, refused, more }: Overload): Row {
  return {
    name: "twice what a shard takes, for 5 s",
    values: { sent, "refused share": refused / sent, "more MiB": more / 2 ** 20 },
    limits: { "refused share": 0.2 },
  };
}

/** What a record now and then waits, of which 100 ms are the buffer time. */
async function latency(endpoint: string): Promise<Latency> {
  const client = clientOf(endpoint);
  const producer = kinesisProducer({ stream: "orders", client });
  await producer.put(records[0]!);
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
  return { median: at(0.5), p99: at(0.99) };
}

const latencyRow = ({ median, p99 }: Latency): Row => ({
  name: "from put to its answer, at a buffer time of 100 ms",
  values: { "median ms": median, "p99 ms": p99 },
});

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
