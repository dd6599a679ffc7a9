import fc from "fast-check";
import { expect, test } from "vitest";
import { OtherApplicationError, sqlApplication } from "../../src/sql.ts";
import { at, type Came, clock, columns, run } from "./trial.ts";

const source = { S: "K VARCHAR(4), X INTEGER, D DOUBLE" };

/** One statement of each kind that keeps rows, and pumps behind pumps. */
const everything = `
  CREATE STREAM A (K VARCHAR(4), N INTEGER, T DOUBLE, HI INTEGER, AV DOUBLE, SD DOUBLE, F INTEGER);
  CREATE PUMP PA AS INSERT INTO A SELECT STREAM K, COUNT(*), SUM(D), MAX(X), AVG(D), STDDEV_POP(X), LAST_VALUE(X) FROM S
    GROUP BY K, STEP(S.ROWTIME BY INTERVAL '10' SECOND);
  CREATE STREAM B (N INTEGER, T DOUBLE);
  CREATE PUMP PB AS INSERT INTO B SELECT STREAM SUM(N), SUM(T) FROM A GROUP BY STEP(A.ROWTIME BY INTERVAL '30' SECOND);
  CREATE STREAM C (K VARCHAR(4), N INTEGER, LO DOUBLE, T DOUBLE, L INTEGER, E DOUBLE, U INTEGER);
  CREATE PUMP PC AS INSERT INTO C SELECT STREAM K, COUNT(X) OVER W, MIN(D) OVER W, SUM(D) OVER R, LAG(X) OVER W,
    EXP_AVG(D, INTERVAL '3' SECOND) OVER W, COUNT(*) OVER (PARTITION BY K RANGE UNBOUNDED PRECEDING) FROM S
    WINDOW W AS (PARTITION BY K RANGE INTERVAL '7' SECOND PRECEDING), R AS (ROWS 3 PRECEDING);
  CREATE STREAM D (K VARCHAR(4), N INTEGER);
  CREATE PUMP PD AS INSERT INTO D SELECT STREAM K, COUNT(*) FROM S WINDOWED BY STAGGER (PARTITION BY K RANGE INTERVAL '5' SECOND);
  CREATE STREAM E (X INTEGER);
  CREATE PUMP PE AS INSERT INTO E SELECT STREAM X FROM S ORDER BY FLOOR(S.ROWTIME TO MINUTE), X DESC;
  CREATE STREAM F (K VARCHAR(4), M TIMESTAMP);
  CREATE PUMP PF AS INSERT INTO F SELECT STREAM DISTINCT K, STEP(S.ROWTIME BY INTERVAL '10' SECOND) FROM S;
  CREATE STREAM G (X INTEGER, Y INTEGER);
  CREATE PUMP PG AS INSERT INTO G SELECT STREAM A1.X, B1.X FROM S OVER (RANGE INTERVAL '4' SECOND PRECEDING) AS A1
    LEFT JOIN S AS B1 ON A1.K = B1.K AND A1.X < B1.X;
  CREATE STREAM H (N BIGINT);
  CREATE PUMP PH AS INSERT INTO H SELECT STREAM * FROM TABLE(COUNT_DISTINCT_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'K', 10));
  CREATE STREAM I (K VARCHAR(4), N BIGINT);
  CREATE PUMP PI AS INSERT INTO I SELECT STREAM * FROM TABLE(TOP_K_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'K', 1, 10));`;

const start = at("10:00:00");

const records = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 0, 1, 400, 1000, 3000, 7000, 12_000),
    K: fc.constantFrom("a", "b", "c", null),
    X: fc.option(fc.integer({ min: -5, max: 5 }), { nil: null }),
    D: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null }),
  }),
  { maxLength: 60 },
);

const cameOf = (given: readonly { readonly gap: number }[]): Came[] => {
  let time = start;
  return given.map(({ gap, ...row }) => {
    time += gap;
    return { ...row, time: new Date(time).toISOString().replace("T", " ").slice(0, -1) };
  });
};

test("wherever a run is cut and goes on in another, its rows are those of one that is not", () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 7 }), (given, restoreEvery) => {
      const all = { sql: everything, source, rows: cameOf(given), until: "10:30:00" };
      expect(run({ ...all, restoreEvery })).toEqual(run(all));
    }),
    { numRuns: 60 },
  );
});

test("groups and windows are those of a loop over all rows", () => {
  fc.assert(
    fc.property(records, (given) => {
      const rows = cameOf(given);
      const { rows: found } = run({
        sql: `CREATE STREAM A (K VARCHAR(4), N INTEGER, T INTEGER);
          CREATE PUMP PA AS INSERT INTO A SELECT STREAM K, COUNT(X), SUM(X) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND), K;
          CREATE STREAM C (LO INTEGER, N INTEGER);
          CREATE PUMP PC AS INSERT INTO C SELECT STREAM MIN(X) OVER (PARTITION BY K RANGE INTERVAL '7' SECOND PRECEDING),
            SUM(X) OVER (PARTITION BY K ROWS 2 PRECEDING) FROM S;`,
        source,
        rows,
        until: "10:30:00",
      });
      const times = rows.map(({ time }) => at(time));
      const windows = [...new Set(times.map((time) => Math.floor(time / 10_000)))];
      const show = (
        values: readonly (number | null)[],
        empty: unknown,
        of: (numbers: number[]) => number,
      ) => {
        const numbers = values.filter((value) => value !== null);
        return numbers.length === 0 ? empty : of(numbers);
      };
      const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
      const groups = windows.flatMap((window) => {
        const within = rows.filter((_, at) => Math.floor(times[at]! / 10_000) === window);
        return [...new Set(within.map(({ K }) => K))].map((key) => {
          const xs = within.filter(({ K }) => K === key).map(({ X }) => X as number | null);
          return `${clock((window + 1) * 10_000)} ${key ?? "-"} ${xs.filter((x) => x !== null).length} ${show(xs, "-", sum)}`;
        });
      });
      expect(found.A ?? []).toEqual(groups);
      const slid = rows.map(({ K }, at) => {
        const before = rows
          .slice(0, at + 1)
          .map((row, place) => ({ row, time: times[place]! }))
          .filter(({ row }) => row.K === K);
        const recent = before
          .filter(({ time }) => time >= times[at]! - 7000)
          .map(({ row }) => row.X as number | null);
        const last = before.slice(-3).map(({ row }) => row.X as number | null);
        return `${clock(times[at]!)} ${show(recent, "-", (numbers) => Math.min(...numbers))} ${show(last, "-", sum)}`;
      });
      expect(found.C ?? []).toEqual(slid);
    }),
    { numRuns: 80 },
  );
});

