import { expect, test } from "vitest";
import { sqlApplication } from "../../src/sql.ts";
import { columns } from "./trial.ts";

const source = { TRADES: columns("TICKER VARCHAR(4), PRICE REAL") };

test("a plan is printed as one line an operator, with the casts that the SQL does not say", () => {
  const app = sqlApplication({
    sql: `CREATE STREAM OUT1 (T VARCHAR(2), HI REAL, N INTEGER);
      CREATE PUMP "every minute" AS INSERT INTO OUT1 (T, N) SELECT STREAM TICKER, COUNT(*) FROM TRADES WHERE PRICE > 1.5
      GROUP BY TICKER, STEP(TRADES.ROWTIME BY INTERVAL '60' SECOND) HAVING COUNT(*) > 1;`,
    source,
    partitionKey: { TRADES: "TICKER" },
  });
  expect(app.explain()).toBe(`SOURCE TRADES (TICKER VARCHAR(4), PRICE REAL)
STREAM OUT1 (T VARCHAR(2), HI REAL, N INTEGER)

PUMP "every minute" INTO OUT1
  project TICKER as VARCHAR(2), NULL, COUNT(*) as INTEGER
    filter (COUNT(*) > 1)
      group by TICKER, STEP(ROWTIME BY INTERVAL '60' SECOND) [clock] computing COUNT(*)
        filter (PRICE > 1.5)
          scan TRADES

"every minute"  local      Its groups contain the partition key, TICKER.
`);
});

const classOf = (select: string, partitionKey?: string) =>
  sqlApplication({
    sql: `CREATE STREAM O (A INTEGER); CREATE PUMP P AS INSERT INTO O ${select};`,
    source,
    ...(partitionKey ? { partitionKey: { TRADES: partitionKey } } : {}),
  }).pumps[0]!.class;

const step = "STEP(TRADES.ROWTIME BY INTERVAL '60' SECOND)";

test.each([
  ["SELECT STREAM PRICE FROM TRADES WHERE PRICE > 1", undefined, "local"],
  [`SELECT STREAM COUNT(*) FROM TRADES GROUP BY ${step}`, "TICKER", "two-stage"],
  [`SELECT STREAM COUNT(*) FROM TRADES GROUP BY TICKER, ${step}`, undefined, "two-stage"],
  [`SELECT STREAM COUNT(*) FROM TRADES GROUP BY TICKER, ${step}`, "TICKER", "local"],
  [`SELECT STREAM COUNT(*) FROM TRADES GROUP BY PARTITION_KEY, ${step}`, undefined, "local"],
  [`SELECT STREAM LAST_VALUE(PRICE) FROM TRADES GROUP BY ${step}`, "TICKER", "single"],
  ["SELECT STREAM COUNT(*) OVER (ROWS 3 PRECEDING) FROM TRADES", "TICKER", "single"],
  [
    "SELECT STREAM COUNT(*) OVER (PARTITION BY TICKER ROWS 3 PRECEDING) FROM TRADES",
    "TICKER",
    "local",
  ],
  [
    "SELECT STREAM A.PRICE FROM TRADES OVER (ROWS 3 PRECEDING) AS A JOIN TRADES AS B ON A.TICKER = B.TICKER",
    "TICKER",
    "local",
  ],
  [
    "SELECT STREAM A.PRICE FROM TRADES OVER (ROWS 3 PRECEDING) AS A JOIN TRADES AS B ON A.PRICE = B.PRICE",
    "TICKER",
    "single",
  ],
  [`SELECT STREAM PRICE FROM TRADES ORDER BY ${step}`, "TICKER", "single"],
])("%s by %s is %s", (select, partitionKey, expected) => {
  expect(classOf(select, partitionKey)).toBe(expected);
});

test("a pump behind another is no better than it, and a key that is cut is none", () => {
  const classes = (length: number) =>
    sqlApplication({
      sql: `CREATE STREAM A (T VARCHAR(${length}), P REAL); CREATE PUMP PA AS INSERT INTO A SELECT STREAM TICKER, PRICE FROM TRADES;
        CREATE STREAM B (N INTEGER); CREATE PUMP PB AS INSERT INTO B SELECT STREAM COUNT(*) FROM A GROUP BY T, FLOOR(A.ROWTIME TO DAY);
        CREATE STREAM C (N INTEGER); CREATE PUMP PC AS INSERT INTO C SELECT STREAM N FROM B;`,
      source,
      partitionKey: { TRADES: "TICKER" },
    }).pumps.map((pump) => pump.class);
  expect(classes(4)).toEqual(["local", "local", "local"]);
  expect(classes(3)).toEqual(["local", "two-stage", "single"]);
});

test("a partition key that is no column is refused", () => {
  expect(() => classOf("SELECT STREAM 1 FROM TRADES", "TICKET")).toThrow(/TRADES.TICKET/);
});
