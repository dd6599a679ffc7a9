/** Draining, tracing, and the two kinds of clock. */
import { expect, test } from "vitest";
import { createKinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { createEventSourceMapping } from "../../../../packages/local/src/lambda/mapping/index.ts";
import { systemClock } from "../../../../src/time/clock.ts";
import { fail, letters, rig } from "./rig.ts";

test("several mappings on one clock drain at once, and time stands still while a handler does real I/O", async () => {
  const t = rig({ shards: 2, patience: 1000 });
  t.put(letters(26));
  const slow = t.map({ batchSize: 5 }, async () => {
    const before = t.clock.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(t.clock.now()).toBe(before);
  });
  const failing = t.map({ batchSize: 7, maximumRetryAttempts: 2 }, fail);
  const idle = t.map({ startingPosition: "LATEST" });
  await Promise.all([slow.drain(), failing.drain(), idle.drain(), slow.drain()]);
  expect(slow.metrics.InvokedEventCount).toBe(26);
  expect(failing.metrics.OnFailureDestinationDeliveredEventCount).toBe(26);
  expect(idle.trace).toEqual([]);
});

test("drains at once never move time under each other's invocations", async () => {
  const t = rig({ patience: 1000 });
  t.put(["a"]);
  const failing = async () => {
    const before = t.clock.now();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(t.clock.now()).toBe(before);
    fail();
  };
  const mappings = [200, 300, 350].map((firstRetryPause) =>
    t.map({ maximumRetryAttempts: 4 }, failing, { timing: { firstRetryPause } }),
  );
  await Promise.all(mappings.map((mapping) => mapping.drain()));
  const messages = mappings.flatMap(({ trace }) => trace.map(({ error }) => String(error)));
  expect(new Set(messages)).toEqual(new Set(["Error: the handler failed"]));
});

test("a record that a handler puts is delivered by the same drain", async () => {
  const t = rig();
  t.put(["3"]);
  const mapping = t.map({}, ({ values }) => {
    if (values[0] !== "0") t.put([String(Number(values[0]) - 1)]);
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values[0])).toEqual(["3", "2", "1", "0"]);
});

test("draining an idle mapping leaves time where it is", async () => {
  const t = rig();
  const mapping = t.map({});
  await mapping.drain();
  await mapping.drain();
  expect(t.clock.now()).toBe(t.start);
});

test("under the machine's clock a drain waits, retries included", async () => {
  const kinesis = createKinesis();
  kinesis.createStream({ name: "orders" });
  kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("1") });
  let attempts = 0;
  const mapping = createEventSourceMapping({
    kinesis,
    clock: systemClock,
    stream: "orders",
    timing: { firstRetryPause: 5, pollInterval: 20 },
    invoke() {
      if (++attempts < 3) fail();
    },
  });
  await mapping.drain();
  kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("2") });
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual([
    "failure",
    "failure",
    "success",
    "success",
  ]);
  await mapping.close();
});

test("the trace keeps all, none, or the latest", async () => {
  const t = rig();
  t.put(letters(6));
  const [all, none, last] = await Promise.all(
    [true, false, 2].map(async (trace) => {
      const mapping = t.map({ batchSize: 1 }, undefined, { trace });
      await mapping.drain();
      return mapping.trace.map(({ batchSize, sequenceNumbers, shardId, at }) => {
        expect({ batchSize, shardId }).toEqual({ batchSize: 1, shardId: "shardId-000000000000" });
        expect(at).toBe(t.start);
        return sequenceNumbers[0];
      });
    }),
  );
  expect(all).toHaveLength(6);
  expect(none).toEqual([]);
  expect(last).toEqual(all!.slice(4));
});

test("100,000 records on 4 shards come through in order", async () => {
  const t = rig({ shards: 4 });
  const data = Buffer.from("{}");
  for (let i = 0; i < 100_000; i++) {
    t.kinesis.putRecord({ stream: "orders", partitionKey: `key-${i % 1000}`, data });
  }
  const last = new Map<string, string>();
  let count = 0;
  const mapping = createEventSourceMapping({
    kinesis: t.kinesis,
    stream: "orders",
    settings: { batchSize: 1000 },
    trace: false,
    invoke({ Records }) {
      for (const { eventID, kinesis } of Records) {
        const shardId = eventID.slice(0, 20);
        if ((last.get(shardId) ?? "") >= kinesis.sequenceNumber) fail();
        last.set(shardId, kinesis.sequenceNumber);
        count++;
      }
    },
  });
  await mapping.drain();
  expect(count).toBe(100_000);
  expect(mapping.metrics.FailedInvokeEventCount).toBe(0);
});
