/** Several workers: they share the shards, hand them over without a repeat, and take over from the dead. */
import { expect, it } from "vitest";
import type { WorkerClock } from "../../src/worker/elapsed.ts";
import type { Row } from "../../src/worker/leases/row.ts";
import type { WorkerOptions } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const counts = (...workers: { leases(): readonly unknown[] }[]) =>
  workers.map((worker) => worker.leases().length);

it("workers that come share the leases evenly, and nothing repeats", async () => {
  const rig = workerRig({ shards: 12 });
  const put = (from: number) =>
    rig.put(...Array.from({ length: 200 }, (_, at) => String(from + at)));
  const one = rig.start("one", {}, () => rig.clock.sleep(100));
  put(0);
  await rig.clock.advance(5000);
  expect(counts(one)).toEqual([12]);
  const two = rig.start("two", {}, () => rig.clock.sleep(100));
  const three = rig.start("three", {}, () => rig.clock.sleep(100));
  for (let round = 1; round < 10; round++) {
    put(round * 200);
    await rig.clock.advance(1000);
  }
  await rig.clock.advance(5000);
  expect(counts(one, two, three)).toEqual([4, 4, 4]);
  expect(rig.values()).toHaveLength(2000);
  expect(new Set(rig.values()).size).toBe(2000);
  expect(rig.events.filter(({ type }) => type === "lost")).toEqual([]);
});

it("after a graceful stop another worker goes on within two seconds, and nothing repeats", async () => {
  const rig = workerRig({ shards: 6 });
  const one = rig.start("one");
  const two = rig.start("two");
  await rig.clock.advance(10_000);
  const stopped = rig.clock.now();
  void one.stop();
  await rig.clock.advance(100);
  rig.put(...Array.from({ length: 50 }, (_, at) => String(at)));
  await rig.clock.advance(3000);
  expect(two.leases()).toHaveLength(6);
  expect(rig.values()).toHaveLength(50);
  const taken = rig.events.filter(({ type, at }) => type === "taken" && at >= stopped);
  expect(Math.max(...taken.map(({ at }) => at)) - stopped).toBeLessThan(2000);
});

it("a crash is noticed: its shards' next records are done within fifteen seconds", async () => {
  const rig = workerRig({ shards: 6 });
  const killed = killable(rig.clock);
  const one = rig.start("one", { runtime: rig.runtime(killed.clock) });
  const two = rig.start("two");
  await rig.clock.advance(10_000);
  expect(counts(one, two)).toEqual([3, 3]);
  killed.kill();
  const crash = rig.clock.now();
  rig.put(...Array.from({ length: 50 }, (_, at) => String(at)));
  await rig.clock.advance(15_000);
  expect(two.leases()).toHaveLength(6);
  expect(new Set(rig.values()).size).toBe(50);
  expect(Math.max(...rig.calls.map(({ at }) => at)) - crash).toBeLessThanOrEqual(15_000);
});

it("a worker whose process stood still gives its leases up before it does anything else", async () => {
  const rig = workerRig({ shards: 2 });
  const frozen = killable(rig.clock);
  const one = rig.start("one", { runtime: rig.runtime(frozen.clock) });
  await rig.clock.advance(5000);
  frozen.freeze();
  const two = rig.start("two");
  await rig.clock.advance(20_000);
  expect(two.leases()).toHaveLength(2);
  rig.put("a", "b", "c", "d");
  frozen.thaw();
  expect(one.leases().map(({ isValid }) => isValid)).toEqual([false, false]);
  await rig.clock.advance(5000);
  const lost = rig.events.filter(({ type, worker }) => type === "lost" && worker === "one");
  expect(lost).toHaveLength(2);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d"]);
  // It asks for its share again, politely.
  expect(counts(one, two)).toEqual([1, 1]);
});

it("a handler that does not end is waited for, and then its lease goes on without it", async () => {
  const rig = workerRig({ shards: 1 });
  const one = rig.start("one", { handoffMs: 5000 }, () => rig.clock.sleep(60_000));
  rig.put("a");
  await rig.clock.advance(3000);
  void one.stop();
  await rig.clock.advance(4000);
  expect((await rig.rows())[0]?.leaseOwner).toBe(one.id);
  await rig.clock.advance(2000);
  expect((await rig.rows())[0]).toMatchObject({ checkpoint: "TRIM_HORIZON" });
  expect((await rig.rows())[0]?.leaseOwner).toBeUndefined();
});

