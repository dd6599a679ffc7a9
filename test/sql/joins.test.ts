import { expect, test } from "vitest";
import { type Came, columns, run } from "./trial.ts";

/** Parcels that are announced and weighed: own data in the shape of AWS's orders and shipments. */
const came: readonly Came[] = [
  { source: "WEIGHED", time: "10:00:00", ID: 100 },
  { source: "ANNOUNCED", time: "10:00:00", ID: 101 },
  { source: "ANNOUNCED", time: "10:00:20", ID: 102 },
  { source: "ANNOUNCED", time: "10:00:30", ID: 103 },
  { source: "ANNOUNCED", time: "10:00:40", ID: 104 },
  { source: "ANNOUNCED", time: "10:00:45", ID: 100 },
  { source: "WEIGHED", time: "10:00:45", ID: 104 },
  { source: "WEIGHED", time: "10:00:50", ID: 105 },
];

const minute = "OVER (RANGE INTERVAL '1' MINUTE PRECEDING)";

const joined = (from: string, restoreEvery?: number) =>
  run({
    sql: `CREATE STREAM O (A INTEGER, B INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM A.ID, B.ID FROM ${from} ON A.ID = B.ID;`,
    source: { ANNOUNCED: "ID INTEGER", WEIGHED: "ID INTEGER" },
    rows: came,
    until: "10:05:00",
    ...(restoreEvery ? { restoreEvery } : {}),
  }).rows.O;

test("a side without a window takes part with its current row only", () => {
  expect(joined(`ANNOUNCED ${minute} AS A JOIN WEIGHED AS B`)).toEqual(["10:00:45 104 104"]);
});

test("a row joins what is in the other window, with the later time of the two", () => {
  expect(joined(`ANNOUNCED ${minute} AS A JOIN WEIGHED ${minute} AS B`)).toEqual([
    "10:00:45 100 100",
    "10:00:45 104 104",
  ]);
});

test("a row of an outer side comes out alone at once, or when it leaves its window", () => {
  expect(joined(`ANNOUNCED ${minute} AS A RIGHT JOIN WEIGHED AS B`)).toEqual([
    "10:00:00 - 100",
    "10:00:45 104 104",
    "10:00:50 - 105",
  ]);
  expect(joined(`ANNOUNCED ${minute} AS A RIGHT JOIN WEIGHED ${minute} AS B`)).toEqual([
    "10:00:45 100 100",
    "10:00:45 104 104",
    "10:01:50 - 105",
  ]);
  expect(joined(`ANNOUNCED ${minute} AS A LEFT JOIN WEIGHED ${minute} AS B`)).toEqual([
    "10:00:45 100 100",
    "10:00:45 104 104",
    "10:01:00 101 -",
    "10:01:20 102 -",
    "10:01:30 103 -",
  ]);
});

test("a join goes on in another run", () => {
  const from = `ANNOUNCED ${minute} AS A FULL JOIN WEIGHED ${minute} AS B`;
  expect(joined(from, 1)).toEqual(joined(from));
  expect(joined(from)).toHaveLength(6);
});

test("a reference table is looked up row by row: NULL is never found, and several rows make several", () => {
  const trial = (join: string) =>
    run({
      sql: `CREATE STREAM O (T VARCHAR(4), N VARCHAR(20));
        CREATE PUMP P AS INSERT INTO O SELECT STREAM S.T, C."Name" FROM S ${join} JOIN "Companies" AS C ON S.T = C."Ticker";`,
      source: { S: "T VARCHAR(4)" },
      reference: {
        Companies: {
          recordFormatType: "CSV",
          recordColumns: [
            { name: "Ticker", sqlType: "VARCHAR(4)" },
            { name: "Name", sqlType: "VARCHAR(20)" },
          ],
        },
      },
      references: { Companies: ['AMZN,"Amazon, Inc."\nAMZN,Whole\nTBV,Tree'] },
      rows: ["AMZN", "NONE", null].map((T) => ({ time: "10:00:00", T })),
    }).rows.O;
  expect(trial("LEFT")).toEqual([
    "10:00:00 AMZN Amazon, Inc.",
    "10:00:00 AMZN Whole",
    "10:00:00 NONE -",
    "10:00:00 - -",
  ]);
  expect(trial("INNER")).toEqual(["10:00:00 AMZN Amazon, Inc.", "10:00:00 AMZN Whole"]);
});

