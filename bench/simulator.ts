/** The simulator beside kinesalite, ferrokinesis and kinesis-local, each in a process of its own, through the same SDK. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { compare, use } from "./compare.ts";
import type { Row, RowSet } from "./harness.ts";

export const simulator: RowSet = { name: "simulator", rows };

const perCall = 500;
const callsPerTurn = 20;
const readable = 10_000;
const shards = 4;

async function* rows(): AsyncGenerator<Row> {
  // One peer at a time: neither may take processor time while another has its turn.
  yield* beside("kinesalite", startKinesalite, { put: 6, read: 3, rounds: 7 });
  if (spawnSync("ferrokinesis", ["--version"]).error) {
    console.log("The rows beside ferrokinesis are left out: cargo install ferrokinesis brings it.");
  } else {
    yield* beside("ferrokinesis", startFerrokinesis, { put: 1.5, read: 1.3, rounds: 7 });
  }
  yield* beside("kinesis-local", startKinesisLocal, { rounds: 3 });
}

async function* beside(
  who: string,
  startPeer: (children: ChildProcess[]) => Promise<Server>,
  { put, read, rounds }: { readonly put?: number; readonly read?: number; readonly rounds: number },
): AsyncGenerator<Row> {
  const children: ChildProcess[] = [];
  try {
    const ours = await startOurs(children);
    const peer = await startPeer(children);
    for (const clients of [1, 4]) {
      yield await compare({
        name: `PutRecords 500 × 200 B, ${clients === 1 ? "one client" : "four clients"}`,
        records: perCall * callsPerTurn,
        ours: await putting(ours, clients),
        peers: { [who]: await putting(peer, clients) },
        atLeast: put,
        rounds,
        warmUps: 2,
      });
    }
    yield await compare({
      name: "GetRecords, Limit 10,000, 200 B",
      records: readable * readsPerTurn,
      ours: await reading(ours),
      peers: { [who]: await reading(peer) },
      atLeast: read,
      rounds,
      warmUps: 2,
    });
  } finally {
    for (const child of children) child.kill();
  }
}

interface Server {
  readonly connect: () => KinesisClient;
  /** One that is slow does a part of a turn, and its time is multiplied. @default 1 */
  readonly part?: number;
}

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const region = "us-east-1";

/** Every limit off, and over HTTP/1.1, which is all that the peers speak: HTTP/2 costs the SDK more than the server. */
async function startOurs(children: ChildProcess[]): Promise<Server> {
  const program = fileURLToPath(new URL("../packages/cli/bin/shardmill.js", import.meta.url));
  const child = start(children, [program, "kinesis", "--port", "0", "--no-limits", "--json"]);
  const { endpoint } = JSON.parse(await firstLine(child)) as { endpoint: string };
  return {
    connect: () =>
      new KinesisClient({ endpoint, region, credentials, requestHandler: new NodeHttpHandler() }),
  };
}

/** It has no limits to switch off, keeps its records in memory, and speaks HTTP/1.1 alone. */
async function startKinesalite(children: ChildProcess[]): Promise<Server> {
  const program = fileURLToPath(import.meta.resolve("kinesalite/cli.js"));
  const port = 20_000 + (process.pid % 20_000);
  const child = start(children, [program, "--port", String(port), "--createStreamMs", "0"]);
  await firstLine(child);
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    connect: () =>
      new KinesisClient({ endpoint, region, credentials, requestHandler: new NodeHttpHandler() }),
  };
}

/** Compiled to the machine's own code, from Rust. It has no limits on throughput. */
async function startFerrokinesis(children: ChildProcess[]): Promise<Server> {
  const port = 30_000 + (process.pid % 10_000);
  const args = ["--port", String(port), "--create-stream-ms", "0"];
  children.push(spawn("ferrokinesis", args, { stdio: "ignore" }));
  const endpoint = `http://127.0.0.1:${port}`;
  const connect = () =>
    new KinesisClient({ endpoint, region, credentials, requestHandler: new NodeHttpHandler() });
  await untilAnswering(connect());
  return { connect };
}

