import fc from "fast-check";
import { json, kinesisConsumer, memoryProgress, withRuntime } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import {
  approximateDistinct,
  count,
  distinct,
  max,
  type RowHead,
  sum,
  tumbling,
} from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { moves as courses, settings } from "./any-course.ts";
import { type Move, type RunOptions, run, type Sale } from "./consumer-world.ts";

const aggregate = {
  count: count<Sale>(),
  total: sum((s: Sale) => s.price),
  users: distinct((s: Sale) => s.user),
};
const key = (s: Sale) => s.key;
const windows = tumbling({ seconds: 60 }, { key, aggregate });

const sale = (key: string, price: number, delay = 0): Move => ({
  put: { key, price, delay, user: `u${price % 3}` },
});
const minute: Move = { wait: 60_000 };
const some = [sale("a", 1), sale("b", 2), sale("a", 3)];

it("runs process once for each key and window, when the window has closed", async () => {
  const { rows, lines } = await run({ windows, moves: [...some, minute, sale("a", 4)] });
  expect(lines).toEqual([]);
  expect(rows).toMatchObject([
    { key: "a", count: 2, total: 4, users: 2 },
    { key: "b", count: 1, total: 2, users: 1 },
  ]);
  const [{ end, id, start }] = rows as [any];
  expect(end - start).toBe(60_000);
  expect(id).toBe(`totals/sales/id/window/shardId-000000000000/${start}-${end}/a`);
});

describe("a record that comes after its window", () => {
  const byTime = tumbling({ seconds: 60 }, { key, time: (s: Sale) => s.at, aggregate });
  const moves = [...some, minute, sale("b", 5), sale("a", 6, 60_000)];

  it("goes to late, once", async () => {
    const ran = await run({ windows: byTime, moves, faults: [{ throws: 0 }, { isNew: true }] });
    expect(ran.late).toMatchObject([{ key: "a", price: 6 }]);
    expect(ran.rows).toHaveLength(2);
  });

  it("is said to be lost where nobody takes it", async () => {
    const { lines } = await run({ windows: byTime, moves, more: { late: undefined } as never });
    expect(lines.map(({ message }) => message)).toEqual([
      "1 record has come after their windows were closed, and count nowhere. Raise allowedLatenessInSeconds, or say what happens with them by the option late.",
    ]);
  });
});

describe("a flush", () => {
  it("closes what a quiet shard has, once, with the rows that a later record would have closed", async () => {
    const flushed = await run({ windows, moves: some, flushes: [180_000, 60_000] });
    const closed = await run({ windows, moves: [...some, minute, minute, sale("c", 1)] });
    expect(flushed.rows).toEqual(closed.rows);
    expect(flushed.rows).toHaveLength(2);
  });

  it("closes nothing that may still get records, and goes on where it was", async () => {
    const { late, rows } = await run({
      windows,
      moves: some,
      flushes: [30_000, 60_000],
      after: [sale("a", 5), { wait: 600_000 }, sale("a", 7)],
    });
    expect(rows).toMatchObject([
      { key: "a", count: 2 },
      { key: "b", count: 1 },
      { key: "a", count: 1, total: 5 },
    ]);
    expect(late).toEqual([]);
  });

  it("does nothing before what stands in the shard unread", async () => {
    const { rows } = await run({ windows, moves: some, flushes: [180_000], unreadSince: 0 });
    expect(rows).toEqual([]);
  });

  it("closes for good by a clock that counts parts of milliseconds, also for the next environment", async () => {
    const byTime = tumbling({ seconds: 60 }, { key, time: (s: Sale) => s.at, aggregate });
    const { late, rows } = await run({
      ...{ windows: byTime, moves: some, flushes: [180_000.5] },
      ...{ after: [sale("a", 7, 150_000)], faults: [{}, {}, { isNew: true }] },
    });
    expect(rows).toHaveLength(2);
    expect(late).toMatchObject([{ key: "a", price: 7 }]);
  });

  it("counts each record once, after any course of records, splits and merges", () =>
    fc.assert(
      fc.asyncProperty(courses, settings, async (moves, its) => {
        const { rows, late, sales } = await run({
          ...{ windows: tumbling({ seconds: 60 }, { key, aggregate: { count: count() } }), moves },
          ...{ settings: its, flushes: [180_000, 1000], shards: 2 },
        });
        const windowOf = (key: string, at: number) => `${key} ${at - (at % 60_000)}`;
        const counted = rows.map(({ count, key, start }: any) => [windowOf(key, start), count]);
        const windows = Map.groupBy(sales, ({ key, arrival }) => windowOf(key, arrival));
        expect(late).toEqual([]);
        expect(counted.sort()).toEqual(
          [...windows].map(([window, { length }]) => [window, length]).sort(),
        );
      }),
      { numRuns: 60 },
    ));

  it.each([
    ["k1", "k2"],
    ["k2", "k1"],
  ])(
    "gives what %s left in a shard that was merged with an empty one, when the other half of both got %s",
    async (first, then) => {
      const put = (key: string): Move => ({ put: { key, price: 0, delay: 0, user: "u" } });
      const { rows } = await run({
        ...{ windows, moves: [put(first), { merge: 0 }, { split: 0 }, put(then)] },
        ...{ flushes: [180_000, 1000], shards: 2 },
      });
      expect(rows.map(({ key }: any) => key).sort()).toEqual(["k1", "k2"]);
    },
  );

  it("runs a row again that has failed, and fails itself until it is done", async () => {
    const flushing = run({ windows, moves: some, flushes: [180_000], faults: [{}, { throws: 0 }] });
    await expect(flushing).rejects.toThrow(
      "totals could not be flushed whole: 1 rows of shardId-000000000000 are not done.",
    );
  });
});