test("with a table before its stream a join is refused", () => {
  const refused = (from: string) => () =>
    run({
      sql: `CREATE STREAM O (A INTEGER); CREATE PUMP P AS INSERT INTO O SELECT STREAM A.ID FROM ${from};`,
      source: { S: "ID INTEGER", U: "ID INTEGER" },
      reference: { R: { recordColumns: [{ name: "ID", sqlType: "INTEGER" }] } },
      rows: [],
    });
  expect(refused("R AS A JOIN S AS B ON A.ID = B.ID")).toThrow(/not the other way/);
  expect(refused("S AS A RIGHT JOIN R AS B ON A.ID = B.ID")).toThrow(/without a time/);
});

test("two streams whose rows must have one ROWTIME need no window", () => {
  const trial = (from: string, where = "") =>
    run({
      sql: `CREATE STREAM C (N DOUBLE); CREATE STREAM I (N DOUBLE); CREATE STREAM O (RATE DOUBLE);
        CREATE PUMP PC AS INSERT INTO C SELECT STREAM COUNT(*) FROM S WHERE K = 'click' GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);
        CREATE PUMP PI AS INSERT INTO I SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);
        CREATE PUMP PO AS INSERT INTO O SELECT STREAM C.N / I.N * 100.0 FROM ${from} ${where};`,
      source: { S: "K VARCHAR(5)" },
      rows: [
        { time: "10:00:01", K: "click" },
        { time: "10:00:02", K: "view" },
        { time: "10:00:11", K: "view" },
      ],
      until: "10:01:00",
    }).rows.O;
  expect(trial("I, C", "WHERE I.ROWTIME = C.ROWTIME")).toEqual(["10:00:10 50"]);
  expect(trial("I LEFT JOIN C ON C.ROWTIME = I.ROWTIME")).toEqual(["10:00:10 50", "10:00:20 -"]);
});

test("two streams without a window join their current rows, which have one ROWTIME", () => {
  const trial = run({
    sql: `CREATE STREAM DOUBLED (ID VARCHAR(4), N INTEGER); CREATE STREAM O (ID VARCHAR(4), N INTEGER, TWICE INTEGER);
      CREATE PUMP D AS INSERT INTO DOUBLED SELECT STREAM ID, N * 2 FROM S;
      CREATE PUMP P AS INSERT INTO O SELECT STREAM S.ID, S.N, D.N FROM S JOIN DOUBLED AS D ON S.ID = D.ID;`,
    source: { S: "ID VARCHAR(4), N INTEGER" },
    rows: [
      { time: "10:00:00", ID: "a", N: 1 },
      { time: "10:00:01", ID: "a", N: 2 },
      { time: "10:00:01", ID: "b", N: 3 },
    ],
    until: "10:01:00",
  });
  expect(trial.rows.O).toEqual(["10:00:00 a 1 2", "10:00:01 a 2 4", "10:00:01 b 3 6"]);
});

test("a column that two sides are joined USING is one column", () => {
  const trial = (select: string, join = "JOIN") =>
    run({
      sql: `CREATE STREAM O (A VARCHAR(4), B VARCHAR(8));
        CREATE PUMP P AS INSERT INTO O SELECT STREAM ${select} FROM S ${join} R USING (ID);`,
      source: { S: "ID VARCHAR(4)" },
      reference: { R: columns("ID VARCHAR(4), NAME VARCHAR(8)") },
      references: { R: [{ ID: "a", NAME: "Ann" }] },
      rows: [
        { time: "10:00:00", ID: "a" },
        { time: "10:00:01", ID: "b" },
      ],
    }).rows.O;
  expect(trial("ID, NAME")).toEqual(["10:00:00 a Ann"]);
  expect(trial("*", "LEFT JOIN")).toEqual(["10:00:00 a Ann", "10:00:01 b -"]);
  expect(trial("S.ID, R.ID", "LEFT JOIN")).toEqual(["10:00:00 a a", "10:00:01 b -"]);
  expect(() => trial("S.ID, NAME", "RIGHT JOIN")).toThrow(/cannot have USING. Write ON/);
});
