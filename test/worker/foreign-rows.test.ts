/** Rows that others have left in the lease table, or that make no sense: the worker mends what it may, and says what it may not. */
import { expect, it } from "vitest";
import { leaseIn } from "../../src/worker/leases/lease.ts";
import { number, type Row, text } from "../../src/worker/leases/row.ts";
import { coreStream } from "./core-stream.ts";
import { workerRig } from "./rig.ts";

const shard = (at: number) => `shardId-${String(at).padStart(12, "0")}`;

function tableRig(shards = 1) {
  const rig = workerRig({ shards });
  const row = (key: string, set: Row) =>
    rig.table.write({ ...{ key, kind: "put", expect: {} }, set });
  const troubles = () =>
    rig.events.flatMap((event) => (event.type === "trouble" ? [String(event.error)] : []));
  return { ...rig, row, troubles };
}

const horizon = text("TRIM_HORIZON");

it("a row under the key of a shard that is no lease is told, since nobody reads that shard", async () => {
  const rig = tableRig(2);
  await rig.row(shard(0), { leaseCounter: text("1") });
  rig.start("one");
  await rig.clock.advance(10_000);
  expect(rig.troubles()[0]).toContain(`a row ${shard(0)} that is no lease`);
  await rig.table.write({ key: shard(0), kind: "delete", expect: {} });
  await rig.clock.advance(10_000);
  expect((await rig.rows()).map(({ leaseOwner }) => leaseOwner)).not.toContain(undefined);
});

it.each([
  ["none", {}],
  ["what is no number", { startingHashKey: text("x"), endingHashKey: text("y") }],
])(
  "where a lease has %s for hash keys they are written, and the stream is not listed again and again",
  async (_, keys) => {
    const rig = tableRig();
    await rig.row(shard(0), { leaseCounter: number(1), checkpoint: horizon, ...keys });
    rig.put("a");
    let listed = 0;
    const stream = coreStream(rig.kinesis, "orders");
    const listShards: typeof stream.listShards = (from) => {
      listed++;
      return stream.listShards(from);
    };
    rig.start("one", {
      runtime: { ...rig.runtime(rig.clock), stream: () => ({ ...stream, listShards }) },
    });
    await rig.clock.advance(60_000);
    expect(rig.values()).toEqual(["a"]);
    expect(leaseIn((await rig.table.get(shard(0)))!)?.hashKeys).toEqual({
      starting: "0",
      ending: String(2n ** 128n - 1n),
    });
    expect(listed).toBeLessThan(5);
    expect(rig.troubles()).toEqual([]);
  },
);

it.each([
  [["orders", "refunds"], "orders", /leases that name their stream .*stream: \["orders"\]/],
  ["orders", ["orders", "refunds"], /leases that are of one stream alone .* a name alone/],
] as const)("positions of %j are not passed over by a worker of %j", async (before, after, why) => {
  const rig = tableRig();
  rig.kinesis.createStream({ name: "refunds", shards: 1 });
  rig.put("a");
  const one = rig.start("one", { stream: before });
  await rig.clock.advance(5000);
  void one.stop();
  await rig.clock.advance(1000);
  const two = rig.start("two", { stream: after });
  two.done.catch(() => {});
  await expect(two.ready).rejects.toThrow(why);
  expect(rig.values()).toEqual(["a"]);
});

it("a list of one stream goes on with the positions of a longer list", async () => {
  const rig = tableRig();
  rig.kinesis.createStream({ name: "refunds", shards: 1 });
  rig.put("a");
  const one = rig.start("one", { stream: ["orders", "refunds"] });
  await rig.clock.advance(5000);
  void one.stop();
  await rig.clock.advance(1000);
  rig.start("two", { stream: ["orders"] });
  rig.put("b");
  await rig.clock.advance(5000);
  expect(rig.values()).toEqual(["a", "b"]);
});

it("whoever has room for one lease takes none that waits for another", async () => {
  for (let round = 0; round < 6; round++) {
    const rig = tableRig(2);
    rig.kinesis.mergeShards({
      ...{ stream: "orders", shardToMerge: shard(0), adjacentShardToMerge: shard(1) },
    });
    rig.put("after");
    const parentShardId = { SS: [shard(0), shard(1)] };
    await rig.row(shard(0), { leaseCounter: number(1), checkpoint: text("SHARD_END") });
    await rig.row(shard(1), { leaseCounter: number(1), checkpoint: horizon });
    await rig.row(shard(2), { leaseCounter: number(1), checkpoint: horizon, parentShardId });
    rig.start(`one ${round}`, { maxLeases: 1 });
    await rig.clock.advance(10_000);
    expect(rig.values()).toEqual(["after"]);
  }
});
