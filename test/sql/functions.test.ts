import { describe, expect, test } from "vitest";
import { partOf, value } from "./trial.ts";

/** Expressions, the type of the column that takes them, and what they come to: as AWS's reference says where it has an example. */
const cases: readonly (readonly [string, string, unknown])[] = [
  ["STEP(23 BY 5)", "INTEGER", 20],
  ["STEP(30 BY 10)", "INTEGER", 30],
  [
    "STEP(TIMESTAMP '2004-09-30 13:48:23' BY INTERVAL '10' SECOND)",
    "TIMESTAMP",
    "2004-09-30 13:48:20",
  ],
  ["STEP(TIMESTAMP '2004-09-30 13:48:23' BY INTERVAL '5' DAY)", "TIMESTAMP", "2004-09-29 00:00:00"],
  ["FLOOR(TIMESTAMP '2004-09-30 13:48:23' TO MONTH)", "TIMESTAMP", "2004-09-01 00:00:00"],
  ["CEIL(TIMESTAMP '2004-09-30 13:48:23' TO HOUR)", "TIMESTAMP", "2004-09-30 14:00:00"],
  ["7 / 2", "INTEGER", 3],
  ["-7 / 2", "INTEGER", -3],
  ["7 / 2.0", "DECIMAL(18, 4)", 3.5],
  ["1e0 / 8", "DOUBLE", 0.125],
  ["X / 0", "INTEGER", "DIVISION_BY_ZERO"],
  ["X / NULLIF(0, 0)", "INTEGER", null],
  ["9223372036854775807 + 0", "BIGINT", "9223372036854775807"],
  ["9223372036854775807 + 1", "BIGINT", "NUMERIC_OVERFLOW"],
  ["2147483647 + 1", "INTEGER", "NUMERIC_OVERFLOW"],
  ["0.1 + 0.2", "DECIMAL(4, 2)", 0.3],
  ["MOD(7, 4)", "INTEGER", 3],
  ["ABS(-1.5)", "DECIMAL(4, 1)", 1.5],
  ["FLOOR(-1.5)", "INTEGER", -2],
  ["CEIL(1.2)", "INTEGER", 2],
  ["POWER(2, 10)", "DOUBLE", 1024],
  ["'a' || 'bc'", "VARCHAR(9)", "abc"],
  ["'abcdef'", "VARCHAR(4)", "abcd"],
  ["UPPER('aß')", "VARCHAR(4)", "ASS"],
  ["INITCAP('the quick bROWN')", "VARCHAR(20)", "The Quick Brown"],
  ["CHAR_LENGTH('four')", "INTEGER", 4],
  ["TRIM(LEADING 'x' FROM 'xxax')", "VARCHAR(9)", "ax"],
  ["TRIM('  a ')", "VARCHAR(9)", "a"],
  ["POSITION('.com' IN 'http://www.amazon.com')", "INTEGER", 18],
  ["SUBSTRING('123456789' FROM 3 FOR 4)", "VARCHAR(9)", "3456"],
  ["SUBSTRING('123456789' FROM 17 FOR 4)", "VARCHAR(9)", ""],
  ["SUBSTRING('123456789' FROM -1 FOR 4)", "VARCHAR(9)", "12"],
  ["SUBSTRING('123456789', 7)", "VARCHAR(9)", "789"],
  ["SUBSTRING('Kinesis' FROM 'n[a-z]s')", "VARCHAR(9)", "nes"],
  ["OVERLAY('12345' PLACING 'foo' FROM 1)", "VARCHAR(9)", "foo45"],
  ["OVERLAY('12345' PLACING 'foo' FROM 0)", "VARCHAR(9)", "foo345"],
  ["OVERLAY('12345' PLACING 'foo' FROM 9 FOR 0)", "VARCHAR(9)", "12345foo"],
  [
    "REGEX_REPLACE('http://a http://b', 'http://', 'https://', 1, 0)",
    "VARCHAR(30)",
    "https://a https://b",
  ],
  ["REGEX_REPLACE('aaa', 'a', 'b', 2, 1)", "VARCHAR(30)", "aba"],
  ["REGEX_REPLACE('x1', '(\\w)(\\d)', '$2$1', 1, 0)", "VARCHAR(30)", "1x"],
  ["'TECHNOLOGY' SIMILAR TO '%TECH%'", "BOOLEAN", true],
  ["'abc' SIMILAR TO '(a|x)[[:ALPHA:]]+'", "BOOLEAN", true],
  ["'100%' LIKE '100!%' ESCAPE '!'", "BOOLEAN", true],
  ["'a.c' LIKE 'a_c'", "BOOLEAN", true],
  ["'abc' NOT LIKE 'a.c'", "BOOLEAN", true],
  ["NULL LIKE 'a'", "BOOLEAN", null],
  ["2 BETWEEN SYMMETRIC 3 AND 1", "BOOLEAN", true],
  ["2 IN (1, NULL)", "BOOLEAN", null],
  ["1 IN (1, NULL)", "BOOLEAN", true],
  ["NULL IS NOT DISTINCT FROM NULL", "BOOLEAN", true],
  ["NOT (X IS NULL)", "BOOLEAN", true],
  ["CASE X WHEN 1, 2 THEN 'few' ELSE 'many' END", "VARCHAR(9)", "few"],
  ["CASE WHEN X > 5 THEN 1 END", "INTEGER", null],
  ["COALESCE(NULL, X, 9)", "INTEGER", 2],
  ["CAST('12' AS INTEGER)", "INTEGER", 12],
  ["CAST('1x' AS INTEGER)", "INTEGER", "CONVERSION_FAILED"],
  ["CAST(2.5 AS INTEGER)", "INTEGER", 3],
  ["CAST(DATE '2008-08-23' AS VARCHAR(10))", "VARCHAR(10)", "2008-08-23"],
  ["CAST(DATE '2008-08-23' AS VARCHAR(9))", "VARCHAR(9)", "CONVERSION_FAILED"],
  ["CAST('2018-03-01 10:20:30.5' AS TIMESTAMP)", "TIMESTAMP", "2018-03-01 10:20:30.5"],
  ["TIMESTAMP '2018-03-01 00:00:00' - INTERVAL '5' MINUTE", "TIMESTAMP", "2018-02-28 23:55:00"],
  ["TIMESTAMP '2018-01-31 00:00:00' + INTERVAL '1' MONTH", "TIMESTAMP", "2018-02-28 00:00:00"],
  [
    "CAST((TIMESTAMP '2018-03-01 00:01:30' - TIMESTAMP '2018-03-01 00:00:00') SECOND AS INTEGER)",
    "INTEGER",
    90,
  ],
  ["TSDIFF(TIMESTAMP '2018-03-01 00:01:30', TIMESTAMP '2018-03-01 00:00:00')", "BIGINT", 90000],
  ["UNIX_TIMESTAMP(TIMESTAMP '1970-01-01 00:00:01')", "BIGINT", 1000],
  ["TO_TIMESTAMP(1000)", "TIMESTAMP", "1970-01-01 00:00:01"],
  [
    "TIMESTAMP_TO_CHAR('yyyy-MM-dd hh:mm:ss', TIMESTAMP '2018-03-01 15:04:05')",
    "VARCHAR(50)",
    "2018-03-01 03:04:05",
  ],
  [
    "TIMESTAMP_TO_CHAR('G w W F u D L LLL', TIMESTAMP '2026-11-29 00:00:00')",
    "VARCHAR(50)",
    "AD 49 5 5 7 333 11 Nov",
  ],
  // Sunday begins a week, and that of January 1 is the first of its year.
  ["TIMESTAMP_TO_CHAR('w W F', TIMESTAMP '2025-12-28 00:00:00')", "VARCHAR(50)", "1 5 4"],
  ["CHAR_TO_TIMESTAMP('W yyyy', '1 2026')", "TIMESTAMP", "CONVERSION_FAILED"],
  ["CHAR_TO_TIMESTAMP('d LLLL yyyy', '3 May 2026')", "TIMESTAMP", "2026-05-03 00:00:00"],
  ["CAST(1234567 AS VARCHAR)", "VARCHAR", "1234567"],
  ["TIMESTAMP_TO_CHAR('YYYY-MM-dd', TIMESTAMP '2025-12-27 00:00:00')", "VARCHAR(50)", "2025-12-27"],
  // The week of January 1 has begun: Y is the year of the week.
  ["TIMESTAMP_TO_CHAR('YYYY-MM-dd', TIMESTAMP '2025-12-28 00:00:00')", "VARCHAR(50)", "2026-12-28"],
  [
    "CHAR_TO_TIMESTAMP('dd/MMM/yyyy:HH:mm:ss', '04/Nov/2018:13:00:01')",
    "TIMESTAMP",
    "2018-11-04 13:00:01",
  ],
  ["EXTRACT(SECOND FROM TIMESTAMP '2018-03-01 15:04:05')", "INTEGER", 5],
  ["EXTRACT(SECOND FROM TIMESTAMP '2018-03-01 15:04:05.678')", "DOUBLE", 5.678],
  ["INTERVAL '1:30' MINUTE TO SECOND > INTERVAL '89' SECOND", "BOOLEAN", true],
  ["u&'\\0041'", "VARCHAR(4)", "A"],
];