test("a pump behind another gets its rows in order, and rows come out of two pumps into one stream by ROWTIME", () => {
  const { errors, rows } = run({
    sql: `CREATE STREAM A (W VARCHAR(9), N INTEGER);
      CREATE PUMP P1 AS INSERT INTO A SELECT STREAM 'thirty', COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '30' SECOND);
      CREATE PUMP P2 AS INSERT INTO A SELECT STREAM 'ten', COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);
      CREATE STREAM B (N INTEGER);
      CREATE PUMP P3 AS INSERT INTO B SELECT STREAM SUM(N) FROM A GROUP BY STEP(A.ROWTIME BY INTERVAL '1' MINUTE);`,
    source,
    rows: [
      { time: "10:00:01", K: "a" },
      { time: "10:00:15", K: "a" },
      { time: "10:02:00", K: "a" },
    ],
  });
  expect(errors).toEqual([]);
  expect(rows.A).toEqual(["10:00:10 ten 1", "10:00:20 ten 1", "10:00:30 thirty 2"]);
  expect(rows.B).toEqual(["10:01:00 4"]);
});

test("ROWTIME as an alias is the row's time from there on; what is older than the last row goes to the error stream", () => {
  const { errors, rows } = run({
    sql: `CREATE STREAM A (E TIMESTAMP, N INTEGER);
      CREATE PUMP PA AS INSERT INTO A SELECT STREAM E, 1, E AS ROWTIME FROM S;
      CREATE STREAM B (N INTEGER);
      CREATE PUMP PB AS INSERT INTO B SELECT STREAM COUNT(*) FROM A GROUP BY STEP(A.ROWTIME BY INTERVAL '1' MINUTE);`,
    source: { S: "E TIMESTAMP" },
    rows: [
      { time: "10:05:00", E: "2026-11-29 10:00:10" },
      { time: "10:06:00", E: "2026-11-29 10:00:20" },
      { time: "10:07:00", E: "2026-11-29 10:00:15" },
      { time: "10:08:00", E: "2026-11-29 10:01:00" },
    ],
    until: "10:30:00",
  });
  // Arrival closes nothing there: the next row does.
  expect(rows.B).toEqual(["10:01:00 2"]);
  expect(errors).toMatchObject([{ ERROR_NAME: "OUT_OF_ORDER", PUMP_NAME: "PA" }]);
});

test("a row that fails goes to the error stream with what it was, and takes no other along", () => {
  const { errors, rows } = run({
    sql: `CREATE STREAM A (X INTEGER NOT NULL); CREATE STREAM B (N INTEGER);
      CREATE PUMP PA AS INSERT INTO A SELECT STREAM 6 / X FROM S;
      CREATE PUMP PB AS INSERT INTO B SELECT STREAM SUM(6 / X) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '1' MINUTE);`,
    source: { S: "X INTEGER" },
    rows: [2, 0, null, "x", 3].map((X) => ({ time: "10:00:00", X })),
    until: "10:01:00",
  });
  expect(rows).toEqual({ A: ["10:00:00 3", "10:00:00 2"], B: ["10:01:00 5"] });
  expect(errors.map(({ ERROR_NAME, PUMP_NAME }) => `${PUMP_NAME} ${ERROR_NAME}`)).toEqual([
    "PA DIVISION_BY_ZERO",
    "PB DIVISION_BY_ZERO",
    "PA NOT_NULL_VIOLATION",
    "S CONVERSION_FAILED",
  ]);
  const [first] = errors;
  expect(first!.DATA_ROWTIME).toBe(at("10:00:00"));
  expect(JSON.parse(Buffer.from(first!.DATA_ROW, "hex").toString())[0]).toBe(0);
});

test("ROWTIME is the highest arrival so far", () => {
  const { rows } = run({
    sql: `CREATE STREAM A (X INTEGER); CREATE PUMP P AS INSERT INTO A SELECT STREAM X FROM S;`,
    source: { S: "X INTEGER" },
    rows: [
      { time: "10:00:05", X: 1 },
      { time: "10:00:03", X: 2 },
    ],
  });
  expect(rows.A).toEqual(["10:00:05 1", "10:00:05 2"]);
});

test("state of another application is refused", () => {
  const made = (unit: string) =>
    sqlApplication({
      sql: `CREATE STREAM A (N INTEGER); CREATE PUMP P AS INSERT INTO A SELECT STREAM COUNT(*) FROM S GROUP BY FLOOR(S.ROWTIME TO ${unit});`,
      source: { S: columns("X INTEGER") },
    }).start({ onRow() {} });
  expect(() => made("DAY").restore(made("HOUR").snapshot())).toThrow(OtherApplicationError);
});