/** It has no limits on throughput either, and slows down as it fills. */
async function startKinesisLocal(children: ChildProcess[]): Promise<Server> {
  const program = fileURLToPath(import.meta.resolve("kinesis-local"));
  const port = 41_000 + (process.pid % 10_000);
  start(
    children,
    [program],
    {
      KINESIS_MOCK_PLAIN_PORT: String(port),
      KINESIS_MOCK_TLS_PORT: String(port + 10_000),
      CREATE_STREAM_DURATION: "1ms",
      LOG_LEVEL: "ERROR",
    },
    // It looks for its certificate there.
    dirname(program),
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const connect = () =>
    new KinesisClient({ endpoint, region, credentials, requestHandler: new NodeHttpHandler() });
  await untilAnswering(connect());
  return { connect, part: 1 / 5 };
}

async function untilAnswering(client: KinesisClient): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await client.send(new ListStreamsCommand({}));
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function start(
  children: ChildProcess[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): ChildProcess {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
    cwd,
  });
  children.push(child);
  // What it says later must not fill the pipe.
  child.stdout?.resume();
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const [line] = await once(lines, "line", { signal: AbortSignal.timeout(30_000) });
  return line as string;
}

/** A turn of so many clients at once; each waits for its answer before it puts again. */
async function putting(server: Server, clients: number) {
  const streamName = `put-${clients}`;
  const connections = Array.from({ length: clients }, server.connect);
  await createStream(connections[0]!, streamName, shards);
  const records = recordsFrom(0, perCall);
  const put = (client: KinesisClient) =>
    client.send(new PutRecordsCommand({ StreamName: streamName, Records: records }));
  const { FailedRecordCount, Records } = await put(connections[0]!);
  assert.equal(FailedRecordCount, 0);
  assert.equal(new Set(Records!.map(({ SequenceNumber }) => SequenceNumber)).size, perCall);
  const { part = 1 } = server;
  return async (): Promise<number> => {
    const begun = performance.now();
    const putAll = async (client: KinesisClient) => {
      for (let call = 0; call < (callsPerTurn * part) / clients; call++) {
        const { FailedRecordCount } = await put(client);
        assert.equal(FailedRecordCount, 0);
      }
    };
    await Promise.all(connections.map(putAll));
    return (performance.now() - begun) / part;
  };
}

const readsPerTurn = 2;

/** A turn reads the same 10,000 records, from the same iterator, a few times. */
async function reading(server: Server) {
  const client = server.connect();
  const streamName = "read";
  await createStream(client, streamName, 1);
  for (let from = 0; from < readable; from += perCall) {
    const Records = recordsFrom(from, perCall);
    await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
  }
  const { Shards } = await client.send(new ListShardsCommand({ StreamName: streamName }));
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: streamName,
      ShardId: Shards![0]!.ShardId,
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const read = async () => {
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
    return Records!;
  };
  const plain = (
    records: readonly { Data?: Uint8Array | undefined; PartitionKey?: string | undefined }[],
  ) =>
    records.map(
      ({ Data, PartitionKey }) => `${PartitionKey} ${Buffer.from(Data!).toString("hex")}`,
    );
  assert.deepEqual(plain(await read()), plain(recordsFrom(0, readable)));
  const { part = 1 } = server;
  const calls = Math.max(1, readsPerTurn * part);
  return async (): Promise<number> => {
    const begun = performance.now();
    for (let call = 0; call < calls; call++) {
      const records = await read();
      assert.equal(records.length, readable);
      for (const { Data } of records) use(Data!.length);
    }
    return ((performance.now() - begun) * readsPerTurn) / calls;
  };
}

async function createStream(client: KinesisClient, name: string, count: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: count }));
  for (;;) {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    if (answer.StreamDescriptionSummary?.StreamStatus === "ACTIVE") return;
  }
}

/** 200 bytes each, no two alike. */
const recordsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    PartitionKey: `key-${from + index}`,
    Data: Buffer.from(`record ${from + index} `.padEnd(200, "abcdefghijklmnop")),
  }));
