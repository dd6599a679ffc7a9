/** Beside a leader of KCL 3 a worker is led: it shows that it is there, has what it is assigned, and hands over when it is told to. */
import { expect, it } from "vitest";
import { isAssigned, refuseKcl3 } from "../../src/worker/leases/generation.ts";
import { type Lease, leaseIn } from "../../src/worker/leases/lease.ts";
import { metricsRow } from "../../src/worker/leases/metrics-row.ts";
import { number, numberIn, type Row, text, textIn } from "../../src/worker/leases/row.ts";
import { kclLeases } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

type Rig = ReturnType<typeof workerRig>;

/** What a leader of KCL 3.5 writes: its lock each 30 s, and each 20 s the leases that nobody has. */
function leaderOf({ clock, table }: Rig, failoverMs = 10_000) {
  let beats = 0;
  let isAlive = true;
  const seen = new Map<string, { readonly counter: number; readonly at: number }>();
  function every(ms: number, act: () => Promise<unknown>): void {
    if (!isAlive) return;
    void act();
    clock.after(ms, () => every(ms, act));
  }

  const lock = (set: Row) =>
    table.write({
      ...{ key: "Leader", kind: "put", expect: {} },
      set: {
        ...{ entityType: text("LEADER"), ownerName: text("java"), leaseDuration: text("120000") },
        ...{ recordVersionNumber: text(`version ${beats++}`), ...set },
      },
    });
  const rows = async () => await table.scan();
  const leases = async () => (await rows()).flatMap((row) => leaseIn(row) ?? []);
  const isFree = ({ key, owner, counter }: Lease) => {
    const before = seen.get(key);
    if (before?.counter !== counter) seen.set(key, { counter, at: clock.now() });
    return owner === undefined || clock.now() - seen.get(key)!.at > failoverMs;
  };
  const assign = ({ key, owner, counter }: Lease, worker: string) =>
    table.write({
      ...{ key, kind: "update", exists: true },
      expect: { leaseOwner: owner === undefined ? undefined : text(owner) },
      set: { leaseOwner: text(worker), leaseCounter: number(counter + 1) },
      remove: ["checkpointOwner"],
    });
  const workers = async () =>
    (await rows()).flatMap((row) => {
      const isFresh = clock.now() / 1000 - (numberIn(row, "lut") ?? 0) < 60;
      return textIn(row, "entityType") === "WORKER_METRIC_STATS" && isFresh
        ? [textIn(row, "leaseKey")!]
        : [];
    });
  every(30_000, () => lock({}));
  every(20_000, async () => {
    const active = await workers();
    const free = (await leases()).filter(isFree);
    for (const [at, lease] of free.entries()) {
      if (active.length > 0) await assign(lease, active[at % active.length]!);
    }
  });
  return {
    workers,
    leases,
    moveTo: (lease: Lease, worker: string) =>
      table.write({
        ...{ key: lease.key, kind: "update", exists: true },
        expect: { leaseOwner: text(lease.owner!), checkpointOwner: undefined },
        set: { leaseOwner: text(worker), checkpointOwner: text(lease.owner!) },
      }),
    async die(released = false) {
      isAlive = false;
      if (released) await lock({ isReleased: text("1") });
    },
  };
}

const led = ({ events }: Rig) =>
  events.flatMap((event) => (event.type === "led" ? [event.by] : []));

it("it takes nothing by itself, shows itself, and has what it is assigned", async () => {
  const rig = workerRig({ shards: 4 });
  const leader = leaderOf(rig);
  rig.put("a", "b", "c", "d", "e", "f");
  const [one, two] = [rig.start("one"), rig.start("two")];
  await rig.clock.advance(15_000);
  expect(rig.values()).toEqual([]);
  expect(await leader.workers()).toEqual([one.id, two.id]);
  await rig.clock.advance(100_000);
  expect([one.leases().length, two.leases().length]).toEqual([2, 2]);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(led(rig)).toEqual(["java", "java"]);
  const rows = (await rig.rows()).filter(({ leaseOwner }) => leaseOwner !== undefined);
  expect(rows).toHaveLength(4);
  expect(rows.every(({ throughputKBps }) => Number(throughputKBps) >= 0)).toBe(true);
  expect((await rig.table.get(one.id))?.sts).toEqual({ M: {} });
});

it("a lease that the leader moves is handed over without a repeat, and one that it frees is assigned anew", async () => {
  const rig = workerRig({ shards: 2 });
  const leader = leaderOf(rig);
  const one = rig.start("one");
  await rig.clock.advance(40_000);
  expect(one.leases()).toHaveLength(2);
  const two = rig.start("two");
  await rig.clock.advance(2000);
  const [first] = (await leader.leases()).filter(({ owner }) => owner === one.id);
  const putting = () => rig.put("x", "y", "z");
  putting();
  await leader.moveTo(first!, two.id);
  for (let second = 0; second < 10; second++) {
    putting();
    await rig.clock.advance(1000);
  }
  expect(two.leases().map(({ key }) => key)).toEqual([first!.key]);
  expect(rig.values()).toHaveLength(33);
  void one.stop();
  await rig.clock.advance(1000);
  expect(await leader.workers()).toEqual([two.id]);
  await rig.clock.advance(60_000);
  putting();
  await rig.clock.advance(2000);
  expect(two.leases()).toHaveLength(2);
  expect(rig.values()).toHaveLength(36);
});

