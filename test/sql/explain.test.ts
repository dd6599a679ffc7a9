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

test("a pump behind another is no better than it, one behind what is merged runs there, and a key that is cut is none", () => {
  const classes = (length: number) =>
    sqlApplication({
      sql: `CREATE STREAM A (T VARCHAR(${length}), P REAL); CREATE PUMP PA AS INSERT INTO A SELECT STREAM TICKER, PRICE FROM TRADES;
        CREATE STREAM B (N INTEGER); CREATE PUMP PB AS INSERT INTO B SELECT STREAM COUNT(*) FROM A GROUP BY T, FLOOR(A.ROWTIME TO DAY);
        CREATE STREAM C (N INTEGER); CREATE PUMP PC AS INSERT INTO C SELECT STREAM N FROM B;`,
      source,
      partitionKey: { TRADES: "TICKER" },
    }).pumps.map((pump) => pump.class);
  expect(classes(4)).toEqual(["local", "local", "local"]);
  expect(classes(3)).toEqual(["local", "two-stage", "two-stage"]);
});

test("a pump that needs rows of shards and merged ones, or whose time is not the stream's, is single, and says so", () => {
  const pumps = (sql: string) =>
    sqlApplication({
      sql: `CREATE STREAM M (N INTEGER); CREATE PUMP PM AS INSERT INTO M SELECT STREAM COUNT(*) FROM TRADES GROUP BY ${step}; ${sql}`,
      source,
    }).pumps.map(({ class: kind, reason }) => `${kind}: ${reason}`);
  expect(
    pumps(`CREATE PUMP PN AS INSERT INTO M SELECT STREAM 1 FROM TRADES;
      CREATE STREAM O (N INTEGER); CREATE PUMP PO AS INSERT INTO O SELECT STREAM N FROM M;`).slice(
      1,
    ),
  ).toEqual(["local: It keeps no rows.", "single: It reads M, which is single."]);
  expect(
    pumps(`CREATE STREAM O (N INTEGER); CREATE PUMP PO AS INSERT INTO O
      SELECT STREAM M.N FROM M OVER (ROWS 3 PRECEDING) JOIN TRADES ON M.N = TRADES.PRICE;`).at(-1),
  ).toBe(
    "single: Some of its rows come from each shard, and others were merged: they have no common order.",
  );
  expect(
    pumps(`CREATE STREAM T (P REAL); CREATE PUMP PT AS INSERT INTO T
        SELECT STREAM TO_TIMESTAMP(CAST(PRICE AS BIGINT)) AS ROWTIME, PRICE FROM TRADES;
      CREATE STREAM O (N INTEGER); CREATE PUMP PO AS INSERT INTO O
        SELECT STREAM COUNT(*) FROM T GROUP BY STEP(T.ROWTIME BY INTERVAL '60' SECOND);`).at(-1),
  ).toBe("single: When its groups are complete is said by rows, and not by time alone.");
});

test("a partition key that is no column is refused", () => {
  expect(() => classOf("SELECT STREAM 1 FROM TRADES", "TICKET")).toThrow(/TRADES.TICKET/);
});
