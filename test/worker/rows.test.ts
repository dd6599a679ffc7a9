/** The rows of the lease table: what is a lease, what it says, and what a write does to it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeInput } from "../../src/worker/leases/expression.ts";
import { javaShuffle, leaderAmong } from "../../src/worker/leases/java-shuffle.ts";
import { at, compareCheckpoints, leaseIn } from "../../src/worker/leases/lease.ts";
import { isAsExpected, type Row, written } from "../../src/worker/leases/row.ts";
import {
  askForHandoff,
  checkpoint,
  handOver,
  release,
  renew,
  take,
} from "../../src/worker/leases/writes.ts";

const row: Row = {
  leaseKey: { S: "shardId-000000000001" },
  leaseOwner: { S: "one:shardmill" },
  leaseCounter: { N: "7" },
  ownerSwitchesSinceCheckpoint: { N: "2" },
  checkpoint: { S: "4967" },
  checkpointSubSequenceNumber: { N: "3" },
  pendingCheckpoint: { S: "4968" },
  // What KCL writes when it creates a row with a pending checkpoint.
  pendingCheckpointState: { N: "0" },
  parentShardId: { SS: ["shardId-000000000000"] },
  startingHashKey: { S: "0" },
  endingHashKey: { S: "9" },
};
const lease = leaseIn(row)!;

it("a row is read as the KCL means it, and one of another kind is no lease", () => {
  expect(lease).toMatchObject({
    owner: "one:shardmill",
    counter: 7,
    checkpoint: { sequenceNumber: "4967", subSequenceNumber: 3 },
    parents: ["shardId-000000000000"],
    hashKeys: { starting: "0", ending: "9" },
    checkpointOwner: undefined,
  });
  expect(leaseIn({ ...row, entityType: { S: "LEASE" } })?.counter).toBe(7);
  for (const kind of ["LEADER", "WORKER_METRIC_STATS", "CLIENT_VERSION_MIGRATION"]) {
    expect(leaseIn({ ...row, entityType: { S: kind } })).toBeUndefined();
  }
  expect(leaseIn({ leaseKey: { S: "worker-1" }, lut: { N: "1" } })).toBeUndefined();
});

it("checkpoints are in KCL's order: words, numbers, the end", () => {
  const inOrder = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "9", "10", "SHARD_END"].map((one) =>
    at(one),
  );
  expect([...inOrder].reverse().sort(compareCheckpoints)).toEqual(inOrder);
  expect(compareCheckpoints(at("9", 1), at("9", 2))).toBeLessThan(0);
});

describe("a write", () => {
  const leaseAfter = (write: ReturnType<typeof renew>, of: Row = row) => {
    expect(isAsExpected(of, write)).toBe(true);
    return leaseIn(written(of, write)!)!;
  };

  it("renews by one, unless somebody has asked for the lease", () => {
    expect(leaseAfter(renew(lease)).counter).toBe(8);
    const asked = { ...row, checkpointOwner: { S: "one:shardmill" } };
    expect(isAsExpected(asked, renew(lease))).toBe(false);
    expect(isAsExpected(asked, renew(lease, { handing: true }))).toBe(true);
  });

  it("moves the position, counts no switches any more, and leaves nothing pending", () => {
    const moved = written(row, checkpoint(lease, at("5000", 0)))!;
    expect(leaseIn(moved)).toMatchObject({ counter: 8, ownerSwitchesSinceCheckpoint: 0 });
    expect(moved.pendingCheckpoint).toBeUndefined();
    expect(moved.pendingCheckpointState).toBeUndefined();
  });

  it("takes it, with a switch that is counted; asks for it without moving the counter", () => {
    expect(leaseAfter(take(lease, "two"))).toMatchObject({
      owner: "two",
      counter: 8,
      ownerSwitchesSinceCheckpoint: 3,
    });
    expect(leaseAfter(take(lease, "one:shardmill")).ownerSwitchesSinceCheckpoint).toBe(2);
    const asked = written(row, askForHandoff(lease, "two"))!;
    expect(leaseIn(asked)).toMatchObject({
      owner: "two",
      checkpointOwner: "one:shardmill",
      counter: 7,
    });
    const handed = handOver(leaseIn(asked)!, "one:shardmill", at("5000"));
    expect(leaseAfter(handed, asked)).toMatchObject({
      owner: "two",
      checkpointOwner: undefined,
      counter: 8,
    });
    expect(isAsExpected(asked, handOver(leaseIn(asked)!, "three", undefined))).toBe(false);
  });

  it("releases it: nobody's, with the position", () => {
    expect(leaseAfter(release(lease, "one:shardmill", at("5000")))).toMatchObject({
      owner: undefined,
      checkpoint: at("5000"),
      counter: 8,
    });
    expect(isAsExpected(row, release(lease, "two", undefined))).toBe(false);
  });

  it("is said to DynamoDB with names alone, none of which is reserved", () => {
    expect(writeInput(take(lease, "two"))).toEqual({
      ConditionExpression: "#leaseCounter = :was_leaseCounter",
      UpdateExpression:
        "SET #leaseCounter = :leaseCounter, #leaseOwner = :leaseOwner, #ownerSwitchesSinceCheckpoint = :ownerSwitchesSinceCheckpoint REMOVE #checkpointOwner",
      ExpressionAttributeNames: {
        "#leaseCounter": "leaseCounter",
        "#leaseOwner": "leaseOwner",
        "#ownerSwitchesSinceCheckpoint": "ownerSwitchesSinceCheckpoint",
        "#checkpointOwner": "checkpointOwner",
      },
      ExpressionAttributeValues: {
        ":was_leaseCounter": { N: "7" },
        ":leaseCounter": { N: "8" },
        ":leaseOwner": { S: "two" },
        ":ownerSwitchesSinceCheckpoint": { N: "3" },
      },
    });
  });
});

describe("the leader of a fleet of KCL 2", () => {
  // java.util.Collections.shuffle(list, new java.util.Random(1947)), run on Java 17.
  it.each([
    [1, 0, [0]],
    [2, 0, [0, 1]],
    [3, 2, [2, 0, 1]],
    [5, 4, [4, 0, 2, 1, 3]],
    [8, 2, [2, 3, 0, 6, 4, 7, 1, 5]],
    [20, 14, [14, 0, 11, 10, 4, 9, 8, 17, 15, 16]],
    [100, 95, [95, 33, 83, 68, 3, 24, 72, 87, 10, 77]],
  ] as const)("of %i workers is the one that Java's shuffle puts first", (count, first, order) => {
    const list = Array.from({ length: count }, (_, at) => at);
    const shuffled = javaShuffle(list, 1947n);
    expect(shuffled[0]).toBe(first);
    expect(shuffled.slice(0, 10)).toEqual(order);
  });

  it("depends on the ids, and not on their order or number of leases", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (owners) => {
        const leader = leaderAmong(owners);
        expect(owners).toContain(leader);
        expect(leaderAmong([...owners, undefined, ...owners].reverse())).toBe(leader);
      }),
    );
  });
});
