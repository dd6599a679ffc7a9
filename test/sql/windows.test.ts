import { expect, test } from "vitest";
import { type Came, run } from "./trial.ts";

/** A thermometer in two cities: own data of the shape that AWS's reference explains windows with. */
const degrees: readonly Came[] = [
  { time: "2026-11-01 01:00:00", CITY: "Oslo", T: 4 },
  { time: "2026-11-01 01:00:00", CITY: "Rome", T: 12 },
  { time: "2026-11-01 07:00:00", CITY: "Oslo", T: -3 },
  { time: "2026-11-01 13:00:00", CITY: "Rome", T: 21 },
  { time: "2026-11-02 01:00:00", CITY: "Oslo", T: 0 },
  { time: "2026-11-02 01:00:00.001", CITY: "Rome", T: 9 },
];

const source = { S: "CITY VARCHAR(10), T INTEGER" };

test("a window over time has rows that are exactly as old, and rows of one ROWTIME are taken one by one", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (LO INTEGER, HI INTEGER, N INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM MIN(T) OVER W, MAX(T) OVER W, COUNT(*) OVER W FROM S
      WINDOW W AS (RANGE INTERVAL '1' DAY PRECEDING);`,
    source,
    rows: degrees,
  });
  expect(rows.O).toEqual([
    "01:00:00 4 4 1",
    "01:00:00 4 12 2",
    "07:00:00 -3 12 3",
    "13:00:00 -3 21 4",
    "01:00:00 -3 21 5",
    "01:00:00.001 -3 21 4",
  ]);
});

test("a window over rows has the current one and as many before it", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (CITY VARCHAR(10), S2 INTEGER, F INTEGER, L INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM CITY, SUM(T) OVER W, FIRST_VALUE(T) OVER W, LAG(T, 1, 99) OVER W FROM S
      WINDOW W AS (PARTITION BY CITY ROWS 1 PRECEDING);`,
    source,
    rows: degrees,
  });
  expect(rows.O).toEqual([
    "01:00:00 Oslo 4 4 99",
    "01:00:00 Rome 12 12 99",
    "07:00:00 Oslo 1 4 4",
    "13:00:00 Rome 33 12 12",
    "01:00:00 Oslo -3 -3 -3",
    "01:00:00.001 Rome 30 21 21",
  ]);
});

test("a group comes out when its term of ROWTIME changes, with the first time in which that can be", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (CITY VARCHAR(10), LO INTEGER, HI INTEGER, MEAN INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM CITY, MIN(T), MAX(T), AVG(T) FROM S GROUP BY FLOOR(S.ROWTIME TO DAY), CITY;`,
    source,
    rows: degrees,
  });
  // The average of whole numbers is one; the second day stays open.
  expect(rows.O).toEqual(["00:00:00 Oslo -3 4 0", "00:00:00 Rome 12 21 16"]);
});

test("CEIL, an interval less, and the way before STEP close groups at the same changes", () => {
  const minutes = (term: string, until = "10:01:00") =>
    run({
      sql: `CREATE STREAM O (N INTEGER); CREATE PUMP P AS INSERT INTO O SELECT STREAM COUNT(*) FROM S GROUP BY ${term};`,
      source: { S: "X INTEGER" },
      rows: ["10:00:05", "10:00:10", "10:00:12", "10:00:19", "10:00:31"].map((time) => ({
        time,
        X: 1,
      })),
      until,
    }).rows.O;
  const expected = ["10:00:10 1", "10:00:20 3", "10:00:40 1"];
  expect(minutes("STEP(S.ROWTIME BY INTERVAL '10' SECOND)")).toEqual(expected);
  expect(minutes("STEP(S.ROWTIME - INTERVAL '1' DAY BY INTERVAL '10' SECOND)")).toEqual(expected);
  expect(
    minutes("FLOOR((S.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND)"),
  ).toEqual(expected);
  // What is rounded up to 10:01 may still come at 10:01 itself.
  expect(minutes("CEIL(S.ROWTIME TO MINUTE)")).toBeUndefined();
  expect(minutes("CEIL(S.ROWTIME TO MINUTE)", "10:01:01")).toEqual(["10:01:00.001 5"]);
});

test("what comes late gives another row for its minute, when two terms group", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (M TIMESTAMP, N INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM STEP(S.E BY INTERVAL '60' SECOND), COUNT(*) FROM S
      GROUP BY STEP(S.ROWTIME BY INTERVAL '60' SECOND), STEP(S.E BY INTERVAL '60' SECOND);`,
    source: { S: "E TIMESTAMP" },
    rows: [
      { time: "10:00:10", E: "2026-11-29 10:00:09" },
      { time: "10:00:50", E: "2026-11-29 10:00:49" },
      { time: "10:01:01", E: "2026-11-29 10:00:59" },
      { time: "10:01:02", E: "2026-11-29 10:01:01" },
    ],
    until: "10:02:00",
  });
  expect(rows.O).toEqual([
    "10:01:00 2026-11-29 10:00:00 2",
    "10:02:00 2026-11-29 10:00:00 1",
    "10:02:00 2026-11-29 10:01:00 1",
  ]);
});

