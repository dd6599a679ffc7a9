/** What `s3Sink` costs beside `hyparquet-writer` alone: both put their file into a local S3. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { parquetWriteBuffer } from "hyparquet-writer";
import { type BatchRecord, json, kinesisConsumer } from "../src/index.ts";
import { parquet, type Sink, s3Sink } from "../src/sinks.ts";
import { kinesisEvent } from "../src/testing/kinesis-event.ts";
import { type Row, type RowSet, race, timesAsLong } from "./harness.ts";

export const sinks: RowSet = { name: "sinks", rows };

const size = 10_000;
const bytesOfRecord = 300;

interface Reading {
  readonly id: string;
  readonly sensor: string;
  readonly celsius: number;
  readonly takenAt: number;
  readonly note: string;
}

/** Readings of 300 bytes of JSON each. Their notes repeat: of 3 MB of JSON the file has 0.1. */
function readingsOf(records: number): Reading[] {
  return Array.from({ length: records }, (_, index) => {
    const reading: Reading = {
      id: `reading-${index}`,
      sensor: `sensor-${index % 100}`,
      celsius: 20 + (index % 1000) / 10,
      takenAt: 1_767_225_600_000 + index,
      note: "",
    };
    const missing = bytesOfRecord - JSON.stringify(reading).length;
    const noise = Array.from({ length: missing }, (_, at) =>
      ((index * 31 + at * 17) % 36).toString(36),
    );
    return { ...reading, note: noise.join("") };
  });
}

const columns = {
  id: "string",
  sensor: "string",
  celsius: "double",
  takenAt: "timestamp",
  note: "string",
};

/** Columns, a file, and a PUT: nobody writes Parquet with less. */
function alone(readings: readonly Reading[]): ArrayBuffer {
  return parquetWriteBuffer({
    columnData: [
      { name: "id", type: "STRING", data: readings.map(({ id }) => id) },
      { name: "sensor", type: "STRING", data: readings.map(({ sensor }) => sensor) },
      { name: "celsius", type: "DOUBLE", data: readings.map(({ celsius }) => celsius) },
      {
        name: "takenAt",
        type: "TIMESTAMP",
        data: readings.map(({ takenAt }) => new Date(takenAt)),
      },
      { name: "note", type: "STRING", data: readings.map(({ note }) => note) },
    ],
  });
}

async function* rows(): AsyncGenerator<Row> {
  const event = kinesisEvent(readingsOf(size));
  const batch = await batchOf(event);
  const server = fork(new URL("local-s3.ts", import.meta.url));
  try {
    const [endpoint] = await once(server, "message");
    const client = new S3Client({
      ...{ endpoint, forcePathStyle: true, region: "us-east-1" },
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await client.send(new CreateBucketCommand({ Bucket: "bench" }));
    let last = 0;
    /** One that has written nothing yet. */
    const newSink = () =>
      s3Sink<Reading>({
        ...{ bucket: "bench", prefix: `${++last}/`, client },
        format: parquet({ columns }),
      });
    const put = (body: ArrayBuffer) =>
      client.send(
        new PutObjectCommand({
          ...{ Bucket: "bench", Key: `alone/${++last}`, Body: new Uint8Array(body) },
        }),
      );
    yield await theSink(batch, newSink, put);
    yield await theInvocation(event, newSink, put);
  } finally {
    server.disconnect();
  }
  yield await itsMemory(batch);
}

const context = { signal: new AbortController().signal, remainingMs: 60_000 };
const goal = { rounds: 21, warmUps: 10 };

async function theSink(
  batch: readonly BatchRecord<Reading>[],
  newSink: () => Sink<Reading>,
  put: (body: ArrayBuffer) => Promise<unknown>,
): Promise<Row> {
  const readings = batch.map(({ value }) => value);
  const times = await race(
    {
      async shardmill() {
        const sink = newSink();
        const begun = process.cpuUsage();
        assert.equal(await sink(batch, context), undefined);
        return cpuSince(begun);
      },
      async alone() {
        const begun = process.cpuUsage();
        await put(alone(readings));
        return cpuSince(begun);
      },
    },
    goal,
  );
  return {
    name: "10,000 records of 300 B into S3 as Parquet",
    peer: "hyparquet-writer and a PUT",
    values: {
      "s3Sink ms": times.shardmill.medianMs,
      "alone ms": times.alone.medianMs,
      ratio: timesAsLong(times.shardmill, times.alone),
    },
    limits: { ratio: 1.3 },
  };
}

/** Milliseconds of this process: what else runs on the machine, the server included, does not count. */
function cpuSince(begun: NodeJS.CpuUsage): number {
  const { system, user } = process.cpuUsage(begun);
  return (system + user) / 1000;
}

type Event = ReturnType<typeof kinesisEvent>;

async function theInvocation(
  event: Event,
  newSink: () => Sink<Reading>,
  put: (body: ArrayBuffer) => Promise<unknown>,
): Promise<Row> {
  const times = await race(
    {
      async shardmill() {
        const handler = consumerOf(newSink());
        const begun = process.cpuUsage();
        assert.deepEqual(await handler(event), { batchItemFailures: [] });
        return cpuSince(begun);
      },
      async alone() {
        const begun = process.cpuUsage();
        const readings = event.Records.map(
          ({ kinesis }): Reading => JSON.parse(Buffer.from(kinesis.data, "base64").toString()),
        );
        await put(alone(readings));
        return cpuSince(begun);
      },
    },
    goal,
  );
  return {
    name: "the same, from the event on",
    peer: "JSON.parse, hyparquet-writer and a PUT",
    values: {
      "consumer and s3Sink ms": times.shardmill.medianMs,
      "alone ms": times.alone.medianMs,
      ratio: timesAsLong(times.shardmill, times.alone),
    },
    limits: { ratio: 2 },
  };
}

/** What is held while the file is put, beside the records of the batch. */
async function itsMemory(batch: readonly BatchRecord<Reading>[]): Promise<Row> {
  const before = await held();
  const copy = batch.map((record) => ({
    ...record,
    value: JSON.parse(JSON.stringify(record.value)),
  }));
  const own = (await held()) - before;
  assert.equal(copy.length, batch.length);
  let most = 0;
  const sink = s3Sink<Reading>({
    bucket: "bench",
    format: parquet({ columns }),
    client: {
      async send({ input }: { readonly input: object }) {
        if ("Body" in input) most = Math.max(most, (await held()) - before - own);
        return {};
      },
    },
  });
  assert.equal(await sink(copy, context), undefined);
  return {
    name: "what it holds while it puts 10,000 records",
    peer: "the records",
    values: { "s3Sink kB": most / 1000, "the records kB": own / 1000, size: most / own },
    limits: { size: 2 },
  };
}

const consumerOf = (processBatch: Sink<Reading>) =>
  kinesisConsumer<Reading>({
    consumer: "bench",
    decode: json() as never,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...{ metrics: false, maxItems: size, maxBytes: 16 * 1024 * 1024, processBatch },
  });

async function batchOf(event: Event): Promise<readonly BatchRecord<Reading>[]> {
  let batch: readonly BatchRecord<Reading>[] = [];
  await consumerOf(async (records) => {
    batch = records;
    return undefined;
  })(event);
  assert.equal(batch.length, size);
  return batch;
}

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

async function held(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
