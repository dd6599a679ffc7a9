/** Which leases are made and which are removed, for any stream that splits and merges made. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { at, leaseIn, shardEnd } from "../../src/worker/leases/lease.ts";
import { finishedLeases } from "../../src/worker/shards/clean-up.ts";
import {
  coversAll,
  firstLeases,
  type ListedShard,
  missingLeases,
} from "../../src/worker/shards/sync.ts";
import { coreStream } from "./core-stream.ts";
import { workerRig } from "./rig.ts";

const horizon = at("TRIM_HORIZON");
const keys = (leases: readonly { readonly key: string }[]) =>
  leases.map(({ key }) => Number(key.slice(-2)));

/** 0 and 1; 0 splits into 2 and 3; 3 and 1 merge into 4. */
async function stream(): Promise<readonly ListedShard[]> {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock });
  kinesis.createStream({ name: "orders", shards: 2 });
  await clock.advance(1000);
  kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 126n),
  });
  await clock.advance(1000);
  kinesis.mergeShards({
    stream: "orders",
    shardToMerge: "shardId-000000000003",
    adjacentShardToMerge: "shardId-000000000001",
  });
  return await coreStream(kinesis, "orders").listShards();
}

const id = (number: number) => `shardId-${String(number).padStart(12, "0")}`;
const lease = (number: number, checkpoint = horizon, ...parents: number[]) => ({
  ...{ shardId: id(number), checkpoint, parents: parents.map(id) },
});

it("a first listing has one lease a shard, at the initial position, with its parents and keys", async () => {
  const shards = await stream();
  const leases = firstLeases(
    shards.filter(({ isOpen }) => isOpen),
    at("LATEST"),
  );
  expect(keys(leases)).toEqual([2, 4]);
  expect(leases[1]).toMatchObject({
    checkpoint: at("LATEST"),
    parents: ["shardId-000000000003", "shardId-000000000001"],
  });
  expect(coversAll(leases.map(({ hashKeys }) => hashKeys!))).toBe(true);
  expect(coversAll([leases[0]!.hashKeys!])).toBe(false);
});

it("below a leased shard the next ones are made, to be read from their first record", async () => {
  const made = missingLeases(await stream(), [lease(0), lease(1)], at("LATEST"));
  // 4 follows 3, which has none yet.
  expect(keys(made).sort()).toEqual([2, 3]);
  expect(made.map(({ checkpoint }) => checkpoint)).toEqual([horizon, horizon]);
});

it("a parent without a lease was never begun, and is read before its child", async () => {
  const shards = await stream();
  expect(keys(missingLeases(shards, [lease(2), lease(3)], horizon))).toEqual([1]);
  expect(keys(missingLeases(shards, [], horizon)).sort()).toEqual([0, 1]);
  expect(keys(missingLeases(shards, [lease(1), lease(2), lease(3)], horizon))).toEqual([4]);
});

it("with LATEST an unknown open shard begins at its tip", async () => {
  const made = missingLeases(await stream(), [lease(2)], at("LATEST"));
  expect(keys(made)).toEqual([4]);
  expect(made[0]?.checkpoint).toEqual(at("LATEST"));
});

it("a shard of which a child has begun was read, whatever an old listing says of it", async () => {
  const [zero, one] = await stream();
  const old = [{ ...zero!, isOpen: true }, one!];
  const missingBeside = (...leases: ReturnType<typeof lease>[]) =>
    keys(missingLeases(old, leases, horizon));
  expect(missingBeside(lease(1), lease(2, at("77"), 0), lease(3, horizon, 0))).toEqual([]);
  expect(missingBeside(lease(1), lease(2, shardEnd, 0))).toEqual([]);
  // The row of an earlier stream of this name: of a shard that is listed, the listing says who its parents are.
  expect(missingBeside(lease(1, at("77"), 0))).toEqual([0]);
  // Nobody has begun: it may not have been read.
  expect(missingBeside(lease(1), lease(2, horizon, 0), lease(3, horizon, 0))).toEqual([0]);
});

it("below a leased shard that the stream has forgotten the next ones are read from their first record, with LATEST too", async () => {
  const shards = (await stream()).filter(({ shardId }) => shardId !== id(0));
  const made = missingLeases(shards, [lease(0), lease(1)], at("LATEST"));
  expect(keys(made).sort()).toEqual([2, 3]);
  expect(made.map(({ checkpoint }) => checkpoint)).toEqual([horizon, horizon]);
});

it("whatever is missing, making it again and again covers every key, and nothing twice", async () => {
  const shards = await stream();
  fc.assert(
    fc.property(fc.subarray([0, 1, 2, 3, 4]), (had) => {
      const leased = new Set(had.map((number) => lease(number).shardId));
      for (let round = 0; round < 5; round++) {
        const leases = shards
          .filter(({ shardId }) => leased.has(shardId))
          .map((shard) => ({ ...shard, checkpoint: horizon }));
        const made = missingLeases(shards, leases, horizon);
        for (const { key } of made) {
          expect(leased.has(key)).toBe(false);
          leased.add(key);
        }
      }
      // Every open shard has one, or what is before it has.
      const isCovered = (one: ListedShard): boolean =>
        leased.has(one.shardId) ||
        shards.some((parent) => one.parents.includes(parent.shardId) && isCovered(parent));
      expect(shards.filter(({ isOpen }) => isOpen).every(isCovered)).toBe(true);
    }),
  );
});

it("a lease goes once all children have begun and its own parents are gone", () => {
  const row = (shard: string, checkpoint: string, parents: string[], children: string[]) =>
    leaseIn({
      leaseKey: { S: shard },
      leaseCounter: { N: "1" },
      checkpoint: { S: checkpoint },
      ...(parents.length > 0 && { parentShardId: { SS: parents } }),
      ...(children.length > 0 && { childShardIds: { SS: children } }),
    })!;
  const parent = row("0", "SHARD_END", [], ["1", "2"]);
  const child = row("1", "SHARD_END", ["0"], ["3"]);
  const finished = (...leases: ReturnType<typeof row>[]) =>
    finishedLeases(leases).map(({ key }) => key);
  expect(finished(parent, child, row("2", "TRIM_HORIZON", ["0"], []))).toEqual([]);
  expect(finished(parent, child, row("2", "77", ["0"], []), row("3", "9", ["1"], []))).toEqual([
    "0",
  ]);
  expect(finished(child, row("2", "77", ["0"], []), row("3", "9", ["1"], []))).toEqual(["1"]);
  expect(finished(parent)).toEqual([]);
});

it("the other parent of a merge that nobody has is found when the first one ends", async () => {
  const rig = workerRig({ shards: 2 });
  rig.put("a", "b", "c", "d", "e", "f");
  await rig.clock.advance(1000);
  rig.kinesis.mergeShards({
    stream: "orders",
    shardToMerge: "shardId-000000000000",
    adjacentShardToMerge: "shardId-000000000001",
  });
  rig.put("g");
  await rig.table.write({
    key: "shardId-000000000000",
    kind: "put",
    expect: {},
    set: { leaseCounter: { N: "0" }, checkpoint: { S: "TRIM_HORIZON" } },
  });
  rig.start("one");
  await rig.clock.advance(20_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  expect(rig.values().at(-1)).toBe("g");
});
