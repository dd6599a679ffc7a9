/** A34 to A44: what failing costs, and when it ends. */
import { expect, test } from "vitest";
import { inProcessFunction } from "../../../../packages/local/src/lambda/hosts/in-process.ts";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

const throttled = Object.assign(new Error("Rate exceeded"), { name: "TooManyRequestsException" });

test.each([
  ["a throw", () => fail()],
  ["a rejection", () => Promise.reject("a string")],
  ["a rejection with nothing", () => Promise.reject(undefined)],
])("A34 %s fails the batch", async (_, handler) => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumRetryAttempts: 1 }, handler);
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["failure", "failure"]);
  expect(t.documents[0]!.responseContext!.functionError).toBe("Unhandled");
});

test("A34 a timeout fails the batch like a throw", async () => {
  const t = rig();
  t.put(["a"]);
  const { clock } = t;
  const handler = () => clock.sleep(60_000);
  const fn = inProcessFunction({ functionName: "orders", handler, clock, timeout: 3 });
  const mapping = t.map({ maximumRetryAttempts: 1 }, undefined, { invoke: fn.invoke });
  await mapping.drain();
  expect(mapping.trace.map(({ outcome, duration }) => [outcome, duration])).toEqual([
    ["failure", 3000],
    ["failure", 3000],
  ]);
  expect(String(mapping.trace[0]!.error)).toMatch(/timed out after 3.00 seconds/);
});

test.each([0, 1, 2, 3])(
  "A35 MaximumRetryAttempts %i: so many attempts and one more",
  async (most) => {
    const t = rig();
    t.put(letters(3));
    const mapping = t.map({ maximumRetryAttempts: most }, fail);
    await mapping.drain();
    expect(mapping.trace.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: most + 1 }, (_, index) => index + 1),
    );
    expect(t.documents[0]!.requestContext.approximateInvokeCount).toBe(most + 1);
    for (const { values } of t.deliveries) expect(values).toEqual(letters(3));
  },
);

test("A36 a retry has the request id of its batch, a suffix and a half get their own", async () => {
  const t = rig();
  t.put(letters(4));
  const settings = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true } as const;
  const mapping = t.map({ ...settings, ...partialResponses }, (d) => failing(d, "c"));
  await mapping.drain();
  const seen = t.deliveries.map(({ values, requestId }) => [values.join(""), requestId]);
  expect(seen.map(([values]) => values)).toEqual(["abcd", "cd", "c", "c", "d"]);
  const ids = seen.map(([, id]) => id);
  expect(ids[2]).toBe(ids[3]);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("A37 a suffix begins with a fresh retry budget", async () => {
  const t = rig();
  t.put(letters(3));
  const mapping = t.map({ maximumRetryAttempts: 2, ...partialResponses }, (d) =>
    failing(d, d.values.includes("b") ? "b" : "c"),
  );
  await mapping.drain();
  expect(
    mapping.trace.map(({ batchSize, attempt, outcome }) => [batchSize, attempt, outcome]),
  ).toEqual([
    [3, 1, "partial"],
    [2, 1, "failure"],
    [2, 2, "failure"],
    [2, 3, "failure"],
  ]);
});

test("A38 a throttle costs no attempt, and is retried", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumRetryAttempts: 0 }, (_, index) => {
    if (index < 5) throw throttled;
    if (index === 5) fail();
  });
  await mapping.drain();
  expect(mapping.trace.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
    ...Array.from({ length: 5 }, () => ["throttle", 1]),
    ["failure", 1],
  ]);
  expect(t.documents[0]!.requestContext.approximateInvokeCount).toBe(1);
});

test("A38 throttles end with the record's age", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumRetryAttempts: 0, maximumRecordAgeInSeconds: 60 }, () => {
    throw throttled;
  });
  await mapping.drain();
  expect(t.documents[0]!.requestContext.condition).toBe("RecordAgeExceeded");
  expect(t.documents[0]).not.toHaveProperty("responseContext");
});

test("A38 the host's own throttle is known as one", async () => {
  const t = rig();
  t.put(["a"]);
  const fn = inProcessFunction({
    functionName: "orders",
    handler: () => null,
    clock: t.clock,
    reservedConcurrentExecutions: 0,
  });
  const mapping = t.map({ maximumRecordAgeInSeconds: 60 }, undefined, { invoke: fn.invoke });
  await mapping.drain();
  expect(new Set(mapping.trace.map(({ outcome }) => outcome))).toEqual(new Set(["throttle"]));
});

