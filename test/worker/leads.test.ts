/** A worker that leads a fleet of KCL 3: how it comes to the lead and loses it, and what it gives to whom. */
import { expect, it } from "vitest";
import { writeInput } from "../../src/worker/leases/expression.ts";
import { leaderLock } from "../../src/worker/leases/leader-lock.ts";
import { at, isAtEnd, type Lease, leaseIn, newRow } from "../../src/worker/leases/lease.ts";
import { metricsRow } from "../../src/worker/leases/metrics-row.ts";
import { numberIn, type Row, type RowWrite, text, textIn } from "../../src/worker/leases/row.ts";
import { renew } from "../../src/worker/leases/writes.ts";
import type { LeaseTable, Worker, WorkerOptions } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const at_ = at("TRIM_HORIZON");

type Rig = ReturnType<typeof workerRig>;

const put = ({ table }: Rig, key: string, set: Row) =>
  table.write({ key, kind: "put", expect: {}, set });

/** A table of KCL 3 whose leader is gone. */
async function ledRig(shards: number): Promise<Rig> {
  const rig = workerRig({ shards });
  const cv = text("CLIENT_VERSION_3X");
  await put(rig, "Migration3.0", { entityType: text("CLIENT_VERSION_MIGRATION"), cv });
  return rig;
}

const leaderIn = async ({ table }: Rig) => {
  const row = await table.get("Leader");
  return row && textIn(row, "ownerName");
};

/** A worker of KCL 3: each failover time it looks for what it was given, and counts from then; it ends handoffs. */
function kclWorker(rig: Rig, me: string, lateMs = 0) {
  const { table, clock } = rig;
  const found = new Set<string>();
  let isAlive = true;
  const leases = async () => (await table.scan()).flatMap((row) => leaseIn(row) ?? []);
  function every(ms: number, act: () => Promise<unknown>): void {
    if (!isAlive) return;
    void act();
    clock.after(ms, () => every(ms, act));
  }
  every(30_000, () => table.write(metricsRow(me, clock.now() - lateMs)));
  every(9975, async () => {
    for (const { key, owner, checkpointOwner } of await leases()) {
      if (owner === me && checkpointOwner === undefined) found.add(key);
    }
  });
  every(3308, async () => {
    const held = (await leases()).filter(({ key }) => found.has(key));
    for (const lease of held) {
      if (lease.checkpointOwner === me) await table.write(ended(lease));
      else if (lease.owner === me) await table.write(renew(lease));
      if (lease.owner !== me) found.delete(lease.key);
    }
  });
  return {
    found,
    die() {
      isAlive = false;
      found.clear();
    },
  };
}

const ended = ({ key, counter }: Lease): RowWrite => ({
  ...{ key, kind: "update", expect: {} },
  set: { leaseCounter: { N: String(counter + 1) } },
  remove: ["checkpointOwner"],
});

const ownersOf = async ({ table }: Rig) =>
  (await table.scan())
    .flatMap((row) => leaseIn(row) ?? [])
    .filter((lease) => !isAtEnd(lease))
    .map(({ owner }) => owner ?? "nobody")
    .sort();

const led = ({ events }: Rig) =>
  events.flatMap((event) => (event.type === "led" ? [event.by] : []));

it("it writes the lock as the KCL 3.5 was seen to, on the same conditions", async () => {
  const rig = workerRig();
  const sent: RowWrite[] = [];
  const table = {
    ...rig.table,
    async write(write: RowWrite) {
      sent.push(write);
      return await rig.table.write(write);
    },
  };
  const lock = leaderLock({
    table,
    me: "kcl-1",
    clock: rig.clock,
    random: () => 0.5,
    lastsMs: 120_000,
  });
  lock.see([]);
  await lock.keep();
  await rig.clock.advance(40_000);
  await lock.keep();
  await lock.giveUp();
  const [taken, kept, givenUp] = sent.map((write) => writeInput(write));
  expect(sent[0]!.set).toMatchObject({
    ...{ ownerName: text("kcl-1"), entityType: text("LEADER"), leaseDuration: text("120000") },
    recordVersionNumber: expect.anything(),
  });
  expect(Object.keys(sent[0]!.set!)).toHaveLength(4);
  expect(taken!.ConditionExpression).toBe("attribute_not_exists(#leaseKey)");
  const mine = "#recordVersionNumber = :was_recordVersionNumber AND #ownerName = :was_ownerName";
  expect(kept).toMatchObject({
    ConditionExpression: mine,
    UpdateExpression:
      "SET #leaseDuration = :leaseDuration, #recordVersionNumber = :recordVersionNumber",
  });
  expect(givenUp!.ConditionExpression).toBe(mine);
  expect(sent.map(({ kind }) => kind)).toEqual(["put", "update", "delete"]);
});