test("a stagger window opens with the first row of its key, and the next row after its end opens another", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (K VARCHAR(4), M TIMESTAMP, N INTEGER);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM K, FLOOR(E TO MINUTE), COUNT(K) FROM S
      WINDOWED BY STAGGER (PARTITION BY FLOOR(E TO MINUTE), K RANGE INTERVAL '1' MINUTE);`,
    source: { S: "K VARCHAR(4), E TIMESTAMP" },
    rows: [
      { time: "11:00:20", K: "AMZN", E: "2026-11-29 11:00:10" },
      { time: "11:00:30", K: "AMZN", E: "2026-11-29 11:00:20" },
      { time: "11:01:05", K: "AMZN", E: "2026-11-29 11:00:55" },
      { time: "11:01:15", K: "AMZN", E: "2026-11-29 11:01:05" },
      { time: "11:01:20", K: "AMZN", E: "2026-11-29 11:00:59" },
    ],
    until: "11:03:00",
  });
  expect(rows.O).toEqual([
    "11:01:20 AMZN 2026-11-29 11:00:00 3",
    "11:02:15 AMZN 2026-11-29 11:01:00 1",
    "11:02:20 AMZN 2026-11-29 11:00:00 1",
  ]);
});

test("the weight of EXP_AVG is halved with each half-life", () => {
  const { rows } = run({
    sql: `CREATE STREAM O (V DOUBLE);
      CREATE PUMP P AS INSERT INTO O SELECT STREAM EXP_AVG(X, INTERVAL '10' SECOND) OVER (RANGE INTERVAL '30' SECOND PRECEDING) FROM S;`,
    source: { S: "X DOUBLE" },
    rows: [
      { time: "10:00:00", X: 1 },
      { time: "10:00:10", X: 2 },
      { time: "10:00:20", X: 6 },
    ],
  });
  // 4:2:1 from the newest to the oldest.
  expect(rows.O!.at(-1)).toBe(`10:00:20 ${(4 * 6 + 2 * 2 + 1) / 7}`);
});

test("ORDER BY holds rows until the second is over; DISTINCT gives each row once in its minute", () => {
  const given = [
    ["10:00:00.100", 1],
    ["10:00:00.200", 5],
    ["10:00:00.900", 3],
    ["10:00:01.000", 5],
    ["10:01:00.000", 5],
  ] as const;
  const { rows } = run({
    sql: `CREATE STREAM A (X INTEGER); CREATE STREAM B (X INTEGER, M TIMESTAMP);
      CREATE PUMP PA AS INSERT INTO A SELECT STREAM X FROM S ORDER BY FLOOR(S.ROWTIME TO SECOND), X DESC;
      CREATE PUMP PB AS INSERT INTO B SELECT STREAM DISTINCT X, FLOOR(S.ROWTIME TO MINUTE) FROM S;`,
    source: { S: "X INTEGER" },
    rows: given.map(([time, X]) => ({ time, X })),
  });
  expect(rows.A).toEqual(["10:00:01 5", "10:00:01 3", "10:00:01 1", "10:00:02 5"]);
  expect(rows.B).toEqual([
    "10:00:00.100 1 2026-11-29 10:00:00",
    "10:00:00.200 5 2026-11-29 10:00:00",
    "10:00:00.900 3 2026-11-29 10:00:00",
    "10:01:00 5 2026-11-29 10:01:00",
  ]);
});

test("items are counted in windows of whole seconds", () => {
  const { rows } = run({
    sql: `CREATE STREAM D (N BIGINT); CREATE STREAM K (X VARCHAR(4), N BIGINT);
      CREATE PUMP PD AS INSERT INTO D SELECT STREAM * FROM TABLE(COUNT_DISTINCT_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'X', 60));
      CREATE PUMP PK AS INSERT INTO K SELECT STREAM * FROM TABLE(TOP_K_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'X', 2, 60));`,
    source: { S: "X VARCHAR(4)" },
    rows: ["a", "b", "b", "c", "c", "c", null].map((X, at) => ({ time: `10:00:0${at}`, X })),
    until: "10:01:00",
  });
  expect(rows).toEqual({ D: ["10:01:00 3"], K: ["10:01:00 c 3", "10:01:00 b 2"] });
});

test("the most frequent are ITEM and ITEM_COUNT, too, as the console's template has them", () => {
  const { rows } = run({
    sql: `CREATE STREAM K (ITEM VARCHAR(1024), ITEM_COUNT DOUBLE);
      CREATE PUMP PK AS INSERT INTO K SELECT STREAM ITEM, ITEM_COUNT FROM TABLE(TOP_K_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'X', 100000, 60));`,
    source: { S: "X VARCHAR(4)" },
    rows: ["a", "b", "b"].map((X, at) => ({ time: `10:00:0${at}`, X })),
    until: "10:01:00",
  });
  expect(rows).toEqual({ K: ["10:01:00 b 2", "10:01:00 a 1"] });
});
