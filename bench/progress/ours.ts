/** What shardmill's progress costs: requests and capacity units, pages and bytes. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { dynamodbProgress } from "../../src/dynamodb.ts";
import { kinesisConsumer, type Logger, type Parking } from "../../src/index.ts";
import { appendNext } from "../../src/progress/append.ts";
import { packArrivals } from "../../src/progress/entry.ts";
import { packNames, wordsPerName } from "../../src/progress/fingerprint.ts";
import type { LogAccess } from "../../src/progress/log-access.ts";
import { recall } from "../../src/progress/recall.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import type { ProgressStore } from "../../src/progress/store.ts";
import { kinesisEvent } from "../../src/testing/kinesis-event.ts";
import { seededRandom } from "../../src/time/random.ts";

export const table = "progress";
export const decode = (data: Uint8Array) =>
  JSON.parse(Buffer.from(data).toString()) as { id: string };

/** What 1,000 records cost. */
export interface Cost {
  readonly requests: number;
  readonly write: number;
  readonly read: number;
}

type Client = NonNullable<NonNullable<Parameters<typeof dynamodbProgress>[0]>["client"]>;
type Meter = Pick<DynamoDb, "costs">;

/** The table `progress`, and its meter. */
export interface Metered {
  readonly db: Meter & Pick<DynamoDb, "close">;
  readonly client: Client & { destroy?(): void };
}

export async function startDynamoDb(): Promise<{ db: DynamoDb; client: DynamoDBClient }> {
  const db = await createDynamoDb({ expireEveryMs: Number.POSITIVE_INFINITY });
  await db.createTable({ name: table, sortKey: "sk", timeToLive: "expiresAt" });
  return { db, client: clientOf(db.endpoint) };
}

