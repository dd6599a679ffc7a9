/** `kinesisConsumer` in a worker: its log skips what a crash would repeat, and its clock is the worker's. */
import { expect, it } from "vitest";
import { json, kinesisConsumer, memoryProgress } from "../../src/index.ts";
import { aggregate } from "../../src/kpl.ts";
import { count, tumbling } from "../../src/windows.ts";
import { workerRig } from "./rig.ts";

it("with progress a crash repeats no effect", async () => {
  const rig = workerRig({ shards: 2 });
  const effects: number[] = [];
  const handler = kinesisConsumer({
    consumer: "billing",
    decode: json(),
    progress: memoryProgress(),
    metrics: false,
    process: (value) => {
      effects.push(value as never);
    },
  });
  let isAlive = true;
  const runtime = rig.runtime({
    ...rig.clock,
    after: (ms, fire) => rig.clock.after(ms, () => isAlive && fire()),
  });
  rig.start("one", { runtime }, handler);
  await rig.clock.advance(3000);
  rig.put("1", "2", "3", "4");
  await rig.clock.advance(1500);
  expect(effects).toHaveLength(4);
  // Before the next sign of life: the position in the table is that of nothing.
  isAlive = false;
  const two = rig.start("two", {}, handler);
  await rig.clock.advance(15_000);
  expect(two.leases()).toHaveLength(2);
  rig.put("5");
  await rig.clock.advance(3000);
  expect([...effects].sort()).toEqual([1, 2, 3, 4, 5]);
  // The records came again, and were skipped.
  expect(rig.values().filter((value) => value === "1")).toHaveLength(2);
});

it("takes aggregates apart, and gives the one failure back that Lambda would get", async () => {
  const rig = workerRig();
  const effects: string[] = [];
  let failures = 1;
  const handler = kinesisConsumer({
    consumer: "billing",
    decode: json(),
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    process(value) {
      if (value === "bad" && failures-- > 0) throw new Error("not now");
      effects.push(value as never);
    },
  });
  const packed = aggregate(
    ["a", "bad", "c"].map((value) => ({
      partitionKey: "k",
      data: Buffer.from(JSON.stringify(value)),
    })),
  );
  rig.kinesis.putRecord({ stream: "orders", partitionKey: "a", data: packed.data });
  rig.start("one", {}, handler);
  await rig.clock.advance(5000);
  expect(new Set(effects)).toEqual(new Set(["a", "bad", "c"]));
  expect(effects.indexOf("bad")).toBeLessThan(effects.indexOf("c"));
});

it("what is left of an aggregate has the names in the log that it has in the whole", async () => {
  const rig = workerRig();
  const effects: string[] = [];
  let failsAt = "b";
  const handler = kinesisConsumer({
    consumer: "billing",
    decode: json(),
    metrics: false,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    progress: memoryProgress(),
    process(value, { subSequenceNumber }) {
      if (value === failsAt) throw new Error("not now");
      effects.push(`${subSequenceNumber} ${value}`);
    },
  });
  const { data } = aggregate(
    ["a", "b", "c", "d"].map((value) => ({
      partitionKey: "k",
      data: Buffer.from(JSON.stringify(value)),
    })),
  );
  const { sequenceNumber } = rig.kinesis.putRecord({ stream: "orders", partitionKey: "a", data });
  const one = rig.start("one", {}, handler);
  await rig.clock.advance(5000);
  expect(effects).toEqual(["0 a"]);
  void one.stop();
  await rig.clock.advance(20_000);
  // A worker of the KCL does "b" and "c", and leaves the rest.
  await rig.table.write({
    key: "shardId-000000000000",
    kind: "update",
    expect: {},
    set: { checkpoint: { S: sequenceNumber }, checkpointSubSequenceNumber: { N: "2" } },
  });
  failsAt = "";
  rig.start("two", {}, handler);
  await rig.clock.advance(5000);
  expect(effects).toEqual(["0 a", "3 d"]);
});

it("counts in windows, and what was counted is the next owner's", async () => {
  const rig = workerRig();
  const rows: unknown[] = [];
  const progress = memoryProgress();
  const handler = () =>
    kinesisConsumer({
      consumer: "billing",
      decode: json(),
      metrics: false,
      progress,
      window: tumbling({ seconds: 10 }, { aggregate: { n: count() } }),
      process: ({ n }) => {
        rows.push(n);
      },
    });
  const one = rig.start("one", {}, handler());
  rig.put("1", "2");
  await rig.clock.advance(3000);
  void one.stop();
  await rig.clock.advance(1000);
  rig.start("two", {}, handler());
  rig.put("3");
  await rig.clock.advance(30_000);
  rig.put("4");
  await rig.clock.advance(5000);
  expect(rows).toEqual([3]);
});
