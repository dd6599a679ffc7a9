import { describe, expect, test } from "vitest";
import { excerptOf, SqlError, sqlApplication } from "../../src/sql.ts";
import { columns } from "./trial.ts";

function refusalOf(sql: string): SqlError {
  try {
    sqlApplication({
      sql,
      source: {
        S: columns("K VARCHAR(4), X INTEGER, D DOUBLE, E TIMESTAMP"),
        U: columns("K VARCHAR(4)"),
      },
      reference: { R: columns("K VARCHAR(4)") },
    });
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`Nothing is refused in ${sql}`);
}

const pump = (select: string, target = "O (A INTEGER)") =>
  `CREATE STREAM ${target};\nCREATE PUMP P AS INSERT INTO O\n${select};`;

/** What is wrong, where, and what is said about it. */
const cases: readonly (readonly [string, string, RegExp])[] = [
  [pump("SELECT STREAM COUNT(*) FROM S"), "3:15", /GROUP BY STEP\(stream.ROWTIME/],
  [pump("SELECT STREAM COUNT(*) FROM S GROUP BY K"), "3:40", /never be complete.*MONOTONIC/],
  [
    pump("SELECT STREAM COUNT(DISTINCT X) FROM S GROUP BY FLOOR(ROWTIME TO DAY)"),
    "3:15",
    /COUNT_DISTINCT_ITEMS_TUMBLING/,
  ],
  [pump("SELECT STREAM X FROM S GROUP BY FLOOR(ROWTIME TO DAY)"), "3:15", /no term of GROUP BY/],
  [
    pump("SELECT STREAM COUNT(*) FROM S GROUP BY FLOOR(ROWTIME TO DAY), FLOOR(ROWTIME TO HOUR)"),
    "3:40",
    /Only one term/,
  ],
  [pump("SELECT STREAM * FROM S GROUP BY FLOOR(ROWTIME TO DAY)"), "3:15", /Name the columns/],
  [
    pump("SELECT STREAM SUM(X) OVER (ORDER BY X ROWS 1 PRECEDING) FROM S"),
    "3:28",
    /Leave ORDER BY out/,
  ],
  [
    pump("SELECT STREAM SUM(X) OVER (RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM S"),
    "3:58",
    /look ahead/,
  ],
  [
    pump("SELECT STREAM SUM(X) OVER (ROWS BETWEEN 9 PRECEDING AND 4 PRECEDING) FROM S"),
    "3:57",
    /must end with the current row/,
  ],
  [pump("SELECT STREAM SUM(X) OVER W FROM S"), "3:22", /no window W.*WINDOW W AS/],
  [pump("SELECT STREAM SUM(X) OVER (PARTITION BY K) FROM S"), "3:27", /no length/],
  [pump("SELECT STREAM LAG(X) FROM S GROUP BY FLOOR(ROWTIME TO DAY)"), "3:15", /needs OVER/],
  [pump("SELECT STREAM LAG(X) OVER (ROWS UNBOUNDED PRECEDING) FROM S"), "3:22", /keep them all/],
  [pump("SELECT STREAM X FROM S WHERE COUNT(*) > 1"), "3:30", /Use HAVING/],
  [pump("SELECT STREAM X FROM S WHERE X"), "3:30", /needs a condition/],
  [pump("SELECT STREAM X FROM S HAVING X > 1"), "3:33", /needs GROUP BY/],
  [pump("SELECT STREAM Y FROM S"), "3:15", /no column Y/],
  [pump('SELECT STREAM "x" FROM S'), "3:15", /Did you mean X\?/],
  [pump("SELECT STREAM X FROM s.t"), "3:23", /expected here/],
  [pump("SELECT STREAM X FROM T"), "3:22", /no stream T/],
  [pump("SELECT STREAM K FROM S JOIN U OVER (ROWS 1 PRECEDING) ON S.K = U.K"), "3:15", /S.K|U.K/],
  [pump("SELECT STREAM T.K FROM S"), "3:15", /FROM has no T/],
  [pump("SELECT STREAM K FROM S"), "2:18", /is INTEGER; K is VARCHAR\(4\).*CAST\(K AS INTEGER\)/],
  [pump("SELECT STREAM X, X FROM S"), "3:1", /takes 1 columns here, and the SELECT gives 2/],
  [pump("SELECT STREAM K + 1 FROM S"), "3:17", /CAST\(… AS DOUBLE\)/],
  [pump("SELECT STREAM E - E FROM S"), "3:17", /\(a - b\) SECOND/],
  [pump("SELECT STREAM X FROM S WHERE X = '1'"), "3:32", /one type with CAST/],
  [pump("SELECT STREAM LENGTH(K) FROM S"), "3:15", /CHAR_LENGTH/],
  [pump("SELECT STREAM UPER(K) FROM S"), "3:15", /Did you mean UPPER\?/],
  [pump("SELECT STREAM CAST(CURRENT_TIMESTAMP AS INTEGER) FROM S"), "3:20", /startedAt/],
  [pump("SELECT STREAM X FROM S UNION SELECT STREAM X FROM S"), "3:24", /UNION ALL/],
  [pump("SELECT STREAM X FROM S WHERE X IN (SELECT X FROM U)"), "3:36", /Join with/],
  [pump("SELECT STREAM X FROM S ORDER BY X"), "3:33", /FLOOR\(ROWTIME TO SECOND\)/],
  [pump("SELECT STREAM DISTINCT X FROM S"), "3:1", /follows ROWTIME/],
  [pump("SELECT STREAM X FROM R"), "3:22", /LEFT JOIN/],
  [pump("SELECT STREAM X FROM S JOIN R USING (X)"), "3:38", /one column of this name.*Write ON/],
  [
    pump("SELECT STREAM X FROM S, STEP(S.ROWTIME BY INTERVAL '1' SECOND)"),
    "3:25",
    /no stream. A window stands in GROUP BY STEP/,
  ],
  [pump("SELECT STREAM X FROM S LIMIT 5"), "3:24", /no LIMIT.*TOP_K_ITEMS_TUMBLING/],
  [pump('SELECT STREAM X FROM S WHERE K LIKE "%a b%"'), "3:37", /single quotes/],
  [
    pump("SELECT STREAM COUNT(*) FROM S GROUP BY HOP(S.ROWTIME, X, X)"),
    "3:40",
    /Did you mean GROUP BY STEP/,
  ],
  [pump("SELECT STREAM X FROM S NATURAL JOIN U"), "3:24", /NATURAL/],
  [pump("SELECT STREAM REGEX_LOG_PARSE(K, '(a)++') FROM S"), "3:15", /Possessive/],
  [
    pump(
      "SELECT STREAM * FROM TABLE(TOP_K_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM S), 'Z', 1, 60))",
    ),
    "3:81",
    /'K', 'X'/,
  ],
  [
    pump("SELECT STREAM X FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM X FROM S), 0))"),
    "3:78",
    /from 1 to 1000/,
  ],
  [
    pump("SELECT STREAM X FROM TABLE(RANDOM_FOREST(CURSOR(SELECT STREAM X FROM S)))"),
    "3:22",
    /table function/,
  ],
  [pump("SELECT STREAM X FROM S", "O (A TEXT)"), "1:20", /VARCHAR/],
  [pump("SELECT STREAM 'a FROM S"), "3:15", /Close it/],
  [pump("SELECT STREAM ‘a’ FROM S"), "3:15", /straight single quotes/],
  [pump("SELECT STREAM INTERVAL '1:2' SECOND FROM S"), "3:15", /no interval of SECOND/],
  ["SELECT STREAM X FROM S;", "1:1", /CREATE OR REPLACE PUMP/],
  ["CREATE STREAM S (X INTEGER);", "1:15", /is a source/],
  ["CREATE STREAM error_stream (X INTEGER);", "1:15", /is taken/],
  [
    "CREATE STREAM A (X INTEGER); CREATE PUMP P AS INSERT INTO S SELECT STREAM X FROM A;",
    "1:59",
    /only its stream writes it/,
  ],
  [
    "CREATE STREAM A (X INTEGER); CREATE STREAM B (X INTEGER); CREATE PUMP P AS INSERT INTO A SELECT STREAM X FROM B; CREATE PUMP Q AS INSERT INTO B SELECT STREAM X FROM A;",
    "1:59",
    /in a circle/,
  ],
];

describe("an application is refused with line, column and a way out", () => {
  test.each(cases)("%s", (sql, place, says) => {
    const error = refusalOf(sql);
    expect(`${error.line}:${error.column}`).toBe(place);
    expect(error.message).toMatch(says);
  });
});

test("the line of an error is shown with a mark under its place", () => {
  const sql = "CREATE STREAM A (\n\tX STRING);";
  expect(excerptOf(sql, refusalOf(sql))).toBe("\tX STRING);\n\t  ^");
});
