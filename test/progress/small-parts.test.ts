/** The small parts of a log by themselves: names of logs and records, packed times and fingerprints, parked keys. */
import { describe, expect, it } from "vitest";
import { toEntry, toItem } from "../../src/progress/dynamodb-store.ts";
import {
  logName,
  packArrivals,
  streamPlace,
  unpackArrivals,
  windowLog,
} from "../../src/progress/entry.ts";
import {
  nameOf,
  packNames,
  redrivenName,
  unpackNames,
  writeName,
} from "../../src/progress/fingerprint.ts";
import { isLogMismatch, LogMismatchError } from "../../src/progress/log-mismatch.ts";
import {
  allKeys,
  KnownKeys,
  keySetOf,
  keysToFollow,
  nameOfKey,
  type ParkedKeyStore,
} from "../../src/progress/parked-keys.ts";
import { itemOf, writesAtMost } from "../../src/progress/transaction.ts";
import type { UserRecord } from "../../src/record/user-record.ts";
import { entryOf, listed } from "./log-world.ts";

describe("a log's name", () => {
  const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

  it("is of consumer, stream, creation and shard; its windows stand beside it, its parked keys beside all of the stream", () => {
    const name = logName("c", arn, 7, "shardId-1");
    expect(name).toBe("c#us-east-1:123456789012:orders#7#shardId-1");
    expect(streamPlace(arn)).toBe("us-east-1:123456789012:orders");
    expect(windowLog(name)).toBe(`${name}#windows`);
    expect(keySetOf(name)).toBe("c#us-east-1:123456789012:orders#keys");
  });
});

