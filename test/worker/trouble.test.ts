/** What AWS refuses for a while: nothing is lost, nothing is repeated, and nothing stops. */
import { expect, it } from "vitest";
import type { RowWrite } from "../../src/worker/leases/row.ts";
import type { LeaseTable } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const named = (name: string) => Object.assign(new Error(name), { name });

/** The table, which refuses every call while `isThrottled`. */
function throttledTable(rig: ReturnType<typeof workerRig>) {
  const state = { isThrottled: false, refused: 0 };
  const through = <T>(call: () => Promise<T>): Promise<T> => {
    if (!state.isThrottled) return call();
    state.refused++;
    return Promise.reject(named("ProvisionedThroughputExceededException"));
  };
  const table: LeaseTable = {
    ready: () => rig.table.ready(),
    scan: () => through(() => rig.table.scan()),
    get: (key) => through(() => rig.table.get(key)),
    write: (write) => through(() => rig.table.write(write)),
  };
  return { state, leases: { open: () => table } };
}

it("a lease table that is throttled for less than the failover time costs nothing but a word", async () => {
  const rig = workerRig({ shards: 3 });
  const { leases, state } = throttledTable(rig);
  const one = rig.start("one", { leases });
  await rig.clock.advance(5000);
  state.isThrottled = true;
  rig.put("a", "b", "c");
  await rig.clock.advance(6000);
  expect(state.refused).toBeGreaterThan(3);
  state.isThrottled = false;
  await rig.clock.advance(5000);
  expect(one.leases().map(({ isValid }) => isValid)).toEqual([true, true, true]);
  expect(rig.values().sort()).toEqual(["a", "b", "c"]);
  expect(rig.events.filter(({ type }) => type === "lost")).toEqual([]);
  expect(rig.events.some(({ type }) => type === "trouble")).toBe(true);
});

it("what a worker has taken lives while its first look at the table is not over", async () => {
  const rig = workerRig({ shards: 3 });
  const before = rig.start("before");
  await rig.clock.advance(5000);
  await before.stop();
  const silent: LeaseTable = {
    ...rig.table,
    write: (write) =>
      write.key === "shardId-000000000002" ? new Promise(() => {}) : rig.table.write(write),
  };
  const one = rig.start("one", { leases: { open: () => silent } });
  await rig.clock.advance(15_000);
  expect(one.leases().map(({ isValid }) => isValid)).toEqual([true, true]);
});

it("one that is throttled for longer has the worker give up before another may begin, and begin again", async () => {
  const rig = workerRig({ shards: 3 });
  const { leases, state } = throttledTable(rig);
  const one = rig.start("one", { leases });
  await rig.clock.advance(5000);
  state.isThrottled = true;
  await rig.clock.advance(11_000);
  expect(one.leases().filter(({ isValid }) => isValid)).toEqual([]);
  rig.put("a", "b", "c");
  await rig.clock.advance(10_000);
  expect(rig.values()).toEqual([]);
  state.isThrottled = false;
  await rig.clock.advance(20_000);
  expect(one.leases()).toHaveLength(3);
  expect(rig.values().sort()).toEqual(["a", "b", "c"]);
});

it("an iterator that has expired is replaced by one behind what was read", async () => {
  const rig = workerRig();
  let expires = 0;
  let expired = 0;
  const runtime = rig.streamBut((stream) => ({
    read(iterator: string, limit: number) {
      if (expires === 0) return stream.read(iterator, limit);
      expires--;
      expired++;
      return Promise.reject(named("ExpiredIteratorException"));
    },
  }));
  rig.start("one", { runtime });
  rig.put("a", "b");
  await rig.clock.advance(3000);
  expires = 2;
  rig.put("c");
  await rig.clock.advance(3000);
  rig.put("d");
  await rig.clock.advance(3000);
  expect(expired).toBe(2);
  expect(rig.values()).toEqual(["a", "b", "c", "d"]);
  expect(rig.events.filter(({ type }) => type === "trouble")).toEqual([]);
});

