/** A13 to A15, A21, A22: the life of a mapping. */
import { expect, test } from "vitest";
import { mappingRegistry } from "../../../../packages/local/src/lambda/mapping/index.ts";
import { createEventSourceMapping } from "../../../../packages/local/src/lambda/mapping/mapping.ts";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

test("A13 a mapping is described as Create returns it", () => {
  const t = rig();
  const mapping = t.map({});
  expect(mapping.describe()).toEqual({
    UUID: mapping.uuid,
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    EventSourceArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:function",
    LastModified: t.start / 1000,
    LastProcessingResult: "No records processed",
    State: "Creating",
    StateTransitionReason: "User action",
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    TumblingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    EventSourceMappingArn: `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${mapping.uuid}`,
  });
});

test("A13 what is set is described, with AWS's names", () => {
  const t = rig({ consumer: true });
  const destination = "arn:aws:sqs:us-east-1:123456789012:failures";
  const mapping = t.map(
    {
      startingPosition: "AT_TIMESTAMP",
      startingPositionTimestamp: 1_767_225_599,
      destinationConfig: { onFailure: { destination } },
      filterCriteria: { filters: [{ pattern: { data: { a: [1] } } }] },
      metricsConfig: { metrics: ["EventCount"] },
      kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
      ...partialResponses,
    },
    undefined,
    { functionName: "departures", qualifier: "live" },
  );
  expect(mapping.describe()).toMatchObject({
    StartingPosition: "AT_TIMESTAMP",
    StartingPositionTimestamp: 1_767_225_599,
    EventSourceArn: t.consumerArn,
    FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:departures:live",
    DestinationConfig: { OnFailure: { Destination: destination } },
    FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
    MetricsConfig: { Metrics: ["EventCount"] },
    KMSKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
});

test("A2 a list leaves out filter criteria that a key encrypts", () => {
  const t = rig();
  const mappings = mappingRegistry();
  const create = (functionName: string, kmsKeyArn?: string) =>
    mappings.create({
      kinesis: t.kinesis,
      stream: "orders",
      functionName,
      invoke: () => {},
      settings: {
        startingPosition: "LATEST",
        filterCriteria: { filters: [{ pattern: { data: { a: [1] } } }] },
        ...(kmsKeyArn && { kmsKeyArn }),
      },
    });
  const open = create("open");
  const encrypted = create("encrypted", "arn:aws:kms:us-east-1:123456789012:key/1");
  const [one, other] = mappings.list();
  expect([one!.UUID, other!.UUID]).toEqual([open.uuid, encrypted.uuid]);
  expect(one).toHaveProperty("FilterCriteria");
  expect(other).not.toHaveProperty("FilterCriteria");
  expect(encrypted.describe()).toHaveProperty("FilterCriteria");
  expect(mappings.list({ functionArn: one!.FunctionArn })).toHaveLength(1);
});

test("A13 A14 a mapping is Creating, then Enabled, or Disabled if it is not to run", async () => {
  const t = rig();
  const mapping = t.map({}, undefined, { transitionMs: 5000 });
  const disabled = t.map({ enabled: false });
  expect([mapping.state, disabled.state]).toEqual(["Creating", "Creating"]);
  await t.clock.advance(100);
  expect([mapping.state, disabled.state]).toEqual(["Creating", "Disabled"]);
  await t.clock.advance(5000);
  expect(mapping.state).toBe("Enabled");
});

test("A14 it passes through Disabling, Enabling, Updating and Deleting, and is gone", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({}, () => t.clock.sleep(1000));
  await t.clock.advance(0);
  const states: string[] = [];
  for (const change of [{ enabled: false }, { enabled: true }, { batchSize: 7 }]) {
    states.push(mapping.update(change).State);
    await t.clock.advance(2000);
    states.push(mapping.state);
  }
  expect(states).toEqual(["Disabling", "Disabled", "Enabling", "Enabled", "Updating", "Enabled"]);
  const closing = mapping.close();
  expect(mapping.state).toBe("Deleting");
  await closing;
  expect(() => mapping.describe()).toThrow("The resource you requested does not exist.");
  expect(() => mapping.update({})).toThrow("The resource you requested does not exist.");
  t.put(["b"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"]]);
});

test("A15 LastProcessingResult: nothing yet, a failure, OK; a discard does not overwrite it", async () => {
  const t = rig();
  const mapping = t.map({ maximumRetryAttempts: 1 }, ({ values }) => {
    if (values.includes("a")) fail();
  });
  expect(mapping.lastProcessingResult).toBe("No records processed");
  t.put(["a"]);
  await mapping.drain();
  expect(t.documents).toHaveLength(1);
  expect(mapping.lastProcessingResult).toBe("PROBLEM: Function call failed");
  t.put(["b"]);
  await mapping.drain();
  expect(mapping.lastProcessingResult).toBe("OK");
  expect(mapping.describe().LastProcessingResult).toBe("OK");
});

test("A15 a valid partial response is OK", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map(partialResponses, (d) => {
    if (d.values.includes("a")) return failing(d, "b");
    return t.clock.sleep(10_000);
  });
  await t.clock.advance(100);
  expect(mapping.lastProcessingResult).toBe("OK");
  await mapping.close();
});

test("closing waits for what is in flight, and moves a virtual clock for it", async () => {
  const t = rig();
  t.put(letters(2));
  let ended = false;
  const mapping = t.map({ batchSize: 1 }, async () => {
    await t.clock.sleep(10_000);
    ended = true;
  });
  await t.clock.advance(10);
  await mapping.close();
  expect(ended).toBe(true);
  expect(t.deliveries).toHaveLength(1);
});

test("closing in the middle of an update waits for what is in flight, too", async () => {
  const t = rig();
  t.put(letters(2));
  let ended = false;
  const mapping = t.map({ batchSize: 1 }, async () => {
    await t.clock.sleep(10_000);
    ended = true;
  });
  await t.clock.advance(10);
  mapping.update({ batchSize: 2 });
  await t.clock.advance(10);
  await mapping.close();
  expect(ended).toBe(true);
  await t.clock.advance(60_000);
  expect(t.deliveries).toHaveLength(1);
});

test("A21 an update applies a little later, and goes on from the checkpoint", async () => {
  const t = rig();
  t.put(letters(6));
  const mapping = t.map({ batchSize: 2 }, () => t.clock.sleep(1000), { transitionMs: 100 });
  await t.clock.advance(1500);
  expect(mapping.update({ batchSize: 1 }).State).toBe("Updating");
  expect(mapping.describe().BatchSize).toBe(1);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["ab", "cd", "e", "f"]);
});

test("A21 disabled and enabled again, it goes on from the checkpoint, not from StartingPosition", async () => {
  const t = rig();
  t.put(["before"]);
  const mapping = t.map({ startingPosition: "LATEST" });
  t.put(["a"]);
  await mapping.drain();
  mapping.stop();
  await mapping.drain();
  expect(mapping.state).toBe("Disabled");
  t.put(["b"]);
  await t.clock.advance(3_600_000);
  mapping.start();
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"], ["b"]]);
});

test("A21 the starting position cannot be updated", () => {
  const t = rig();
  const mapping = t.map({});
  expect(() => mapping.update({ startingPosition: "LATEST" } as never)).toThrow(
    /Create another mapping/,
  );
});

test("A22 LATEST begins when the mapping is up: what was put before is skipped", async () => {
  const t = rig();
  const mapping = t.map({ startingPosition: "LATEST" }, undefined, { transitionMs: 100_000 });
  t.put(["skipped"]);
  await t.clock.advance(100_000);
  t.put(["seen"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["seen"]]);
});

test("A22 LATEST is a place that is found again however long nothing comes", async () => {
  const t = rig();
  t.put(["before"]);
  const mapping = t.map({ startingPosition: "LATEST", enabled: false });
  t.put(["same millisecond"]);
  await t.clock.advance(7_200_000);
  mapping.start();
  await mapping.drain();
  await t.clock.advance(7_200_000);
  t.put(["two hours later"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values[0])).toEqual([
    "same millisecond",
    "two hours later",
  ]);
});

test("A22 AT_TIMESTAMP begins at the first record that arrived then or later", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(10_000);
  t.put(["b"]);
  await t.clock.advance(10_000);
  const at = new Date(t.start + 5000);
  const mapping = t.map({ startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: at });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["b"]]);
});

