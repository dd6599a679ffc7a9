import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type ConsumerEvent,
  json,
  kinesisConsumer,
  memoryProgress,
  onceStreamWide,
  progressStore,
} from "shardmill";
import { dynamodbIds } from "shardmill/dynamodb";
import { kinesisEvent } from "shardmill/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { decode, eventOf, type Item, world } from "../consumer/world.ts";

let db: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  db = await createDynamoDb();
  await db.createTable({ name: "ids", sortKey: "sk" });
  client = new DynamoDBClient({
    endpoint: db.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});

afterAll(async () => {
  client.destroy();
  await db.close();
});

const done = { batchItemFailures: [] };
const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);

/** One environment of a consumer. All environments of one name share their memory. */
function consumers(name: string) {
  const progress = memoryProgress();
  const effects: string[] = [];
  const environment = (
    process: (id: string) => unknown = () => {},
    now = Date.now,
    onSettled: (counts: Record<string, number>) => void = () => {},
  ) =>
    kinesisConsumer({
      consumer: name,
      decode: json(z.object({ id: z.string() })),
      uniqueId: ({ id }) => id,
      progress,
      metrics: false,
      runtime: {
        write: () => {},
        clock: {
          now,
          sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
          after: () => () => {},
        },
      },
      on: (event) => event.type === "settled" && onSettled({ ...event.counts }),
      process: onceStreamWide(dynamodbIds({ tableName: "ids", client }), async ({ id }) => {
        await process(id);
        effects.push(id);
      }),
    });
  return { environment, effects };
}

const through = (shard: number, id: string, arrival = start) =>
  kinesisEvent([{ id }], { shardId: `shardId-00000000000${shard}`, arrival });

it("an id has one effect, through whatever shard it comes, and days apart", async () => {
  const { environment, effects } = consumers("days");
  expect(await environment()(through(0, "a"))).toEqual(done);
  expect(await environment()(through(1, "a", start + 70 * hour))).toEqual(done);
  expect(await environment()(through(2, "b"))).toEqual(done);
  expect(effects).toEqual(["a", "b"]);
});

it("an id has one effect also while the log cannot be read, and its key stays the same", async () => {
  const keys = new Set<string>();
  const handler = kinesisConsumer({
    consumer: "unread",
    decode: json(z.object({ id: z.string() })),
    uniqueId: ({ id }) => id,
    progress: progressStore({
      ...memoryProgress(),
      readBefore: () => Promise.reject(new Error("no such table")),
    }),
    onProgressUnavailable: "continue",
    metrics: false,
    runtime: { write: () => {} },
    process: onceStreamWide(
      dynamodbIds({ tableName: "ids", client }),
      (_value, _record, context) => {
        keys.add(context.idempotencyKey);
        effects++;
      },
    ),
  });
  let effects = 0;
  expect(await handler(through(0, "a"))).toEqual(done);
  expect(await handler(through(0, "a"))).toEqual(done);
  expect(await handler(through(1, "a"))).toEqual(done);
  expect(effects).toBe(1);
  expect([...keys]).toEqual(["unread/orders/id/a"]);
});

it("what has happened stays done, also where the record has taken its id over from itself, and failed", async () => {
  const ids = dynamodbIds({ tableName: "ids", client });
  const claimOf = (token: string) => ({ holder: "log#1", until: start + hour, token });
  expect(await ids.claim("x", claimOf("first"), start)).toBeUndefined();
  expect(await ids.claim("x", claimOf("second"), start)).toBeUndefined();
  expect(await ids.complete("x", claimOf("first"), start)).toBe(false);
  await ids.release("x", claimOf("second"));
  const other = { holder: "log#2", until: start + hour, token: "third" };
  expect(await ids.claim("x", other, start)).toMatchObject({ state: "done", holder: "log#1" });
});

it("what the log says while the id is waited for counts as well", async () => {
  const gate = Promise.withResolvers<void>();
  const progress = memoryProgress();
  const completed: string[] = [];
  const effects: string[] = [];
  /** An environment; its ids are nobody's. */
  const environment = (claims: (id: string) => unknown, process: (id: string) => unknown) =>
    kinesisConsumer({
      consumer: "news",
      decode: json(z.object({ id: z.string() })),
      uniqueId: ({ id }) => id,
      progress,
      commitEvery: { records: 1 },
      metrics: false,
      runtime: { write: () => {} },
      process: onceStreamWide(
        {
          claim: async (id) => void (await claims(id)),
          complete: async (id) => Boolean(completed.push(id)),
          release: async () => {},
        },
        async ({ id }) => {
          await process(id);
          effects.push(id);
        },
      ),
    });
  const event = kinesisEvent([{ id: "a" }, { id: "x" }, { id: "y" }], {
    partitionKey: ({ id }) => (id === "a" ? "waits" : "goes on"),
  });
  const other = environment(
    () => {},
    () => {},
  );
  const first = environment(
    (id) => id.endsWith("/a") && gate.promise,
    async (id) => {
      if (id === "x") await other({ Records: event.Records.slice(0, 1) });
      if (id !== "y") return;
      // Its slice meets the entry of the other.
      await new Promise((resolve) => setTimeout(resolve, 20));
      gate.resolve();
    },
  );
  expect(await first(event)).toEqual(done);
  expect(effects).toEqual(["a", "x", "y"]);
  expect(completed.filter((id) => id.endsWith("/a"))).toHaveLength(2);
});