it.each([
  ["that is open is read on", false],
  ["that is closed is followed by those that the listing names", true],
])("an end without children of a shard %s", async (_, isClosed) => {
  const rig = workerRig();
  let isWrong = false;
  const runtime = rig.streamBut((stream) => ({
    async read(iterator: string, limit: number) {
      const page = await stream.read(iterator, limit);
      return isWrong || isClosed
        ? { ...page, next: isWrong ? undefined : page.next, children: [] }
        : page;
    },
  }));
  rig.start("one", { runtime });
  rig.put("a");
  await rig.clock.advance(3000);
  if (isClosed) {
    rig.kinesis.splitShard({
      ...{ stream: "orders", shardToSplit: "shardId-000000000000" },
      newStartingHashKey: String(2n ** 127n),
    });
  }
  isWrong = !isClosed;
  rig.put("b");
  await rig.clock.advance(1500);
  isWrong = false;
  rig.put("c", "d");
  await rig.clock.advance(10_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d"]);
  const told = rig.events.map(({ type }) => type);
  expect(told.filter((type) => type === "shardEnd")).toHaveLength(isClosed ? 1 : 0);
  const [first] = await rig.rows();
  expect(first?.checkpoint === "SHARD_END").toBe(isClosed);
});

it("a closed shard that has no iterator any more, as AWS's reference has it, has ended", async () => {
  const rig = workerRig();
  let isRead = false;
  const runtime = rig.streamBut((stream) => ({
    async iterator(...[shardId, from]: Parameters<typeof stream.iterator>) {
      const hasNone = isRead && shardId === "shardId-000000000000";
      return hasNone ? undefined : await stream.iterator(shardId, from);
    },
    async read(iterator: string, limit: number) {
      if (isRead && iterator === undefined) throw named("ValidationException");
      return await stream.read(iterator, limit);
    },
  }));
  const one = rig.start("one", { runtime });
  rig.put("a");
  await rig.clock.advance(5000);
  const stopped = one.stop();
  await rig.clock.advance(1000);
  await stopped;
  rig.kinesis.splitShard({
    ...{ stream: "orders", shardToSplit: "shardId-000000000000" },
    newStartingHashKey: String(2n ** 127n),
  });
  isRead = true;
  rig.put("b", "c");
  rig.start("two", { runtime });
  await rig.clock.advance(20_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c"]);
  expect(rig.events.filter(({ type }) => type === "trouble")).toEqual([]);
});

it("a shard that is refused as one that is not there, and is listed, is read on from where it was", async () => {
  const rig = workerRig();
  let isRefused = false;
  const refuse = async () => {
    if (isRefused) throw named("ResourceNotFoundException");
  };
  const runtime = rig.streamBut((stream) => ({
    iterator: (...of: Parameters<typeof stream.iterator>) =>
      refuse().then(() => stream.iterator(...of)),
    read: (...of: Parameters<typeof stream.read>) => refuse().then(() => stream.read(...of)),
  }));
  rig.start("one", { runtime });
  rig.put("a", "b");
  await rig.clock.advance(5000);
  isRefused = true;
  await rig.clock.advance(10_000);
  rig.put("c");
  isRefused = false;
  await rig.clock.advance(10_000);
  expect(rig.values()).toEqual(["a", "b", "c"]);
  const told = rig.events.map(({ type }) => type);
  expect(told).not.toContain("shardEnd");
  expect(told).toContain("trouble");
});

it("a shard that ends while a renewal is late is ended when its answer has come", async () => {
  const rig = workerRig();
  let isSlow = false;
  const table = {
    ...rig.table,
    async write(write: RowWrite) {
      const done = await rig.table.write(write);
      if (isSlow) await rig.clock.sleep(2900);
      return done;
    },
  };
  const worker = rig.start("one", { leases: { open: () => table }, failoverMs: 3000 });
  await rig.clock.advance(5000);
  isSlow = true;
  const isValid = () => worker.leases()[0]?.isValid;
  while (isValid()) await rig.clock.advance(100);
  rig.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  await rig.clock.advance(1500);
  expect(isValid()).toBe(false);
  isSlow = false;
  await rig.clock.advance(5000);
  expect(rig.events.filter(({ type }) => type === "lost")).toEqual([]);
  expect(
    worker
      .leases()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(["shardId-000000000001", "shardId-000000000002"]);
});

it("what ends a reader ends the worker, which would renew a lease that nobody reads", async () => {
  const rig = workerRig();
  const runtime = rig.streamBut((stream) => ({
    async read(iterator: string, limit: number) {
      const page = await stream.read(iterator, limit);
      const records = page.records.map((record) => ({ ...record, data: undefined as never }));
      return { ...page, records };
    },
  }));
  const one = rig.start("one", { runtime });
  const ended = expect(one.done).rejects.toThrow("undefined");
  await rig.clock.advance(3000);
  rig.put("a");
  await rig.clock.advance(3000);
  await ended;
  expect(one.leases()).toEqual([]);
});