it("several streams share a table, under keys that the Kinesis Client Library gives them", async () => {
  const rig = workerRig();
  rig.kinesis.createStream({ name: "refunds", shards: 1 });
  rig.put("a");
  rig.kinesis.putRecord({ stream: "refunds", partitionKey: "b", data: Buffer.from("b") });
  rig.start("one", { stream: ["orders", "refunds"] } satisfies Partial<WorkerOptions>);
  await rig.clock.advance(5000);
  expect(rig.values().sort()).toEqual(["a", "b"]);
  const rows = await rig.rows();
  const created = rig.kinesis.describeStream({ stream: "orders" }).createdAt / 1000;
  expect(rows.map(({ leaseKey }) => leaseKey).sort()).toEqual([
    `123456789012:orders:${created}:shardId-000000000000`,
    `123456789012:refunds:${created}:shardId-000000000000`,
  ]);
  expect(rows[0]).toMatchObject({
    streamName: expect.stringMatching(/^123456789012:\w+:\d+$/),
    shardId: "shardId-000000000000",
  });
});

/** A clock whose timers do not fire while it is frozen: a process that stands still. */
function killable(clock: WorkerClock) {
  let frozen = false;
  const held: (() => void)[] = [];
  return {
    clock: {
      ...clock,
      now: clock.now,
      after: (ms: number, fire: () => void) =>
        clock.after(ms, () => (frozen ? void held.push(fire) : fire())),
    },
    kill() {
      frozen = true;
    },
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
      for (const fire of held.splice(0)) fire();
    },
  };
}

it("beside a leader of KCL 2, which removes only what it has ended itself, what ours have ended is removed too", async () => {
  const rig = workerRig({ shards: 2 });
  const [zero, one] = ["shardId-000000000000", "shardId-000000000001"];
  const row = { leaseOwner: { S: "a KCL" }, checkpoint: { S: "TRIM_HORIZON" } };
  let beats = 0;
  function beat(): void {
    const set = { ...row, leaseCounter: { N: String(beats++) } };
    void rig.table.write({ ...{ key: zero!, kind: "put", expect: {} }, set });
    rig.clock.after(3000, beat);
  }
  beat();
  await rig.table.write({
    ...{ key: one!, kind: "put", expect: {} },
    set: { leaseCounter: { N: "0" }, checkpoint: { S: "TRIM_HORIZON" } },
  });
  rig.start("one");
  await rig.clock.advance(5000);
  rig.kinesis.splitShard({
    ...{ stream: "orders", shardToSplit: one! },
    newStartingHashKey: String(2n ** 127n + 2n ** 126n),
  });
  for (let at = 0; at < 40; at++) rig.put(`${at}`);
  await rig.clock.advance(60_000);
  const keys = async () => (await rig.rows()).map(({ leaseKey }) => leaseKey);
  expect(await keys()).toContain(one);
  await rig.clock.advance(300_000);
  expect(await keys()).not.toContain(one);
  expect(await keys()).toHaveLength(3);
});

it.each([false, true])(
  "a lease that is asked for before its new owner has found it is passed on at once (led: %s)",
  async (isLed) => {
    const rig = workerRig({ shards: 2 });
    const put = (key: string, set: Row) =>
      rig.table.write({ ...{ key, kind: "put", expect: {} }, set });
    const one = rig.start("one", { maxLeases: 1 });
    await rig.clock.advance(2000);
    const taken = one.leases()[0]!.key;
    const other = (await rig.rows()).map(({ leaseKey }) => leaseKey).find((key) => key !== taken)!;
    if (isLed) {
      await put("Migration3.0", { cv: { S: "CLIENT_VERSION_3X" } });
      const lock = { entityType: { S: "LEADER" }, ownerName: { S: "java" } };
      await put("Leader", {
        ...lock,
        leaseDuration: { S: "120000" },
        recordVersionNumber: { S: "1" },
      });
    }
    const row = { ...(await rig.table.get(other))!, leaseCounter: { N: "5" } };
    await put(other, { ...row, leaseOwner: { S: "two" }, checkpointOwner: { S: one.id } });
    await rig.clock.advance(2000);
    const after = (await rig.rows()).find(({ leaseKey }) => leaseKey === other);
    expect(after).toMatchObject({ leaseOwner: "two", leaseCounter: "6" });
    expect(after).not.toHaveProperty("checkpointOwner");
    expect(one.leases().map(({ key }) => key)).toEqual([taken]);
  },
);