it.each([
  ["dies", false, 125_000],
  ["goes", true, 1000],
])(
  "where the leader %s, ours lead when its lock is free, and assign what nobody has",
  async (_, released, ms) => {
    const rig = workerRig({ shards: 4 });
    const leader = leaderOf(rig);
    const one = rig.start("one");
    await rig.clock.advance(40_000);
    await leader.die(released);
    await rig.clock.advance(ms);
    expect(led(rig)).toEqual(["java", one.id]);
    const two = rig.start("two");
    await rig.clock.advance(10_000);
    expect([one.leases().length, two.leases().length]).toEqual([2, 2]);
  },
);

it("a fleet that was set back to KCL 2 has a lock that counts no more", async () => {
  const rig = workerRig({ shards: 2 });
  await leaderOf(rig).die();
  await rig.table.write({
    ...{ key: "Migration3.0", kind: "put", expect: {} },
    set: { entityType: text("CLIENT_VERSION_MIGRATION"), cv: text("CLIENT_VERSION_2X") },
  });
  const worker = rig.start("one");
  await rig.clock.advance(5000);
  expect(worker.leases()).toHaveLength(2);
  expect(led(rig)).toEqual([]);
});

it("a fleet of KCL 3.0 to 3.4, which leads in tables of its own, is refused", () => {
  const three = [{ key: text("Migration3.0"), cv: text("CLIENT_VERSION_3X") }];
  const lock = { leaseKey: text("Leader"), entityType: text("LEADER") };
  const move = (tm: string) => ({ leaseKey: text("TableMigration3.5"), tm: text(tm) });
  const refuse =
    (rows: Parameters<typeof refuseKcl3>[0], ...ofLeases: Row[]) =>
    () =>
      refuseKcl3(rows, "The table billing-CoordinatorState", ofLeases);
  expect(refuse(three)).toThrow(
    "The table billing-CoordinatorState says that a fleet of KCL 3.0 to 3.4 leads",
  );
  expect(refuse(three, lock)).not.toThrow();
  expect(refuse(three, move("TABLE_MIGRATION_STATUS_PENDING"))).toThrow("3.0 to 3.4");
  // Its last leader has gone, and the lock with it.
  expect(refuse(three, move("TABLE_MIGRATION_STATUS_COMPLETE"))).not.toThrow();
  expect(refuse([{ cv: text("CLIENT_VERSION_UPGRADE_FROM_2X") }])).not.toThrow();
  expect(refuse([])).not.toThrow();
});

it("a table whose fleet of KCL 3 has moved into it is assigned also while there is no lock", () => {
  const row = (tm: string) => ({ leaseKey: text("TableMigration3.5"), tm: text(tm) });
  expect(isAssigned([row("TABLE_MIGRATION_STATUS_COMPLETE")])).toBe(true);
  expect(
    isAssigned([row("TABLE_MIGRATION_STATUS_COMPLETE"), { cv: text("CLIENT_VERSION_2X") }]),
  ).toBe(false);
  expect(isAssigned([])).toBe(false);
});

it("where the coordinator's table has stayed behind, the lease table says whether the fleet has moved", async () => {
  const rows: Record<string, Row> = {
    "Migration3.0": { cv: text("CLIENT_VERSION_3X") },
  };
  const client = {
    send: async ({ input }: { input: { Key?: Record<string, { S: string }> } }) =>
      input.Key
        ? { Item: rows[Object.values(input.Key)[0]!.S] }
        : { Table: { TableStatus: "ACTIVE" } },
  };
  const ready = () => kclLeases({ client }).open("billing").ready();
  await expect(ready()).rejects.toThrow("billing-CoordinatorState");
  rows["TableMigration3.5"] = { tm: text("TABLE_MIGRATION_STATUS_COMPLETE") };
  await expect(ready()).resolves.toBeUndefined();
});

it("a worker whose clock is far behind that of the leader says why it gets nothing", async () => {
  const rig = workerRig({ shards: 3 });
  const leader = leaderOf(rig);
  const show = async (): Promise<void> => {
    await rig.table.write(metricsRow("java", rig.clock.now()));
    rig.clock.after(30_000, show);
  };
  void show();
  const behind = (ms: number) => ({
    ...rig.clock,
    now: () => rig.clock.now() - ms,
    after: (wait: number, act: () => void) => rig.clock.after(wait, act),
  });
  const late = rig.start("late", { runtime: rig.runtime(behind(75_000)) });
  const good = rig.start("good", { runtime: rig.runtime(behind(5000)) });
  await rig.clock.advance(120_000);
  expect(await leader.workers()).not.toContain(late.id);
  expect(late.leases()).toEqual([]);
  expect(good.leases()).not.toEqual([]);
  const troubles = rig.events.flatMap((event) =>
    event.type === "trouble" ? [`${event.worker}: ${(event.error as Error).message}`] : [],
  );
  expect(troubles).toEqual([
    expect.stringMatching(/^late: This worker's clock is 75 s behind that of the leader java/),
  ]);
});