test("LATEST reads children that come later from their first record on, and no closed shard", async () => {
  const t = rig();
  t.put(["old"]);
  t.kinesis.updateShardCount({ stream: "orders", targetShardCount: 2 });
  const mapping = t.map({ startingPosition: "LATEST" });
  await mapping.drain();
  t.kinesis.updateShardCount({ stream: "orders", targetShardCount: 1 });
  t.put(["new"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["new"]]);
});

test("a stream that is still being created is waited for", async () => {
  const t = rig({ kinesis: { transitionMs: 3000 } });
  const mapping = t.map({});
  await t.clock.advance(3000);
  t.put(["a"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"]]);
});

test("a stream that is deleted has nothing left to deliver; a consumer that is missing is a fault", async () => {
  const t = rig({ consumer: true });
  const fanOut = t.map({});
  const shared = t.map({}, undefined, { consumer: undefined as never, stream: "orders" });
  t.put(["a"]);
  await fanOut.drain();
  await shared.drain();
  t.kinesis.deregisterStreamConsumer({ consumer: t.consumerArn! });
  t.put(["b"]);
  await expect(fanOut.drain()).rejects.toThrow(/Consumer with ARN .* not found/);
  await shared.drain();
  t.kinesis.deleteStream({ stream: "orders" });
  await t.clock.advance(1000);
  await shared.drain();
  expect(t.deliveries).toHaveLength(3);
});

test("the options are checked", () => {
  const t = rig();
  const base = { kinesis: t.kinesis, invoke: () => {} };
  expect(() => createEventSourceMapping(base)).toThrow(/needs a `stream`/);
  expect(() => createEventSourceMapping({ ...base, consumer: "orders" })).toThrow(/no ARN/);
  expect(() =>
    createEventSourceMapping({
      ...base,
      consumer: "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/none:1",
    }),
  ).toThrow(/Consumer not found/);
  expect(() =>
    createEventSourceMapping({ ...base, stream: "orders", functionArn: "departures" }),
  ).toThrow(/no ARN of a function/);
});
