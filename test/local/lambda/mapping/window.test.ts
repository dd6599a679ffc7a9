/** A11, A12, A82 to A88: tumbling windows. */
import { expect, test } from "vitest";
import type { KinesisEvent } from "../../../../src/record/lambda-event.ts";
import { type Delivery, fail, letters, partialResponses, rig } from "./rig.ts";

/** Counts records in the state. */
const counting = ({ event }: Delivery) => ({
  state: { count: Number(event.state!.count ?? 0) + event.Records.length },
});

const view = ({ event, values }: Delivery) => [
  event.window!.start.slice(14, 19),
  values.join(""),
  JSON.stringify(event.state),
  event.isFinalInvokeForWindow ? "final" : "",
  event.isWindowTerminatedEarly ? "early" : "",
];

test("A11 an event under a window has AWS's fields beside Records", async () => {
  const t = rig();
  t.put(["a"]);
  await t.map({ tumblingWindowInSeconds: 60 }, counting).drain();
  const { Records, ...rest } = t.deliveries[0]!.event;
  expect(Records).toHaveLength(1);
  expect(rest).toEqual({
    window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" },
    state: {},
    shardId: "shardId-000000000000",
    eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
  });
});

test("A12 the final invocation may have no records", async () => {
  const t = rig();
  t.put(["a"]);
  await t.map({ tumblingWindowInSeconds: 60 }, counting).drain();
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "a", "{}", "", ""],
    ["00:00", "", '{"count":1}', "final", ""],
  ]);
});

test("A82 windows are aligned intervals over arrival times, whatever the time of delivery", async () => {
  const t = rig();
  for (const letter of letters(6)) {
    t.put([letter]);
    await t.clock.advance(25_000);
  }
  await t.clock.advance(3_600_000);
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, counting);
  await mapping.drain();
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "abc", "{}", "final", ""],
    ["01:00", "de", "{}", "final", ""],
    ["02:00", "f", "{}", "", ""],
    ["02:00", "", '{"count":1}', "final", ""],
  ]);
});

test("A82 state runs through the invocations of a window and begins anew in the next", async () => {
  const t = rig();
  t.put(letters(5));
  await t.clock.advance(60_000);
  t.put(["f"]);
  await t.map({ tumblingWindowInSeconds: 60, batchSize: 2 }, counting).drain();
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "ab", "{}", "", ""],
    ["00:00", "cd", '{"count":2}', "", ""],
    ["00:00", "e", '{"count":4}', "final", ""],
    ["01:00", "f", "{}", "", ""],
    ["01:00", "", '{"count":1}', "final", ""],
  ]);
});

test.each([
  ["nothing", undefined],
  ["{}", {}],
  ["a state that is null", { state: null }],
  ["a state that is a list", { state: [] }],
  ["item failures alone", { batchItemFailures: [] }],
])("A83 a response with %s is a failed invocation", async (_, response) => {
  const t = rig();
  t.put(["a"]);
  const settings = { tumblingWindowInSeconds: 60, maximumRetryAttempts: 1 };
  const mapping = t.map({ ...settings, ...partialResponses }, ({ event }) =>
    event.isFinalInvokeForWindow ? { state: {} } : response,
  );
  await mapping.drain();
  expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["failure", "failure", "success"]);
});

test("A83 a response may also have item failures", async () => {
  const t = rig();
  t.put(letters(4));
  await t.clock.advance(60_000);
  const mapping = t.map({ tumblingWindowInSeconds: 60, ...partialResponses }, (d, index) => ({
    ...(index === 0 && {
      batchItemFailures: [{ itemIdentifier: d.event.Records[2]!.kinesis.sequenceNumber }],
    }),
    state: { done: index },
  }));
  await mapping.drain();
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "abcd", "{}", "", ""],
    ["00:00", "cd", '{"done":0}', "", ""],
    ["00:00", "", '{"done":1}', "final", ""],
  ]);
});

test("A84 a state above 1 MB ends the window early, with an invocation that carries it", async () => {
  const t = rig();
  t.put(letters(3));
  const large = "X".repeat(1024 * 1024 + 64);
  const mapping = t.map({ tumblingWindowInSeconds: 60, batchSize: 1 }, ({ event, values }) => ({
    state: values[0] === "a" ? { large } : { after: Object.keys(event.state!) },
  }));
  await mapping.drain();
  expect(t.deliveries[1]!.event.state).toEqual({ large });
  const flags = ({ isFinalInvokeForWindow, isWindowTerminatedEarly, Records }: KinesisEvent) => [
    Records.length,
    isFinalInvokeForWindow,
    isWindowTerminatedEarly,
  ];
  expect(t.deliveries.map(({ event }) => flags(event))).toEqual([
    [1, false, false],
    [0, true, true],
    [1, false, false],
    [1, false, false],
    [0, true, false],
  ]);
  expect(t.deliveries[2]!.event.state).toEqual({});
});

