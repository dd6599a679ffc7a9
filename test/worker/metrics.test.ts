/** What a worker measures: right counts of each minute, whatever becomes of shards, leases and batches. */
import { expect, it } from "vitest";
import { fanOut, type WorkerOptions } from "../../src/worker.ts";
import { coreStream } from "./core-stream.ts";
import { workerRig } from "./rig.ts";

const named = (name: string) => Object.assign(new Error(name), { name });
const minute = 60_000;

type Line = Record<string, any>;

/** A rig whose workers write their metrics here. */
function meteredRig({ shards = 1 } = {}) {
  const rig = workerRig({ shards });
  const lines: (Line & { readonly worker: string })[] = [];
  const start = (
    name: string,
    options: Partial<WorkerOptions> = {},
    handler?: (event: any, context: any) => unknown,
  ) =>
    rig.start(
      name,
      {
        metrics: true,
        ...options,
        runtime: {
          ...rig.runtime(rig.clock),
          ...options.runtime,
          write: (line) => void lines.push({ worker: name, ...JSON.parse(line) }),
        },
      },
      handler,
    );
  const sum = (name: string) => lines.reduce((all, line) => all + (line[name] ?? 0), 0);
  return { ...rig, lines, start, sum };
}

it("a line of the embedded metric format each minute, and one when the worker is done", async () => {
  const rig = meteredRig({ shards: 2 });
  const worker = rig.start("one");
  rig.put("a", "bc");
  await rig.clock.advance(minute - 1);
  expect(rig.lines).toEqual([]);
  await rig.clock.advance(1000);
  const measured = {
    RecordsProcessed: 2,
    BatchesFailed: 0,
    LeasesTaken: 2,
    LostLeases: 0,
    ThrottledReads: 0,
    RecordsGivenUp: 0,
    DataBytesProcessed: 3,
    CurrentLeases: 2,
    MillisBehindLatest: 0,
  };
  const [line] = rig.lines;
  expect(line).toMatchObject({ Application: "billing", Stream: "orders", ...measured });
  const { Namespace, Dimensions, Metrics } = line!._aws.CloudWatchMetrics[0];
  expect({ Namespace, Dimensions }).toEqual({
    Namespace: "shardmill",
    Dimensions: [["Application", "Stream"]],
  });
  expect(Metrics.map(({ Name }: Line) => Name)).toEqual(Object.keys(measured));
  await rig.clock.advance(minute);
  expect(rig.lines[1]).toMatchObject({ RecordsProcessed: 0, LeasesTaken: 0, CurrentLeases: 2 });
  rig.put("d");
  await rig.clock.advance(2000);
  void worker.stop();
  await rig.clock.advance(1000);
  await worker.done;
  expect(rig.lines).toHaveLength(3);
  // With no shard there is nothing to be behind of.
  expect(rig.lines[2]).toMatchObject({ RecordsProcessed: 1, CurrentLeases: 0, LostLeases: 0 });
  expect(rig.lines[2]).not.toHaveProperty("MillisBehindLatest");
  await rig.clock.advance(5 * minute);
  expect(rig.lines).toHaveLength(3);
});

it("nothing is written unless it is asked for", async () => {
  const rig = meteredRig();
  for (const metrics of [undefined, false] as const) {
    const worker = rig.start("one", { metrics } as Partial<WorkerOptions>);
    await rig.clock.advance(2 * minute);
    void worker.stop();
    await rig.clock.advance(1000);
  }
  expect(rig.lines).toEqual([]);
});

it("each record counts once over a split, and its children's leases are taken", async () => {
  const rig = meteredRig();
  const worker = rig.start("one");
  rig.put("1", "2", "3");
  await rig.clock.advance(100);
  rig.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  rig.put("4", "5", "6", "7");
  await rig.clock.advance(minute);
  void worker.stop();
  await rig.clock.advance(1000);
  expect(rig.values()).toHaveLength(7);
  expect(rig.lines.map(({ CurrentLeases }) => CurrentLeases)).toEqual([2, 0]);
  expect([rig.sum("RecordsProcessed"), rig.sum("DataBytesProcessed")]).toEqual([7, 7]);
  expect([rig.sum("LeasesTaken"), rig.sum("LostLeases")]).toEqual([3, 0]);
});

it("a lease that is lost counts, one that is handed over does not", async () => {
  const rig = meteredRig({ shards: 2 });
  rig.start("one");
  await rig.clock.advance(5000);
  rig.start("two");
  await rig.clock.advance(10_000);
  const [mine] = (await rig.rows()).filter(({ leaseOwner }) =>
    String(leaseOwner).startsWith("one"),
  );
  // As a worker of KCL 2 takes it: without asking.
  await rig.table.write({
    ...{ key: String(mine!.leaseKey), kind: "update", expect: {} },
    set: { leaseOwner: { S: "kcl" }, leaseCounter: { N: "999" } },
  });
  await rig.clock.advance(minute);
  const lost = (name: string) =>
    rig.lines.filter(({ worker }) => worker === name).map(({ LostLeases }) => LostLeases);
  expect([lost("one"), lost("two")]).toEqual([[1], [0]]);
});