it("a lock is left alone while it changes, and taken where it was given up or stands still for as long as it says", async () => {
  const rig = await ledRig(1);
  const lock = (version: number, more: Row = {}) =>
    put(rig, "Leader", {
      ...{ entityType: text("LEADER"), ownerName: text("kcl-1"), leaseDuration: text("20000") },
      recordVersionNumber: text(`version ${version}`),
      ...more,
    });
  await lock(0);
  const one = rig.start("one");
  for (let version = 1; version < 10; version++) {
    await rig.clock.advance(15_000);
    await lock(version);
  }
  await rig.clock.advance(19_000);
  expect(await leaderIn(rig)).toBe("kcl-1");
  await rig.clock.advance(4000);
  expect(await leaderIn(rig)).toBe(one.id);
  // Somebody takes it, whoever that is.
  await lock(10);
  await rig.clock.advance(5000);
  expect(await leaderIn(rig)).toBe("kcl-1");
  await lock(11, { isReleased: text("1") });
  await rig.clock.advance(1500);
  expect(await leaderIn(rig)).toBe(one.id);
  expect(led(rig)).toEqual(["kcl-1", one.id, "kcl-1", one.id]);
});

it("a fleet that moves from three tables into one has its lock elsewhere until it is done", async () => {
  const rig = await ledRig(1);
  const moving = (status: string) =>
    put(rig, "TableMigration3.5", { tm: text(`TABLE_MIGRATION_STATUS_${status}`) });
  await moving("PENDING");
  const one = rig.start("one");
  await rig.clock.advance(10_000);
  expect(await leaderIn(rig)).toBeUndefined();
  await moving("COMPLETE");
  await rig.clock.advance(2000);
  expect(await leaderIn(rig)).toBe(one.id);
});

it("whoever does not know all streams of the table leaves the lead to others", async () => {
  const rig = await ledRig(1);
  const of = "123456789012:refunds:1700000000";
  const other = newRow({
    ...{ key: `${of}:shardId-000000000000`, shardId: "shardId-000000000000", streamName: of },
    ...{ checkpoint: at("TRIM_HORIZON"), parents: [], hashKeys: undefined },
  });
  await put(rig, `${of}:shardId-000000000000`, other);
  rig.start("one");
  await rig.clock.advance(10_000);
  expect(await leaderIn(rig)).toBeUndefined();
});

it("where the leader stops another leads within seconds, and where it dies within the failover time", async () => {
  const rig = await ledRig(6);
  const [one, two] = [rig.start("one"), rig.start("two")];
  rig.put(..."abcdefgh");
  await rig.clock.advance(10_000);
  expect([one.leases().length, two.leases().length]).toEqual([3, 3]);
  const [first, second] = (await leaderIn(rig)) === one.id ? [one, two] : [two, one];
  void first.stop();
  await rig.clock.advance(3000);
  expect(await leaderIn(rig)).toBe(second.id);
  expect(second.leases()).toHaveLength(6);
  expect(await rig.table.get(first.id)).toBeUndefined();
  await put(rig, "Leader", {
    ...{ entityType: text("LEADER"), ownerName: text("dead:shardmill") },
    ...{ leaseDuration: text("10000"), recordVersionNumber: text("the last") },
  });
  await rig.clock.advance(12_500);
  expect(await leaderIn(rig)).toBe(second.id);
  expect(rig.values().sort().join("")).toBe("abcdefgh");
});

