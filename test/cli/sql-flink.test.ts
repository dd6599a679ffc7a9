/** `shardmill sql flink`: what comes out, and what is refused with its place. That Flink gives the same rows is asked by test/interop/flink.ts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlCommand } from "../../packages/cli/src/sql/command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardmill-flink-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const schema = {
  RecordFormat: { RecordFormatType: "JSON" },
  RecordColumns: [
    { Name: "K", SqlType: "VARCHAR(4)", Mapping: "$.k" },
    { Name: "X", SqlType: "INTEGER", Mapping: "$.of.x" },
    { Name: "D", SqlType: "DOUBLE" },
    { Name: "E", SqlType: "TIMESTAMP", Mapping: "$.at" },
  ],
};

async function flink(sql: string, ...args: readonly string[]) {
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const file = await write("app.sql", sql);
  const written = { out: "", err: "" };
  const status = await sqlCommand(
    [
      ...[
        "flink",
        file,
        "--source",
        "S",
        "--schema",
        await write("schema.json", JSON.stringify(schema)),
      ],
      ...["--reference", `R=${await write("r.ndjson", '{"K":"a","N":"Ann"}')}`, ...args],
    ],
    {
      out: { write: (text: string) => (written.out += text) },
      err: { write: (text: string) => (written.err += text) },
    },
  );
  return { status, out: written.out, err: written.err.replaceAll(file, "app.sql") };
}

const pump = (select: string, columns = "A VARCHAR(4), B INTEGER") =>
  `CREATE STREAM O (${columns});\nCREATE PUMP P AS INSERT INTO O\n${select};`;

test("sources, reference tables and outputs are tables, streams are views, and one statement set runs them", async () => {
  const { err, out, status } = await flink(
    pump(
      "SELECT STREAM S.K, CAST(S.D AS INTEGER) FROM S LEFT JOIN R ON S.K = R.K WHERE S.X > 1 AND R.N = 'Ann'",
    ),
  );
  expect([status, err]).toEqual([0, ""]);
  expect(out.slice(out.indexOf("SET"))).toBe(`SET 'table.local-time-zone' = 'UTC';

CREATE TABLE \`S\` (
  \`k\` VARCHAR(4),
  \`of\` ROW<\`x\` INT>,
  \`D\` DOUBLE,
  \`at\` TIMESTAMP(3),
  \`K\` AS \`k\`,
  \`X\` AS \`of\`.\`x\`,
  \`E\` AS \`at\`,
  \`arrival\` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  \`SHARD_ID\` VARCHAR(128) NOT NULL METADATA FROM 'shard-id' VIRTUAL,
  \`SEQUENCE_NUMBER\` VARCHAR(128) NOT NULL METADATA FROM 'sequence-number' VIRTUAL,
  \`ROWTIME\` AS CAST(\`arrival\` AS TIMESTAMP(3)),
  \`APPROXIMATE_ARRIVAL_TIME\` AS CAST(\`arrival\` AS TIMESTAMP(3)),
  WATERMARK FOR \`ROWTIME\` AS \`ROWTIME\` - INTERVAL '0.001' SECOND
) WITH (
  'connector' = 'kinesis',
  'stream.arn' = 'arn:aws:kinesis:REGION:ACCOUNT:stream/S',
  'aws.region' = 'REGION',
  'source.init.position' = 'TRIM_HORIZON',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

CREATE TABLE \`R\` (
  \`K\` VARCHAR(4) NOT NULL,
  \`N\` VARCHAR(8),
  \`valid from\` AS TIMESTAMP '1970-01-01 00:00:00.000',
  WATERMARK FOR \`valid from\` AS \`valid from\`,
  PRIMARY KEY (\`K\`) NOT ENFORCED
) WITH (
  'connector' = 'filesystem',
  'path' = 's3://BUCKET/R',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

CREATE TEMPORARY VIEW \`O\` AS SELECT CAST(\`S\`.\`K\` AS VARCHAR(4)) AS \`A\`, CAST(CAST(ROUND(\`S\`.\`D\`, 0) AS INT) AS INT) AS \`B\`, \`S\`.\`ROWTIME\` AS \`ROWTIME\` FROM \`S\` AS \`S\` LEFT JOIN \`R\` FOR SYSTEM_TIME AS OF \`S\`.\`ROWTIME\` AS \`R\` ON (\`S\`.\`K\` = \`R\`.\`K\`) WHERE ((\`S\`.\`X\` > 1) AND (\`R\`.\`N\` = 'Ann'));

CREATE TABLE \`O out\` (
  \`A\` VARCHAR(4),
  \`B\` INT
) WITH (
  'connector' = 'kinesis',
  'stream.arn' = 'arn:aws:kinesis:REGION:ACCOUNT:stream/O',
  'aws.region' = 'REGION',
  'format' = 'json'
);

EXECUTE STATEMENT SET BEGIN
INSERT INTO \`O out\` SELECT \`A\`, \`B\` FROM \`O\`;
END;
`);
});

const viewOf = async (select: string, columns?: string) => {
  const { err, out, status } = await flink(pump(select, columns));
  expect(status, err).toBe(0);
  return out.match(/CREATE TEMPORARY VIEW `O` AS (.*);/)![1];
};

test("tumbling groups are TUMBLE, and the way before STEP existed too", async () => {
  const grouped = (column: string, sizeInSeconds: string) =>
    `SELECT CAST(\`S\`.\`K\` AS VARCHAR(4)) AS \`A\`, CAST(${column} AS INT) AS \`B\`, window_time AS \`ROWTIME\` FROM TABLE(TUMBLE(TABLE \`S\`, DESCRIPTOR(\`ROWTIME\`), INTERVAL ${sizeInSeconds})) AS \`S\` GROUP BY \`S\`.\`K\`, window_start, window_end, window_time`;
  expect(
    await viewOf("SELECT STREAM K, COUNT(*) FROM S GROUP BY K, FLOOR(S.ROWTIME TO HOUR)"),
  ).toBe(grouped("COUNT(*)", "'1' HOUR"));
  expect(
    await viewOf(
      "SELECT STREAM K, SUM(X) FROM S GROUP BY K, STEP(S.ROWTIME BY INTERVAL '90' SECOND)",
    ),
  ).toBe(grouped("SUM(`S`.`X`)", "'90' SECOND"));
  expect(
    await viewOf(
      "SELECT STREAM K, MAX(X) FROM S GROUP BY K, FLOOR((S.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND)",
    ),
  ).toBe(grouped("MAX(`S`.`X`)", "'10' SECOND"));
});

test("sliding windows are OVER by ROWTIME, and joins of streams are within a time", async () => {
  expect(
    await viewOf(
      "SELECT STREAM K, SUM(X) OVER (PARTITION BY K RANGE INTERVAL '1' MINUTE PRECEDING) FROM S",
    ),
  ).toContain(
    "SUM(`S`.`X`) OVER (PARTITION BY `S`.`K` ORDER BY `S`.`ROWTIME` RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW)",
  );
  expect(
    await viewOf(
      "SELECT STREAM A.K, B.X FROM S OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS A JOIN S OVER (RANGE INTERVAL '2' MINUTE PRECEDING) AS B ON A.K = B.K",
    ),
  ).toContain(
    "ON (`A`.`K` = `B`.`K`) AND `A`.`ROWTIME` BETWEEN `B`.`ROWTIME` - INTERVAL '1' MINUTE AND `B`.`ROWTIME` + INTERVAL '2' MINUTE",
  );
});

/** What has no equal: where, and why. */
const missing: readonly (readonly [string, string, RegExp])[] = [
  [
    "SELECT STREAM K, COUNT(*) FROM S WINDOWED BY STAGGER (PARTITION BY K RANGE INTERVAL '1' MINUTE)",
    "3:34",
    /STAGGER has no equal/,
  ],
  [
    "SELECT STREAM K, COUNT(*) FROM S GROUP BY K, FLOOR(S.ROWTIME TO MONTH)",
    "3:43",
    /one length, of days or less/,
  ],
  [
    "SELECT STREAM K, X FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM K, X FROM S)))",
    "3:25",
    /keeps a model/,
  ],
  [
    "SELECT STREAM K, LAG(X) OVER (PARTITION BY K RANGE INTERVAL '1' MINUTE PRECEDING) FROM S",
    "3:18",
    /LAG looks back/,
  ],
  [
    "SELECT STREAM K, COUNT(*) OVER (ROWS 1 PRECEDING) + COUNT(*) OVER (ROWS 2 PRECEDING) FROM S",
    "3:62",
    /one window in a SELECT/,
  ],
  [
    "SELECT STREAM A.K, B.X FROM S OVER (ROWS 3 PRECEDING) AS A JOIN S AS B ON A.K = B.K",
    "3:60",
    /not within a number of rows/,
  ],
  [
    "SELECT STREAM A.K, B.X FROM S AS A JOIN S AS B ON A.X < B.X",
    "3:36",
    /something that is equal/,
  ],
  ["SELECT STREAM S.K, S.X FROM S JOIN R ON S.K < R.K", "3:31", /columns that are equal/],
  ["SELECT STREAM E AS ROWTIME, K, X FROM S", "3:15", /keeps its time/],
  ["SELECT STREAM CAST(E AS VARCHAR(4)), X FROM S", "3:15", /another text there/],
  ["SELECT STREAM PARTITION_KEY, X FROM S", "3:15", /no PARTITION_KEY there/],
];

