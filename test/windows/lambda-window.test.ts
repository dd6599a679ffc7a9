/** Lambda's own tumbling windows: whatever is delivered again, cut otherwise or dies, each window's rows are those of a loop over what was put. */
import fc from "fast-check";
import { json, kinesisConsumer, memoryProgress, withRuntime } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import {
  count,
  distinct,
  type LambdaWindows,
  lambdaWindow,
  last,
  quantile,
  sum,
  topK,
} from "shardmill/windows";
import { beforeAll, describe, expect, it } from "vitest";
import { aggregate as kplAggregate } from "../../src/kpl/aggregate.ts";
import { rig } from "../local/lambda/mapping/rig.ts";

interface Sale {
  readonly key: string;
  readonly price: number;
}

const aggregate = {
  count: count<Sale>(),
  total: sum((s: Sale) => s.price),
  closing: last((s: Sale) => s.price),
  prices: distinct((s: Sale) => s.price),
  frequent: topK(1, (s: Sale) => s.price, { capacity: 2 }),
  middle: quantile(0.5, (s: Sale) => s.price, { compression: 20 }),
};
const key = (s: Sale) => s.key;
const sixty = { tumblingWindowInSeconds: 60 };

/** Several at once: in one aggregate of the KPL. */
type Move = { readonly put: readonly Sale[] } | { readonly wait: number };

interface Fault {
  readonly isNew?: boolean;
  /** So little time is left that one record runs. */
  readonly isTight?: boolean;
  /** The decoder throws at that record. */
  readonly misreads?: number;
  readonly throws?: number;
  /** The answer is lost. */
  readonly dies?: boolean;
}

interface Options {
  readonly window?: LambdaWindows<Sale, any>;
  readonly moves: readonly Move[];
  readonly faults?: readonly Fault[];
  readonly settings?: object;
  readonly fanOut?: boolean;
  readonly shards?: number;
}

const ofAll: LambdaWindows<Sale, any> = lambdaWindow({ key, aggregate });
const decode = (data: Uint8Array): Sale => JSON.parse(Buffer.from(data).toString());

async function run({ window = ofAll, moves, faults = [], settings, fanOut, shards }: Options) {
  const t = rig({ consumer: fanOut ?? false, shards: shards ?? 1 });
  const rows: any[] = [];
  const lines: any[] = [];
  const put: { readonly sale: Sale; readonly shardId: string; readonly arrival: number }[] = [];
  for (const move of moves) {
    if ("wait" in move) {
      await t.clock.advance(move.wait);
      continue;
    }
    const data = move.put.map((sale) => ({
      partitionKey: move.put[0]!.key,
      data: Buffer.from(JSON.stringify(sale)),
    }));
    const bytes = data.length === 1 ? data[0]!.data : kplAggregate(data).data;
    const [{ shardId } = { shardId: "" }] = t.put([bytes], move.put[0]!.key);
    for (const sale of move.put) put.push({ sale, shardId, arrival: t.clock.now() });
  }
  let fault: Fault = {};
  let read = 0;
  let ran = 0;
  const start = () => {
    return kinesisConsumer({
      ...{ consumer: "totals", metrics: false, window },
      decode(data): Sale {
        if (read++ === fault.misreads) throw new Error("unreadable");
        return decode(data);
      },
      process(row) {
        if (ran++ === fault.throws) throw new Error("no");
        rows.push(row);
      },
    });
  };
  let handler = start();
  let invocations = 0;
  const mapping = t.map(
    { functionResponseTypes: ["ReportBatchItemFailures"], ...sixty, ...settings },
    async ({ event }) => {
      fault = faults[invocations++] ?? {};
      [read, ran] = [0, 0];
      if (fault.isNew) handler = start();
      const { clock } = t;
      const context = withRuntime(
        { getRemainingTimeInMillis: () => (fault.isTight ? 900 : 60_000) },
        { clock, write: (line) => void lines.push(JSON.parse(line)) },
      );
      const answer = await handler(event, context);
      if (fault.dies) throw new Error("exit status 1");
      return answer;
    },
  );
  await mapping.drain();
  const documents = t.documents.length;
  const states = t.deliveries.map(({ event }) => event.state!);
  return { rows, lines, expected: loop(put), deliveries: t.deliveries, documents, states };
}

/** What the rows have to be, in exact numbers: prices are whole. */
function loop(put: readonly { sale: Sale; shardId: string; arrival: number }[]) {
  const groups = new Map<string, any>();
  for (const { arrival, sale, shardId } of put) {
    const start = Math.floor(arrival / 60_000) * 60_000;
    const id = `totals/orders/id/window/${shardId}/${start}-${start + 60_000}/${sale.key}`;
    const { prices } = groups.get(id) ?? { prices: [] };
    prices.push(sale.price);
    groups.set(id, { id, key: sale.key, start, end: start + 60_000, prices });
  }
  return [...groups.values()].map(({ prices, ...head }) => ({
    ...head,
    count: prices.length,
    total: prices.reduce((a: number, b: number) => a + b, 0),
    closing: prices.at(-1),
    prices: new Set(prices).size,
    part: 1,
    isLast: true,
  }));
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const comparable = (rows: readonly any[]) =>
  [...rows].map(({ frequent, middle, ...row }) => row).sort(byId);

const sale = fc.record({
  key: fc.constantFrom("a", "b", "c"),
  price: fc.integer({ min: -9, max: 9 }),
});
const moves = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ put: fc.array(sale, { minLength: 1, maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 70_000 }) }) },
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Move[]>;
const settings = fc.record({
  batchSize: fc.constantFrom(1, 3, 100),
  bisectBatchOnFunctionError: fc.boolean(),
});
const faults = (more: object) =>
  fc.array(fc.record<Fault>({ misreads: fc.nat(6), ...more }, { requiredKeys: [] }), {
    maxLength: 20,
  });
