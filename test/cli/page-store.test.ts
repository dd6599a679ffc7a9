import { expect, test } from "vitest";
import { leaseLag } from "../../packages/cli/page/leases.ts";
import { hasSinks, rowsOf } from "../../packages/cli/page/sinks.ts";
import {
  apply,
  batchKey,
  behind,
  newStore,
  notReadYet,
  shardOf,
  waitsFor,
} from "../../packages/cli/page/store.ts";
import { waitText } from "../../packages/cli/page/windows-words.ts";
import type { CallTold, LeaseTold, WindowsTold } from "../../packages/cli/src/events/dev-event.ts";
import type { PageBatch, PageEvent } from "../../packages/cli/src/page/feed.ts";

const place = { functionName: "orders", stream: "orders", shardId: "shardId-000000000000" };

/** The sequence number of a shard's record by its index, in the layout of Kinesis. */
const numberOf = (index: number) =>
  (
    (2n << 184n) |
    (1_795_969_052n << 148n) |
    (BigInt(index) << 80n) |
    (1_795_969_052n << 36n) |
    2n
  ).toString();

const put = (records: number, last: number): PageEvent => ({
  ...{ type: "put", stream: "orders", shardId: place.shardId, at: 1_000, records, bytes: 10 },
  ...{
    throttled: 0,
    last: numberOf(last),
    keys: [{ partitionKey: "a", records }],
    heat: { 12: records },
  },
});

const batch = (requestId: string, more: Partial<PageBatch>): PageEvent => ({
  ...{ type: "batch", ...place, requestId, at: 1_000, duration: 100, attempt: 1, batchSize: 4 },
  ...{ outcome: "success", iteratorAge: 5, first: numberOf(1), last: numberOf(4) },
  ...{ next: { step: "done" }, ...more },
});

const checkpoint = (index: number): PageEvent => ({
  ...{ type: "checkpoint", ...place, at: 1_000, behind: 0, sequenceNumber: numberOf(index) },
});

function shown(...events: readonly PageEvent[]) {
  const store = newStore();
  for (const event of events) apply(store, event);
  const shard = shardOf(store, "orders", place.shardId);
  const lane = shard.lanes.get("orders");
  return { store, shard, lane: lane!, waits: (now: number) => waitsFor(store, shard, lane!, now) };
}

test("a shard waits for an answer, for a pause with the error that it is for, for its batch, or for records", () => {
  const delivering: PageEvent = {
    ...{ type: "delivering", ...place, requestId: "1", at: 1_000, records: 4 },
    firstSequenceNumber: numberOf(1),
  };
  const failed = batch("1", {
    ...{ outcome: "failure", next: { step: "retry", pause: 400 } },
    error: { type: "TypeError", message: "no stock" },
  });
  expect(shown(put(4, 4), delivering).waits(3_500)).toBe(
    "Waits for the answer to 4 records, for 2.5 s now.",
  );
  const pausing = shown(put(4, 4), delivering, failed);
  expect(pausing.waits(1_200)).toBe(
    "Waits 0.3 s before it tries the batch again that failed: TypeError: no stock",
  );
  expect(pausing.waits(2_000)).toBe(
    "Waits for its batch to fill, or its window to end: 4 records there.",
  );
  const done = shown(put(4, 4), delivering, batch("1", {}), checkpoint(4));
  expect(behind(done.shard, done.lane)).toBe(0);
  expect(done.waits(2_000)).toBe("Waits for records: all that were put are settled.");
  expect(shown(put(4, 4), batch("1", {}), checkpoint(3)).waits(2_000)).toContain("1 record there");
});

test("a function that cannot be built is what its records wait for", () => {
  const error = { type: "Error", message: "orders.ts:2:12: Expected )" };
  const { waits } = shown(put(4, 4), batch("0", {}), {
    ...{ type: "broken", at: 1, functionName: "orders", error },
  });
  expect(waits(2_000)).toBe("Waits for code that can be built: orders.ts:2:12: Expected )");
});

test("halves stand within what they are a part of, however often it was cut", () => {
  const { store } = shown(
    batch("whole", { outcome: "failure", next: { step: "halves" } }),
    batch("half", { parent: "whole", batchSize: 2, outcome: "failure", next: { step: "halves" } }),
    batch("quarter", { parent: "half", batchSize: 1 }),
    batch("other half", { parent: "whole", batchSize: 2 }),
  );
  const of = (id: string) => store.batches.get(batchKey("orders", id))!;
  expect(of("whole").children).toEqual([of("half").key, of("other half").key]);
  expect(["whole", "half", "quarter"].map((id) => of(id).depth)).toEqual([0, 1, 2]);
});

test("the children of a split wait for their parent", () => {
  const range = { startingHashKey: "0", endingHashKey: "1" };
  const { store, shard } = shown(put(4, 4), batch("1", {}), checkpoint(2), {
    ...{ type: "reshard", stream: "orders", at: 1, closed: [place.shardId] },
    opened: [{ shardId: "shardId-000000000001", parents: [place.shardId], hashKeyRange: range }],
  });
  const child = shardOf(store, "orders", "shardId-000000000001");
  expect(shard.isClosed).toBe(true);
  expect(notReadYet(store, child)).toBe(
    `Waits for its parent ${place.shardId} to be read to its end.`,
  );
});

test("a shard waits before a retry, and says which record failed and why, where the function named it", () => {
  const failed = batch("one", { outcome: "failure", next: { step: "retry", pause: 5_000 } });
  const why = "Attempt 2 failed: TypeError: no stock";
  const told: PageEvent = {
    ...{ type: "fates", at: 1_050, ...place, requestId: "one", trouble: why },
    counts: { failed: 1, notBegun: 3 },
  };
  const { store, shard, lane } = shown(put(4, 4), told, failed);
  expect(waitsFor(store, shard, lane!, 2_100)).toBe(
    `Waits 4.0 s before it tries the batch again that failed: ${why}`,
  );
});

