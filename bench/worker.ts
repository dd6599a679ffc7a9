/**
 * `runWorker` beside the KCL 3.5 and the KCL's MultiLang daemon, each in a process of its own, reading from one local Kinesis in another thread: user records for each second
 * of a core, memory, writes to the lease table; and alone, how long a crash and a stop keep records waiting.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamoDb, type DynamoDb } from "../packages/local/src/dynamodb/index.ts";
import { dynamodbTable } from "../src/worker/leases/dynamodb-table.ts";
import { leaseIn } from "../src/worker/leases/lease.ts";
import { startJvm } from "../test/interop/kcl/jvm.ts";
import { mavenProject } from "../test/interop/maven.ts";
import type { Row, RowSet } from "./harness.ts";
import { startMultiLang } from "./worker/multilang.ts";
import type { Order } from "./worker/server.ts";

export const worker: RowSet = { name: "worker", rows };

const shards = 10;
/** User records of a shard: so that it is warm, and as they are measured. */
const [first, second] = [20_000, 100_000];
const together = 50;
const failoverMs = 10_000;
const ourProgram = fileURLToPath(new URL("worker/ours.ts", import.meta.url));

interface Figures {
  /** User records for each second of a core. */
  readonly perSecond: number;
  readonly mebibytes: number;
  /** Of a shard, a day. */
  readonly writes: number;
}

interface Places {
  readonly order: (order: Order) => Promise<void>;
  readonly kinesis: string;
  readonly dynamoDb: DynamoDb;
}

async function* rows(): AsyncGenerator<Row> {
  const server = new Worker(new URL("./worker/server.ts", import.meta.url));
  const [port] = (await once(server, "message")) as [number];
  const dynamoDb = await createDynamoDb({ engine: "auto" });
  const places: Places = {
    kinesis: `http://127.0.0.1:${port}`,
    dynamoDb,
    async order(order) {
      server.postMessage(order);
      await once(server, "message");
    },
  };
  try {
    const ours = await ourFigures(places);
    yield waits("from a crash to its shards' next record, in s", await gap(places, "SIGKILL"), 15);
    yield waits("from a stop to its shards' next record, in s", await gap(places, "SIGTERM"), 2);
    yield {
      name: "writes to the lease table, a shard and day",
      values: { shardmill: ours.writes },
      limits: { shardmill: 26_200 },
    };
    for (const peer of peers) yield* beside(peer, places, ours);
  } finally {
    await server.terminate();
    await dynamoDb.close();
  }
}

const waits = (name: string, seconds: number, most: number): Row => ({
  name,
  values: { shardmill: seconds },
  limits: { shardmill: most },
});

interface Peer {
  readonly name: string;
  readonly version: string;
  /** Its project in test/interop/kcl. */
  readonly artifact: "kcl3" | "multilang";
  readonly figures: (places: Places, classpath: string) => Promise<Figures>;
  /** How many times its throughput is wanted. */
  readonly times: number;
  /** At most which share of its memory. */
  readonly memory?: number;
}

const peers: readonly Peer[] = [
  { name: "KCL", version: "3.5.1", artifact: "kcl3", figures: kclFigures, times: 0.8 },
  {
    ...{ name: "MultiLang", version: "2.7.2", artifact: "multilang", figures: multilangFigures },
    ...{ times: 5, memory: 0.25 },
  },
];

async function* beside(
  { artifact, figures, memory, name: who, times, version }: Peer,
  places: Places,
  ours: Figures,
): AsyncGenerator<Row> {
  const { build, whatIsMissing } = mavenProject("kcl", artifact);
  const missing = await whatIsMissing();
  const classpath = missing === undefined ? await build() : undefined;
  if (typeof classpath !== "string") {
    const why = missing ?? `its build ended with ${classpath}`;
    yield { name: `beside the ${who}`, values: { "not measured": why } };
    return;
  }
  const theirs = await figures(places, classpath);
  const peer = `${who} ${version}`;
  yield {
    ...{ name: "user records a second of a core, in aggregates of 50", peer },
    values: {
      ...{ "shardmill k/s": ours.perSecond / 1000, [`${who} k/s`]: theirs.perSecond / 1000 },
      ratio: ours.perSecond / theirs.perSecond,
    },
    atLeast: { ratio: times },
  };
  yield {
    ...share("MiB of memory with 10 shards, after a load", ours.mebibytes, theirs.mebibytes),
    ...(memory !== undefined && { limits: { share: memory } }),
  };
  yield share("writes to the lease table, a shard and day", ours.writes, theirs.writes);

  function share(name: string, shardmill: number, other: number): Row {
    return { name, peer, values: { shardmill, [who]: other, share: shardmill / other } };
  }
}

async function multilangFigures(places: Places, classpath: string): Promise<Figures> {
  const stream = "pipes";
  await places.order({ make: stream, shards });
  const { kinesis, dynamoDb } = places;
  const at = { kinesis, dynamoDb: dynamoDb.endpoint, stream };
  const { heard, pids, end } = startMultiLang(classpath, at);
  try {
    return await figures(places, { stream, table: `multilang-${stream}`, pids, heard });
  } finally {
    await end();
  }
}

