/**
 * Statements of Kinesis Analytics' SQL beside those of Flink's that mean the same. Where Flink has another meaning, its statement says ours in its own
 * words; docs/sql.md lists those places.
 */
import { sqlApplication } from "../../../src/sql.ts";
import type { Query } from "./query.ts";
import { airportColumns, airports, tables } from "./tables.ts";

const hour = "FLOOR(FLIGHTS.ROWTIME TO HOUR)";
const day = "FLOOR(FLIGHTS.ROWTIME TO DAY)";
const step = (minutes: number) => `STEP(FLIGHTS.ROWTIME BY INTERVAL '${minutes}' MINUTE)`;
const tumble = (minutes: number, table = "flights") =>
  `FROM TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(ts), INTERVAL '${minutes}' MINUTE(4)))`;
const over = (frame: string, by = "origin") =>
  `WINDOW w AS (PARTITION BY ${by} ORDER BY ts ${frame})`;

export const sqlQueries: readonly Query[] = [
  // Groups
  of(
    "hours of an airport",
    "O VARCHAR(3), H TIMESTAMP, N INTEGER",
    `SELECT STREAM ORIGIN, ${hour}, COUNT(*) FROM FLIGHTS GROUP BY ORIGIN, ${hour}`,
    `SELECT origin, window_start, COUNT(*) ${tumble(60)} GROUP BY origin, window_start, window_end`,
  ),
  of(
    "days",
    "D TIMESTAMP, N INTEGER, S BIGINT, L INTEGER, H INTEGER, A INTEGER",
    `SELECT STREAM ${day}, COUNT(*), SUM(DELAY), MIN(DELAY), MAX(DELAY), AVG(DELAY) FROM FLIGHTS GROUP BY ${day}`,
    `SELECT window_start, COUNT(*), SUM(delay), MIN(delay), MAX(delay), AVG(delay) ${tumble(1440)} GROUP BY window_start, window_end`,
  ),
  of(
    "ten minutes of an airport",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER, S BIGINT",
    `SELECT STREAM ORIGIN, ${step(10)}, COUNT(*), SUM(DISTANCE) FROM FLIGHTS GROUP BY ORIGIN, ${step(10)}`,
    `SELECT origin, window_start, COUNT(*), SUM(distance) ${tumble(10)} GROUP BY origin, window_start, window_end`,
  ),
  of(
    "quarters of an hour",
    "T TIMESTAMP, N INTEGER, A DOUBLE",
    `SELECT STREAM ${step(15)}, COUNT(*), AVG(CAST(DELAY AS DOUBLE)) FROM FLIGHTS GROUP BY ${step(15)}`,
    `SELECT window_start, COUNT(*), AVG(CAST(delay AS DOUBLE)) ${tumble(15)} GROUP BY window_start, window_end`,
  ),
  of(
    "days of a route",
    "O VARCHAR(3), D VARCHAR(3), T TIMESTAMP, N INTEGER, L INTEGER",
    `SELECT STREAM ORIGIN, DESTINATION, ${day}, COUNT(*), MAX(DELAY) FROM FLIGHTS GROUP BY ORIGIN, DESTINATION, ${day}`,
    `SELECT origin, destination, window_start, COUNT(*), MAX(delay) ${tumble(1440)} GROUP BY origin, destination, window_start, window_end`,
  ),
  of(
    "hours by their end",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER",
    "SELECT STREAM DESTINATION, CEIL(FLIGHTS.ROWTIME TO HOUR), COUNT(*) FROM FLIGHTS GROUP BY DESTINATION, CEIL(FLIGHTS.ROWTIME TO HOUR)",
    "SELECT destination, CEIL(ts TO HOUR), COUNT(*) FROM flights GROUP BY destination, CEIL(ts TO HOUR)",
  ),
  of(
    "months",
    "T TIMESTAMP, N INTEGER, S BIGINT",
    "SELECT STREAM FLOOR(FLIGHTS.ROWTIME TO MONTH), COUNT(*), SUM(DISTANCE) FROM FLIGHTS GROUP BY FLOOR(FLIGHTS.ROWTIME TO MONTH)",
    "SELECT FLOOR(ts TO MONTH), COUNT(*), SUM(distance) FROM flights GROUP BY FLOOR(ts TO MONTH)",
  ),
  of(
    "HAVING",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER, A INTEGER",
    `SELECT STREAM ORIGIN, ${day}, COUNT(*), AVG(DELAY) FROM FLIGHTS GROUP BY ORIGIN, ${day} HAVING COUNT(*) > 5 AND AVG(DELAY) > 3`,
    `SELECT origin, window_start, COUNT(*), AVG(delay) ${tumble(1440)} GROUP BY origin, window_start, window_end HAVING COUNT(*) > 5 AND AVG(delay) > 3`,
  ),
  of(
    "WHERE before groups",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER",
    `SELECT STREAM ORIGIN, ${hour}, COUNT(*) FROM FLIGHTS WHERE DELAY > 15 AND DISTANCE BETWEEN 200 AND 900 GROUP BY ORIGIN, ${hour}`,
    "SELECT origin, FLOOR(ts TO HOUR), COUNT(*) FROM flights WHERE delay > 15 AND distance BETWEEN 200 AND 900 GROUP BY origin, FLOOR(ts TO HOUR)",
  ),
  of(
    "CASE in an aggregate",
    "O VARCHAR(3), T TIMESTAMP, LATE BIGINT, EARLY BIGINT",
    `SELECT STREAM ORIGIN, ${day}, SUM(CASE WHEN DELAY > 15 THEN 1 ELSE 0 END), SUM(CASE WHEN DELAY < 0 THEN DELAY END) FROM FLIGHTS GROUP BY ORIGIN, ${day}`,
    `SELECT origin, window_start, SUM(CASE WHEN delay > 15 THEN 1 ELSE 0 END), SUM(CASE WHEN delay < 0 THEN delay END) ${tumble(1440)} GROUP BY origin, window_start, window_end`,
  ),
  of(
    "NULL in aggregates",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER, S BIGINT, A INTEGER, L INTEGER",
    `SELECT STREAM ORIGIN, ${hour}, COUNT(NULLIF(DELAY, 0)), SUM(NULLIF(DELAY, 0)), AVG(NULLIF(DELAY, 0)), MIN(NULLIF(DELAY, 0)) FROM FLIGHTS GROUP BY ORIGIN, ${hour}`,
    `SELECT origin, window_start, COUNT(NULLIF(delay, 0)), SUM(NULLIF(delay, 0)), AVG(NULLIF(delay, 0)), MIN(NULLIF(delay, 0)) ${tumble(60)} GROUP BY origin, window_start, window_end`,
  ),
  of(
    "deviations and variances",
    "T TIMESTAMP, SP DOUBLE, SS DOUBLE, VP DOUBLE, VS DOUBLE",
    `SELECT STREAM ${day}, STDDEV_POP(CAST(DELAY AS DOUBLE)), STDDEV_SAMP(CAST(DELAY AS DOUBLE)), VAR_POP(CAST(DELAY AS DOUBLE)), VAR_SAMP(CAST(DELAY AS DOUBLE)) FROM FLIGHTS GROUP BY ${day}`,
    `SELECT window_start, STDDEV_POP(CAST(delay AS DOUBLE)), STDDEV_SAMP(CAST(delay AS DOUBLE)), VAR_POP(CAST(delay AS DOUBLE)), VAR_SAMP(CAST(delay AS DOUBLE)) ${tumble(1440)} GROUP BY window_start, window_end`,
  ),
  of(
    "the least and the greatest text",
    "O VARCHAR(3), T TIMESTAMP, L VARCHAR(3), H VARCHAR(3)",
    `SELECT STREAM ORIGIN, ${day}, MIN(DESTINATION), MAX(DESTINATION) FROM FLIGHTS GROUP BY ORIGIN, ${day}`,
    `SELECT origin, window_start, MIN(destination), MAX(destination) ${tumble(1440)} GROUP BY origin, window_start, window_end`,
  ),
  of(
    "sums of DECIMAL",
    "T TIMESTAMP, S DECIMAL(18,2)",
    `SELECT STREAM ${day}, SUM(CAST(DISTANCE AS DECIMAL(10,2)) * 1.61) FROM FLIGHTS GROUP BY ${day}`,
    `SELECT window_start, CAST(SUM(CAST(distance AS DECIMAL(10,2)) * 1.61) AS DECIMAL(18,2)) ${tumble(1440)} GROUP BY window_start, window_end`,
  ),
  of(
    "groups of a class",
    "C VARCHAR(8), T TIMESTAMP, N INTEGER",
    `SELECT STREAM CASE WHEN DELAY > 60 THEN 'very' WHEN DELAY > 15 THEN 'late' ELSE 'on time' END, ${day}, COUNT(*) FROM FLIGHTS GROUP BY CASE WHEN DELAY > 60 THEN 'very' WHEN DELAY > 15 THEN 'late' ELSE 'on time' END, ${day}`,
    "SELECT c, d, COUNT(*) FROM (SELECT CASE WHEN delay > 60 THEN 'very' WHEN delay > 15 THEN 'late' ELSE 'on time' END AS c, FLOOR(ts TO DAY) AS d FROM flights) GROUP BY c, d",
  ),
  of(
    "groups of a remainder and of a letter",
    "R INTEGER, L VARCHAR(1), T TIMESTAMP, N INTEGER",
    `SELECT STREAM MOD(DISTANCE, 7), SUBSTRING(ORIGIN FROM 1 FOR 1), ${day}, COUNT(*) FROM FLIGHTS GROUP BY MOD(DISTANCE, 7), SUBSTRING(ORIGIN FROM 1 FOR 1), ${day}`,
    "SELECT r, l, d, COUNT(*) FROM (SELECT MOD(distance, 7) AS r, SUBSTRING(origin FROM 1 FOR 1) AS l, FLOOR(ts TO DAY) AS d FROM flights) GROUP BY r, l, d",
  ),
  of(
    "one pump behind another",
    "O VARCHAR(3), T TIMESTAMP, H INTEGER, N INTEGER",
    `SELECT STREAM O, FLOOR(HOURLY.ROWTIME TO DAY), MAX(N), COUNT(*) FROM HOURLY GROUP BY O, FLOOR(HOURLY.ROWTIME TO DAY)`,
    "SELECT origin, FLOOR(e TO DAY), MAX(n), COUNT(*) FROM (SELECT origin, FLOOR(ts TO HOUR) + INTERVAL '1' HOUR AS e, COUNT(*) AS n FROM flights GROUP BY origin, FLOOR(ts TO HOUR)) GROUP BY origin, FLOOR(e TO DAY)",
    {
      before: `CREATE STREAM HOURLY (O VARCHAR(3), N INTEGER); CREATE PUMP HOURS AS INSERT INTO HOURLY SELECT STREAM ORIGIN, COUNT(*) FROM FLIGHTS GROUP BY ORIGIN, ${hour};`,
    },
  ),
  of(
    "DISTINCT",
    "O VARCHAR(3), D VARCHAR(3), T TIMESTAMP",
    `SELECT STREAM DISTINCT ORIGIN, DESTINATION, ${day} FROM FLIGHTS`,
    "SELECT DISTINCT origin, destination, FLOOR(ts TO DAY) FROM flights",
  ),
  of(
    "how many different ones",
    "N BIGINT",
    `SELECT STREAM NUMBER_OF_DISTINCT_ITEMS FROM TABLE(COUNT_DISTINCT_ITEMS_TUMBLING(CURSOR(SELECT STREAM DESTINATION FROM FLIGHTS), 'DESTINATION', 3600))`,
    `SELECT COUNT(DISTINCT destination) ${tumble(60)} GROUP BY window_start, window_end`,
  ),
  of(
    "collisions by state and month",
    "S VARCHAR(30), T TIMESTAMP, N INTEGER, C BIGINT, V INTEGER, F INTEGER",
    "SELECT STREAM STATE, FLOOR(STRIKES.ROWTIME TO MONTH), COUNT(*), SUM(COST), AVG(SPEED), COUNT(SPEED) FROM STRIKES GROUP BY STATE, FLOOR(STRIKES.ROWTIME TO MONTH)",
    "SELECT state, FLOOR(ts TO MONTH), COUNT(*), SUM(cost), AVG(speed), COUNT(speed) FROM strikes GROUP BY state, FLOOR(ts TO MONTH)",
    { table: "strikes" },
  ),
  of(
    "collisions by year",
    "P VARCHAR(30), T TIMESTAMP, N INTEGER, H INTEGER, L VARCHAR(60)",
    "SELECT STREAM PHASE, FLOOR(STRIKES.ROWTIME TO YEAR), COUNT(SPECIES), MAX(SPEED), MIN(SPECIES) FROM STRIKES WHERE COST > 0 OR SPEED IS NULL GROUP BY PHASE, FLOOR(STRIKES.ROWTIME TO YEAR)",
    "SELECT phase, FLOOR(ts TO YEAR), COUNT(species), MAX(speed), MIN(species) FROM strikes WHERE cost > 0 OR speed IS NULL GROUP BY phase, FLOOR(ts TO YEAR)",
    { table: "strikes" },
  ),
  // Sliding windows
  of(
    "the last hour of an airport",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER, S BIGINT, H INTEGER, L INTEGER",
    "SELECT STREAM ORIGIN, TS, COUNT(*) OVER W, SUM(DELAY) OVER W, MAX(DELAY) OVER W, MIN(DELAY) OVER W FROM FLIGHTS WINDOW W AS (PARTITION BY ORIGIN RANGE INTERVAL '1' HOUR PRECEDING)",
    `SELECT origin, ts, COUNT(*) OVER w, SUM(delay) OVER w, MAX(delay) OVER w, MIN(delay) OVER w FROM flights ${over("RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW")}`,
    { mode: "streaming" },
  ),
  of(
    "the last day of a route",
    "O VARCHAR(3), D VARCHAR(3), T TIMESTAMP, N INTEGER, A INTEGER",
    "SELECT STREAM ORIGIN, DESTINATION, TS, COUNT(*) OVER W, AVG(DELAY) OVER W FROM FLIGHTS WINDOW W AS (PARTITION BY ORIGIN, DESTINATION RANGE INTERVAL '1' DAY PRECEDING)",
    `SELECT origin, destination, ts, COUNT(*) OVER w, AVG(delay) OVER w FROM flights ${over("RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW", "origin, destination")}`,
    { mode: "streaming" },
  ),
  of(
    "the last eleven rows",
    "O VARCHAR(3), T TIMESTAMP, N INTEGER, S BIGINT, A DOUBLE, H INTEGER",
    "SELECT STREAM ORIGIN, TS, COUNT(*) OVER W, SUM(DISTANCE) OVER W, AVG(CAST(DELAY AS DOUBLE)) OVER W, MAX(DELAY) OVER W FROM FLIGHTS WINDOW W AS (PARTITION BY ORIGIN ROWS 10 PRECEDING)",
    `SELECT origin, ts, COUNT(*) OVER w, SUM(distance) OVER w, AVG(CAST(delay AS DOUBLE)) OVER w, MAX(delay) OVER w FROM flights ${over("ROWS BETWEEN 10 PRECEDING AND CURRENT ROW")}`,
  ),
  of(
    "first and last of three rows",
    "O VARCHAR(3), T TIMESTAMP, F INTEGER, L VARCHAR(3)",
    "SELECT STREAM ORIGIN, TS, FIRST_VALUE(DELAY) OVER W, LAST_VALUE(DESTINATION) OVER W FROM FLIGHTS WINDOW W AS (PARTITION BY ORIGIN ROWS 2 PRECEDING)",
    `SELECT origin, ts, FIRST_VALUE(delay) OVER w, LAST_VALUE(destination) OVER w FROM flights ${over("ROWS BETWEEN 2 PRECEDING AND CURRENT ROW")}`,
  ),
  of(
    "LAG",
    "O VARCHAR(3), T TIMESTAMP, B INTEGER, C INTEGER",
    "SELECT STREAM ORIGIN, TS, LAG(DELAY) OVER W, LAG(DELAY, 3, 0) OVER W FROM FLIGHTS WINDOW W AS (PARTITION BY ORIGIN ROWS 10 PRECEDING)",
    "SELECT origin, ts, LAG(delay) OVER (PARTITION BY origin ORDER BY ts), LAG(delay, 3, 0) OVER (PARTITION BY origin ORDER BY ts) FROM flights",
  ),
  of(
    "the last week of a phase",
    "P VARCHAR(30), T TIMESTAMP, N INTEGER, F INTEGER, C BIGINT",
    "SELECT STREAM PHASE, TS, COUNT(*) OVER W, COUNT(SPEED) OVER W, SUM(COST) OVER W FROM STRIKES WINDOW W AS (PARTITION BY PHASE RANGE INTERVAL '7' DAY PRECEDING)",
    `SELECT phase, ts, COUNT(*) OVER w, COUNT(speed) OVER w, SUM(cost) OVER w FROM strikes ${over("RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW", "phase")}`,
    { mode: "streaming", table: "strikes" },
  ),
  // Filters and functions
  of(
    "filters",
    "T TIMESTAMP, O VARCHAR(3), D VARCHAR(3), N INTEGER",
    "SELECT STREAM TS, ORIGIN, DESTINATION, DELAY FROM FLIGHTS WHERE (ORIGIN IN ('SAN', 'SFO', 'LAX') OR DESTINATION NOT IN ('PHX', 'LAS')) AND NOT (DELAY BETWEEN -5 AND 5) AND DISTANCE <> 100",
    "SELECT ts, origin, destination, delay FROM flights WHERE (origin IN ('SAN', 'SFO', 'LAX') OR destination NOT IN ('PHX', 'LAS')) AND NOT (delay BETWEEN -5 AND 5) AND distance <> 100",
  ),
  of(
    "LIKE",
    "T TIMESTAMP, A VARCHAR(80), S VARCHAR(60)",
    "SELECT STREAM TS, AIRPORT, SPECIES FROM STRIKES WHERE AIRPORT LIKE '%INTL%' AND SPECIES NOT LIKE '_nknown%' AND AIRCRAFT LIKE 'B-7%'",
    "SELECT ts, airport, species FROM strikes WHERE airport LIKE '%INTL%' AND species NOT LIKE '_nknown%' AND aircraft LIKE 'B-7%'",
    { table: "strikes" },
  ),
  of(
    "SIMILAR TO",
    "T TIMESTAMP, A VARCHAR(40)",
    "SELECT STREAM TS, AIRCRAFT FROM STRIKES WHERE AIRCRAFT SIMILAR TO '(B|A)-[0-9]{3}(-[0-9]+)?'",
    "SELECT ts, aircraft FROM strikes WHERE aircraft SIMILAR TO '(B|A)-[0-9]{3}(-[0-9]+)?'",
    { table: "strikes" },
  ),
  of(
    "unknown conditions",
    "T TIMESTAMP, C INTEGER, S INTEGER, X VARCHAR(8)",
    "SELECT STREAM TS, COST, SPEED, CASE WHEN SPEED > 150 OR COST > 0 THEN 'yes' WHEN NOT (SPEED > 150) THEN 'no' ELSE 'unknown' END FROM STRIKES WHERE SPEED IS NULL OR SPEED > 100",
    "SELECT ts, cost, speed, CASE WHEN speed > 150 OR cost > 0 THEN 'yes' WHEN NOT (speed > 150) THEN 'no' ELSE 'unknown' END FROM strikes WHERE speed IS NULL OR speed > 100",
    { table: "strikes" },
  ),
  of(
    "arithmetic of whole numbers",
    "T TIMESTAMP, A INTEGER, B INTEGER, C INTEGER, D INTEGER, E INTEGER",
    "SELECT STREAM TS, DELAY / 7, MOD(DELAY, 7), ABS(DELAY), -DELAY * 3 + DISTANCE, SIGN(DELAY) FROM FLIGHTS",
    "SELECT ts, delay / 7, MOD(delay, 7), ABS(delay), -delay * 3 + distance, SIGN(delay) FROM flights",
  ),
  of(
    "functions of DOUBLE",
    "T TIMESTAMP, A DOUBLE, B DOUBLE, C DOUBLE, D DOUBLE, E DOUBLE, F DOUBLE, G DOUBLE",
    "SELECT STREAM TS, SQRT(CAST(DISTANCE AS DOUBLE)), LN(CAST(DISTANCE AS DOUBLE)), LOG10(CAST(DISTANCE AS DOUBLE)), EXP(CAST(DELAY AS DOUBLE) / 100), POWER(CAST(DELAY AS DOUBLE), 2), FLOOR(CAST(DELAY AS DOUBLE) / 7), CEIL(CAST(DELAY AS DOUBLE) / 7) FROM FLIGHTS",
    "SELECT ts, SQRT(CAST(distance AS DOUBLE)), LN(CAST(distance AS DOUBLE)), LOG10(CAST(distance AS DOUBLE)), EXP(CAST(delay AS DOUBLE) / 100), POWER(CAST(delay AS DOUBLE), 2), FLOOR(CAST(delay AS DOUBLE) / 7), CEIL(CAST(delay AS DOUBLE) / 7) FROM flights",
  ),
  of(
    "arithmetic of DECIMAL",
    "T TIMESTAMP, A DECIMAL(12,2), B DECIMAL(12,3), C DECIMAL(12,2)",
    "SELECT STREAM TS, CAST(DELAY AS DECIMAL(8,2)) + 0.25, CAST(DISTANCE AS DECIMAL(8,1)) * 1.25, CAST(DISTANCE AS DECIMAL(8,2)) - CAST(DELAY AS DECIMAL(8,2)) FROM FLIGHTS",
    "SELECT ts, CAST(CAST(delay AS DECIMAL(8,2)) + 0.25 AS DECIMAL(12,2)), CAST(CAST(distance AS DECIMAL(8,1)) * 1.25 AS DECIMAL(12,3)), CAST(CAST(distance AS DECIMAL(8,2)) - CAST(delay AS DECIMAL(8,2)) AS DECIMAL(12,2)) FROM flights",
  ),
  of(
    "texts",
    "T TIMESTAMP, A VARCHAR(80), B VARCHAR(80), C INTEGER, D INTEGER, E VARCHAR(80), F VARCHAR(120)",
    "SELECT STREAM TS, LOWER(AIRPORT), UPPER(SPECIES), CHAR_LENGTH(OPERATOR), POSITION('A' IN AIRPORT), SUBSTRING(AIRPORT FROM 3 FOR 9), STATE || ', ' || PHASE FROM STRIKES",
    "SELECT ts, LOWER(airport), UPPER(species), CHAR_LENGTH(operator), POSITION('A' IN airport), SUBSTRING(airport FROM 3 FOR 9), state || ', ' || phase FROM strikes",
    { table: "strikes" },
  ),
  of(
    "more of texts",
    "T TIMESTAMP, A VARCHAR(80), B VARCHAR(80), C VARCHAR(80), D VARCHAR(80)",
    "SELECT STREAM TS, TRIM(LEADING 'B' FROM AIRCRAFT), TRIM(BOTH 'A' FROM AIRPORT), OVERLAY(AIRCRAFT PLACING '**' FROM 2 FOR 1), SUBSTRING(SPECIES FROM 4) FROM STRIKES",
    "SELECT ts, TRIM(LEADING 'B' FROM aircraft), TRIM(BOTH 'A' FROM airport), OVERLAY(aircraft PLACING '**' FROM 2 FOR 1), SUBSTRING(species FROM 4) FROM strikes",
    { table: "strikes" },
  ),
  of(
    "capitals",
    "T TIMESTAMP, A VARCHAR(80)",
    "SELECT STREAM TS, INITCAP(REGEX_REPLACE(AIRPORT, '[^A-Za-z0-9]+', ' ', 1, 0)) FROM STRIKES",
    "SELECT ts, INITCAP(REGEXP_REPLACE(airport, '[^A-Za-z0-9]+', ' ')) FROM strikes",
    { table: "strikes" },
  ),
  of(
    "regular expressions",
    "T TIMESTAMP, A VARCHAR(80)",
    "SELECT STREAM TS, REGEX_REPLACE(AIRPORT, '[AEIOU]+', '-', 1, 0) FROM STRIKES",
    "SELECT ts, REGEXP_REPLACE(airport, '[AEIOU]+', '-') FROM strikes",
    { table: "strikes" },
  ),
  of(
    "COALESCE, NULLIF and CASE",
    "T TIMESTAMP, A INTEGER, B INTEGER, C VARCHAR(10)",
    "SELECT STREAM TS, COALESCE(SPEED, COST, -1), NULLIF(COST, 0), CASE PHASE WHEN 'Climb' THEN 'up' WHEN 'Approach' THEN 'down' ELSE SUBSTRING(PHASE FROM 1 FOR 2) END FROM STRIKES",
    "SELECT ts, COALESCE(speed, cost, -1), NULLIF(cost, 0), CASE phase WHEN 'Climb' THEN 'up' WHEN 'Approach' THEN 'down' ELSE SUBSTRING(phase FROM 1 FOR 2) END FROM strikes",
    { table: "strikes" },
  ),
  of(
    "casts",
    "T TIMESTAMP, A VARCHAR(12), B INTEGER, C DOUBLE, D DATE, E BIGINT",
    "SELECT STREAM TS, CAST(DELAY AS VARCHAR(12)), CAST(CAST(DISTANCE AS VARCHAR(8)) AS INTEGER), CAST(DELAY AS DOUBLE), CAST(TS AS DATE), CAST(DISTANCE AS BIGINT) * 1000000000 FROM FLIGHTS",
    "SELECT ts, CAST(delay AS VARCHAR(12)), CAST(CAST(distance AS VARCHAR(8)) AS INT), CAST(delay AS DOUBLE), CAST(ts AS DATE), CAST(distance AS BIGINT) * 1000000000 FROM flights",
  ),
  of(
    "casts of fractions",
    "T TIMESTAMP, A INTEGER, B INTEGER, C DECIMAL(8,1)",
    "SELECT STREAM TS, CAST(CAST(DELAY AS DOUBLE) / 4 AS INTEGER), CAST(CAST(DELAY AS DECIMAL(8,2)) * 0.5 AS INTEGER), CAST(CAST(DELAY AS DECIMAL(8,2)) * 0.25 AS DECIMAL(8,1)) FROM FLIGHTS",
    "SELECT ts, CAST(ROUND(CAST(delay AS DOUBLE) / 4, 0) AS INT), CAST(ROUND(CAST(delay AS DECIMAL(8,2)) * 0.5, 0) AS INT), CAST(CAST(delay AS DECIMAL(8,2)) * 0.25 AS DECIMAL(8,1)) FROM flights",
  ),
  of(
    "parts of times",
    "T TIMESTAMP, A BIGINT, B BIGINT, C BIGINT, D BIGINT, E BIGINT, F BIGINT",
    "SELECT STREAM TS, EXTRACT(YEAR FROM TS), EXTRACT(MONTH FROM TS), EXTRACT(DAY FROM TS), EXTRACT(HOUR FROM TS), EXTRACT(MINUTE FROM TS), EXTRACT(QUARTER FROM TS) FROM FLIGHTS",
    "SELECT ts, EXTRACT(YEAR FROM ts), EXTRACT(MONTH FROM ts), EXTRACT(DAY FROM ts), EXTRACT(HOUR FROM ts), EXTRACT(MINUTE FROM ts), EXTRACT(QUARTER FROM ts) FROM flights",
  ),
  of(
    "times rounded",
    "T TIMESTAMP, A TIMESTAMP, B TIMESTAMP, C TIMESTAMP, D TIMESTAMP",
    "SELECT STREAM TS, FLOOR(TS TO MINUTE), CEIL(TS TO DAY), FLOOR(TS TO MONTH), FLOOR(TS TO YEAR) FROM FLIGHTS",
    "SELECT ts, FLOOR(ts TO MINUTE), CEIL(ts TO DAY), FLOOR(ts TO MONTH), FLOOR(ts TO YEAR) FROM flights",
  ),
  of(
    "times moved",
    "T TIMESTAMP, A TIMESTAMP, B TIMESTAMP, C TIMESTAMP",
    "SELECT STREAM TS, TS + INTERVAL '90' MINUTE, TS - INTERVAL '1 02:03:04' DAY TO SECOND, TS + INTERVAL '1' MONTH FROM FLIGHTS",
    "SELECT ts, ts + INTERVAL '90' MINUTE, ts - INTERVAL '1 02:03:04' DAY TO SECOND, ts + INTERVAL '1' MONTH FROM flights",
  ),
  of(
    "times as texts",
    "T TIMESTAMP, A VARCHAR(20), B VARCHAR(20)",
    "SELECT STREAM TS, TIMESTAMP_TO_CHAR('yyyy-MM-dd HH:mm', TS), TIMESTAMP_TO_CHAR('dd.MM.yy HH', TS) FROM FLIGHTS",
    "SELECT ts, DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm'), DATE_FORMAT(ts, 'dd.MM.yy HH') FROM flights",
  ),
  of(
    "between two times",
    "T TIMESTAMP, A BIGINT",
    "SELECT STREAM TS, TSDIFF(TS, FLOOR(TS TO DAY)) FROM FLIGHTS",
    "SELECT ts, 1000 * CAST(TIMESTAMPDIFF(SECOND, FLOOR(ts TO DAY), ts) AS BIGINT) + EXTRACT(MILLISECOND FROM ts) FROM flights",
  ),
  // Joins
  of(
    "a reference table",
    "T TIMESTAMP, O VARCHAR(3), C VARCHAR(60), S VARCHAR(4)",
    "SELECT STREAM F.TS, F.ORIGIN, A.CITY, A.STATE FROM FLIGHTS AS F JOIN AIRPORTS AS A ON F.ORIGIN = A.IATA WHERE A.LATITUDE > 40",
    "SELECT f.ts, f.origin, a.city, a.state FROM flights AS f JOIN airports AS a ON f.origin = a.iata WHERE a.latitude > 40",
  ),
  of(
    "a reference table that has not all",
    "T TIMESTAMP, O VARCHAR(3), C VARCHAR(60)",
    "SELECT STREAM F.TS, F.DESTINATION, A.CITY FROM FLIGHTS AS F LEFT JOIN AIRPORTS AS A ON F.DESTINATION = A.IATA AND A.STATE = 'CA'",
    "SELECT f.ts, f.destination, a.city FROM flights AS f LEFT JOIN airports AS a ON f.destination = a.iata AND a.state = 'CA'",
  ),
  of(
    "groups of what a reference table says",
    "S VARCHAR(4), T TIMESTAMP, N INTEGER, D BIGINT",
    "SELECT STREAM A.STATE, FLOOR(F.ROWTIME TO DAY), COUNT(*), SUM(F.DELAY) FROM FLIGHTS AS F JOIN AIRPORTS AS A ON F.ORIGIN = A.IATA GROUP BY A.STATE, FLOOR(F.ROWTIME TO DAY)",
    "SELECT a.state, FLOOR(f.ts TO DAY), COUNT(*), SUM(f.delay) FROM flights AS f JOIN airports AS a ON f.origin = a.iata GROUP BY a.state, FLOOR(f.ts TO DAY)",
  ),
  of(
    "two streams within an hour",
    "A TIMESTAMP, B TIMESTAMP, P VARCHAR(3)",
    "SELECT STREAM X.TS, Y.TS, X.DESTINATION FROM FLIGHTS OVER (RANGE INTERVAL '1' HOUR PRECEDING) AS X JOIN FLIGHTS AS Y ON X.DESTINATION = Y.ORIGIN",
    "SELECT x.ts, y.ts, x.destination FROM flights AS x JOIN flights AS y ON x.destination = y.origin AND x.ts BETWEEN y.ts - INTERVAL '1' HOUR AND y.ts",
  ),
  of(
    "UNION ALL",
    "T TIMESTAMP, P VARCHAR(3), W VARCHAR(4)",
    "SELECT STREAM TS, ORIGIN, 'from' FROM FLIGHTS WHERE DELAY > 30 UNION ALL SELECT STREAM TS, DESTINATION, 'to' FROM FLIGHTS WHERE DELAY < -20",
    "SELECT ts, origin, CAST('from' AS VARCHAR) FROM flights WHERE delay > 30 UNION ALL SELECT ts, destination, CAST('to' AS VARCHAR) FROM flights WHERE delay < -20",
  ),
];

