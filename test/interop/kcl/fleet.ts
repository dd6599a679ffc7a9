/** One application with workers of the KCL and of ours on one stream and one lease table: what is put, who does it, what comes of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Kinesis } from "../../../packages/local/src/kinesis/index.ts";
import { withRuntime } from "../../../src/handler/runtime.ts";
import { bytes, kinesisConsumer } from "../../../src/index.ts";
import { aggregate } from "../../../src/kpl/aggregate.ts";
import { effectiveHashKey } from "../../../src/kpl/hash-key.ts";
import type { KinesisEvent } from "../../../src/record/lambda-event.ts";
import { systemClock } from "../../../src/time/clock.ts";
import { leaseIn } from "../../../src/worker/leases/lease.ts";
import type { Row } from "../../../src/worker/leases/row.ts";
import {
  kclLeases,
  type LeaseTable,
  polling,
  runWorker,
  type Worker,
} from "../../../src/worker.ts";
import { type Jvm, startJvm } from "./jvm.ts";

export interface Places {
  readonly kinesis: Kinesis;
  /** The endpoints of Kinesis and of DynamoDB. */
  readonly endpoints: readonly [string, string];
  readonly classpath: string;
}

/** A user record that a worker has done. */
export interface Done {
  readonly worker: string;
  readonly value: string;
}

export interface Ours extends Worker {
  /** As SIGKILL would: from now on it does nothing and hears nothing. */
  kill(): void;
}