it("a twin that runs elsewhere at the same time is waited for", async () => {
  const { environment, effects } = consumers("twins");
  let release = () => {};
  const running = environment(() => new Promise<void>((resolve) => (release = resolve)))(
    through(0, "a"),
  );
  await expect.poll(() => release.name).not.toBe("release");
  const twin = environment()(through(1, "a"));
  release();
  expect(await Promise.all([running, twin])).toEqual([done, done]);
  expect(effects).toEqual(["a"]);
});

it("a twin is given back, and has not failed, when the time is over first", async () => {
  const { environment, effects } = consumers("given-back");
  void environment(() => new Promise(() => {}))(through(0, "a"));
  const counts: Record<string, number>[] = [];
  let now = Date.now();
  const twin = environment(
    undefined,
    () => (now += 400),
    (each) => counts.push(each),
  );
  const event = through(1, "a");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const context = { getRemainingTimeInMillis: () => 10_000 };
  expect(await twin(event, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: event.Records[0]!.kinesis.sequenceNumber }],
  });
  expect(counts).toMatchObject([{ givenBack: 1, failed: 0 }]);
  expect(effects).toEqual([]);
});

it("an effect that fails gives the id back at once", async () => {
  const { environment, effects } = consumers("failed");
  const broken = environment(() => {
    throw new Error("no");
  });
  expect(await broken(through(0, "a"))).not.toEqual(done);
  expect(await environment()(through(1, "a"))).toEqual(done);
  expect(effects).toEqual(["a"]);
});

it("a record whose environment died takes its own id over at once", async () => {
  const { environment, effects } = consumers("died");
  void environment(() => new Promise(() => {}))(through(0, "a"));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await environment()(through(0, "a"))).toEqual(done);
  expect(effects).toEqual(["a"]);
});

it("an id that a dead environment holds is free when its invocation must be over", async () => {
  const { environment, effects } = consumers("expired");
  void environment(() => new Promise(() => {}))(through(0, "a"));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const later = environment(undefined, () => Date.now() + hour);
  expect(await later(through(1, "a"))).toEqual(done);
  expect(effects).toEqual(["a"]);
});

it("an id whose store answers after the hard margin counts no attempt, and has no effect beside the answer", async () => {
  const its = world();
  const effects: string[] = [];
  const seen: ConsumerEvent[] = [];
  const slow = {
    claim: () => its.clock.sleep(5000).then(() => undefined),
    complete: async () => true,
    release: async () => {},
  };
  const handler = kinesisConsumer({
    ...{ consumer: "slow", decode, progress: memoryProgress(), runtime: its.runtime },
    uniqueId: ({ id }: Item) => id,
    metrics: false,
    on: (event) => void seen.push(event),
    process: onceStreamWide(slow, ({ id }: Item) => void effects.push(id)),
  });
  const beside = its.clock.sleep(20_000);
  const answer = handler(eventOf(["a"]), its.context(3000)).catch((error: Error) => error.message);
  await its.finish(beside);
  expect(await answer).toMatch(/exit/);
  expect(effects).toEqual([]);
  expect(seen.filter(({ type }) => type === "failed")).toEqual([]);
});

it("two inner records of one aggregate that Lambda took apart have one effect where their ids are one, and keys of their own without", async () => {
  const { environment, effects } = consumers("inner");
  const records = [
    { id: "a", n: 1 },
    { id: "a", n: 2 },
  ];
  const event = kinesisEvent(records, { aggregate: true, fanOutConsumer: "fast", arrival: start });
  const [first, second] = event.Records;
  expect(first!.kinesis.sequenceNumber).toBe(second!.kinesis.sequenceNumber);
  const both = [first!, second!].map((record) => environment()({ Records: [record] }));
  await Promise.all(both);
  expect(effects).toEqual(["a"]);
  const keys = new Set<string>();
  const handler = kinesisConsumer({
    ...{ consumer: "keys", metrics: false, runtime: { write: () => {} } },
    process: (_, __, { idempotencyKey }) => void keys.add(idempotencyKey),
  });
  await handler(event, undefined as never);
  expect(keys.size).toBe(2);
});