it("a worker of the KCL has its share, and is given the time that it takes to find it", async () => {
  const rig = await ledRig(4);
  const one = rig.start("one");
  await rig.clock.advance(5000);
  const kcl = kclWorker(rig, "kcl-1");
  await rig.clock.advance(20_000);
  expect(await ownersOf(rig)).toEqual(["kcl-1", "kcl-1", one.id, one.id]);
  expect(kcl.found.size).toBe(2);
  const owned = async () =>
    Object.fromEntries(
      (await rig.rows()).map(({ leaseKey, leaseOwner }) => [leaseKey, leaseOwner]),
    );
  const before = await owned();
  await rig.clock.advance(180_000);
  expect(await owned()).toEqual(before);
  expect(rig.events.filter(({ type }) => type === "lost")).toEqual([]);
});

it("what a dead one had goes to those that live, and nothing more to it", async () => {
  const rig = await ledRig(4);
  const one = rig.start("one");
  await rig.clock.advance(2000);
  const kcl = kclWorker(rig, "kcl-1");
  await rig.clock.advance(20_000);
  kcl.die();
  await rig.clock.advance(13_000);
  expect(await ownersOf(rig)).toEqual([one.id, one.id, one.id, one.id]);
  await rig.clock.advance(120_000);
  expect(await ownersOf(rig)).toEqual([one.id, one.id, one.id, one.id]);
});

it("a worker that shows itself and never begins is given leases ever more rarely", async () => {
  const rig = await ledRig(4);
  const one = rig.start("one");
  await rig.clock.advance(5000);
  const show = async () => void (await rig.table.write(metricsRow("deaf", rig.clock.now())));
  let still = 0;
  for (let second = 0; second < 1800; second++) {
    if (second % 30 === 0) await show();
    await rig.clock.advance(1000);
    if (one.leases().length < 4) still++;
  }
  expect(still).toBeGreaterThan(0);
  expect(still).toBeLessThan(360);
});

it("the row of a worker that has been gone for an hour is removed, whatever its clock said", async () => {
  const rig = await ledRig(1);
  const ago = (minutes: number) => rig.clock.now() - minutes * 60_000;
  await rig.table.write(metricsRow("long gone", ago(61)));
  await rig.table.write(metricsRow("of another clock", ago(-24 * 60)));
  await rig.table.write(metricsRow("gone", ago(55)));
  rig.start("one");
  await rig.clock.advance(3000);
  expect(await rig.table.get("long gone")).toBeUndefined();
  expect(await rig.table.get("of another clock")).toBeUndefined();
  expect(await rig.table.get("gone")).toBeDefined();
});

it("a worker whose clock is a day behind is there all the same", async () => {
  const rig = await ledRig(2);
  rig.start("one");
  await rig.clock.advance(5000);
  const behind = kclWorker(rig, "behind", 24 * 3_600_000);
  await rig.clock.advance(120_000);
  expect(behind.found.size).toBe(1);
  expect(await rig.table.get("behind")).toBeDefined();
});

it("a split under it goes on: it makes no lease twice, and assigns the children", async () => {
  const rig = await ledRig(1);
  const [one, two] = [rig.start("one"), rig.start("two")];
  await rig.clock.advance(5000);
  rig.put("a", "b", "c");
  rig.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  rig.put("d", "e", "f");
  await rig.clock.advance(20_000);
  expect(await ownersOf(rig)).toEqual([one.id, two.id].sort());
  expect(rig.values().sort().join("")).toBe("abcdef");
});

it("a fleet that is set back to KCL 2 has no leader, and the lock is given up", async () => {
  const rig = await ledRig(2);
  const one = rig.start("one");
  await rig.clock.advance(5000);
  expect(await leaderIn(rig)).toBe(one.id);
  await put(rig, "Migration3.0", { cv: text("CLIENT_VERSION_2X") });
  await rig.clock.advance(2000);
  expect(await leaderIn(rig)).toBeUndefined();
  expect(led(rig)).toEqual([one.id, undefined]);
  expect(one.leases()).toHaveLength(2);
});