it.each([
  [{ streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/sales" }, undefined],
  [{ streamName: "sales" }, undefined],
  [{ streamName: "sales", graceInSeconds: "5" }, "graceInSeconds must be a number"],
  [{ streamName: "sales", graceInSeconds: -1 }, "graceInSeconds must be"],
  [{}, "shardmillFlush needs the streamName, or the streamArn, of the stream that totals reads"],
  [{ streamArn: { "Fn::GetAtt": ["S", "Arn"] } }, 'it is {"streamArn":{"Fn::GetAtt"'],
  [{ streamName: "a/b" }, "shardmillFlush needs the streamName"],
])("a flush of %j finds its stream, or says what it needs", async (shardmillFlush, message) => {
  const { handler } = consumerOn(memoryProgress(), 60);
  const asked: string[] = [];
  const context = withRuntime(
    { invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:totals" },
    {
      async shardsOf(arn) {
        asked.push(arn);
        return [];
      },
    },
  );
  const flushed = handler({ shardmillFlush }, context as never);
  if (message) await expect(flushed).rejects.toThrow(message);
  else expect(await flushed).toEqual({ batchItemFailures: [] });
  const [arn] = asked;
  expect(arn).toBe(message ? undefined : "arn:aws:kinesis:us-east-1:123456789012:stream/sales");
});

describe("requests", () => {
  const many = (more: number): Move[] =>
    Array.from({ length: 40 }, (_, n): Move[] => [
      sale(`k${n % 7}`, n),
      ...(n % 4 === 3 ? [{ wait: more } as Move] : []),
    ]).flat();
  const plain = { window: undefined, late: undefined } as unknown as RunOptions["more"];

  it.each([0, 60_000])(
    "are at most two more a batch than without windows (%i ms between)",
    async (ms) => {
      const moves = [...many(ms), minute, sale("a", 1)];
      const settings = { batchSize: 4 };
      const without = await run({ windows, moves, settings, more: plain! });
      const counted = await run({ windows, moves, settings });
      expect(counted.invocations).toBe(without.invocations);
      const total = ({ requests }: typeof counted) => requests.appends + requests.reads;
      expect(total(counted) - total(without)).toBeLessThanOrEqual(2 * counted.invocations);
      if (ms === 0) expect(total(counted) - total(without)).toBeLessThanOrEqual(4);
    },
  );
});

it("a state that is larger than an entry stands in parts before it, and a cold start finds them", async () => {
  const large = tumbling(
    { seconds: 3600 },
    {
      key,
      aggregate: {
        users: approximateDistinct((s: Sale) => s.user, { precision: 12 }),
        count: count<Sale>(),
      },
    },
  );
  const moves = Array.from({ length: 2000 }, (_, n): Move[] => [
    { put: { key: `key-${n % 400}-${"x".repeat(200)}`, price: 0, delay: 0, user: `user-${n}` } },
    ...(n % 100 === 0 ? [{ wait: 1000 }] : []),
  ]).flat();
  const all = [...moves, { wait: 3_600_000 }, sale("end", 0)];
  const settings = { batchSize: 10 };
  const faults = Array.from({ length: 201 }, (_, n) => ({ isNew: n % 10 === 9 }));
  const expected = await run({ windows: large, moves: all });
  const found = await run({ windows: large, moves: all, settings, faults });
  expect(found.rows).toEqual(expected.rows);
  expect(found.rows).toHaveLength(400);
  const log = found.logs.find((name) => name.endsWith("#windows"))!;
  expect((await found.progress.readAfter(log, 0)).entries.length).toBeGreaterThan(0);
});

it("too much state fails the record, loudly, and nothing is lost", async () => {
  const small = tumbling({ seconds: 60 }, { key, aggregate, maxStateBytes: 1024 });
  const moves = Array.from({ length: 20 }, (_, n) => sale(`k${n}`, n));
  const settings = { maximumRetryAttempts: 1 };
  const { lines, rows } = await run({ windows: small, moves, settings });
  expect(rows).toEqual([]);
  expect(JSON.stringify(lines[0])).toMatch(
    /maxStateBytes is 1,024: the record of the key .* was not added/,
  );
});

it("state of other windows is not mixed with these", async () => {
  const progress = memoryProgress();
  const start = (seconds: number) => {
    const { handler } = consumerOn(progress, seconds);
    return handler;
  };
  const { kinesisEvent } = await import("shardmill/testing");
  const event = (from: number) =>
    kinesisEvent([{ key: "a", at: 0, price: 1, user: "u" }], { from });
  await start(60)(event(0));
  await expect(start(120)(event(1))).rejects.toThrow(
    /The log has the state of other windows: they were others, and these are "tumbling 120000.*Give the consumer another `epoch`/,
  );
});

function consumerOn(progress: ReturnType<typeof memoryProgress>, seconds: number) {
  const handler = kinesisConsumer({
    consumer: "totals",
    decode: json(),
    metrics: false,
    progress,
    window: tumbling({ seconds }, { aggregate: { n: count() } }),
    process() {},
  }) as (event: unknown, context?: never) => Promise<unknown>;
  return { handler };
}

it("takes a window that is undefined for none", async () => {
  const options = {
    consumer: "c",
    decode: json(),
    metrics: false,
    window: undefined,
    process() {},
  };
  const handler = kinesisConsumer(options as never) as (event: unknown) => Promise<unknown>;
  const { kinesisEvent } = await import("shardmill/testing");
  expect(await handler(kinesisEvent([{}]))).toEqual({ batchItemFailures: [] });
});

it("windows of another version than the consumer's are refused", () => {
  const { planOf } = windows.rules as { planOf(options: object, version?: string): unknown };
  const options = { consumer: "c", progress: memoryProgress(), window: windows, process() {} };
  expect(() => planOf(options, "0.0.1")).toThrow(
    /window comes from shardmill .*, and the consumer from 0\.0\.1\. Have one version/,
  );
  expect(() => planOf(options)).toThrow("the consumer from an older version");
});

it.each<[object, string]>([
  [
    { window: tumbling },
    "window is tumbling itself; call it: window: tumbling({ seconds: 60 }, { key, aggregate }).",
  ],
  [{ progress: undefined }, "window needs progress"],
  [{ parallelizationFactor: 2 }, "window needs a ParallelizationFactor of 1"],
  [{ process: undefined }, "window needs process, a function that gets one row"],
  [{ processBatch() {} }, "there is no processBatch of rows"],
  [{ late: 5 }, "late must be a function"],
  [{ onProgressUnavailable: "continue" }, 'window needs onProgressUnavailable: "stop"'],
])("refuses at the start %j", (wrong, message) => {
  const options = {
    ...{ consumer: "c", decode: json(), progress: memoryProgress(), window: windows, process() {} },
    ...wrong,
  };
  expect(() => kinesisConsumer(options as never)).toThrow(message);
});

it("whole numbers beyond 2^53 are keys and values with all their digits, beside others", async () => {
  const rows: unknown[] = [];
  interface Order {
    readonly id: number | bigint;
    readonly cents: number | bigint;
  }
  const handler = kinesisConsumer<Order, any>({
    consumer: "c",
    decode: json() as never,
    progress: memoryProgress(),
    metrics: false,
    window: tumbling(
      { seconds: 60 },
      {
        key: ({ id }: Order) => ["user", id],
        aggregate: {
          high: max(({ cents }: Order) => cents),
          total: sum(({ cents }: Order) => cents),
        },
      },
    ),
    process: ({ key, high, total }) => void rows.push([key, high, total]),
  });
  const at = Date.UTC(2026, 0, 1);
  const sales = [
    '{"id":9007199254740993,"cents":9007199254740993}',
    '{"id":9007199254740993,"cents":7}',
    '{"id":9007199254740992,"cents":1}',
    '{"id":5,"cents":2}',
  ];
  await handler(kinesisEvent(sales, { arrival: at }));
  await handler(kinesisEvent(['{"id":5,"cents":1}'], { from: 9, arrival: at + 60_000 }));
  expect(rows).toEqual([
    [["user", 9007199254740993n], 9007199254740993n, 9007199254741000],
    [["user", 9007199254740992n], 1, 1],
    [["user", 5], 2, 2],
  ]);
});

it("while the log refuses, it is asked after as many rows as it takes for an entry, and not after each", async () => {
  const store = memoryProgress();
  let [isRefusing, refused, rows] = [false, 0, 0];
  const handler = kinesisConsumer<Sale, RowHead>({
    ...{ consumer: "totals", decode: json() as never, metrics: false, logger: quiet },
    commitEvery: { records: 10, ms: 60_000 },
    window: tumbling({ seconds: 60 }, { key, aggregate: { count: count() } }) as never,
    progress: {
      ...store,
      async append(...entry) {
        if (!isRefusing) return store.append(...entry);
        refused++;
        throw new Error("no such table");
      },
    },
    process() {
      rows++;
      isRefusing = true;
    },
  });
  const arrival = Date.UTC(2026, 0, 1);
  const sold = (key: string): Sale => ({ key, at: 0, price: 1, user: "u" });
  await handler(
    kinesisEvent(
      Array.from({ length: 40 }, (_, n) => sold(`k${n}`)),
      { arrival },
    ),
  );
  await handler(kinesisEvent([sold("end")], { arrival: arrival + 60_000, from: 40 })).catch(
    () => {},
  );
  expect(rows).toBe(40);
  expect(refused).toBeLessThanOrEqual(6);
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
