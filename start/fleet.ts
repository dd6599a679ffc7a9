/** The flights through three workers: while they count, a shard is split and one of them is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Kinesis } from "../packages/local/src/kinesis/types.ts";
import { dynamodbTable } from "../src/worker/leases/dynamodb-table.ts";
import { at, compareCheckpoints, leaseIn } from "../src/worker/leases/lease.ts";
import type { Flight, Sent } from "./producer.ts";

export interface FleetOptions {
  readonly kinesis: Kinesis;
  readonly flights: readonly Flight[];
  /** Puts flights into the stream. */
  readonly put: (kinesis: Kinesis, flights: readonly Flight[]) => Promise<Sent>;
  /** The program of a worker, and its variables. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How many flights are counted. */
  readonly effects: () => number;
  readonly onLine: (line: string) => void;
  readonly say: (line: string) => void;
}

export interface Fleet {
  /** Resolves when everything in the stream is done, to what was put there. */
  done(): Promise<Sent>;
  close(): Promise<void>;
}

const workers = 3;
const look = 200;
/** Without a flight for so long something is wrong. */
const patience = 60_000;

export function fleet(options: FleetOptions): Fleet {
  const { flights, file, environment, effects, put, onLine, say } = options;
  const children = Array.from({ length: workers }, (): ChildProcess => {
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, AWS_REGION: "us-east-1", ...credentials, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: child.stdout! }).on("line", onLine);
    return child;
  });
  const client = new DynamoDBClient({
    endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB!,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const table = dynamodbTable("departures", undefined, client);
  /** By shard: the newest sequence number. */
  const newest = new Map<string, string>();
  const kinesis: Kinesis = {
    ...options.kinesis,
    putRecord(input) {
      const result = options.kinesis.putRecord(input);
      newest.set(result.shardId, result.sequenceNumber);
      return result;
    },
  };

  const wait = () => new Promise((resolve) => setTimeout(resolve, look));

  /** Until so many flights are counted. */
  async function counted(count: number): Promise<void> {
    await until(() => effects() >= count);
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    let before = effects();
    let since = performance.now();
    while (!(await isSo())) {
      await wait();
      const gone = children.find(({ exitCode }) => exitCode !== null);
      if (gone) throw new Error(`A worker has ended with ${gone.exitCode}.`);
      if (effects() !== before) since = performance.now();
      before = effects();
      if (performance.now() - since > patience) {
        throw new Error(`${before} flights are counted, and none in ${patience / 1000} s.`);
      }
    }
  }

  /** Whether each shard's lease is where the shard's last record is. */
  async function isDone(): Promise<boolean> {
    const leases = (await table.scan()).flatMap((row) => leaseIn(row) ?? []);
    return [...newest].every(([shardId, sequenceNumber]) => {
      const lease = leases.find((one) => one.shardId === shardId);
      // One that is gone had been done to its end.
      return !lease || compareCheckpoints(lease.checkpoint, at(sequenceNumber)) >= 0;
    });
  }

  return {
    async done() {
      const half = flights.length / 2;
      const first = await put(kinesis, flights.slice(0, half));
      await counted(flights.length / 5);
      kinesis.splitShard({
        stream: "flights",
        shardToSplit: "shardId-000000000000",
        newStartingHashKey: String(2n ** 125n),
      });
      say("A shard is split.");
      const second = await put(kinesis, flights.slice(half));
      await counted(half);
      children[0]!.kill("SIGKILL");
      say("A worker is killed.");
      await counted(flights.length);
      await until(isDone);
      return {
        records: first.records + second.records,
        userRecords: first.userRecords + second.userRecords,
      };
    },
    async close() {
      const running = children.filter(
        ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
      );
      await Promise.all(
        running.map((child) => {
          child.kill("SIGTERM");
          return once(child, "exit");
        }),
      );
      client.destroy();
    },
  };
}

const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