export const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** Ids of 36 characters. */
export const idOf = (number: number) =>
  `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** An event of `size` new records, which arrived just now. */
export function eventFrom(from: number, size: number, shardId = "shardId-000000000000") {
  const values = Array.from({ length: size }, (_, place) => ({ id: idOf(from + place) }));
  return kinesisEvent(values, { from, shardId, arrival: Date.now() });
}

/** An execution environment; `effects` grows with each effect. */
export function environment(
  client: Client,
  consumer: string,
  effects: string[] = [],
  more: { readonly park?: Parking; readonly afterPark?: "parkKey"; readonly logger?: Logger } = {},
) {
  return kinesisConsumer({
    consumer,
    decode,
    uniqueId: ({ id }) => id,
    progress: dynamodbProgress({ tableName: table, client }),
    metrics: false,
    logger: silent,
    runtime: { parentsOf: async () => [] },
    process: ({ id }) => void effects.push(id),
    ...(more as object),
  });
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: console.error };

/** The difference between two readings of the meter. */
export async function metered(db: Meter, work: () => Promise<unknown>): Promise<Cost> {
  const reading = () => db.costs()[table] ?? { requests: 0, write: 0, read: 0 };
  const before = reading();
  await work();
  const { requests, write, read } = reading();
  return {
    requests: requests - before.requests,
    write: write - before.write,
    read: read - before.read,
  };
}

/** A warm environment, batch after batch; per 1,000 records. */
export async function warmCost(
  batchSize: number,
  records: number,
  start: () => Promise<Metered> = startDynamoDb,
): Promise<Cost> {
  const { db, client } = await start();
  const handler = environment(client, "warm");
  await handler(eventFrom(0, batchSize));
  const cost = await metered(db, async () => {
    for (let from = batchSize; from < batchSize + records; from += batchSize) {
      await handler(eventFrom(from, batchSize));
    }
  });
  client.destroy?.();
  await db.close();
  return perThousand(cost, records);
}

/**
 * Lambda ties no shard to an environment: in each round every shard's batch goes to another of
 * `environments`, at random. Measured once each environment has met each shard.
 */
export async function placementCost(
  shards: number,
  environments: number,
  { batchSize = 1000, warmUps = 40, rounds = 40 } = {},
  start: () => Promise<Metered> = startDynamoDb,
): Promise<Cost> {
  const { db, client } = await start();
  const random = seededRandom(1);
  const handlers = Array.from({ length: environments }, () => environment(client, "placed"));
  const round = async (from: number) => {
    const order = handlers
      .map((handler) => ({ handler, key: random() }))
      .sort((a, b) => a.key - b.key);
    for (let shard = 0; shard < shards; shard++) {
      const shardId = `shardId-${String(shard).padStart(12, "0")}`;
      await order[shard]!.handler(eventFrom(from, batchSize, shardId));
    }
  };
  let from = 0;
  for (; from < warmUps * batchSize; from += batchSize) await round(from);
  const cost = await metered(db, async () => {
    for (const end = from + rounds * batchSize; from < end; from += batchSize) await round(from);
  });
  client.destroy?.();
  await db.close();
  return perThousand(cost, rounds * batchSize * shards);
}

/** A whole batch again, to another environment that is warm. */
export async function redeliveryCost(
  size: number,
  start: () => Promise<Metered> = startDynamoDb,
): Promise<Cost & { readonly repeated: number }> {
  const { db, client } = await start();
  const effects: string[] = [];
  const [one, other] = [
    environment(client, "again", effects),
    environment(client, "again", effects),
  ];
  await other(eventFrom(0, 10));
  const event = eventFrom(10, size);
  await one(event);
  const before = effects.length;
  const cost = await metered(db, () => other(event));
  client.destroy?.();
  await db.close();
  return { ...cost, repeated: effects.length - before };
}

/** A log with `names` names from batches of one size, and an environment that meets it for the first time. */
export async function coldStart(
  store: ProgressStore,
  batchSize: number,
  names: number,
): Promise<{ pages: number; bytes: number; names: number }> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  let pages = 0;
  const page = <T>(reading: Promise<T>) => {
    pages++;
    return reading;
  };
  const counted: ProgressStore = {
    ...store,
    readAfter: (log, n) => page(store.readAfter(log, n)),
    readBefore: (log, n) => page(store.readBefore(log, n)),
    readSome: (log, numbers) => page(store.readSome(log, numbers)),
  };
  const access: LogAccess = {
    store: counted,
    parentsOf: async () => [],
    lineage: new Map(),
    windowInSeconds: 900,
    keepInSeconds: 9 * 86_400,
    writer: "bench",
    maxBytes: 32 * 1024 * 1024,
    clock: { now: () => now, sleep: async () => {}, after: () => nothing },
    random: seededRandom(1),
    remainingMs: () => 60_000,
  };
  const source = {
    consumer: "cold",
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    shardId: "shardId-000000000000",
    createdAt: 0,
    hasIds: false,
    isFanOut: false,
  };
  const empty = () => new ShardLog(`cold#${batchSize}`);
  const log = await recall(empty(), source, now / 1000, access);
  // As good as fingerprints, which take a fifth of the time that such a log does.
  const chance = seededRandom(2);
  const words = new Uint32Array(batchSize * wordsPerName);
  const places = Array.from({ length: batchSize }, (_, place) => place);
  const at = (number: number) => ({
    // As long as those of Kinesis.
    sequenceNumber: `4959${String(number).padStart(52, "0")}`,
    subSequenceNumber: 0,
  });
  for (let from = 0; from < names; from += batchSize) {
    for (const word of words.keys()) words[word] = 2 ** 32 * chance();
    const seconds = places.map(
      (place) => now / 1000 - 900 + Math.floor((900 * (from + place)) / names),
    );
    const { saved, error } = await appendNext(
      log,
      () => ({
        kind: "done",
        first: at(from),
        last: at(from + batchSize - 1),
        names: packNames(words, places),
        arrivals: packArrivals(seconds),
        through: at(from + batchSize - 1),
      }),
      access,
    );
    if (!saved) throw error;
  }
  pages = 0;
  const cold = await recall(empty(), source, now / 1000, access);
  return { pages, bytes: cold.bytes, names: cold.size };
}

const perThousand = ({ requests, write, read }: Cost, records: number): Cost => ({
  requests: (1000 * requests) / records,
  write: (1000 * write) / records,
  read: (1000 * read) / records,
});