/** What one environment does not finish, it alone remembers. */
const harmless = fc.oneof(
  faults({ isNew: fc.boolean() }),
  faults({ isTight: fc.boolean(), throws: fc.nat(4) }),
);

describe.each([false, true])("behind a fan-out consumer: %s", (fanOut) => {
  it("counts each record once, and gives each row once, where records fail and batches are cut", async () => {
    const property = fc.asyncProperty(moves, harmless, settings, async (moves, faults, cuts) => {
      const found = await run({ moves, faults, settings: cuts, fanOut, shards: 2 });
      expect(comparable(found.rows)).toEqual([...found.expected].sort(byId));
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("repeats a row only under its own id, and whole, where rows fail and environments die", async () => {
    const deadly = faults({
      ...{ isNew: fc.boolean(), isTight: fc.boolean(), throws: fc.nat(4), dies: fc.boolean() },
    });
    const property = fc.asyncProperty(moves, deadly, settings, async (moves, faults, cuts) => {
      const [found, calm] = [
        await run({ moves, faults, settings: cuts, fanOut }),
        await run({ moves, fanOut }),
      ];
      expect(found.rows.filter(({ id }) => !calm.rows.some((row) => row.id === id))).toEqual([]);
      for (const row of found.rows) {
        expect(calm.rows.find(({ id }) => id === row.id)).toEqual(row);
      }
      expect(new Set(found.rows.map(({ id }) => id)).size).toBe(calm.rows.length);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

const many = (from: number, to: number): Move => ({
  put: Array.from({ length: to - from }, (_, n) => ({ key: `key-${from + n}`, price: from + n })),
});
const one = (key: string, price = 1): Move => ({ put: [{ key, price }] });

it("a row that fails comes again alone, in the same environment, and holds up no other", async () => {
  const moves = [one("a"), one("b"), one("c")];
  const { rows, deliveries } = await run({ moves, faults: [{}, { throws: 1 }] });
  expect(rows.map(({ key }) => key)).toEqual(["a", "c", "b"]);
  expect(deliveries.map(({ event }) => event.isFinalInvokeForWindow)).toEqual([false, true, true]);
});

describe("a state that is full", () => {
  // About 60 bytes a group.
  const moves = Array.from({ length: 20 }, (_, n) => many(1000 * n, 1000 * (n + 1)));
  const both = () =>
    Promise.all([
      run({ moves, settings: { batchSize: 1 } }),
      run({ moves, settings: { batchSize: 7 }, faults: [{}, { misreads: 6500 }] }),
    ]);

  let found: Awaited<ReturnType<typeof both>>;
  beforeAll(async () => {
    found = await both();
  });

  it("gives its rows as a part, wherever batches are cut, and says which key takes most", async () => {
    const [found1, found7] = found;
    const parts = new Set(found1.rows.map(({ part }) => part));
    expect(parts.size).toBeGreaterThan(1);
    expect(found1.rows).toHaveLength(20_000);
    expect([...found7.rows].sort(byId)).toEqual([...found1.rows].sort(byId));
    const latest = Math.max(...parts);
    const wrong = found1.rows.filter(
      ({ id, isLast, part }) =>
        isLast !== (part === latest) || id.endsWith(`/part-${part}`) !== part > 1,
    );
    expect(wrong).toEqual([]);
    expect(found1.lines).toHaveLength(latest - 1);
    expect(found1.lines[0]).toMatchObject({
      level: "WARN",
      message: expect.stringMatching(
        /fills the state that Lambda takes \(1 MB\): [\d,]+ groups, of which "key-\d+" takes most/,
      ),
      shardId: "shardId-000000000000",
    });
  });

  it("is never more than Lambda takes", async () => {
    for (const { deliveries, states } of found) {
      expect(deliveries.some(({ event }) => event.isWindowTerminatedEarly)).toBe(false);
      const largest = Math.max(...states.map((state) => JSON.stringify(state).length));
      expect(largest).toBeLessThanOrEqual(1_000_000);
      expect(largest).toBeGreaterThan(800_000);
    }
  });
});

const windowFields = {
  window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" },
  state: {},
  shardId: "shardId-000000000000",
  eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  isFinalInvokeForWindow: false,
  isWindowTerminatedEarly: false,
};

function consumerOf(more: object = {}) {
  const rows: any[] = [];
  const handler = kinesisConsumer({
    ...{ consumer: "totals", decode, metrics: false },
    window: lambdaWindow<Sale>({ key, aggregate: { count: count<Sale>() }, ...more }),
    process: (row) => void rows.push(row),
  }) as (event: unknown) => Promise<any>;
  return { handler, rows };
}

it("a window that Lambda has ended early gives rows that another end of it does not", async () => {
  const { handler, rows } = consumerOf();
  const filled = async (event: object) => (await handler({ ...windowFields, ...event })).state;
  const early = { Records: [], isFinalInvokeForWindow: true, isWindowTerminatedEarly: true };
  const records = (from: number) => kinesisEvent([{ key: "a", price: 1 }], { from });
  expect(await filled({ ...early, state: await filled(records(0)) })).toEqual({});
  await filled({ ...records(1), state: await filled(records(2)), isFinalInvokeForWindow: true });
  expect(rows).toMatchObject([
    { key: "a", count: 1, isLast: false },
    { key: "a", count: 2, isLast: true },
  ]);
  expect(rows[0].id).toMatch(/-\d+\/a\/ended-\w+-\w+$/);
});

it("state of other aggregates is refused, until there is another epoch", async () => {
  const event = kinesisEvent([{ key: "a", price: 1 }]);
  const { state } = await consumerOf().handler({ ...windowFields, ...event });
  const other = consumerOf({ aggregate: { total: sum((s: Sale) => s.price) } });
  await expect(other.handler({ ...windowFields, ...event, state })).rejects.toThrow(
    /The state of the window is of other aggregates.*epoch/s,
  );
  const anew = consumerOf({ aggregate: { total: sum((s: Sale) => s.price) }, epoch: "2" });
  await anew.handler({ ...windowFields, ...event, state, isFinalInvokeForWindow: true });
  expect(anew.rows).toMatchObject([{ key: "a", total: 1 }]);
  await expect(
    consumerOf().handler({ ...windowFields, ...event, state: { count: 5 } }),
  ).rejects.toThrow("was not written by lambdaWindow: it has count.");
});

it("a middleware that takes records out fails the batch, since it has no state", async () => {
  const { handler } = consumerOf();
  (handler as any).use({ before: ({ event }: any) => void event.Records.pop() });
  const event = kinesisEvent([
    { key: "a", price: 1 },
    { key: "b", price: 1 },
  ]);
  expect(await handler({ ...windowFields, ...event })).not.toHaveProperty("state");
});

it.each<[object, string]>([
  [{}, "This mapping has no tumbling window, and lambdaWindow counts in that"],
  [{ ...windowFields, window: { start: "x", end: "y" } }, 'its window is {"start":"x","end":"y"}'],
  [{ ...windowFields, state: null }, "its state is null"],
  [{ ...windowFields, shardId: 5 }, "its shardId is 5"],
])("refuses an event with %j", async (fields, message) => {
  const event = { ...kinesisEvent([{ key: "a", price: 1 }]), ...fields };
  await expect(consumerOf().handler(event)).rejects.toThrow(message);
});

it("a consumer without lambdaWindow refuses such events", async () => {
  const handler = kinesisConsumer({ consumer: "c", process() {} });
  await expect(handler({ ...windowFields, ...kinesisEvent([{}]) })).rejects.toThrow(
    "set TumblingWindowInSeconds to 0, or use lambdaWindow.",
  );
});

it.each<[object, string]>([
  [
    { window: lambdaWindow },
    "window is lambdaWindow itself; call it: window: lambdaWindow({ key, aggregate }).",
  ],
  [{ progress: memoryProgress() }, "lambdaWindow takes no progress: Lambda keeps the state."],
  [{ parallelizationFactor: 2 }, "window needs a ParallelizationFactor of 1"],
  [{ process: undefined }, "window needs process, a function that gets one row"],
  [{ processBatch() {} }, "there is no processBatch of rows"],
  [{ late() {} }, "lambdaWindow takes no late"],
])("refuses at the start %j", (wrong, message) => {
  const options = { consumer: "c", decode: json(), window: ofAll, process() {}, ...wrong };
  expect(() => kinesisConsumer(options as never)).toThrow(message);
});

it.each<[unknown, string]>([
  [undefined, "its argument must be options"],
  [{ seconds: 60, aggregate }, "how long windows are says the mapping, by TumblingWindowInSeconds"],
  [{ time: () => 0, aggregate }, "there is no option time: Lambda cuts windows by arrival"],
  [{ aggregate: { part: count() } }, "a row has a field part already"],
  [{ aggregate: {} }, "aggregate must name at least one"],
  [{ aggregate, epoch: "" }, "epoch must be 1 to 100 letters"],
])("lambdaWindow(%j) says what is wrong", (options, message) => {
  expect(() => lambdaWindow(options as never)).toThrow(`lambdaWindow: ${message}`);
});

it("two versions are told apart", () => {
  const { planOf } = (ofAll as any).rules;
  expect(() => planOf({ consumer: "c", window: ofAll, process() {} }, "0.0.1")).toThrow(
    /window comes from shardmill .*, and the consumer from 0\.0\.1\. Have one version/,
  );
});