describe("expressions", () => {
  test.each(cases)("%s", (expression, type, expected) => {
    expect(value(expression, type, { X: 2 })).toBe(expected);
  });
});

test("log lines are taken apart, and their parts are read as alias.record.COLUMN1", () => {
  const line = '192.168.0.1 - Jo [24/May/2024:22:01:02 -0700] "GET /a.gif HTTP/1.1" 304 0';
  expect(partOf("W3C_LOG_PARSE(L, 'COMMON')", "COLUMN4", line)).toBe(
    "[24/May/2024:22:01:02 -0700]",
  );
  expect(partOf("W3C_LOG_PARSE(L, 'COMMON')", "COLUMN6", line)).toBe("304");
  expect(partOf("REGEX_LOG_PARSE(L, '.*\"(\\w+) (\\S+) .*')", "COLUMN2", line)).toBe("/a.gif");
  expect(partOf("REGEX_LOG_PARSE(L, '(GET)')", "COLUMN1", line)).toBe(null);
  expect(partOf("FAST_REGEX_LOG_PARSE(L, '(GET)')", "COLUMN1", line)).toBe(null);
  expect(partOf("FAST_REGEX_LOG_PARSE(L, '.*\\\"(<Upper>+) .*')", "COLUMN1", line)).toBe("GET");
  expect(
    partOf(
      "VARIABLE_COLUMN_LOG_PARSE(L, 'A TYPE VARCHAR(2), B TYPE VARCHAR(2)', ',')",
      "B",
      "xyz,uvw",
    ),
  ).toBe("uv");
  expect(partOf("VARIABLE_COLUMN_LOG_PARSE(L, 2, ',', '\\', '\"')", "COLUMN1", '"a,b"\\,c,d')).toBe(
    "a,b,c",
  );
  expect(
    partOf(
      "FIXED_COLUMN_LOG_PARSE(L, 'A TYPE VARCHAR(3) START 0 FOR 3, B TYPE VARCHAR(3) START 3')",
      "B",
      "abcde",
    ),
  ).toBe("de");
  expect(partOf("SYS_LOG_PARSE(L)", "COLUMN2", "Mar  4 10:00:01 host a message")).toBe(
    "host a message",
  );
});
