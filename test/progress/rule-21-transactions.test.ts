import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import {
  type CommitWith,
  commitWith,
  kinesisConsumer,
  memoryParking,
  type TransactionWrite,
} from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, type Item, world } from "../consumer/world.ts";
import { engines, startDynamoDb } from "../dynamodb-runtime/engines.ts";

/** Adds 1 to the item's key: twice would show. */
const add = (id: string, more: object = {}): TransactionWrite => ({
  Update: {
    TableName: "accounts",
    Key: { id },
    UpdateExpression: "ADD #n :one",
    ExpressionAttributeNames: { "#n": "n" },
    ExpressionAttributeValues: { ":one": 1 },
    ...more,
  },
});

describe.each(engines)("effects that are transactions with the log, on %s,", (engine) => {
  let db: Awaited<ReturnType<typeof startDynamoDb>>;
  let epoch = 0;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  });
  afterAll(() => db?.close());
  beforeEach(() => {
    epoch++;
    db.wrong.interfere = () => undefined;
    db.requests.length = 0;
  });

  function consumers(
    effect: (item: Item) => CommitWith | undefined | Promise<CommitWith>,
    more: object = {},
  ) {
    const its = world();
    const done: string[] = [];
    const start = () => {
      const handler = kinesisConsumer({
        consumer: "c",
        epoch: `${epoch}`,
        decode,
        progress: dynamodbProgress({ tableName: "progress", client: db.client }),
        runtime: { write: its.runtime.write!, exit: its.runtime.exit! },
        ...more,
        process(item) {
          done.push(item.id);
          return effect(item);
        },
      });
      return (names: readonly string[], from = 0) => handler(eventOf(names, { from }));
    };
    return { ...its, start, done };
  }
  /** The counts in the table of accounts, of this test alone. */
  async function counts(): Promise<Record<string, number>> {
    const { Items = [] } = await db.documents.send(
      new ScanCommand({ TableName: "accounts", ConsistentRead: true }),
    );
    const own = Items.filter(({ id }) => id.startsWith(`${epoch}/`));
    return Object.fromEntries(own.map(({ id, n }) => [id.slice(id.indexOf("/") + 1), n]));
  }
  const account = (id: string) => `${epoch}/${id}`;
  const transactions = () =>
    db.requests.filter((operation) => operation === "TransactWriteItems").length;

  it("happen once, together: records that touch different items share a transaction", async () => {
    const { start } = consumers(({ id }) => commitWith(add(account(id))));
    const names = ["a", "b", "c", "d"];
    expect(await start()(names)).toEqual(allDone);
    expect(transactions()).toBe(1);
    expect(await start()(names)).toEqual(allDone);
    expect(await counts()).toEqual({ a: 1, b: 1, c: 1, d: 1 });
    expect(transactions()).toBe(1);
  });

  it("go to successive transactions where two records touch one item", async () => {
    const { start } = consumers(({ key }) => commitWith(add(account(key))), { order: "none" });
    expect(await start()(["a@x", "b@x", "c@x", "d@y"])).toEqual(allDone);
    expect(await counts()).toEqual({ x: 3, y: 1 });
    expect(transactions()).toBe(3);
  });

  it("go up to 99 writes a transaction", async () => {
    const names = Array.from({ length: 100 }, (_, place) => `r${place}`);
    const { start } = consumers(
      ({ id }) => commitWith(add(account(`${id}-1`)), add(account(`${id}-2`))),
      {
        concurrency: 100,
      },
    );
    expect(await start()(names)).toEqual(allDone);
    expect(Object.values(await counts())).toEqual(Array(200).fill(1));
    expect(transactions()).toBe(3);
  });

  it("fail the record whose condition fails, and no other", async () => {
    await db.documents.send(
      new PutCommand({ TableName: "accounts", Item: { id: account("taken"), n: 5 } }),
    );
    const { start, metrics } = consumers(({ id }) =>
      commitWith(add(account(id), { ConditionExpression: "attribute_not_exists(id)" })),
    );
    const names = ["a", "taken", "b"];
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 1));
    expect(await counts()).toEqual({ a: 1, b: 1, taken: 5 });
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1 }]);
  });

  it("are parked like any other, where they keep failing", async () => {
    const park = memoryParking();
    const { start } = consumers(
      ({ id }) => commitWith(add(account(id), { ConditionExpression: "attribute_exists(id)" })),
      { park, maxAttempts: 1 },
    );
    expect(await start()(["a"])).toEqual(allDone);
    expect([...park.parked.values()]).toMatchObject([
      { error: { message: expect.stringContaining("ConditionalCheckFailed") } },
    ]);
  });

  it("after another environment's entry ask the log first, and are not sent when it names the record", async () => {
    // Both have run the effect before either commits.
    const { promise: both, resolve } = Promise.withResolvers<void>();
    let running = 0;
    const { start, done } = consumers(async ({ id }) => {
      if (++running === 2) resolve();
      await both;
      return commitWith(add(account(id)));
    });
    const answers = await Promise.all([start()(["a"]), start()(["a"])]);
    expect(answers).toEqual([allDone, allDone]);
    expect(done).toEqual(["a", "a"]);
    expect(await counts()).toEqual({ a: 1 });
  });

  it("whose reply is lost are found by their token, and happen once", async () => {
    let lost = 0;
    db.wrong.interfere = ({ operation }) =>
      operation === "TransactWriteItems" && lost++ < 2 ? { after: "dropReply" } : undefined;
    const { start } = consumers(({ id }) => commitWith(add(account(id))));
    expect(await start()(["a", "b"])).toEqual(allDone);
    expect(await counts()).toEqual({ a: 1, b: 1 });
    expect(lost).toBeGreaterThan(1);
  });

  it("are not taken for done when all that was appended is what an earlier batch could not save", async () => {
    let refuses = true;
    db.wrong.interfere = ({ operation }) =>
      operation === "PutItem" && refuses
        ? { before: { name: "AccessDeniedException" } }
        : undefined;
    const other = consumers(() => undefined).start();
    const { start } = consumers(async ({ id, key }) => {
      if (key === "plain") return undefined as never;
      // Another environment comes between.
      refuses = false;
      await other(["other"], 9);
      return commitWith(add(account(id)));
    });
    const invoke = start();
    await invoke(["first@plain"]);
    expect(await invoke(["a"], 1)).toEqual(allDone);
    expect(await counts()).toEqual({ a: 1 });
  });

  it.each([0, 100])("are refused with %i writes, and the record fails", async (count) => {
    const { start } = consumers(({ id }) =>
      commitWith(...Array.from({ length: count }, (_, place) => add(account(`${id}-${place}`)))),
    );
    expect(await start()(["a"])).toEqual(answerAt(eventOf(["a"]), 0));
    expect(await counts()).toEqual({});
    expect(transactions()).toBe(0);
  });
});
