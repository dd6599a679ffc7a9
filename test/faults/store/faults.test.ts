import {
  BatchGetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { fakeDynamoDb } from "./fake-dynamodb.ts";
import type { Faults } from "./faults.ts";

const TableName = "log";

function store(faults: Faults, seed = 1) {
  const clock = virtualClock();
  const db = fakeDynamoDb({
    clock,
    random: seededRandom(seed),
    tables: { [TableName]: { sortKey: "sk" } },
    faults,
  });
  /** Sends, lets time pass, and tells how it ended and after how long. */
  const send = async (command: PutCommand, ms = 1000) => {
    const start = clock.now();
    const over = (error?: Error) => ({ error: error?.name, after: clock.now() - start });
    const outcome = db.send(command).then(() => over(), over);
    await clock.advance(ms);
    return outcome;
  };
  return { clock, db, send };
}

const put = (sk: string, value = 1) => new PutCommand({ TableName, Item: { pk: "a", sk, value } });

test("a throttled write is refused by its own name, and not done", async () => {
  const { db, send } = store({ throttle: 1 });
  expect((await send(put("1"))).error).toBe("ProvisionedThroughputExceededException");
  expect(db.items(TableName)).toEqual([]);
});

test("a write that fails before it arrives is not done", async () => {
  const { db, send } = store({ failBefore: 1 });
  expect((await send(put("1"))).error).toBe("InternalServerError");
  expect(db.items(TableName)).toEqual([]);
});

test("a write meets a transaction, and a transaction is told which of its items was met", async () => {
  const { db, send } = store({ transactionConflict: 1 });
  expect((await send(put("1"))).error).toBe("TransactionConflictException");
  const Put = { TableName, Item: { pk: "a", sk: "1" } };
  const Delete = { TableName, Key: { pk: "a", sk: "2" } };
  const error = await db
    .send(new TransactWriteCommand({ TransactItems: [{ Put }, { Delete }] }))
    .catch((error) => error);
  expect(error.name).toBe("TransactionCanceledException");
  const codes = error.CancellationReasons.map(({ Code }: { Code: string }) => Code);
  expect(codes.toSorted()).toEqual(["None", "TransactionConflict"]);
  expect(db.items(TableName)).toEqual([]);
});

test("a write whose reply is lost is done, and its caller waits in vain", async () => {
  const { db, send } = store({ lostReply: 1, timeoutMs: 700 });
  expect(await send(put("1"))).toEqual({ error: "TimeoutError", after: 700 });
  expect(db.items(TableName)).toHaveLength(1);
});

test("a late write lands after its caller gave up, and then meets its condition", async () => {
  const { db, send, clock } = store({ lateWrite: 1, timeoutMs: 500, lateByMs: 1000 });
  const claim = (owner: string) =>
    new PutCommand({
      TableName,
      Item: { pk: "a", sk: "1", owner },
      ConditionExpression: "attribute_not_exists(pk)",
    });
  expect((await send(claim("late"), 500)).error).toBe("TimeoutError");
  expect(db.items(TableName)).toEqual([]);
  db.setFaults({});
  await send(claim("second"), 0);
  await clock.advance(1000);
  expect(db.items(TableName)).toEqual([{ pk: { S: "a" }, sk: { S: "1" }, owner: { S: "second" } }]);
});

test("concurrent writes land in another order than they were sent", async () => {
  const { db, clock } = store({ latencyMs: [1, 100] });
  const appended = Array.from({ length: 8 }, (_, value) =>
    db.send(
      new UpdateCommand({
        TableName,
        Key: { pk: "a", sk: "1" },
        UpdateExpression: "SET #order = list_append(if_not_exists(#order, :none), :value)",
        ExpressionAttributeNames: { "#order": "order" },
        ExpressionAttributeValues: { ":none": [], ":value": [value] },
      }),
    ),
  );
  await clock.advance(1000);
  await Promise.all(appended);
  const order = db.items(TableName)[0]?.order?.L?.map(({ N }) => Number(N)) ?? [];
  expect(order).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(order.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

describe("a stale read", () => {
  const query = (ConsistentRead: boolean) =>
    new QueryCommand({
      TableName,
      ConsistentRead,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "a" },
    });

  test("shows what was there some time ago", async () => {
    const { send, clock, db } = store({ staleRead: 1, staleByMs: 1000 });
    await send(put("1"));
    await clock.advance(2000);
    await send(put("2"), 0);
    const seen = await db.send(query(false));
    expect(seen.Items?.map(({ sk }) => sk)).toEqual(["1"]);
    await clock.advance(1000);
    expect((await db.send(query(false))).Count).toBe(2);
  });

  test("never happens to a consistent read", async () => {
    const { db, send } = store({ staleRead: 1, staleByMs: 1000 });
    await send(put("1"));
    expect((await db.send(query(true))).Count).toBe(1);
  });

  test("of several items sees what its table is asked for", async () => {
    const { db, send } = store({ staleRead: 1, staleByMs: 1000 });
    await send(put("1"), 0);
    const found = async (ConsistentRead: boolean) => {
      const Keys = [{ pk: "a", sk: "1" }];
      const RequestItems = { [TableName]: { Keys, ConsistentRead } };
      const { Responses } = await db.send(new BatchGetCommand({ RequestItems }));
      return Responses?.[TableName]?.length;
    };
    expect(await found(true)).toBe(1);
    expect(await found(false)).toBe(0);
  });
});

test("an abort ends the waiting and does not call the write back", async () => {
  const { db, clock } = store({ latencyMs: [100, 100] });
  const controller = new AbortController();
  const sent = db.send(put("1"), { abortSignal: controller.signal });
  controller.abort();
  await expect(sent).rejects.toMatchObject({ name: "AbortError" });
  await clock.advance(100);
  expect(db.items(TableName)).toHaveLength(1);
});

test("equal seeds go wrong alike", async () => {
  const run = async () => {
    const { send, db } = store({
      throttle: 0.2,
      lostReply: 0.2,
      lateWrite: 0.2,
      latencyMs: [0, 9],
    });
    const outcomes: (string | undefined)[] = [];
    for (let n = 0; n < 40; n++) outcomes.push((await send(put(`${n % 7}`, n))).error);
    return { outcomes, items: db.items(TableName) };
  };
  const first = await run();
  expect(new Set(first.outcomes).size).toBe(3);
  expect(await run()).toEqual(first);
});
