import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { commitWith, kinesisConsumer, NonRetryableError } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf } from "../consumer/world.ts";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";

let consumers = 0;

describe.each(engines)("a consumer whose progress is in DynamoDB, on %s,", (engine) => {
  let db: LocalDynamoDb;
  let consumer: string;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  }, 60_000);
  afterAll(() => db.close());
  beforeEach(() => {
    consumer = `c${++consumers}`;
    db.requests.length = 0;
  });

  /** Environments of one function; what they have done, in order. */
  function environments() {
    const done: string[] = [];
    const failing = new Map<string, Error>();
    const lines: any[] = [];
    const start = () => {
      const table = { tableName: "progress", client: db.client };
      return kinesisConsumer({
        consumer,
        decode,
        uniqueId: ({ id }) => id,
        progress: dynamodbProgress(table),
        park: dynamodbParking(table),
        runtime: { write: (line) => lines.push(JSON.parse(line)) },
        process({ id }) {
          const error = failing.get(id);
          if (error) throw error;
          done.push(id);
        },
      });
    };
    const metrics = () => lines.filter(({ _aws }) => _aws);
    return { done, failing, start, metrics };
  }

  it("does nothing twice, in any environment", async () => {
    const { start, done, failing } = environments();
    const event = eventOf(["a", "b", "c"], { aggregate: 2 });
    failing.set("b", new Error("no"));
    expect(await start()(event)).toEqual(answerAt(event, 0));
    failing.clear();
    expect(await start()(event)).toEqual(allDone);
    expect(await start()(event)).toEqual(allDone);
    await start()(eventOf(["a", "d"], { from: 2 }));
    expect(done).toEqual(["a", "c", "b", "d"]);
  });

  it("costs one query and one put a batch when it is warm, and one query when nothing is new", async () => {
    const { start } = environments();
    const handler = start();
    // Not late: a late batch says that it begins.
    const arrival = Date.now();
    await handler(eventOf(["a"], { arrival }));
    db.requests.length = 0;
    const event = eventOf(["b", "c", "d"], { arrival, from: 1 });
    await handler(event);
    expect(db.requests).toEqual(["Query", "PutItem"]);
    db.requests.length = 0;
    await handler(event);
    expect(db.requests).toEqual(["Query"]);
  });

  it("finds its own entry when the reply to the put is lost", async () => {
    const { start, done, metrics } = environments();
    db.wrong.interfere = ({ operation }) => {
      if (operation !== "PutItem") return undefined;
      db.wrong.interfere = () => undefined;
      return { after: "dropReply" };
    };
    const handler = start();
    expect(await handler(eventOf(["a"]))).toEqual(allDone);
    await handler(eventOf(["a", "b"]));
    await start()(eventOf(["a", "b"]));
    expect(done).toEqual(["a", "b"]);
    for (const line of metrics()) expect(line).toMatchObject({ Conflicts: 0, Unsaved: 0 });
  });

  it("waits out a throttle", async () => {
    const { start, metrics } = environments();
    let throttled = 0;
    db.wrong.interfere = ({ operation }) => {
      if (operation !== "PutItem" || throttled === 3) return undefined;
      throttled++;
      return { before: { name: "ProvisionedThroughputExceededException" } };
    };
    expect(await start()(eventOf(["a"]))).toEqual(allDone);
    expect(throttled).toBe(3);
    expect(metrics()).toMatchObject([{ Unsaved: 0 }]);
  });

  it("merges what another environment has written in the meantime", async () => {
    const { start, done, metrics } = environments();
    const [one, two] = [start(), start()];
    const event = eventOf(["a", "b", "c", "d"], { arrival: Date.now() });
    const of = (places: number[]) => ({ Records: places.map((place) => event.Records[place]) });
    await Promise.all([one(of([0, 2])), two(of([1, 3]))]);
    expect([...done].sort()).toEqual(["a", "b", "c", "d"]);
    for (const handler of [one, two, start()]) expect(await handler(event)).toEqual(allDone);
    expect(done).toHaveLength(4);
    expect(metrics().reduce((sum, { Conflicts }) => sum + Conflicts, 0)).toBeLessThanOrEqual(1);
  });

  it("parks what is hopeless, and moves on", async () => {
    const { start, done, failing } = environments();
    failing.set("b", new NonRetryableError("never"));
    const event = eventOf(["a", "b", "c"]);
    expect(await start()(event)).toEqual(allDone);
    expect(await start()(event)).toEqual(allDone);
    expect(done).toEqual(["a", "c"]);
    expect(await db.items(`${consumer}#parked`)).toMatchObject([
      { state: "confirmed", partitionKey: "b", uniqueId: "b", attempts: 1 },
    ]);
  });

  it("fails the batch, having done nothing, when the table is not there", async () => {
    const done: string[] = [];
    const handler = kinesisConsumer({
      consumer,
      decode,
      progress: dynamodbProgress({ tableName: "nowhere", client: db.client }),
      runtime: { write: () => {} },
      process: ({ id }) => void done.push(id),
    });
    await expect(handler(eventOf(["a"]))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(done).toEqual([]);
  });

  it("makes a DynamoDB write and its being done one thing, with commitWith", async () => {
    const id = `${consumer}-account`;
    let crash = true;
    const start = () =>
      kinesisConsumer({
        consumer,
        decode,
        progress: dynamodbProgress({ tableName: "progress", client: db.client }),
        runtime: { write: () => {} },
        process: () =>
          commitWith({
            Update: {
              TableName: "accounts",
              Key: { id },
              UpdateExpression: "ADD balance :one",
              ExpressionAttributeValues: { ":one": 1 },
            },
          }),
      });
    // Every reply is lost, until the environment answers without knowing, or is ended.
    db.wrong.interfere = ({ operation }) =>
      crash && operation === "TransactWriteItems" ? { after: "dropReply" } : undefined;
    const context = { getRemainingTimeInMillis: () => 700 };
    await start()(eventOf(["a"]), context).catch(() => "ended");
    crash = false;
    expect(await start()(eventOf(["a"]))).toEqual(allDone);
    const get = new GetCommand({ TableName: "accounts", Key: { id } });
    expect((await db.documents.send(get)).Item).toEqual({ id, balance: 1 });
  });
});
