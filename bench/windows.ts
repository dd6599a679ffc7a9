/** What records come to in windows, with all that goes into the log, beside a loop that anybody would have written; and what it costs in requests. */
import assert from "node:assert/strict";
import { json, kinesisConsumer, type memoryProgress } from "../src/index.ts";
import { WindowMachine } from "../src/windows/machine.ts";
import { rowOf } from "../src/windows/rows.ts";
import { writeChanges } from "../src/windows/written.ts";
import { count, max, sum, tumbling } from "../src/windows.ts";
import { compare, use } from "./compare.ts";
import { batchRow, requestsRow } from "./counted.ts";
import type { Row, RowSet } from "./harness.ts";
import { arrival, loop, records, type Total, type Trade, trades } from "./trades.ts";

export const windows: RowSet = { name: "windows", rows };

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
        use(loop(lines).size);
        return undefined;
      },
    },
    timesAtMost: 2,
    rounds: 41,
    warmUps: 6,
  });
  yield { ...row, atLeast: { "shardmill k/s": 100 } };
  yield await batchRow(windowed);
  yield await requestsRow(plain, ["windows", windowed]);
}

/** As the consumer does it with the records of one batch. */
function counted() {
  const machine = new WindowMachine<Trade>(window.definition);
  for (const line of lines) machine.absorb(JSON.parse(line), arrival);
  return { machine, changes: writeChanges(machine) };
}

function check(): void {
  const { machine } = counted();
  machine.closeAll();
  const found = machine.due.map((group) => {
    const { key, trades, shares, high } = rowOf(group, window.definition, "", "") as any;
    return [key.join("|"), { trades, shares, high }];
  });
  assert.deepEqual(new Map(found as [string, Total][]), loop(lines));
}

const common = { consumer: "totals", decode: json() as never, metrics: false } as const;
const process = () => {};

const windowed = (progress: ReturnType<typeof memoryProgress>) =>
  kinesisConsumer<Trade, unknown>({ ...common, progress, window, process });

export const plain = (progress: ReturnType<typeof memoryProgress>) =>
  kinesisConsumer<Trade>({ ...common, progress, process });
