/** A stream that is deleted and made again under its name, while the leases of the earlier one stay. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { at, leaseIn, newRow } from "../../src/worker/leases/lease.ts";
import { type Row, text } from "../../src/worker/leases/row.ts";
import { earlierLeases } from "../../src/worker/shards/earlier.ts";
import { fanOut, polling } from "../../src/worker.ts";
import { coreStream } from "./core-stream.ts";
import { workerRig } from "./rig.ts";

const half = String(2n ** 126n);
type Rig = ReturnType<typeof workerRig>;

function split({ kinesis }: Rig, shardToSplit = "shardId-000000000000"): void {
  kinesis.splitShard({ stream: "orders", shardToSplit, newStartingHashKey: half });
}

async function makeAgain({ kinesis, clock }: Rig, pauseMs: number, shards = 1): Promise<void> {
  kinesis.deleteStream({ stream: "orders", enforceConsumerDeletion: true });
  await clock.advance(pauseMs);
  kinesis.createStream({ name: "orders", shards });
}

const dropped = ({ events }: Rig) =>
  events.flatMap((event) => (event.type === "dropped" ? [event.shardId] : []));

it("a worker that begins removes the leases of the earlier stream, and reads the new one from its beginning", async () => {
  const rig = workerRig({ shards: 2 });
  const one = rig.start("one");
  await rig.clock.advance(2000);
  split(rig);
  rig.put("a", "b", "c", "d", "e", "f");
  await rig.clock.advance(5000);
  void one.stop();
  await rig.clock.advance(1000);
  expect(rig.values()).toHaveLength(6);
  const earlier = (await rig.rows()).map(({ leaseKey }) => leaseKey);
  expect(earlier).toHaveLength(4);
  await makeAgain(rig, 5000, 2);
  rig.put("g");
  rig.start("two");
  await rig.clock.advance(5000);
  expect(rig.values().slice(6)).toEqual(["g"]);
  expect(dropped(rig).sort()).toEqual(earlier.sort());
  expect(await rig.rows()).toHaveLength(2);
});

it.each([false, true])(
  "a lease whose counter begins anew stays with whoever takes it (led: %s)",
  async (isLed) => {
    const rig = workerRig({ shards: 3 });
    const { table, clock } = rig;
    const cv = text("CLIENT_VERSION_3X");
    if (isLed) await table.write({ key: "Migration3.0", kind: "put", expect: {}, set: { cv } });
    for (const name of ["one", "two", "three"]) {
      rig.start(name);
      await clock.advance(300);
    }
    await clock.advance(300_000);
    // Somebody has the shard read again from its beginning.
    const key = "shardId-000000000000";
    const { hashKeys } = leaseIn((await table.get(key))!)!;
    const set = newRow({ key, checkpoint: at("TRIM_HORIZON"), parents: [], hashKeys });
    await table.write({ key, kind: "put", expect: {}, set });
    await clock.advance(5000);
    const before = rig.events.length;
    await clock.advance(120_000);
    expect(rig.events.slice(before).filter(({ type }) => type === "lost")).toEqual([]);
    expect(leaseIn((await table.get(key))!)!.owner).toBeDefined();
  },
);

it("where nothing but ends tell, two listings must, since one may be behind", async () => {
  const rig = workerRig();
  const one = rig.start("one");
  await rig.clock.advance(2000);
  split(rig);
  await rig.clock.advance(10_000);
  // The children have no position yet.
  void one.stop();
  await rig.clock.advance(1000);
  await makeAgain(rig, 5000);
  rig.put("a");
  const two = rig.start("two");
  await rig.clock.advance(20_000);
  expect(dropped(rig)).toEqual([]);
  await rig.clock.advance(60_000);
  expect(rig.values()).toEqual(["a"]);
  expect(two.leases()).toHaveLength(1);
});

it.each([
  ["polling", polling()],
  ["fan-out", fanOut()],
] as const)("a worker that runs goes on with the new stream: by %s", async (_, retrieval) => {
  const rig = workerRig({ shards: 2 });
  rig.put("a", "b", "c");
  const worker = rig.start("one", { retrieval });
  await rig.clock.advance(5000);
  await makeAgain(rig, 20_000);
  rig.put("d");
  await rig.clock.advance(120_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d"]);
  expect(worker.leases()).toHaveLength(1);
});

it("one that missed the time between the two notices by its position", async () => {
  const rig = workerRig();
  const core = coreStream(rig.kinesis, "orders");
  let isAsleep = false;
  let expired = 0;
  const read: typeof core.read = async (...given) => {
    if (isAsleep) await rig.clock.sleep(3000);
    if (expired-- <= 0) return core.read(...given);
    throw Object.assign(new Error("old"), { name: "ExpiredIteratorException" });
  };
  const runtime = { ...rig.runtime(rig.clock), stream: () => ({ ...core, read }) };
  rig.start("one", { runtime });
  rig.put("a");
  await rig.clock.advance(5000);
  isAsleep = true;
  await rig.clock.advance(1000);
  expired = 1;
  await makeAgain(rig, 1000);
  isAsleep = false;
  rig.put("b");
  await rig.clock.advance(20_000);
  expect(rig.values()).toEqual(["a", "b"]);
  expect(dropped(rig)).toEqual(["shardId-000000000000"]);
});

it("with several streams it ends, since the keys of its leases name the one that is gone", async () => {
  const rig = workerRig();
  rig.kinesis.createStream({ name: "refunds", shards: 1 });
  const worker = rig.start("one", { stream: ["orders", "refunds"] });
  await rig.clock.advance(5000);
  await makeAgain(rig, 20_000);
  await rig.clock.advance(20_000);
  await expect(worker.done).rejects.toThrow(
    "The stream orders was deleted and made again; with several streams the leases are those of the one that is gone. Start the worker anew.",
  );
});

it("no lease of a stream's own is taken for one of an earlier stream, whatever was split, merged and done", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ which: fc.nat(), splits: fc.boolean(), done: fc.nat(3) }), {
        maxLength: 12,
      }),
      async (steps) => {
        const clock = virtualClock();
        const kinesis = createKinesis({ clock });
        kinesis.createStream({ name: "orders", shards: 2 });
        const stream = coreStream(kinesis, "orders");
        const positions = new Map<string, string>();
        for (const { which, splits, done } of steps) {
          for (let left = done; left > 0; left--) {
            const data = new Uint8Array(1);
            const put = { stream: "orders", partitionKey: `${which} ${left}`, data };
            const { shardId, sequenceNumber } = kinesis.putRecord(put);
            positions.set(shardId, sequenceNumber);
          }
          await clock.advance(700);
          const open = (await stream.listShards())
            .filter(({ isOpen }) => isOpen)
            .sort((one, other) =>
              BigInt(one.hashKeys.starting) < BigInt(other.hashKeys.starting) ? -1 : 1,
            );
          const { shardId, hashKeys } = open[which % open.length]!;
          const next = open[(which % open.length) + 1];
          const middle = (BigInt(hashKeys.starting) + BigInt(hashKeys.ending)) / 2n + 1n;
          if (splits) {
            kinesis.splitShard({
              ...{ stream: "orders", shardToSplit: shardId },
              newStartingHashKey: String(middle),
            });
          } else if (next) {
            kinesis.mergeShards({
              ...{ stream: "orders", shardToMerge: shardId },
              adjacentShardToMerge: next.shardId,
            });
          }
        }
        const shards = await stream.listShards();
        const leases = shards.map(({ shardId, isOpen, parents, hashKeys }) => ({
          ...{ key: shardId, shardId, parents, hashKeys, children: [], counter: 1 },
          checkpoint: at(isOpen ? (positions.get(shardId) ?? "TRIM_HORIZON") : "SHARD_END"),
          ...{ owner: undefined, checkpointOwner: undefined, streamName: undefined },
          ...{ ownerSwitchesSinceCheckpoint: 0, throughputKBps: undefined, latestSince: undefined },
        }));
        expect(earlierLeases(shards, leases)).toMatchObject({ proofs: [], doubts: [] });
      },
    ),
    { numRuns: 60 },
  );
});

it("a row of the earlier stream that proves nothing keeps no shard of the new one from being read", async () => {
  const rig = workerRig({ shards: 2 });
  const half = { startingHashKey: { S: "0" }, endingHashKey: { S: String(2n ** 127n - 1n) } };
  const parentShardId = { SS: ["shardId-000000000000"] };
  const put = (key: string, set: Row) =>
    rig.table.write({ ...{ key, kind: "put", expect: {} }, set });
  await put("shardId-000000000001", {
    ...{ leaseCounter: { N: "0" }, checkpoint: { S: "TRIM_HORIZON" }, parentShardId, ...half },
  });
  await put("shardId-000000000002", {
    ...{ leaseCounter: { N: "0" }, checkpoint: { S: "77" }, parentShardId },
  });
  rig.start("one", { checkpointEveryMs: 500 });
  rig.put("a", "b", "c", "d", "e", "f");
  await rig.clock.advance(60_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
});
