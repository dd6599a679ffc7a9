// Both directions against AWS's own package for Node, and the cases in which it is wrong.

import { createRequire } from "node:module";
import fc from "fast-check";
import {
  aggregate,
  deaggregate,
  effectiveHashKey,
  type KplUserRecord,
  kplAggregator,
} from "shardmill/kpl";
import { describe, expect, test } from "vitest";
import * as wire from "./wire.ts";

interface PeerRecord {
  readonly partitionKey: string;
  readonly explicitPartitionKey?: string;
  readonly subSequenceNumber?: number;
  /** base64 */
  readonly data: string;
}

/** What is used of it. Its own types need the AWS SDK version 2, and lack the aggregator. */
interface Peer {
  deaggregateSync(
    record: {
      readonly data: string;
      readonly sequenceNumber: string;
      readonly partitionKey: string;
    },
    computeChecksums: boolean,
    done: (error: Error | null | undefined, records?: PeerRecord[]) => void,
  ): void;
  readonly RecordAggregator: new () => {
    addUserRecord(record: KplUserRecord): void;
    build(): { readonly data: Buffer };
  };
}

const peer: Peer = createRequire(import.meta.url)("aws-kinesis-agg");

function peerAggregate(users: readonly KplUserRecord[]): Buffer {
  const aggregator = new peer.RecordAggregator();
  for (const user of users) aggregator.addUserRecord({ ...user });
  return aggregator.build().data;
}

/** Throws what the peer reports. */
function peerDeaggregate(bytes: Uint8Array): PeerRecord[] {
  let result: PeerRecord[] = [];
  peer.deaggregateSync(
    { data: Buffer.from(bytes).toString("base64"), sequenceNumber: "1", partitionKey: "a" },
    true,
    (error, records) => {
      if (error) throw error;
      result = records!;
    },
  );
  return result;
}

/** What the peer gets right: no keys that look like array indexes, explicit hash keys for all or none. */
const commonUsers = wire.userRecords.map((users) => {
  const withHashKeys = users.every(({ explicitHashKey }) => explicitHashKey !== undefined);
  return users.map(({ partitionKey, explicitHashKey, data }) => ({
    partitionKey: `key ${partitionKey}`,
    ...(withHashKeys ? { explicitHashKey: `${BigInt(explicitHashKey!) | (1n << 127n)}` } : {}),
    data: Buffer.from(data),
  }));
});

describe("with aws-kinesis-agg", () => {
  test("it reads what we write", () => {
    fc.assert(
      fc.property(commonUsers, (users) => {
        expect(peerDeaggregate(aggregate(users).data)).toMatchObject(
          users.map(({ partitionKey, data }, subSequenceNumber) => ({
            partitionKey,
            subSequenceNumber,
            data: data.toString("base64"),
          })),
        );
      }),
    );
  });

  test("we read what it writes, and write the same bytes", () => {
    fc.assert(
      fc.property(commonUsers, (users) => {
        const bytes = peerAggregate(users);
        expect(wire.plain(deaggregate(bytes))).toEqual(wire.plain(users));
        expect(Buffer.from(aggregate(users).data)).toEqual(bytes);
      }),
    );
  });
});

describe("where aws-kinesis-agg is wrong:", () => {
  const user = (partitionKey: string, data: string | Buffer = partitionKey) => ({
    partitionKey,
    data: Buffer.from(data),
  });

  test("partition keys like integers keep their records", () => {
    const users = [user("10"), user("2"), user("1")];
    expect(wire.plain(deaggregate(aggregate(users).data))).toEqual(wire.plain(users));
    expect(wire.plain(deaggregate(peerAggregate(users)))).not.toEqual(wire.plain(users));
  });

  test("a record without an explicit hash key does not get another record's", () => {
    const users = [user("KLM"), { ...user("BAW"), explicitHashKey: "7" }];
    const bytes = aggregate(users).data;
    expect(wire.plain(deaggregate(bytes))).toEqual(wire.plain(users));
    expect(peerDeaggregate(bytes)[0]!.explicitPartitionKey).toBe("7");
  });

  test("the outer hash key is there when a later record has an explicit one, and when none has", () => {
    const first = user("KLM");
    const second = { ...user("BAW"), explicitHashKey: "7" };
    expect(aggregate([first, second]).explicitHashKey).toBe(String(effectiveHashKey(first)));
    expect(aggregate([first]).explicitHashKey).toBe(String(effectiveHashKey(first)));
  });

  test("keys outside of ASCII are counted in bytes, so that the limit of Kinesis holds", () => {
    const limit = 1_048_576;
    const users = Array.from({ length: 40 }, (_, i) => user(`${i} ${"東京".repeat(6_000)}`, ""));
    const aggregator = kplAggregator({ aggregationMaxSize: limit });
    while (aggregator.add(users[aggregator.count]!)) {}
    expect(aggregator.count).toBe(29);
    expect(aggregator.take()!.data.length).toBeLessThanOrEqual(limit);
    expect(peerAggregate(users.slice(0, 40)).length).toBeGreaterThan(limit);
  });

  const valid = Buffer.from(aggregate([user("KLM"), user("BAW")]).data);
  const lastBitWrong = Buffer.from(valid);
  lastBitWrong[lastBitWrong.length - 1]! ^= 1;
  test.each([
    [
      "user data that starts with the magic bytes",
      Buffer.concat([wire.magic, Buffer.alloc(99, "x")]),
    ],
    ["an aggregate whose MD5 differs", lastBitWrong],
  ])("%s is a plain record, not lost to an error", (_, bytes) => {
    expect(deaggregate(bytes)).toBeUndefined();
    expect(() => peerDeaggregate(bytes)).toThrow();
  });

  test("the magic bytes with the MD5 of nothing are a plain record, not nothing", () => {
    expect(deaggregate(wire.sealed())).toBeUndefined();
    expect(peerDeaggregate(wire.sealed())).toEqual([]);
  });

  test("a record that points outside of the tables makes the whole a plain record", () => {
    const outside = wire.record(wire.partitionKeyIndex(1), wire.data("x"));
    const bytes = wire.sealed(wire.partitionKey("KLM"), outside);
    expect(deaggregate(bytes)).toBeUndefined();
    expect(peerDeaggregate(bytes)[0]!.partitionKey).toBeUndefined();
  });
});
