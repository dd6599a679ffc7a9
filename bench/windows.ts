/** What records come to in windows, with all that goes into the log, beside a loop that anybody would have written; and what it costs in requests. */
import assert from "node:assert/strict";
import { json, kinesisConsumer, memoryProgress, withRuntime } from "../src/index.ts";
import { kinesisEvent } from "../src/testing.ts";
import { WindowMachine } from "../src/windows/machine.ts";
import { rowOf } from "../src/windows/rows.ts";
import { writeChanges } from "../src/windows/written.ts";
import { count, max, sum, tumbling } from "../src/windows.ts";
import { compare, use } from "./compare.ts";
import { type Row, type RowSet, race } from "./harness.ts";

export const windows: RowSet = { name: "windows", rows };

interface Trade {
  readonly exchange: string;
  readonly symbol: string;
  readonly price: number;
  readonly shares: number;
}

const records = 10_000;
const arrival = Date.UTC(2026, 0, 1);

/** 2,500 groups of two columns. */
const trades = Array.from({ length: records }, (_, n): Trade => {
  const place = (n * 7919) % 2500;
  return {
    exchange: `X${place % 25}`,
    symbol: `SYM${Math.floor(place / 25)}`,
    price: 100 + (n % 997) / 4,
    shares: 1 + (n % 50),
  };
});
const lines = trades.map((trade) => JSON.stringify(trade));

const window = tumbling(
  { seconds: 60 },
  {
    key: (t: Trade) => [t.exchange, t.symbol],
    aggregate: {
      trades: count<Trade>(),
      shares: sum((t: Trade) => t.shares),
      high: max((t: Trade) => t.price),
    },
  },
);

async function* rows(): AsyncGenerator<Row> {
  check();
  const row = await compare({
    name: "10,000 JSON records, 2,500 groups of two columns, state written",
    records,
    ours: async () => {
      const { changes } = counted();
      use(changes.byteLength);
      return undefined;
    },
    peers: {
      "a hand-written loop": async () => {
        use(loop().size);
        return undefined;
      },
    },
    timesAtMost: 2,
    rounds: 41,
    warmUps: 6,
  });
  yield { ...row, atLeast: { "shardmill k/s": 100 } };
  yield await consumed();
  yield await asked();
}

/** As the consumer does it with the records of one batch. */
function counted() {
  const machine = new WindowMachine<Trade>(window.definition);
  for (const line of lines) machine.absorb(JSON.parse(line), arrival);
  return { machine, changes: writeChanges(machine) };
}

interface Total {
  trades: number;
  shares: number;
  high: number;
}

function loop(): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const line of lines) {
    const { exchange, symbol, price, shares }: Trade = JSON.parse(line);
    const key = `${exchange}|${symbol}`;
    const total = totals.get(key);
    if (total) {
      total.trades++;
      total.shares += shares;
      if (price > total.high) total.high = price;
    } else totals.set(key, { trades: 1, shares, high: price });
  }
  return totals;
}

function check(): void {
  const { machine } = counted();
  machine.closeAll();
  const found = machine.due.map((group) => {
    const { key, trades, shares, high } = rowOf(group, window.definition, "", "") as any;
    return [key.join("|"), { trades, shares, high }];
  });
  assert.deepEqual(new Map(found as [string, Total][]), loop());
}

/** A function's whole batch: base64, decoding, windows and the entry, in a log in memory. */
async function consumed(): Promise<Row> {
  let from = 0;
  const handler = consumer(memoryProgress());
  const turn = async () => {
    const event = kinesisEvent(trades, { arrival, from });
    from += records;
    const begun = performance.now();
    await handler(event, context());
    return performance.now() - begun;
  };
  const { shardmill } = await race({ shardmill: turn }, { rounds: 9, warmUps: 3 });
  return {
    name: "the same as a function's batch, with its progress in memory",
    values: { "shardmill k/s": records / shardmill.medianMs },
    atLeast: { "shardmill k/s": 100 },
  };
}

/** Reads and appends of 100 batches of 100 records, of which each tenth closes a window. */
async function asked(): Promise<Row> {
  const requests = async (isWindowed: boolean) => {
    let requests = 0;
    const store = memoryProgress();
    const counting = new Proxy(store, {
      get(target, name, receiver) {
        const found = Reflect.get(target, name, receiver);
        if (!["readAfter", "readBefore", "readSome", "append"].includes(String(name))) return found;
        return (...args: readonly unknown[]) => {
          requests++;
          return found.apply(target, args);
        };
      },
    });
    const handler = consumer(counting, isWindowed);
    for (let batch = 0; batch < 100; batch++) {
      const some = trades.slice(100 * batch, 100 * (batch + 1));
      await handler(
        kinesisEvent(some, { from: 100 * batch, arrival: arrival + 6000 * batch }),
        context(),
      );
    }
    return requests / 100;
  };
  const [plain, windowed] = [await requests(false), await requests(true)];
  return {
    name: "requests to the table, a batch of 100",
    values: { "with windows": windowed, without: plain, more: windowed - plain },
    limits: { more: 2 },
  };
}

function consumer(progress: ReturnType<typeof memoryProgress>, isWindowed = true) {
  const common = { consumer: "totals", decode: json() as never, metrics: false, progress } as const;
  const process = () => {};
  return isWindowed
    ? kinesisConsumer<Trade, unknown>({ ...common, window, process })
    : kinesisConsumer<Trade>({ ...common, process });
}

const context = () => withRuntime({ getRemainingTimeInMillis: () => 60_000 }, { write() {} });
