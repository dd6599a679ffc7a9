import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlCommand } from "../../packages/cli/src/sql/command.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardmill-sql-"));
  await write("app.sql", app);
  await write("trades.ndjson", trades.map((trade) => JSON.stringify(trade)).join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFile(file(name), `${text}\n`);

const app = `CREATE STREAM PER_MINUTE (TICKER VARCHAR(4), NAME VARCHAR(20), HIGH REAL, TRADES INTEGER);
CREATE PUMP P AS INSERT INTO PER_MINUTE
  SELECT STREAM T."ticker", C."name", MAX(T."price"), COUNT(*)
  FROM SOURCE_SQL_STREAM_001 AS T LEFT JOIN "Companies" AS C ON T."ticker" = C."ticker"
  GROUP BY T."ticker", C."name", STEP(T.ROWTIME BY INTERVAL '60' SECOND);`;

const trades = [
  { ticker: "AMZN", price: 12.5, when: "2026-11-29T10:00:10Z", size: 1 },
  { ticker: "AMZN", price: 13.25, when: "2026-11-29T10:00:40Z" },
  { ticker: "TBV", price: 7, when: "2026-11-29T10:01:05Z" },
];

async function sql(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const status = await sqlCommand(args, {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
  });
  return { status, ...written };
}

const companies = async () => {
  await write("companies.csv", "ticker,name\nAMZN,Amazon");
  return ["--reference", `Companies=${file("companies.csv")}`];
};

test("run plays a file through an application by its records' times, and prints a table", async () => {
  const args = [
    "run",
    file("app.sql"),
    "--input",
    file("trades.ndjson"),
    "--time",
    "when",
    ...(await companies()),
  ];
  expect(await sql(...args)).toEqual({
    status: 0,
    out: `PER_MINUTE: 2 rows
ROWTIME                  TICKER  NAME     HIGH  TRADES
-----------------------  ------  ------  -----  ------
2026-11-29 10:01:00.000  AMZN    Amazon  13.25       2
2026-11-29 10:02:00.000  TBV                 7       1

`,
    err: "",
  });
  const { out } = await sql(...args, "--json", "--leave-open");
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      stream: "PER_MINUTE",
      rowtime: Date.parse("2026-11-29T10:01:00Z"),
      row: { TICKER: "AMZN", NAME: "Amazon", HIGH: 13.25, TRADES: 2 },
    },
  ]);
});

test("what discover proposes is a schema for the others", async () => {
  const { err, out } = await sql("discover", file("trades.ndjson"));
  expect(JSON.parse(out).RecordColumns).toEqual([
    { Name: "ticker", SqlType: "VARCHAR(8)", Mapping: "$.ticker" },
    { Name: "price", SqlType: "DOUBLE", Mapping: "$.price" },
    // WHEN is a word of SQL.
    { Name: "COL_when", SqlType: "TIMESTAMP", Mapping: "$.when" },
    { Name: "size", SqlType: "INTEGER", Mapping: "$.size" },
  ]);
  expect(err).toBe("size is missing or null in 2 of 3 records.\n");
  await write("schema.json", out);
  const { out: plan, status } = await sql(
    "explain",
    file("app.sql"),
    "--schema",
    file("schema.json"),
    "--partition-key",
    "ticker",
    ...(await companies()),
  );
  expect(status).toBe(0);
  expect(plan).toMatch(/^P {2}local {6}Its groups contain the partition key/m);
});

test("check shows the line of what is wrong, with a mark under it", async () => {
  await write("wrong.sql", app.replace("MAX(", "MAXX("));
  expect(
    await sql("check", file("wrong.sql"), "--input", file("trades.ndjson"), ...(await companies())),
  ).toEqual({
    status: 1,
    out: "",
    err: `shardmill sql: ${file("wrong.sql")}:3:39: There is no function MAXX. Did you mean MAX?

  SELECT STREAM T."ticker", C."name", MAXX(T."price"), COUNT(*)
                                      ^
`,
  });
  expect(
    await sql("check", file("app.sql"), "--input", file("trades.ndjson"), ...(await companies())),
  ).toMatchObject({ status: 0 });
});

test("rows that fail are told, and make the status 1", async () => {
  await write(
    "cast.sql",
    `CREATE STREAM O (X INTEGER); CREATE PUMP P AS INSERT INTO O SELECT STREAM CAST("ticker" AS INTEGER) FROM SOURCE_SQL_STREAM_001;`,
  );
  const { err, status } = await sql("run", file("cast.sql"), "--input", file("trades.ndjson"));
  expect(status).toBe(1);
  expect(err).toMatch(/^2026-01-01 00:00:00.000 P CONVERSION_FAILED: "AMZN" is no INTEGER\./);
});

test.each([
  [["runn", "a.sql"], /no sql runn. Did you mean run\?/],
  [[], /what\? run, check, explain, discover/],
  [["run", "a.sql"], /run needs --input/],
  [["check"], /which file has the SQL/],
  [["check", "a.sql", "--reference", "x"], /NAME=FILE/],
  [["check", "a.sql", "--start", "noon"], /--start takes a time/],
])("%j is a wrong command line", async (args, says) => {
  const { err, status } = await sql(...args);
  expect(status).toBe(2);
  expect(err).toMatch(says);
});