describe("times", () => {
  it.each([
    [[], []],
    [[0], [1, 0]],
    [
      [5, 5, 6],
      [2, 10, 1, 2],
    ],
    [
      [5, 4, 4],
      [1, 10, 2, 1],
    ],
    [
      [63, 0],
      [1, 126, 1, 125],
    ],
    [[64], [1, 0x80, 1]],
    [Array<number>(127).fill(1), [0x7f, 2]],
    [Array<number>(128).fill(1), [0x80, 1, 2]],
    [[2 ** 20], [1, 0x80, 0x80, 0x80, 1]],
    [[2 ** 40], [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
  ])("%j are packed into runs of equal ones, and come back", (seconds, bytes) => {
    expect([...packArrivals(seconds)]).toEqual(bytes);
    expect(unpackArrivals(Uint8Array.from(bytes))).toEqual(seconds);
  });

  it("that are cut off are refused", () => {
    for (const cut of [[1], [1, 0x80], [0x80]])
      expect(() => unpackArrivals(Uint8Array.from(cut))).toThrow(
        new RangeError("The arrival times of an entry are cut off."),
      );
  });
});

it("an entry's item has no more than it says", () => {
  const item = toItem("log", entryOf(1, { kind: "done" }, 0), 5);
  expect(Object.keys(item).sort()).toEqual(
    ["at", "expiresAt", "pk", "sk", "token", "v", "writer"].sort(),
  );
});

it("the folds before a fold come back from its item, each beginning behind the one before", () => {
  const folds = [
    { n: 257, since: 1, at: 1000 },
    { n: 514, since: 258, at: 7000 },
    { n: 520, since: 515, at: 6000 },
  ];
  const { folds: read } = toEntry(toItem("log", entryOf(521, { kind: "fold", folds }, 0), 5));
  expect(read).toEqual(folds);
});

describe("a record's name", () => {
  const record = {
    sequenceNumber: "7",
    subSequenceNumber: 2,
    partitionKey: "k",
    data: Buffer.from("data"),
  } as unknown as UserRecord;

  it("is its unique id, or else its position, or else what tells it from equal ones", () => {
    expect(nameOf(record, "a", 3)).toBe("id a");
    expect(nameOf(record, "\ud800", undefined)).toBe('half "\\ud800"');
    expect(nameOf(record, undefined, undefined)).toBe("at 7.2");
    expect(nameOf(record, "", undefined)).toBe("at 7.2");
    expect(nameOf(record, undefined, 0)).toBe(
      "in 7 0 3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7 k",
    );
    expect(redrivenName("x")).toBe("redriven x");
  });

  it("is the beginning of a SHA-256 in its place, and comes back from an entry wherever that lies in memory", () => {
    const words = new Uint32Array(12);
    writeName(words, 1, "abc");
    expect([...words.subarray(0, 4), ...words.subarray(8)]).toEqual(Array(8).fill(0));
    const packed = packNames(words, [1, 0]);
    expect(Buffer.from(packed).toString("hex")).toBe(
      `ba7816bf8f01cfea414140de5dae2223${"0".repeat(32)}`,
    );
    const beside = new Uint8Array(3 + packed.length);
    beside.set(packed, 3);
    expect([...unpackNames(beside.subarray(3))]).toEqual([
      ...words.subarray(4, 8),
      ...words.subarray(0, 4),
    ]);
  });
});

describe("parked keys", () => {
  it("are called by what Kinesis takes of them: 1,024 bytes", () => {
    for (const fits of ["k".repeat(1024), "é".repeat(512)]) expect(nameOfKey(fits)).toBe(fits);
    expect(nameOfKey("k".repeat(1025))).toMatch(/^SHA-256 ./);
  });

  it("that an environment knows are asked for, and forgotten where they are not in the set any more", async () => {
    const known = new KnownKeys();
    known.add(["parked", "freed", "another's"]);
    expect(known.now).toBe(3);
    const asked: unknown[] = [];
    const store: ParkedKeyStore = {
      page: async (set, from) => {
        asked.push([set, from]);
        const key = (name: string) => ({ key: name, log: "log", token: "t" });
        return from === undefined ? { keys: [key("a")], next: "b" } : { keys: [key(from)] };
      },
      async find(set, keys) {
        asked.push([set, keys]);
        // It is parked again while that is asked.
        known.add(["freed"]);
        return [{ key: "parked", log: "log", token: "t" }];
      },
      free: async () => true,
    };
    const batch = ["parked", "freed", "parked", "unknown"];
    const followed = await keysToFollow(known, store, "set", batch);
    expect(asked.splice(0)).toEqual([["set", ["parked", "freed"]]]);
    const isFollowed = () => ["parked", "freed", "another's", "unknown"].map(followed.has);
    expect(isFollowed()).toEqual([true, true, false, false]);
    expect(["parked", "freed", "another's"].every((key) => known.has(key))).toBe(true);
    known.add(["unknown"]);
    followed.add("another's");
    expect(isFollowed()).toEqual([true, true, true, true]);
    const moment = known.now;
    await keysToFollow(known, { ...store, find: async () => [] }, "set", ["parked", "freed"]);
    expect(["parked", "freed", "another's"].map((key) => known.has(key))).toEqual([
      false,
      false,
      true,
    ]);
    expect(known.now).toBe(moment);
    await keysToFollow(known, store, "set", ["nothing that is known"]);
    expect(asked).toEqual([]);
    expect((await listed(allKeys(store, "set"))).map(({ key }) => key)).toEqual(["a", "b"]);
    expect(asked).toEqual([
      ["set", undefined],
      ["set", "b"],
    ]);
  });
});

it("of the 100 writes of a transaction one is the log's", () => {
  expect(writesAtMost).toBe(99);
});

it("a write's item is named by table and key: of all of it where a Put does not say which is the key", () => {
  const TableName = "t";
  const Key = { b: 1, a: "x" };
  expect(itemOf({ Delete: { TableName, Key } })).toBe('t [["a","x"],["b","1n"]]');
  expect(itemOf({ Put: { TableName, Item: { a: "x", b: 1n } } })).toBe('t [["a","x"],["b","1n"]]');
  expect(
    itemOf({ ConditionCheck: { TableName: "u", Key: { a: "1" }, ConditionExpression: "" } }),
  ).toBe('u [["a","1"]]');
});

it("a log that is another's is known by its brand, whichever copy of shardmill it comes from", () => {
  const error = new LogMismatchError("no");
  expect(error).toMatchObject({ name: "LogMismatchError", message: "no" });
  expect(isLogMismatch(error)).toBe(true);
  expect(isLogMismatch({ [Symbol.for("shardmill.logMismatch")]: true })).toBe(true);
  for (const other of [new Error("no"), undefined, null, "text"])
    expect(isLogMismatch(other)).toBe(false);
});