describe("what has no equal is said with line, column and why, and nothing is written", () => {
  test.each(missing)("%s", async (select, place, why) => {
    const columns = select.includes("AS ROWTIME") ? "A VARCHAR(4), B INTEGER" : undefined;
    const { err, out, status } = await flink(pump(select, columns));
    expect([status, out]).toEqual([1, ""]);
    expect(err).toContain(`app.sql:${place}: P: `);
    expect(err).toMatch(why);
  });
});

test("a pump that reads what has no equal has none, and what means a little else is said", async () => {
  const { err } = await flink(
    "CREATE STREAM Q (K VARCHAR(4)); CREATE STREAM O (K VARCHAR(4));\nCREATE PUMP A AS INSERT INTO Q SELECT STREAM K FROM S WINDOWED BY STAGGER (PARTITION BY K RANGE INTERVAL '1' MINUTE);\nCREATE PUMP B AS INSERT INTO O SELECT STREAM K FROM Q;",
  );
  expect(err).toMatch(/2 of 2 pumps.*\n.*2:55: A: .*\n.*3:53: B: It reads Q, which has no equal/);
  const twice = await flink(
    "CREATE STREAM Q (K VARCHAR(4), N INTEGER); CREATE STREAM O (K VARCHAR(4), N INTEGER);\nCREATE PUMP A AS INSERT INTO Q SELECT STREAM K, COUNT(*) FROM S GROUP BY K, FLOOR(S.ROWTIME TO MINUTE);\nCREATE PUMP B AS INSERT INTO O SELECT STREAM K, MAX(N) FROM Q GROUP BY K, FLOOR(Q.ROWTIME TO HOUR);",
  );
  expect(twice.status).toBe(0);
  expect(twice.err).toMatch(
    /means a little else.*\n.*3:75: B: .*a millisecond before the window's end/,
  );
});

test("an application that is refused here is refused with its place", async () => {
  const { err, status } = await flink(pump("SELECT STREAM NOTHING, X FROM S"));
  expect(status).toBe(1);
  expect(err).toMatch(/app\.sql:3:15: S has no column NOTHING/);
});

test("the text of a time that is NULL is 'null' there too, and INITCAP, whose words are others, is refused", async () => {
  const columns = "A VARCHAR(40)";
  const { out } = await flink(
    pump("SELECT STREAM TIMESTAMP_TO_CHAR('yyyy-MM-dd', S.E) FROM S", columns),
  );
  expect(out).toContain("COALESCE(DATE_FORMAT(`S`.`E`, 'yyyy-MM-dd'), 'null')");
  const refused = await flink(pump("SELECT STREAM INITCAP(S.K) FROM S", columns));
  expect(refused.status).not.toBe(0);
  expect(refused.err).toContain("There is no function like INITCAP there.");
});