test("A39 pauses begin with 200 ms and double, up to a cap", async () => {
  const t = rig();
  t.put(["a"]);
  const timing = { longestRetryPause: 10_000 };
  const mapping = t.map({ maximumRetryAttempts: 8 }, fail, { timing });
  await mapping.drain();
  const times = mapping.trace.map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => at - times[index]!);
  expect(pauses).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("A39 there is no pause before a suffix or a half", async () => {
  const t = rig();
  t.put(letters(8));
  const mapping = t.map({ bisectBatchOnFunctionError: true, ...partialResponses }, (d) => {
    if (d.values.length === 8) return failing(d, "e");
    if (d.values.length > 1) fail();
  });
  await mapping.drain();
  expect(t.deliveries.map(({ at, values }) => [at, values.join("")])).toEqual([
    [0, "abcdefgh"],
    [0, "efgh"],
    [0, "ef"],
    [0, "e"],
    [0, "f"],
    [0, "gh"],
    [0, "g"],
    [0, "h"],
  ]);
});

test("A39 about 8 attempts fit into an age limit of 60 s", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ maximumRecordAgeInSeconds: 60 }, fail);
  await mapping.drain();
  expect(Math.abs(mapping.trace.length - 8)).toBeLessThanOrEqual(1);
});

test("A40 the age limit is checked before each attempt: the old are cut off the front, the rest is invoked", async () => {
  const t = rig();
  t.put(["a", "b"]);
  await t.clock.advance(50_000);
  t.put(["c"]);
  const mapping = t.map(
    { maximumRecordAgeInSeconds: 60, maximumRetryAttempts: 20 },
    ({ values }) => {
      if (values.includes("a")) fail();
    },
  );
  await mapping.drain();
  expect(
    t.documents.map((d) => [d.requestContext.condition, d.KinesisBatchInfo.batchSize]),
  ).toEqual([["RecordAgeExceeded", 2]]);
  expect(t.deliveries.at(-1)!.values).toEqual(["c"]);
  expect(mapping.trace.at(-1)!.attempt).toBe(1);
  const ids = new Set(t.deliveries.map(({ requestId }) => requestId));
  expect(ids.size).toBe(2);
});

test("A41 the age limit also applies to a batch that waits for its window", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(40_000);
  t.put(["b"]);
  const mapping = t.map({ maximumRecordAgeInSeconds: 60, maximumBatchingWindowInSeconds: 50 });
  await mapping.drain();
  expect(t.documents.map((d) => d.timestamp)).toEqual([new Date(t.start + 60_001).toISOString()]);
  expect(t.deliveries.map(({ at, values }) => [at, values])).toEqual([[90_000, ["b"]]]);
});

test("A42 a poison batch blocks its shard until its records pass retention", async () => {
  const t = rig({ retentionHours: 48 });
  const hour = 3_600_000;
  t.put(["poison"]);
  const mapping = t.map({}, ({ values }) => {
    if (values.includes("poison")) fail();
  });
  await t.clock.advance(30 * hour);
  t.put(["later"]);
  await mapping.drain();
  expect(t.deliveries.at(-1)!.values).toEqual(["later"]);
  const blockedFor = t.deliveries.at(-1)!.at / hour;
  expect(blockedFor).toBeGreaterThan(48);
  expect(blockedFor).toBeLessThan(48.1);
  expect(t.documents[0]!.requestContext.condition).toBe("RecordAgeExceeded");
});

test("A43 after a discard the checkpoint is past the batch", async () => {
  const t = rig();
  const placed = t.put(letters(4));
  const mapping = t.map({ batchSize: 2, maximumRetryAttempts: 0 }, (_, index) => {
    if (index === 0) fail();
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["ab", "cd"]);
  expect(mapping.checkpoints).toEqual({ "shardId-000000000000": placed[3]!.sequenceNumber });
});

test("A44 delivery is at least once: a restart delivers again what was not settled", async () => {
  const t = rig();
  t.put(letters(4));
  let broken = true;
  const mapping = t.map({ batchSize: 2 }, ({ values }) => {
    if (broken && values.includes("c")) fail();
  });
  await t.clock.advance(1000);
  mapping.stop();
  await t.clock.advance(10);
  broken = false;
  mapping.start();
  await mapping.drain();
  expect(t.deliveries.filter(({ values }) => values.includes("a"))).toHaveLength(1);
  expect(t.deliveries.at(-1)!.values).toEqual(["c", "d"]);
});
