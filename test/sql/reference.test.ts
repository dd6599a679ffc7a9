/** What AWS's SQL reference says in its tables and examples, in words and rows of ours. */
import { describe, expect, test } from "vitest";
import { SqlError } from "../../src/sql.ts";
import { partOf, run, value } from "./trial.ts";

const timestamp = (pattern: string, text: string) =>
  value("CHAR_TO_TIMESTAMP(P, T)", "TIMESTAMP", { P: pattern, T: text }, "P VARCHAR, T VARCHAR");

const text = (expression: string) => value(expression, "VARCHAR(60)", { X: 2 });

const condition = (expression: string) => value(expression, "BOOLEAN", { X: 2 });

/** Several columns of one record. */
const parsed = (call: string, line: string, names: string) =>
  names.split(" ").map((name) => partOf(call, name, line));

describe("CHAR_TO_TIMESTAMP", () => {
  test("takes of a text what its template names, and begins what is not named at its first value", () => {
    expect(timestamp("yyyy-mm", "2011-02-08 07:23:19")).toBe("2011-01-01 00:02:00");
    expect(timestamp("MMM dd,", "March 7, 2010")).toBe("1970-03-07 00:00:00");
    expect(timestamp("yyyy-hh-mm", "2009-09-16 03:15:24")).toBe("2009-01-01 09:16:00");
    expect(timestamp("yyyy", "16 03:15")).toBe("0016-01-01 00:00:00");
    expect(timestamp("dd-MM-yy hh:mm:ss", "23-06-11 10:11:12")).toBe("2011-06-23 10:11:12");
  });

  test("gives no row where a part is out of its range: it does not go on into the next month or day", () => {
    const none = "CONVERSION_FAILED";
    expect(timestamp("M-d", "2011-2-8")).toBe(none);
    expect(timestamp("MM/dd/yy hh:mm:ss", "2009/09/16 03:15:24")).toBe(none);
    expect(timestamp("yyyy-MM-dd", "2026-02-30")).toBe(none);
    expect(timestamp("yyyy-MM-dd", "2026-00-01")).toBe(none);
    expect(timestamp("yyyy-DDD", "2026-366")).toBe(none);
    expect(timestamp("HH:mm", "24:00")).toBe(none);
    expect(timestamp("HH:mm", "23:60")).toBe(none);
    expect(timestamp("ss.SSS", "59.123456")).toBe(none);
    expect(timestamp("yyyy-DDD", "2024-366")).toBe("2024-12-31 00:00:00");
    expect(timestamp("yyyy-MM-dd", "2024-02-29")).toBe("2024-02-29 00:00:00");
  });

  test("has twelve hours for hh: fifteen of them are no time, and not three in the morning", () => {
    expect(timestamp("yyyy-MM-dd hh:mm", "2026-11-29 15:30")).toBe("CONVERSION_FAILED");
    expect(timestamp("yyyy-MM-dd HH:mm", "2026-11-29 15:30")).toBe("2026-11-29 15:30:00");
    expect(timestamp("hh:mm a", "12:30 AM")).toBe("1970-01-01 00:30:00");
    expect(timestamp("kk:mm", "24:30")).toBe("1970-01-01 00:30:00");
  });

  test("takes two digits of a year as they stand where a blank is before them", () => {
    expect(timestamp("MMM dd,y", "March 7, 10")).toBe("0010-03-07 00:00:00");
    expect(timestamp("MMM dd,y", "March 7,10")).toBe("2010-03-07 00:00:00");
  });

  test("reads zones by their names, and how far they are from GMT", () => {
    const at = (zone: string) => timestamp("yyyy-MM-dd HH:mm z", `2026-07-04 12:00 ${zone}`);
    expect(at("PST")).toBe("2026-07-04 20:00:00");
    expect(at("PDT")).toBe("2026-07-04 19:00:00");
    expect(at("Eastern Daylight Time")).toBe("2026-07-04 16:00:00");
    expect(at("GMT-08:00")).toBe("2026-07-04 20:00:00");
    expect(at("+0530")).toBe("2026-07-04 06:30:00");
    expect(at("GMT")).toBe("2026-07-04 12:00:00");
    expect(at("Z")).toBe("2026-07-04 12:00:00");
    expect(at("Mars")).toBe("CONVERSION_FAILED");
  });
});