/** The table, of which some calls fail: before they are made, or after. */
function troubled({ table }: Rig, fails: (write: RowWrite) => "before" | "after" | undefined) {
  const calls = { scans: 0 };
  const refused = Object.assign(new Error("Slow down"), { name: "ThrottlingException" });
  return {
    ...{ calls, ...table },
    async scan() {
      calls.scans++;
      return await table.scan();
    },
    async write(write: RowWrite) {
      const when = fails(write);
      if (when === "before") throw refused;
      const done = await table.write(write);
      if (when === "after") throw refused;
      return done;
    },
  };
}

const startWith = (rig: Rig, name: string, table: LeaseTable, more: Partial<WorkerOptions> = {}) =>
  rig.start(name, { leases: { open: () => table }, ...more });

it("while assignments are refused it looks no more often than else", async () => {
  const rig = await ledRig(2);
  const table = troubled(rig, ({ set }) => (set?.leaseOwner ? "before" : undefined));
  startWith(rig, "one", table);
  await rig.clock.advance(10_000);
  expect(table.calls.scans).toBeLessThan(15);
});

it("a look has ten assignments under way at most, and none more once the table has too much to do", async () => {
  const rig = await ledRig(40);
  let isBusy = true;
  let under = 0;
  let most = 0;
  const table: LeaseTable = {
    ...rig.table,
    async write(write) {
      if (!write.set?.leaseOwner) return await rig.table.write(write);
      most = Math.max(most, ++under);
      await rig.clock.sleep(20);
      under--;
      if (isBusy) throw Object.assign(new Error("Slow down"), { name: "ThrottlingException" });
      return await rig.table.write(write);
    },
  };
  const one = startWith(rig, "one", table);
  await rig.clock.advance(2500);
  const troubles = () => rig.events.filter(({ type }) => type === "trouble").length;
  expect(troubles()).toBeGreaterThan(0);
  expect(troubles()).toBeLessThan(5);
  isBusy = false;
  await rig.clock.advance(5000);
  expect(one.leases()).toHaveLength(40);
  expect(most).toBe(10);
});

it("it goes on to lead while its own row is refused", async () => {
  const rig = await ledRig(2);
  let isRefused = false;
  const one: Worker = startWith(
    rig,
    "one",
    troubled(rig, ({ key }) => (isRefused && key === one.id ? "before" : undefined)),
  );
  await rig.clock.advance(5000);
  isRefused = true;
  const two = rig.start("two");
  await rig.clock.advance(60_000);
  expect(await leaderIn(rig)).toBe(one.id);
  expect(two.leases()).toHaveLength(1);
  expect(rig.events).toContainEqual(
    expect.objectContaining({ type: "trouble", doing: "writing the worker's metrics" }),
  );
});

it("a stop gives up the lock and its row also where the table refuses at first", async () => {
  const rig = await ledRig(1);
  let refusals = 2;
  const table = troubled(rig, ({ kind }) =>
    kind === "delete" && refusals-- > 0 ? "before" : undefined,
  );
  const one = startWith(rig, "one", table);
  await rig.clock.advance(5000);
  void one.stop();
  await rig.clock.advance(3000);
  expect(await leaderIn(rig)).toBeUndefined();
  expect(await rig.table.get(one.id)).toBeUndefined();
});

it("a stop gives up the lock also where the reply to its last renewal was lost", async () => {
  const rig = await ledRig(1);
  let renewals = 0;
  const isRenewal = ({ key, kind }: RowWrite) => key === "Leader" && kind === "update";
  const one = startWith(
    rig,
    "one",
    troubled(rig, (write) => (isRenewal(write) && ++renewals > 0 ? "after" : undefined)),
  );
  while (renewals === 0) await rig.clock.advance(100);
  void one.stop();
  await rig.clock.advance(3000);
  expect(await leaderIn(rig)).toBeUndefined();
});