it("a batch that fails counts at each attempt, and of a partial answer what was done", async () => {
  const rig = meteredRig();
  rig.put("a", "b", "c");
  let attempts = 0;
  rig.start("one", { retry: { bisectBatchOnFunctionError: false } }, (event) => {
    if (++attempts === 1) throw new Error("not now");
    if (attempts > 2) return undefined;
    const [, second] = event.Records;
    return { batchItemFailures: [{ itemIdentifier: second.kinesis.sequenceNumber }] };
  });
  await rig.clock.advance(minute + 1000);
  expect(attempts).toBe(3);
  expect(rig.lines[0]).toMatchObject({
    BatchesFailed: 2,
    RecordsProcessed: 3,
    DataBytesProcessed: 3,
  });
  expect(rig.events.flatMap((event) => (event.type === "batch" ? [event.done] : []))).toEqual([
    0, 1, 2,
  ]);
});

it("records that are given up are not among those that were processed", async () => {
  const rig = meteredRig();
  rig.put("a", "b");
  rig.start("one", { retry: { maximumRetryAttempts: 1 } }, () => {
    throw new Error("never");
  });
  await rig.clock.advance(minute + 1000);
  expect(rig.lines[0]).toMatchObject({ RecordsGivenUp: 2, RecordsProcessed: 0 });
});

it.each([
  ["polling", {}],
  ["fan-out", { retrieval: fanOut() }],
] as const)(
  "%s: a shard whose handler does not get on is behind by the age of what is not done",
  async (_, options) => {
    const rig = meteredRig({ shards: 2 });
    let isStuck = true;
    const worker = rig.start("one", options, () => {
      if (isStuck) throw new Error("stuck");
    });
    await rig.clock.advance(2000);
    rig.put("a");
    await rig.clock.advance(10 * minute);
    const behind = rig.lines.at(-1)!.MillisBehindLatest;
    // Kinesis itself would say 0: everything has been read.
    expect(behind).toBeGreaterThan(9 * minute);
    expect(behind).toBeLessThanOrEqual(10 * minute);
    expect(
      worker
        .leases()
        .map(({ millisBehindLatest }) => millisBehindLatest === 0)
        .sort(),
    ).toEqual([false, true]);
    isStuck = false;
    await rig.clock.advance(3 * minute);
    expect(rig.lines.at(-1)).toMatchObject({
      MillisBehindLatest: 0,
      RecordsProcessed: expect.any(Number),
    });
  },
);

it("reads that are refused count, and the shard is behind for as long as nothing is read", async () => {
  const rig = meteredRig();
  const stream = coreStream(rig.kinesis, "orders");
  let isThrottled = false;
  const worker = rig.start("one", {
    runtime: {
      stream: () => ({
        ...stream,
        read: (iterator: string, limit: number) =>
          isThrottled
            ? Promise.reject(named("ProvisionedThroughputExceededException"))
            : stream.read(iterator, limit),
      }),
    },
  });
  await rig.clock.advance(10_000);
  expect(worker.leases()[0]!.millisBehindLatest).toBe(0);
  isThrottled = true;
  await rig.clock.advance(minute - 5000);
  expect(rig.lines[0]!.ThrottledReads).toBeGreaterThan(8);
  expect(rig.lines[0]!.MillisBehindLatest).toBeGreaterThan(45_000);
  isThrottled = false;
  await rig.clock.advance(minute);
  expect(rig.lines[1]).toMatchObject({ MillisBehindLatest: 0 });
});

it("several streams are measured apart", async () => {
  const rig = meteredRig();
  rig.kinesis.createStream({ name: "refunds", shards: 3 });
  rig.start("one", { stream: ["orders", "refunds"] });
  rig.put("a");
  await rig.clock.advance(minute + 1000);
  expect(
    rig.lines.map(({ Stream, CurrentLeases, LeasesTaken, RecordsProcessed }) => [
      ...[Stream, CurrentLeases, LeasesTaken, RecordsProcessed],
    ]),
  ).toEqual([
    ["orders", 1, 1, 1],
    ["refunds", 3, 3, 0],
  ]);
});

it("a sink of one's own gets them, and is told when a set is complete", async () => {
  const rig = meteredRig();
  const sets: Line[] = [];
  let open: Line = {};
  rig.start("one", {
    metrics: {
      addMetric(name, unit, value) {
        open[name] = [value, unit];
      },
      publishStoredMetrics() {
        sets.push(open);
        open = {};
      },
    },
  });
  await rig.clock.advance(2 * minute + 1000);
  expect(sets).toHaveLength(2);
  expect(sets[0]).toMatchObject({
    CurrentLeases: [1, "Count"],
    DataBytesProcessed: [0, "Bytes"],
    MillisBehindLatest: [0, "Milliseconds"],
  });
  expect(rig.lines).toEqual([]);
});

it("a sink that throws stops nothing, and is told", async () => {
  const rig = meteredRig();
  const broken = () => {
    throw new Error("no room");
  };
  rig.start("one", { metrics: { addMetric: broken, publishStoredMetrics: broken } });
  await rig.clock.advance(minute + 1000);
  rig.put("a");
  await rig.clock.advance(2000);
  expect(rig.values()).toEqual(["a"]);
  expect(rig.lines[0]).toMatchObject({ level: "WARN", message: "The metrics could not be sent." });
});

it("a worker that fails sends what it has", async () => {
  const rig = meteredRig();
  rig.put("a");
  const worker = rig.start("one", {}, (event, context) => {
    if (atob(event.Records[0].kinesis.data) === "b") {
      context[Symbol.for("shardmill.runtime")].exit("an effect hangs");
    }
  });
  await rig.clock.advance(5000);
  rig.put("b");
  await rig.clock.advance(2000);
  await expect(worker.done).rejects.toThrow("an effect hangs");
  await rig.clock.advance(2 * minute);
  expect(rig.lines.map(({ RecordsProcessed }) => RecordsProcessed)).toEqual([1]);
});