test("TIMESTAMP_TO_CHAR of NULL is the text 'null', and of a pattern that is NULL it is NULL", () => {
  const of = (pattern: string) => text(`TIMESTAMP_TO_CHAR(${pattern}, CAST(NULL AS TIMESTAMP))`);
  expect(of("'yyyy'")).toBe("null");
  expect(of("CAST(NULL AS VARCHAR(4))")).toBe(null);
  expect(text("DATE_TO_CHAR('yyyy', CAST(NULL AS DATE))")).toBe(null);
});

test("EXTRACT of seconds has their milliseconds, and of all else whole numbers", () => {
  const of = (unit: string) =>
    value(`EXTRACT(${unit} FROM INTERVAL '2 3:4:5.678' DAY TO SECOND(3))`, "DOUBLE", { X: 2 });
  expect(["DAY", "HOUR", "MINUTE", "SECOND"].map(of)).toEqual([2, 3, 4, 5.678]);
  expect(value("EXTRACT(SECOND FROM TIME '04:29:26.234')", "DOUBLE", { X: 2 })).toBe(26.234);
  expect(value("EXTRACT(SECOND FROM INTERVAL '-90.5' SECOND)", "DOUBLE", { X: 2 })).toBe(-90.5);
});

test("two intervals together have the units of both", () => {
  expect(text("CAST(INTERVAL '1' DAY + INTERVAL '3 4' DAY TO HOUR AS VARCHAR(9))")).toBe("4 04");
  expect(text("CAST(INTERVAL '1' DAY - INTERVAL '3 4' DAY TO HOUR AS VARCHAR(9))")).toBe("-2 04");
  expect(text("CAST(INTERVAL '1' YEAR + INTERVAL '3-4' YEAR TO MONTH AS VARCHAR(9))")).toBe("4-04");
  expect(text("CAST(INTERVAL '30' MINUTE + INTERVAL '1' DAY AS VARCHAR(9))")).toBe("1 00:30");
});

test("two times of a day have a difference, and a time and a date have none", () => {
  expect(text("CAST((TIME '10:00:00' - TIME '08:30:00') MINUTE AS VARCHAR(9))")).toBe("90");
  expect(() => text("CAST((TIME '10:00:00' - DATE '2026-11-29') MINUTE AS VARCHAR(9))")).toThrow(
    SqlError,
  );
});

test("INITCAP begins words behind blanks only", () => {
  expect(text("INITCAP('each FIRST letter o''clock, x-ray  2nd éa')")).toBe(
    "Each First Letter O'clock, X-ray  2nd Éa",
  );
});

test("a class of SIMILAR TO leaves out what stands behind a ^ in it", () => {
  expect(condition("'cd' SIMILAR TO '[a-e^c]d'")).toBe(false);
  expect(condition("'bd' SIMILAR TO '[a-e^c]d'")).toBe(true);
  expect(condition("'fd' SIMILAR TO '[a-e^c]d'")).toBe(false);
  expect(condition("'fd' SIMILAR TO '[^a-e]d'")).toBe(true);
  expect(condition("'7d' SIMILAR TO '[[:ALNUM:]^[:DIGIT:]]d'")).toBe(false);
});

test("UESCAPE says which character begins a number in a text u&'…'", () => {
  expect(text("u&'a!0041!!' UESCAPE '!'")).toBe("aA!");
  expect(text("U&'d0041\\' uescape 'd'")).toBe("A\\");
  expect(text("u&'back\\\\slash'")).toBe("back\\slash");
});