/** A worker of the KCL in a process of its own. */
export interface Theirs {
  readonly name: string;
  readonly jvm: Jvm;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Short, so that a history takes a minute. */
export const failoverMs = 4000;
const keys = 12;
const mostOfAStop = 60_000;

const credentials = { accessKeyId: "any", secretAccessKey: "any" };

export function mixedFleet(
  { kinesis, endpoints, classpath }: Places,
  stream: string,
  shards: number,
) {
  const application = `app-${stream}`;
  kinesis.createStream({ name: stream, shards });
  const settings = { region: "us-east-1", credentials };
  const client = new KinesisClient({ ...settings, endpoint: endpoints[0] });
  const tables = new DynamoDBClient({ ...settings, endpoint: endpoints[1] });
  const put: string[] = [];
  const done: Done[] = [];
  /** Owners of leases that went without being asked: a repeat of theirs is promised. */
  const excused = new Set<string>();
  const ended = new Set<string>();
  const living = new Set<{ end(): unknown }>();

  function open() {
    return kinesis
      .listShards({ stream })
      .filter((shard) => shard.sequenceNumberRange.endingSequenceNumber === undefined);
  }

  /** Numbers, as user records of as many keys, several of a shard in an aggregate; never one that is not of the shard. */
  function putMore(count: number, inAggregates = true): void {
    const byShard = new Map<string, { partitionKey: string; data: Buffer }[]>();
    for (let left = count; left > 0; left--) {
      const value = String(put.length);
      const record = { partitionKey: `key-${put.length % keys}`, data: Buffer.from(value) };
      put.push(value);
      const hashKey = effectiveHashKey(record);
      const shard = open().find(
        ({ hashKeyRange: { startingHashKey, endingHashKey } }) =>
          BigInt(startingHashKey) <= hashKey && hashKey <= BigInt(endingHashKey),
      )!;
      byShard.set(shard.shardId, [...(byShard.get(shard.shardId) ?? []), record]);
    }
    for (const records of byShard.values()) {
      if (inAggregates && records.length > 1) kinesis.putRecord({ stream, ...aggregate(records) });
      else for (const record of records) kinesis.putRecord({ stream, ...record });
    }
  }

  function ours(
    name: string,
    { process = () => {} }: { readonly process?: (value: string) => unknown } = {},
  ): Ours {
    let isDead = false;
    const dead = <T>(value: T): T | Promise<T> => (isDead ? new Promise<T>(() => {}) : value);
    const consumer = kinesisConsumer({
      consumer: application,
      decode: bytes(),
      order: "shard",
      async process(data) {
        const value = Buffer.from(data).toString();
        await process(value);
        await dead(undefined);
        done.push({ worker: name, value });
      },
    });
    const opened = kclLeases({ client: tables }).open(application);
    const table: LeaseTable = {
      ready: () => opened.ready(),
      scan: async () => dead(await opened.scan()),
      get: async (key) => dead(await opened.get(key)),
      async write(write) {
        await dead(undefined);
        return await dead(await opened.write(write));
      },
    };
    const worker = runWorker(
      async (event: KinesisEvent, context: any) =>
        dead(await consumer(event as never, withRuntime(context, { write() {} }) as never)),
      {
        ...{ application, stream, client, failoverMs, workerId: name },
        leases: { open: () => table },
        retrieval: polling({ idleMs: 200 }),
        handoffMs: 5000,
        runtime: {
          clock: {
            ...systemClock,
            after: (ms, fire) => systemClock.after(ms, () => isDead || fire()),
          },
        },
        on(event) {
          if (event.type === "lost") excused.add(name);
          if (event.type === "shardEnd") ended.add(event.shardId);
        },
      },
    );
    const one: Ours = {
      ...worker,
      leases: () => (isDead ? [] : worker.leases()),
      kill() {
        isDead = true;
        excused.add(name);
      },
    };
    living.add({ end: () => (isDead ? undefined : one.stop()) });
    return one;
  }

  /** `pauseAfter` user records it checkpoints, in an aggregate or not, and stands still. */
  function theirs(name: string, pauseAfter?: number): Theirs {
    const jvm = startJvm(classpath, endpoints, ([what, worker, shardId, , , value]) => {
      if (what === "record") done.push({ worker: worker!, value: value! });
      if (what === "lost" || what === "refused") excused.add(worker!);
      if (what === "ended") ended.add(shardId!);
    });
    jvm.say("start", name, application, stream, failoverMs, ...(pauseAfter ? [pauseAfter] : []));
    const one = { end: () => jvm.kill() };
    living.add(one);
    return {
      name,
      jvm,
      async stop() {
        const stopped = jvm.until("stopped", name);
        jvm.say("stop", name);
        // The KCL's graceful shutdown does not always end.
        await Promise.race([stopped, sleep(mostOfAStop, undefined, { ref: false })]);
        await jvm.end();
        living.delete(one);
      },
      async kill() {
        excused.add(name);
        await jvm.kill();
        living.delete(one);
      },
    };
  }

  async function rows(): Promise<readonly Row[]> {
    try {
      const { Items = [] } = await tables.send(new ScanCommand({ TableName: application }));
      return Items as readonly Row[];
    } catch (error) {
      // Nobody has made it yet.
      if ((error as Error).name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  return {
    stream,
    put: putMore,
    done,
    ours,
    theirs,
    rows,
    open,
    ended,
    ownersOf: async () =>
      (await rows()).flatMap((row) => {
        const lease = leaseIn(row);
        return lease?.owner !== undefined && lease.checkpoint.sequenceNumber !== "SHARD_END"
          ? [lease.owner]
          : [];
      }),
    isAllDone: () => new Set(done.map(({ value }) => value)).size === put.length,
    /** How often something was done again. */
    repeats: () => done.length - new Set(done.map(({ value }) => value)).size,
    /** What does not hold of what was done. */
    wrongs(): string[] {
      const wrongs: string[] = [];
      const first = new Map<string, string>();
      const latest = new Map<number, number>();
      for (const { worker, value } of done) {
        const by = first.get(value);
        if (by !== undefined) {
          // Also one who had lost the lease and did not know it yet does what is done.
          if (!excused.has(by) && !excused.has(worker))
            wrongs.push(`${worker} repeats ${value}, which ${by} has done`);
          continue;
        }
        first.set(value, worker);
        const [key, number] = [Number(value) % keys, Number(value)];
        if (number < (latest.get(key) ?? -1)) wrongs.push(`${value} comes late in its key's order`);
        latest.set(key, number);
      }
      const lost = put.filter((value) => !first.has(value));
      if (lost.length > 0) wrongs.push(`lost: ${lost.join(", ")}`);
      return wrongs;
    },
    /** What the KCL reads in each row that ours does not, or reads otherwise. */
    async misread(jvm: Jvm): Promise<string[]> {
      const listed = jvm.until("listed", application);
      jvm.say("leases", application);
      const lines = (await listed).flatMap(([what, , ...words]) =>
        what === "lease" ? [words.join(" ")] : [],
      );
      const own = (await rows()).map((row) => {
        const lease = leaseIn(row)!;
        const ids = (list: readonly string[]) => [...list].sort().join(",") || "-";
        const { checkpoint, hashKeys } = lease;
        return [
          ...[lease.key, lease.owner ?? "null", lease.counter],
          ...[checkpoint.sequenceNumber, checkpoint.subSequenceNumber],
          ...[lease.ownerSwitchesSinceCheckpoint, ids(lease.parents), ids(lease.children)],
          ...[hashKeys?.starting, hashKeys?.ending],
        ].join(" ");
      });
      const [a, b] = [new Set(lines), new Set(own)];
      return [...lines.filter((line) => !b.has(line)), ...own.filter((line) => !a.has(line))];
    },
    async end() {
      for (const one of living) await one.end();
      client.destroy();
      tables.destroy();
    },
  };
}

/** Rejects with what was waited for, after a time in which it comes on any machine. */
export async function until(what: string, holds: () => unknown, within = 120_000): Promise<void> {
  for (let end = Date.now() + within; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleep(100);
  }
}
