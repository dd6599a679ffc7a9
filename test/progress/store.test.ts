/** One contract for all stores: in memory, on dynalite, and on AWS's own DynamoDB Local where Java is present. */
import { type Entry, memoryProgress, type ProgressStore } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { appendNext } from "../../src/progress/append.ts";
import { allKeys, keySetOf, type ParkedKey } from "../../src/progress/parked-keys.ts";
import { recall } from "../../src/progress/recall.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import { engines, startDynamoDb } from "../dynamodb-runtime/engines.ts";
import { ask, draftOf, entryOf, ledgerOf, listed, source, t0 } from "./log-world.ts";

console.log(`The progress stores run in memory, and on ${engines.join(" and ")}.`);

describe.each(["memory", ...engines] as const)("a store, %s,", (kind) => {
  let store: ProgressStore;
  let close: () => Promise<void> = async () => {};
  beforeAll(async () => {
    if (kind === "memory") {
      store = memoryProgress();
      return;
    }
    const db = await startDynamoDb(kind);
    store = dynamodbProgress({ tableName: "progress", client: db.client });
    close = () => db.close();
  });
  afterAll(() => close());
  let name = "";
  let logs = 0;
  beforeEach(() => {
    name = `log ${logs++}`;
  });

  const entry = (n: number): Entry =>
    entryOf(n, draftOf([{ name: `${n}`, place: n, second: n }]), n);
  const fill = async (count: number) => {
    for (let n = 1; n <= count; n++) await store.append(name, entry(n), 2_000_000_000);
  };
  const numbers = (entries: readonly Entry[]) => entries.map(({ n }) => n);

  it("takes an entry under a number that is free, and gives it back as it was", async () => {
    expect(await store.append(name, entry(1), 2_000_000_000)).toEqual({ ok: true });
    const { entries, more } = await store.readAfter(name, 0);
    expect(more).toBe(false);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ n: 1, kind: "done", token: "t1", first: entry(1).first });
    expect([...entries[0]!.names!]).toEqual([...entry(1).names!]);
  });

  it("says whose entry has a number that is taken, and keeps that one", async () => {
    await fill(1);
    const other = { ...entry(1), token: "another" };
    expect(await store.append(name, other, 2_000_000_000)).toEqual({ ok: false, holder: "t1" });
    expect((await store.readAfter(name, 0)).entries[0]!.token).toBe("t1");
  });

  it("reads what comes after a number, oldest first, what comes before it, newest first, and some", async () => {
    await fill(12);
    expect(numbers((await store.readAfter(name, 9)).entries)).toEqual([10, 11, 12]);
    expect(numbers((await store.readBefore(name, 4)).entries)).toEqual([3, 2, 1]);
    const newest = await store.readBefore(name, Number.POSITIVE_INFINITY);
    expect(numbers(newest.entries)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const some = await store.readSome(name, [2, 99, 11]);
    expect(numbers(some).sort((a, b) => a - b)).toEqual([2, 11]);
    expect((await store.readAfter(name, 12)).entries).toEqual([]);
    expect((await store.readAfter("another log", 0)).entries).toEqual([]);
  });

  it("gives one winner to each number, whoever appends at once, and no gap", async () => {
    const writer = async (token: string) => {
      for (let n = 1, won = 0; won < 5; n++) {
        const appended = await store.append(name, { ...entry(n), token }, 2_000_000_000);
        if (appended.ok) won++;
        else expect(appended).toEqual({ ok: false, holder: expect.stringMatching(/^[abcd]$/) });
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(writer));
    const { entries } = await store.readAfter(name, 0);
    expect(numbers(entries)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    for (const token of "abcd") {
      expect(entries.filter((each) => each.token === token)).toHaveLength(5);
    }
  });

  it("has the parked keys of a stream's logs in one set, from which a key is freed if no record of it was parked since", async () => {
    const [log, other] = ["c#place#0#one", "c#place#0#two"].map((each) => `${name} ${each}`);
    const set = keySetOf(log!);
    const keys = ["a", "b", "é".repeat(700)];
    expect(await listed(allKeys(store.parkedKeys!, set))).toEqual([]);
    await store.append(log!, { ...entry(1), parkedKeys: keys }, 2_000_000_000);
    await store.append(other!, { ...entry(1), token: "later", parkedKeys: ["b"] }, 2_000_000_000);
    const parked = keys.map((key) => ({ key, log, token: "t1" }));
    parked[1] = { key: "b", log: other, token: "later" };
    const inSet = async () => {
      const found = await listed(allKeys(store.parkedKeys!, set));
      return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    };
    expect(await inSet()).toEqual(parked);
    expect(await store.parkedKeys!.find(set, ["b", "c"])).toEqual([parked[1]]);
    expect(await store.parkedKeys!.find(`${set} of another`, keys)).toEqual([]);
    expect(await store.parkedKeys!.free(set, { ...parked[1]!, token: "t1" } as ParkedKey)).toBe(
      false,
    );
    expect(await inSet()).toEqual(parked);
    for (const key of parked)
      expect(await store.parkedKeys!.free(set, key as ParkedKey)).toBe(true);
    expect(await inSet()).toEqual([]);
    expect(await store.parkedKeys!.free(set, parked[0] as ParkedKey)).toBe(false);
  });

  it("brings folds back: a cold load knows every name", async () => {
    const access = ledgerOf(store, { keepInSeconds: 10 * 365 * 86_400 });
    const log = await recall(new ShardLog(name), source, t0, access);
    for (let place = 0; place < 520; place++) {
      const draft = draftOf([{ name: `${place}`, place, second: 0 }]);
      await appendNext(log, () => draft, access);
    }
    expect(log.folds).toHaveLength(2);
    const cold = await recall(new ShardLog(name), source, t0, access);
    expect(cold.size).toBe(520);
    expect(cold.folds).toEqual(log.folds);
    for (const place of [0, 300, 519]) {
      expect(ask(cold, { name: `${place}`, place, second: 0 })).toBe("redelivered");
    }
  });
});

describe("a store in memory", () => {
  it("refuses what would leave a gap, and writes beside an entry, which it could not undo", async () => {
    const store = memoryProgress();
    const entry = (n: number) => entryOf(n, { kind: "done" }, n);
    await store.append("log", entry(1), 0);
    await expect(store.append("log", entry(3), 0)).rejects.toThrow(
      new RangeError("Entry 3 would leave a gap after 1 in log."),
    );
    const writes = [{ Put: { TableName: "t", Item: {} } }];
    await expect(store.append("log", entry(2), 0, writes)).rejects.toThrow(
      new TypeError("commitWith needs dynamodbProgress: memory has no transactions."),
    );
    expect((await store.readAfter("log", 0)).entries).toEqual([entry(1)]);
    expect(await store.parentsOf("arn", "shard")).toEqual([]);
    // Nothing that it refuses would be taken a second time.
    expect(store.isTransient(new Error("no"))).toBe(false);
  });

  it("parks no key that no entry parks", async () => {
    const store = memoryProgress();
    const { page, find, free } = store.parkedKeys!;
    const set = keySetOf("c#place#0#one");
    expect(await free(set, { key: "a", log: "c#place#0#one", token: "t1" })).toBe(false);
    await store.append("c#place#0#one", entryOf(1, { kind: "done" }, 1), 0);
    expect(await page(set)).toEqual({ keys: [] });
    await store.append("c#place#0#one", entryOf(2, { kind: "done", parkedKeys: ["a"] }, 1), 0);
    const keys = [{ key: "a", log: "c#place#0#one", token: "t2" }];
    expect(await page(set)).toEqual({ keys });
    expect(await find(set, ["a", "b"])).toEqual(keys);
  });
});