it("a lock that does not say in numbers how long it lasts is free after as long as the KCL's", async () => {
  const rig = await ledRig(1);
  await put(rig, "Leader", {
    ...{ entityType: text("LEADER"), ownerName: text("dead"), leaseDuration: text("two minutes") },
    recordVersionNumber: text("the last"),
  });
  const one = rig.start("one", { failoverMs: 3000.5 });
  await rig.clock.advance(119_000);
  expect(await leaderIn(rig)).toBe("dead");
  await rig.clock.advance(3000);
  expect(await leaderIn(rig)).toBe(one.id);
  // KCL reads a whole number.
  expect(textIn((await rig.table.get("Leader"))!, "leaseDuration")).toBe("3001");
});

it("it shows itself in time also where it looks rarely", async () => {
  const rig = await ledRig(1);
  const one = rig.start("one", { failoverMs: 600_000 });
  await rig.clock.advance(2000);
  for (let at = 0; at < 400; at++) {
    const key = `shardId-${String(at + 10).padStart(12, "0")}`;
    const lease = newRow({ key, checkpoint: at_, parents: [], hashKeys: undefined });
    await put(rig, key, { ...lease, leaseOwner: text(`kcl-${at}`) });
  }
  for (let seconds = 0; seconds < 300; seconds += 5) {
    await rig.clock.advance(5000);
    const shown = numberIn((await rig.table.get(one.id))!, "lut")!;
    expect(rig.clock.now() / 1000 - shown).toBeLessThan(60);
  }
});

it("whoever leaves the lead to others says so where nobody takes it", async () => {
  const rig = await ledRig(1);
  const of = "123456789012:refunds:1700000000";
  const key = `${of}:shardId-000000000000`;
  const other = { key, shardId: "shardId-000000000000", streamName: of };
  await put(rig, key, newRow({ ...other, checkpoint: at_, parents: [], hashKeys: undefined }));
  rig.start("one");
  await rig.clock.advance(10_000);
  const said = rig.events.flatMap((event) => (event.type === "trouble" ? [event] : []));
  expect(said).toHaveLength(1);
  expect(String(said[0]!.error)).toContain(of);
});

/** Two streams, of which the second cannot be listed any more once the rig says so. */
async function unlistedRig() {
  const rig = await ledRig(2);
  rig.kinesis.createStream({ name: "refunds", shards: 1 });
  const { stream, ...runtime } = rig.runtime(rig.clock);
  const state = { isRefused: false };
  const denied = () => Object.assign(new Error("Not yours"), { name: "AccessDeniedException" });
  const start = (name: string) =>
    rig.start(name, {
      stream: ["orders", "refunds"],
      runtime: {
        ...runtime,
        stream(name) {
          const own = stream(name);
          const listShards: typeof own.listShards = async (from) => {
            if (state.isRefused && name === "refunds") throw denied();
            return await own.listShards(from);
          };
          return { ...own, listShards };
        },
      },
    });
  const first = start("first");
  await rig.clock.advance(5000);
  expect(first.leases()).toHaveLength(3);
  const key = first.leases().find((lease) => lease.key.includes("refunds"))!.key;
  return {
    ...{ rig, first, start },
    async forget() {
      state.isRefused = true;
      await rig.table.write({ key, kind: "delete", expect: {} });
    },
  };
}

it("a stream that cannot be listed keeps no lease of another from being assigned", async () => {
  const { rig, first, start, forget } = await unlistedRig();
  await forget();
  const second = start("second");
  await rig.clock.advance(45_000);
  expect([first.leases().length, second.leases().length]).toEqual([1, 1]);
});

it("a worker that cannot start leaves nothing behind: no lock, no row, no lease", async () => {
  const { rig, first, start, forget } = await unlistedRig();
  await forget();
  void first.stop();
  await rig.clock.advance(2000);
  const second = start("second");
  const refused = expect(second.ready).rejects.toThrow("Not yours");
  second.done.catch(() => {});
  rig.put("a", "b", "c");
  await rig.clock.advance(3000);
  await refused;
  expect(await leaderIn(rig)).toBeUndefined();
  expect(await rig.table.get(second.id)).toBeUndefined();
  expect(await ownersOf(rig)).toEqual(["nobody", "nobody"]);
});