test("A84 a state of 1 MB exactly goes on", async () => {
  const t = rig();
  t.put(["a"]);
  const text = "X".repeat(1024 * 1024 - '{"x":""}'.length);
  await t.map({ tumblingWindowInSeconds: 60 }, () => ({ state: { x: text } })).drain();
  expect(t.deliveries.map(({ event }) => event.isWindowTerminatedEarly)).toEqual([false, false]);
});

test("A85 a record of a later window closes the open one", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, counting);
  await t.clock.advance(61_000);
  t.put(["b"]);
  await t.clock.advance(1000);
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "a", "{}", "", ""],
    ["00:00", "", '{"count":1}', "final", ""],
    ["01:00", "b", "{}", "", ""],
  ]);
  await mapping.close();
});

test("A85 an idle window is closed within two minutes after its end", async () => {
  const t = rig();
  t.put(["a"]);
  await t.map({ tumblingWindowInSeconds: 60 }, counting).drain();
  expect(t.deliveries.at(-1)!.at).toBeGreaterThan(60_000);
  expect(t.deliveries.at(-1)!.at).toBeLessThanOrEqual(180_000);
});

test("A86 a failing final invocation suspends the shard until it succeeds", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(60_000);
  t.put(["b"]);
  let failures = 0;
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, (d) => {
    if (d.event.isFinalInvokeForWindow && failures++ < 3) fail();
    return counting(d);
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["a", "a", "a", "a", "b", ""]);
});

test("A86 or until its retries are used up", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(60_000);
  t.put(["b"]);
  const mapping = t.map({ tumblingWindowInSeconds: 60, maximumRetryAttempts: 1 }, (d) => {
    if (d.event.isFinalInvokeForWindow && d.event.window!.start.includes("00:00:00")) fail();
    return counting(d);
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["a", "a", "b", ""]);
  expect(t.documents).toHaveLength(1);
});

test("A87 the end of a shard closes its window; children begin with fresh state", async () => {
  const t = rig();
  t.put(letters(2));
  t.kinesis.updateShardCount({ stream: "orders", targetShardCount: 2 });
  t.put(letters(2));
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, counting);
  await mapping.drain();
  const parent = t.deliveries.filter(({ event }) => event.shardId!.endsWith("0"));
  expect(parent.map(view)).toEqual([["00:00", "ab", "{}", "final", ""]]);
  expect(parent[0]!.at).toBe(0);
  const children = t.deliveries.filter(({ event }) => !event.shardId!.endsWith("0"));
  for (const { event } of children) {
    if (event.Records.length > 0) expect(event.state).toEqual({});
  }
  expect(children.length).toBeGreaterThan(0);
});

test("A88 retry limits and the age limit apply, to an empty final invocation by the window's end", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ tumblingWindowInSeconds: 60, maximumRecordAgeInSeconds: 300 }, (d) => {
    if (d.event.isFinalInvokeForWindow) fail();
    return counting(d);
  });
  await mapping.drain();
  expect(t.documents.map(({ requestContext }) => requestContext.condition)).toEqual([
    "RecordAgeExceeded",
  ]);
  expect(t.clock.now() - t.start).toBeGreaterThan(360_000);
});

test("A88 bisecting keeps the window: each half gets the state so far, the last one closes it", async () => {
  const t = rig();
  t.put(letters(4));
  await t.clock.advance(60_000);
  t.put(["e"]);
  const mapping = t.map(
    { tumblingWindowInSeconds: 60, bisectBatchOnFunctionError: true },
    (d, index) => (index === 0 ? fail() : counting(d)),
  );
  await mapping.drain();
  expect(t.deliveries.slice(0, 3).map(view)).toEqual([
    ["00:00", "abcd", "{}", "final", ""],
    ["00:00", "ab", "{}", "", ""],
    ["00:00", "cd", '{"count":2}', "final", ""],
  ]);
});

test("a stop in the middle of a window keeps its state with the checkpoint", async () => {
  const t = rig();
  t.put(letters(2));
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, counting);
  await t.clock.advance(1000);
  mapping.stop();
  await t.clock.advance(1000);
  t.put(["c"]);
  mapping.start();
  await mapping.drain();
  expect(t.deliveries.map(view)).toEqual([
    ["00:00", "ab", "{}", "", ""],
    ["00:00", "c", '{"count":2}', "", ""],
    ["00:00", "", '{"count":3}', "final", ""],
  ]);
});

test("an update to other windows begins without the old one", async () => {
  const t = rig();
  t.put(["a"]);
  const mapping = t.map({ tumblingWindowInSeconds: 60 }, (d) =>
    d.event.state ? counting(d) : undefined,
  );
  await t.clock.advance(1000);
  mapping.update({ tumblingWindowInSeconds: 0 });
  await mapping.drain();
  t.put(["b"]);
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["a"], ["b"]]);
  expect(Object.keys(t.deliveries[1]!.event)).toEqual(["Records"]);
});