/** `select` fills a stream of these columns; `before` stands before it. */
function of(
  name: string,
  columns: string,
  select: string,
  flink: string,
  {
    before = "",
    mode = "batch",
    table = "flights",
  }: {
    readonly before?: string;
    readonly mode?: Query["mode"];
    readonly table?: keyof typeof tables;
  } = {},
): Query {
  const sql = `${before} CREATE STREAM FOUND (${columns}); CREATE PUMP FINDING AS INSERT INTO FOUND ${select};`;
  return {
    ...{ name, flink, mode, application: { sql, table } },
    run() {
      const source = table.toUpperCase();
      const { columns: given, rows } = tables[table];
      const failed: string[] = [];
      const found: (readonly unknown[])[] = [];
      const run = sqlApplication({
        sql,
        source: { [source]: schema(given) },
        reference: { AIRPORTS: schema(airportColumns) },
      }).start({
        onRow: (stream, row) => stream === "FOUND" && found.push(Object.values(row)),
        onError: ({ MESSAGE }) => failed.push(MESSAGE),
        reference: { AIRPORTS: airports },
      });
      for (const row of rows) run.put(source, row, { approximateArrivalTimestamp: row.ms });
      run.advanceTo(rows.at(-1)!.ms + 400 * 86_400_000);
      if (failed.length > 0)
        throw new Error(`${failed.length} rows went to the error stream, first: ${failed[0]}`);
      return found;
    },
  };
}

/** `name TYPE, …` */
export const schema = (columns: string) => ({
  recordColumns: columns.split(/,\s*(?![^(]*\))/).map((column) => {
    const [name = "", sqlType = ""] = column.split(" ");
    return { name: name.toUpperCase(), sqlType, mapping: `$.${name}` };
  }),
});
