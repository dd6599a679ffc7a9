/** One worker: it reads every shard, answers for what it did, and leaves the position. */
import { expect, it } from "vitest";
import { aggregate, deaggregate } from "../../src/kpl.ts";
import { workerRig } from "./rig.ts";

it("reads every shard from the beginning, and later records within about a second", async () => {
  const rig = workerRig({ shards: 4 });
  rig.put("a", "b", "c", "d", "e");
  const worker = rig.start("one");
  await rig.clock.advance(3000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e"]);
  rig.put("later");
  await rig.clock.advance(1100);
  expect(rig.values()).toContain("later");
  expect(worker.leases().map(({ isValid }) => isValid)).toEqual([true, true, true, true]);
});

it("gives the handler the event that Lambda would send, and a context with its time", async () => {
  const rig = workerRig();
  rig.put("a");
  let seen: any;
  rig.start("one", { batch: { timeoutMs: 30_000 } }, (event, context) => {
    seen = { event, context, left: context.getRemainingTimeInMillis() };
  });
  await rig.clock.advance(3000);
  expect(Object.keys(seen.event)).toEqual(["Records"]);
  expect(seen.event.Records[0]).toMatchObject({
    eventSource: "aws:kinesis",
    eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    eventID: expect.stringMatching(/^shardId-000000000000:\d+$/),
  });
  expect(seen.left).toBe(30_000);
  expect(seen.context.invokedFunctionArn).toBe(
    "arn:aws:lambda:us-east-1:123456789012:function:billing",
  );
});

it("writes the position with the sign of life, as the Kinesis Client Library writes it", async () => {
  const rig = workerRig();
  const worker = rig.start("one");
  rig.put("a", "b");
  const { sequenceNumber } = rig.kinesis.putRecord({
    stream: "orders",
    partitionKey: "c",
    data: Buffer.from("c"),
  });
  await rig.clock.advance(8000);
  const [row] = await rig.rows();
  expect(row).toEqual({
    leaseKey: "shardId-000000000000",
    leaseOwner: worker.id,
    leaseCounter: "3",
    checkpoint: sequenceNumber,
    checkpointSubSequenceNumber: "0",
    ownerSwitchesSinceCheckpoint: "0",
    startingHashKey: "0",
    endingHashKey: String(2n ** 128n - 1n),
  });
});

it("honours item failures: what failed comes again, and the position stays before it", async () => {
  const rig = workerRig();
  rig.put("a", "b", "c");
  let failures = 2;
  rig.start("one", {}, (event) => {
    const bad = event.Records.find(({ kinesis }) => atob(kinesis.data) === "b");
    if (bad && failures-- > 0) {
      return { batchItemFailures: [{ itemIdentifier: bad.kinesis.sequenceNumber }] };
    }
  });
  await rig.clock.advance(5000);
  expect(rig.calls.map(({ values }) => values.join(""))).toEqual(["abc", "bc", "b", "c"]);
});

it("goes on in the middle of an aggregate where another worker has stopped there", async () => {
  const rig = workerRig();
  const records = ["a", "b", "c"].map((value) => ({
    partitionKey: value,
    data: Buffer.from(value),
  }));
  const { partitionKey, data } = aggregate(records);
  const { sequenceNumber } = rig.kinesis.putRecord({ stream: "orders", partitionKey, data });
  await rig.table.write({
    key: "shardId-000000000000",
    kind: "put",
    expect: {},
    set: {
      leaseCounter: { N: "7" },
      checkpoint: { S: sequenceNumber },
      checkpointSubSequenceNumber: { N: "1" },
      ownerSwitchesSinceCheckpoint: { N: "0" },
    },
  });
  const worker = rig.start("one");
  await rig.clock.advance(5000);
  // What is left comes as an aggregate of its own.
  const [left] = rig.datas;
  expect(deaggregate(left!)?.map(({ partitionKey }) => partitionKey)).toEqual(["c"]);
  // Its place is that in the whole, for whoever goes on.
  expect(await rig.rows()).toMatchObject([
    { checkpoint: sequenceNumber, checkpointSubSequenceNumber: "2" },
  ]);
  const last = rig.kinesis.putRecord({ stream: "orders", partitionKey, data });
  await rig.clock.advance(2000);
  void worker.stop();
  await rig.clock.advance(2000);
  expect(await rig.rows()).toMatchObject([
    { checkpoint: last.sequenceNumber, checkpointSubSequenceNumber: "2" },
  ]);
});

it("a stop waits for the handler, writes the position and gives the leases back", async () => {
  const rig = workerRig({ shards: 2 });
  rig.put("a", "b", "c", "d");
  const worker = rig.start("one", {}, () => rig.clock.sleep(1500));
  await rig.clock.advance(1000);
  let stopped = false;
  void worker.stop().then(() => {
    stopped = true;
  });
  await rig.clock.advance(300);
  expect(stopped).toBe(false);
  await rig.clock.advance(1500);
  expect(stopped).toBe(true);
  const rows = await rig.rows();
  expect(rows.map(({ leaseOwner }) => leaseOwner)).toEqual([undefined, undefined]);
  expect(rows.every(({ checkpoint }) => /^\d+$/.test(String(checkpoint)))).toBe(true);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d"]);
});

it("follows a split and a merge: children after their parents, in order, and cleans up", async () => {
  const rig = workerRig({ shards: 1 });
  rig.start("one");
  const all: string[] = [];
  const put = (...values: string[]) => {
    rig.put(...values);
    all.push(...values);
  };
  put("1", "2", "3");
  await rig.clock.advance(100);
  rig.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  put("4", "5", "6", "7");
  await rig.clock.advance(5000);
  rig.kinesis.mergeShards({
    stream: "orders",
    shardToMerge: "shardId-000000000001",
    adjacentShardToMerge: "shardId-000000000002",
  });
  put("8", "9");
  await rig.clock.advance(10_000);
  expect(rig.values().sort()).toEqual(all.sort());
  const shardsInOrder = rig.calls.map(({ shardId }) => Number(shardId.slice(-1)));
  expect(shardsInOrder.lastIndexOf(0)).toBeLessThan(shardsInOrder.indexOf(1));
  expect(shardsInOrder.at(-1)).toBe(3);
  await rig.clock.advance(120_000);
  expect((await rig.rows()).map(({ leaseKey }) => leaseKey)).toEqual(["shardId-000000000003"]);
});

it("keeps its process alive until it is done, whether it was stopped or failed", async () => {
  const rig = workerRig();
  let alive = 0;
  const keepAlive = () => {
    alive++;
    return () => void alive--;
  };
  const runtime = rig.runtime({ ...rig.clock, keepAlive });
  const worker = rig.start("one", { runtime });
  const lost = rig.start("two", { runtime, stream: "nowhere" });
  await expect(lost.done).rejects.toThrow("nowhere");
  expect(alive).toBe(1);
  await rig.clock.advance(60_000);
  expect(alive).toBe(1);
  void worker.stop();
  await rig.clock.advance(1000);
  await worker.done;
  expect(alive).toBe(0);
});