test("100,000 batches and keys stay within bounds, and none is lost from the counts", () => {
  const { store, lane } = shown(
    ...Array.from({ length: 100_000 }, (_, n) => batch(`request ${n}`, {})),
  );
  expect(lane.delivered).toBe(100_000);
  expect(lane.batches.length).toBeLessThanOrEqual(2_000);
  expect(store.batches.size).toBeLessThanOrEqual(20_000);
  expect(lane.batches.at(-1)?.requestId).toBe("request 99999");
});

test("what a function asks of other services is summed by place and operation, and what was refused is kept", () => {
  const call = (more: Partial<CallTold>): PageEvent => ({
    ...{ type: "call", at: 1_000, functionName: "orders", requestId: "1", service: "s3" },
    ...{ operation: "PutObject", place: "archive", calls: 2, entries: 2, refused: 0, bytes: 10 },
    ...{ duration: 5, status: 200, ...more },
  });
  const progress = { service: "dynamodb", place: "log", operation: "Query", isProgress: true };
  const first = newStore();
  apply(first, call(progress));
  // A function that keeps progress alone has no sinks.
  expect(hasSinks(first.sinks)).toBe(false);
  const { store } = shown(
    ...[call(progress), call({}), call({ status: 412, duration: 9, at: 2_000 })],
    call({ service: "kinesis", operation: "PutRecords", place: "b", entries: 9, refused: 4 }),
    call({ service: "http", operation: "POST", place: "http://a", status: undefined }),
  );
  expect(hasSinks(store.sinks)).toBe(true);
  const calls = store.sinks.get("orders")!;
  expect(rowsOf(calls).map(({ place }) => place)).toEqual(["http://a", "b", "archive", "log"]);
  expect(rowsOf(calls)[2]).toMatchObject({
    ...{ calls: 4, entries: 4, failed: 2, refused: 0, bytes: 20, slowest: 9, lastAt: 2_000 },
  });
  expect(calls.newest.map(({ place }) => place)).toEqual(["http://a", "b", "archive", "archive"]);
  expect(calls.bad.map(({ place }) => place)).toEqual(["http://a", "b", "archive"]);
  for (let n = 0; n < 2_000; n++) apply(store, call({ place: `http://a/${n}` }));
  expect([calls.rows.size, calls.newest.length]).toEqual([500, 50]);
});

test("windows are shown as they were told last, with all rows that were given and all records that came late", () => {
  const told = (more: Partial<WindowsTold>): PageEvent => ({
    ...{
      type: "windows",
      ...place,
      at: 1_000,
      of: "windows",
      bytes: 100,
      due: 0,
      rows: 2,
      open: 1,
    },
    ...{ watermark: 10_000, ...more },
    windows: [
      {
        ...{ key: "a", start: 0, end: 20_000, closesAt: 25_000, isDue: false, values: { n: 1 } },
      },
    ],
  });
  const late = { message: "3 records have come after their windows were closed", count: 3 };
  const line = (shardId: string): PageEvent => ({
    ...{ type: "log", at: 1_000, functionName: "orders", stream: "stdout", environmentId: "1" },
    line: JSON.stringify({ ...late, shardId }),
  });
  const store = newStore();
  const events = [told({}), line(place.shardId), line("shardId-000000000009"), told({ due: 2 })];
  for (const event of events) apply(store, event);
  const [view] = store.windows.values();
  expect(view).toMatchObject({ rows: 4, late: 3, told: { due: 2 } });
  expect(waitText(view!.told)).toMatch(/^2 rows due and not done/);
  const waits = (more: Partial<WindowsTold>) => waitText(told(more) as WindowsTold);
  expect(waits({})).toBe(
    "The shard's time stands at 00:00:10.000 (UTC). The next window closes when a record, or a flush, takes it to 00:00:25.000 (UTC): 15.0 s more.",
  );
  expect(waits({ open: 0 })).toBe("No window is open: waits for records.");
});

test("a lease goes from worker to worker: each change in words, and how far its shard is behind", () => {
  const lease = (more: Partial<LeaseTold>): LeaseTold => ({
    ...{ type: "lease", at: 1_000, table: "billing", key: place.shardId, shardId: place.shardId },
    ...{ checkpoint: "TRIM_HORIZON", counter: 1, ...more },
  });
  const told = [
    lease({}),
    lease({ owner: "a" }),
    lease({ owner: "a", counter: 2, checkpoint: numberOf(3) }),
    lease({ owner: "b", handedBy: "a", checkpoint: numberOf(3) }),
    lease({ owner: "b", checkpoint: numberOf(4) }),
    lease({ owner: "c", checkpoint: numberOf(4) }),
    lease({ checkpoint: numberOf(4) }),
    lease({ owner: "c", checkpoint: numberOf(4) }),
    lease({ checkpoint: "SHARD_END" }),
  ];
  const { shard, store } = shown(put(9, 9), batch("1", {}), ...told);
  const [table] = store.leases.values();
  expect(table!.changes.map(({ text }) => text).reverse()).toEqual([
    "a has taken it.",
    "a hands it to b.",
    "b has it, handed over by a.",
    "c has it now, and b had it before.",
    "c has given it back.",
    "c has taken it.",
    "c has read it to its end.",
  ]);
  const lags = [told[0]!, told[2]!, told[8]!].map((one) => leaseLag(one, shard));
  expect(lags).toEqual([9, 6, undefined]);
});
