/** The same trades counted by SQL: an application of Kinesis Analytics', with all that goes into the log, beside the same loop. */
import assert from "node:assert/strict";
import type { memoryProgress } from "../src/index.ts";
import { classify } from "../src/sql/plan/classify.ts";
import { recordDecoder } from "../src/sql/schema/decode.ts";
import { markOf } from "../src/sql/shard/application.ts";
import { ShardMachine } from "../src/sql/shard/shard-machine.ts";
import { sourceReader, systemColumns } from "../src/sql/shard/source-reader.ts";
import { sqlApplication, sqlConsumer } from "../src/sql.ts";
import { compare, use } from "./compare.ts";
import { batchRow, requestsRow } from "./counted.ts";
import type { Row, RowSet } from "./harness.ts";
import { arrival, loop, records, type Total, trades } from "./trades.ts";
import { plain } from "./windows.ts";

export const sql: RowSet = { name: "sql", rows };

const bytes = trades.map((trade) => Buffer.from(JSON.stringify(trade)));

const application = {
  sql: `
    CREATE OR REPLACE STREAM "TOTALS" (EXCHANGE VARCHAR(4), SYMBOL VARCHAR(8), TRADES INTEGER, SHARES INTEGER, HIGH DOUBLE);
    CREATE OR REPLACE PUMP "COUNTING" AS INSERT INTO "TOTALS"
      SELECT STREAM EXCHANGE, SYMBOL, COUNT(*), SUM(SHARES), MAX(PRICE)
      FROM "TRADES"
      GROUP BY EXCHANGE, SYMBOL, STEP("TRADES".ROWTIME BY INTERVAL '60' SECOND);`,
  source: {
    TRADES: {
      recordColumns: [
        { name: "EXCHANGE", sqlType: "VARCHAR(4)", mapping: "$.exchange" },
        { name: "SYMBOL", sqlType: "VARCHAR(8)", mapping: "$.symbol" },
        { name: "PRICE", sqlType: "DOUBLE", mapping: "$.price" },
        { name: "SHARES", sqlType: "INTEGER", mapping: "$.shares" },
      ],
    },
  },
  partitionKey: { TRADES: "SYMBOL" },
};
const { plan } = sqlApplication(application);
const shard = {
  plan,
  source: "TRADES",
  read: sourceReader(
    plan,
    "TRADES",
    recordDecoder(application.source.TRADES, "TRADES", systemColumns),
    () => false,
  ),
  places: classify(plan, application.partitionKey).places,
  part: undefined,
  outputs: new Set(["TOTALS"]),
  tables: () => noTables,
  maxStateBytes: 16 * 2 ** 20,
  mark: markOf(plan),
};
const noTables = { version: 0, rows: new Map() };

async function* rows(): AsyncGenerator<Row> {
  check();
  const row = await compare({
    name: "10,000 JSON records, GROUP BY two columns in 2,500 groups, state written",
    records,
    ours: async () => {
      use(counted().writeChanges().byteLength);
      return undefined;
    },
    peers: {
      "a hand-written loop, its groups as JSON": async () => {
        use(JSON.stringify([...loop(bytes)]).length);
        return undefined;
      },
    },
    timesAtMost: 2,
    rounds: 41,
    warmUps: 6,
  });
  yield { ...row, atLeast: { "shardmill k/s": 100 } };
  yield await batchRow(consumer);
  yield await requestsRow(plain, ["SQL", consumer]);
}

/** As the consumer does it with the records of one batch. */
function counted(): ShardMachine {
  const machine = new ShardMachine(shard);
  for (const record of bytes) machine.absorb(record, { approximateArrivalTimestamp: arrival });
  return machine;
}

function check(): void {
  const machine = counted();
  machine.advance(arrival + 60_000);
  const found = machine.due.map(({ row: [exchange, symbol, trades, shares, high] }) => [
    `${exchange}|${symbol}`,
    { trades, shares, high },
  ]);
  assert.deepEqual(new Map(found as [string, Total][]), loop(bytes));
}

const consumer = (progress: ReturnType<typeof memoryProgress>) =>
  sqlConsumer({
    ...application,
    consumer: "totals",
    progress,
    metrics: false,
    output: { TOTALS: () => {} },
  });