function startOurs({ kinesis, dynamoDb }: Places, stream: string, name: string) {
  const child = spawn(process.execPath, [ourProgram, stream, name], {
    env: {
      ...process.env,
      ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" },
      ...{ AWS_ENDPOINT_URL_KINESIS: kinesis, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint },
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { child, heard: counted(child) };
}

/** How many user records a process says that it has done. */
function counted(child: ChildProcess) {
  const heard = { records: 0, isReady: false };
  createInterface({ input: child.stdout! }).on("line", (line) => {
    if (line === "ready") heard.isReady = true;
    else heard.records += Number(line.split(" ")[1]);
  });
  return heard;
}

async function ourFigures(places: Places): Promise<Figures> {
  const stream = "ours";
  await places.order({ make: stream, shards });
  const { child, heard } = startOurs(places, stream, "one");
  try {
    return await figures(places, {
      stream,
      table: `ours-${stream}`,
      pids: () => [child.pid!],
      heard,
    });
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

async function kclFigures(places: Places, classpath: string): Promise<Figures> {
  const stream = "theirs";
  await places.order({ make: stream, shards });
  const heard = { records: 0 };
  const endpoints = [places.kinesis, places.dynamoDb.endpoint];
  const onLine = ([what, count]: readonly string[]) => {
    if (what === "batch") heard.records += Number(count);
  };
  // As Java starts by itself: its second compiler, and as much memory as it takes.
  const jvm = startJvm(classpath, endpoints, onLine, []);
  try {
    jvm.say("start", "kcl-1", "kcl-bench", stream, failoverMs, -1);
    return await figures(places, { stream, table: "kcl-bench", pids: () => [jvm.pid], heard });
  } finally {
    await jvm.kill();
  }
}

interface Measured {
  readonly stream: string;
  readonly table: string;
  /** The processes that it is made of. */
  readonly pids: () => readonly number[];
  readonly heard: { readonly records: number };
}

/** A first load has it warm; the second is measured, and then what it does with nothing to do. */
async function figures(places: Places, measured: Measured): Promise<Figures> {
  const { stream, table, pids, heard } = measured;
  const cpuOfAll = () => pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  await places.order({ fill: stream, perShard: first, together });
  await until(() => heard.records >= first * shards);
  const before = cpuOfAll();
  await places.order({ fill: stream, perShard: second, together });
  await until(() => heard.records >= (first + second) * shards);
  const perSecond = (second * shards) / (cpuOfAll() - before);
  const mebibytes = pids().reduce((sum, pid) => sum + mebibytesOf(pid), 0);
  return { perSecond, mebibytes, writes: await writesADay(places, table) };
}

/** By the times at which the counters of the leases move. */
async function writesADay({ dynamoDb }: Places, table: string): Promise<number> {
  const client = new DynamoDBClient({
    ...{ endpoint: dynamoDb.endpoint, region: "us-east-1" },
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  const leases = dynamodbTable(table, undefined, client);
  const moves = new Map<string, { readonly counter: number; readonly at: number }[]>();
  for (const end = performance.now() + 60_000; performance.now() < end; await sleep(50)) {
    const at = performance.now();
    for (const row of await leases.scan()) {
      const lease = leaseIn(row);
      if (!lease) continue;
      const own = moves.get(lease.key) ?? [{ counter: lease.counter, at: Number.NaN }];
      moves.set(lease.key, own);
      if (own.at(-1)!.counter !== lease.counter) own.push({ counter: lease.counter, at });
    }
  }
  client.destroy();
  // The first was there before, and nobody knows since when.
  const rates = [...moves.values()].map(([, first, ...more]) => {
    const last = more.at(-1)!;
    return (last.counter - first!.counter) / (last.at - first!.at);
  });
  return (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * 86_400_000;
}

/** Two workers, a record in each shard every quarter of a second, and one of the workers ends: how long a shard waits. */
async function gap(places: Places, signal: "SIGKILL" | "SIGTERM"): Promise<number> {
  const stream = `gap-${signal}`;
  await places.order({ make: stream, shards });
  const one = startOurs(places, stream, "one");
  await until(() => one.heard.isReady);
  const two = startOurs(places, stream, "two");
  await until(() => two.heard.isReady);
  // They share the shards.
  await sleep(6000);
  await places.order({ fill: stream, perShard: 1, together: 1 });
  await until(() => one.heard.records + two.heard.records === shards);
  const began = performance.now();
  one.child.kill(signal);
  await once(one.child, "exit");
  const before = one.heard.records + two.heard.records;
  await places.order({ fill: stream, perShard: 1, together: 1 });
  await until(() => one.heard.records + two.heard.records >= before + shards);
  const seconds = (performance.now() - began) / 1000;
  two.child.kill("SIGTERM");
  await once(two.child, "exit");
  return seconds;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 300_000; !isSo(); await sleep(20)) {
    if (performance.now() > end) throw new Error("It is not done after five minutes.");
  }
}

/** Of a process, from Linux; clock ticks are a hundredth of a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident, where pages that several processes share are counted once. */
function mebibytesOf(pid: number): number {
  const sums = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(sums)?.[1]) / 1024;
}