describe("EVERY and ANY", () => {
  const trial = (select: string, group = "GROUP BY STEP(S.ROWTIME BY INTERVAL '60' SECOND)") =>
    run({
      sql: `CREATE STREAM "OUT" (V BOOLEAN); CREATE PUMP P AS INSERT INTO "OUT" SELECT STREAM ${select} FROM S ${group};`,
      source: { S: "PRICE REAL" },
      rows: [
        { time: "10:00:01", PRICE: 0.5 },
        { time: "10:00:02", PRICE: null },
        { time: "10:00:03", PRICE: 0.7 },
        { time: "10:01:01", PRICE: 0.5 },
        { time: "10:01:02", PRICE: 2 },
      ],
      until: "10:02:00",
    }).rows.OUT;

  test("say whether a condition holds in all rows of a window, and whether in one", () => {
    expect(trial("EVERY(PRICE < 1)")).toEqual(["10:01:00 true", "10:02:00 false"]);
    expect(trial("ANY(PRICE > 1)")).toEqual(["10:01:00 false", "10:02:00 true"]);
  });

  test("say so of the rows of a sliding window too", () => {
    expect(trial("EVERY(PRICE < 1) OVER (RANGE INTERVAL '1' SECOND PRECEDING)", "")).toEqual([
      "10:00:01 true",
      "10:00:02 true",
      "10:00:03 true",
      "10:01:01 true",
      "10:01:02 false",
    ]);
  });

  test("take conditions, and nothing else", () => {
    expect(() => trial("EVERY(PRICE)")).toThrow("EVERY does not take REAL.");
  });
});

describe("logs", () => {
  const line = '192.0.2.3 - Jo [24/May/2024:22:01:02 -0700] "GET /a.gif HTTP/1.1" 304 0';

  test("a time in W3C_LOG_PARSE has its brackets, unless the format has them", () => {
    const time = (format: string) => parsed(`W3C_LOG_PARSE(L, '${format}')`, line, "COLUMN4")[0];
    expect(time("COMMON")).toBe("[24/May/2024:22:01:02 -0700]");
    expect(time('%h %l %u [%t] "%r" %>s %b')).toBe("24/May/2024:22:01:02 -0700");
    expect(time('%h %l %u %t \\"%r\\" %>s %b')).toBe("[24/May/2024:22:01:02 -0700]");
  });

  test("a column of a log that is a time may have its pattern", () => {
    const list = "\"at\" TYPE TIMESTAMP ''dd/MMM/yyyy:HH:mm:ss'' NOT NULL, D TYPE DATE ''d.M.y''";
    const of = (name: string, type: string) =>
      value(
        `T.R.${name}`,
        type,
        { L: "24/May/2024:22:01:02,3.4.2025" },
        "L VARCHAR(200)",
        `(SELECT STREAM VARIABLE_COLUMN_LOG_PARSE(L, '${list}', ',') AS R FROM S) AS T`,
      );
    expect(of('"at"', "TIMESTAMP")).toBe("2024-05-24 22:01:02");
    expect(of("D", "DATE")).toBe("2025-04-03");
  });

  test("REGEX_LOG_PARSE names its columns without TYPE, and without a type", () => {
    expect(
      parsed(
        "REGEX_LOG_PARSE(L, '(?i)(get) (\\S+).*', 'VERB, PATH VARCHAR(2)')",
        "GET /a.gif",
        "VERB PATH",
      ),
    ).toEqual(["GET", "/a"]);
  });
});

describe("FAST_REGEX_LOG_PARSE", () => {
  const lamb = "Mary_had_a_little_lamb";
  const fast = (pattern: string, line: string, names = "COLUMN1 COLUMN2") =>
    parsed(`FAST_REGEX_LOG_PARSE(L, '${pattern}')`, line, names);

  test("takes as little as what stands behind lets it, and never turns back", () => {
    expect(fast("(.*)_(._.*)_.*", lamb)).toEqual(["Mary_had", "a_little"]);
    expect(fast("(.*)_(._.*)_.", lamb)).toEqual([null, null]);
    expect(fast("(.*)_+(._.*)", lamb)).toEqual([null, null]);
    expect(fast("(.*)_+(.*)", "Mary____had_a_little_lamb")).toEqual(["Mary", "had_a_little_lamb"]);
    expect(fast("(.*)_+(<Alpha>.*)", "Mary____had_a_little_lamb")).toEqual([
      "Mary",
      "had_a_little_lamb",
    ]);
  });

  test("gives nothing where a character of the text is not accounted for", () => {
    expect(fast("(Mary)_(.*)_lam", lamb)).toEqual([null, null]);
    expect(fast("(Mary)_(.*)_lamb", lamb)).toEqual(["Mary", "had_a_little"]);
    expect(fast("(GET)", "a GET", "COLUMN1")).toEqual([null]);
  });

  test("has signs of its own", () => {
    expect(fast('@"["(<Digit>{2,3})"]" (a|bc)', "at [123] bc")).toEqual(["123", "bc"]);
    expect(fast("([^ \\-]+)-(\\w?[0-9a-f]{2})", "ab-w0f")).toEqual(["ab", "w0f"]);
    expect(fast("(()x)((ab)*)", "xabab")).toEqual(["x", "abab"]);
  });

  test("refuses at start what it cannot do", () => {
    for (const pattern of ["(a)&(b)", "(a", "([a)", "(<Nope>)", "(a)<1-9>", "a|(b)", "(a{5,2})"])
      expect(() => fast(pattern, "a")).toThrow(/FAST_REGEX_LOG_PARSE: .* in the pattern/);
    expect(() => fast("([z-a])", "a")).toThrow(/column \d+: FAST_REGEX_LOG_PARSE: .*out of order/);
  });
});

describe("ORDER BY", () => {
  const trial = (select: string, until?: string) =>
    run({
      sql: `CREATE STREAM "OUT" (K VARCHAR(4), N INTEGER); CREATE PUMP P AS INSERT INTO "OUT" ${select};`,
      source: { S: "K VARCHAR(4), N INTEGER" },
      rows: [
        { time: "10:00:01", K: "a", N: 1 },
        { time: "10:00:01", K: "b", N: 7 },
        { time: "10:00:02", K: "b", N: 5 },
        { time: "10:01:01", K: "a", N: 3 },
      ],
      ...(until && { until }),
    }).rows.OUT;
  const groups = `SELECT STREAM K, SUM(N) AS N FROM S GROUP BY FLOOR(S.ROWTIME TO MINUTE), K HAVING SUM(N) > 0
    ORDER BY FLOOR(S.ROWTIME TO MINUTE), N DESC`;

  test("gives the groups of a window when it is over, whether another window comes or not", () => {
    expect(trial(groups)).toEqual(["10:01:00.001 b 12", "10:01:00.001 a 1"]);
    expect(trial(groups, "10:02:01")?.at(-1)).toBe("10:02:00.001 a 3");
  });

  test("counts the columns of the SELECT list", () => {
    const sorted = "SELECT STREAM K, N FROM S ORDER BY S.ROWTIME, 2 DESC";
    expect(trial(sorted)?.slice(0, 2)).toEqual(["10:00:01.001 b 7", "10:00:01.001 a 1"]);
    expect(() => trial(`${sorted}, 3`)).toThrow("The SELECT list has no column 3.");
  });

  test("SELECT DISTINCT forgets with ROWTIME, if nothing else in its list follows time", () => {
    const { rows } = run({
      sql: `CREATE STREAM "OUT" (T TIMESTAMP, K VARCHAR(4));
        CREATE PUMP P AS INSERT INTO "OUT" SELECT STREAM DISTINCT ROWTIME, K FROM S ORDER BY ROWTIME, K;`,
      source: { S: "K VARCHAR(4)" },
      rows: ["b", "a", "b"]
        .map((K) => ({ time: "10:00:01", K }))
        .concat({ time: "10:00:02", K: "b" }),
      until: "10:00:03",
    });
    expect(rows.OUT?.map((row) => row.split(" ").at(-1))).toEqual(["a", "b", "b"]);
  });

  test("behind a UNION ALL sorts the rows of all its SELECTs", () => {
    const both = "SELECT STREAM K, N FROM S UNION ALL SELECT STREAM K, N * 2 FROM S";
    expect(trial(`${both} ORDER BY ROWTIME, N DESC`, "10:02:00")?.slice(0, 4)).toEqual([
      "10:00:01.001 b 14",
      "10:00:01.001 b 7",
      "10:00:01.001 a 2",
      "10:00:01.001 a 1",
    ]);
    const apart =
      "SELECT STREAM K, N FROM S UNION ALL (SELECT STREAM K, N FROM S ORDER BY ROWTIME, N)";
    expect(trial(apart)?.[0]).toBe("10:00:01 a 1");
  });
});
