import { json, memoryProgress } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { references } from "../../src/consumer/sql/references.ts";
import {
  type LoadedReference,
  OtherApplicationError,
  type SqlConsumerOptions,
  sqlConsumer,
} from "../../src/sql.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { type Move, type RunOptions, run } from "../windows/consumer-world.ts";
import { type Came, consumerOf, source } from "./consumer-trial.ts";

const sale = (key: string, price: number | string = 1, user = "u"): Move => ({
  put: { key, price: price as number, delay: 0, user },
});
const minute: Move = { wait: 60_000 };
const counting = `
  CREATE STREAM COUNTS (K VARCHAR(16), SALES INTEGER);
  CREATE PUMP COUNTING AS INSERT INTO COUNTS
    SELECT STREAM K, COUNT(*) FROM SALES GROUP BY K, STEP(SALES.ROWTIME BY INTERVAL '60' SECOND);`;
const counts = consumerOf(counting, ["COUNTS"]);
const some = [sale("a"), sale("b"), sale("a")];

const cameIn = ({ rows }: { readonly rows: readonly unknown[] }) =>
  (rows as readonly Came[]).map(({ stream, row }) => [stream, ...Object.values(row)].join(" "));

it("gives a row once, when it is complete, with an id that names shard, stream and number", async () => {
  const found = await run({ consumer: counts, moves: [...some, minute, sale("a")] });
  expect(found.lines).toEqual([]);
  expect(cameIn(found)).toEqual(["COUNTS a 2", "COUNTS b 1"]);
  const [first] = found.rows as readonly Came[];
  expect(first).toMatchObject({
    id: "totals/sales/id/sql/shardId-000000000000/COUNTS/0",
    key: "a",
  });
  expect(first!.end % 60_000).toBe(0);
});

it("rows of a key have positions that grow, for sinks that keep the newest; their JSON is what is sent", async () => {
  const seen: { readonly data: string; readonly position: bigint }[] = [];
  const consumer = consumerOf(counting, ["COUNTS"], {
    output: {
      COUNTS: (rows) => {
        for (const { record } of rows) {
          const position = BigInt(record.sequenceNumber);
          seen.push({ data: Buffer.from(record.data).toString("utf8"), position });
        }
      },
    },
  });
  const moves = [sale("a"), minute, { split: 0 }, sale("a"), minute, sale("a"), minute, sale("a")];
  await run({ consumer, moves });
  expect(seen.map(({ data }) => data)).toEqual(Array(3).fill('{"K":"a","SALES":1}'));
  expect(seen).toEqual(seen.toSorted((a, b) => (a.position < b.position ? -1 : 1)));
});

describe("a row that fails", () => {
  const inverse = `
    CREATE STREAM INVERSE (K VARCHAR(16), V INTEGER);
    CREATE PUMP INVERTING AS INSERT INTO INVERSE SELECT STREAM K, 6 / CAST(PRICE AS INTEGER) FROM SALES;`;
  const moves = [sale("a", 2), sale("b", 0), sale("c", "x"), sale("d", 3)];

  it("goes to errors, and stops nothing", async () => {
    const found = await run({ consumer: consumerOf(inverse, ["INVERSE"]), moves });
    const rows = found.rows as readonly Came[];
    expect(cameIn({ rows: rows.filter(({ stream }) => stream === "INVERSE") })).toEqual([
      "INVERSE a 3",
      "INVERSE d 2",
    ]);
    expect(
      rows
        .filter(({ stream }) => stream === "errors")
        .map(({ row }) => [row.PUMP_NAME, row.ERROR_NAME]),
    ).toEqual([
      ["INVERTING", "DIVISION_BY_ZERO"],
      ["SALES", "CONVERSION_FAILED"],
    ]);
    expect(found.lines).toEqual([]);
  });

  it("is one line for its batch where nobody takes it, without what it has", async () => {
    const consumer = consumerOf(inverse, ["INVERSE"], { errors: undefined } as never);
    const { lines } = await run({ consumer, moves });
    expect(lines.map(({ count, message }) => [count, message])).toEqual([
      [
        2,
        "2 rows have failed and went to the error stream; the first in INVERTING, for DIVISION_BY_ZERO. The option errors takes them.",
      ],
    ]);
    expect(JSON.stringify(lines)).not.toContain("DATA_ROW");
  });

  it("may have whole numbers that JavaScript's do not hold, and so may one that comes out", async () => {
    const sql = `
      CREATE STREAM OUT (K VARCHAR(64), N BIGINT);
      CREATE PUMP COPYING AS INSERT INTO OUT SELECT STREAM K, N FROM SALES;`;
    const columns = [
      { name: "K", sqlType: "VARCHAR(64)", mapping: "$.k" },
      { name: "N", sqlType: "BIGINT", mapping: "$.n" },
    ];
    const data = '{"k":{"deep":9007199254740993},"n":9007199254740993}';
    const broken = '{"k":"b","n":{"deep":9007199254740993}}';
    const valuesOf = (given: readonly unknown[]) =>
      given.map((row) => (row as { readonly value: unknown }).value);
    for (const decode of [undefined, json()]) {
      const source = { SALES: { recordColumns: columns, decode } };
      const errors: unknown[] = [];
      const more = { source, errors: (given: readonly unknown[]) => void errors.push(...given) };
      const { handler, rows } = alone(sql, {}, more as never);
      const answer = await handler(kinesisEvent([Buffer.from(data), Buffer.from(broken)]));
      expect(answer).toEqual({ batchItemFailures: [] });
      expect(valuesOf(rows)).toEqual([{ K: '{"deep":9007199254740993}', N: "9007199254740993" }]);
      expect(valuesOf(errors)).toMatchObject([
        {
          MESSAGE: expect.stringMatching(
            /^The column N is BIGINT; .*9007199254740993.* is none\.$/,
          ),
        },
      ]);
    }
  });

  it("is none that begins with a byte order mark, in the application's text neither", async () => {
    const sql = `\uFEFFCREATE STREAM OUT (K VARCHAR(64));
      CREATE PUMP COPYING AS INSERT INTO OUT SELECT STREAM K FROM SALES;`;
    const { handler, rows } = alone(sql, {});
    await handler(kinesisEvent(['\uFEFF{"key":"a"}']));
    expect(rows).toMatchObject([{ value: { K: "a" } }]);
  });

  it("may be one that its decoder cannot read", async () => {
    const consumer = consumerOf(counting, ["COUNTS"], {
      source: { SALES: { ...source.SALES, decode: json() } },
    });
    const broken = (data: Uint8Array) => {
      if (Buffer.from(data).includes('"bad"')) throw new Error("no such schema");
      return JSON.parse(Buffer.from(data).toString("utf8"));
    };
    const own = consumerOf(counting, ["COUNTS"], {
      source: { SALES: { ...source.SALES, decode: broken } },
    });
    const moves = [...some, sale("bad"), minute, sale("a")];
    expect(cameIn(await run({ consumer, moves }))).toHaveLength(3);
    const found = (await run({ consumer: own, moves })).rows as readonly Came[];
    expect(found).toHaveLength(3);
    expect(found.find(({ stream }) => stream === "errors")!.row.MESSAGE).toBe(
      "The decoder of SALES could not read a record: no such schema",
    );
  });
});

it("a flush gives what a quiet shard has, once, with the rows that a later record would have completed", async () => {
  const flushed = await run({ consumer: counts, moves: some, flushes: [180_000, 60_000] });
  const completed = await run({ consumer: counts, moves: [...some, minute, minute, sale("c")] });
  expect(flushed.rows).toEqual(completed.rows);
  expect(flushed.rows).toHaveLength(2);
});

describe("an application that needs all rows in one place", () => {
  const total = `
    CREATE STREAM TOTALS (SALES INTEGER, LATEST VARCHAR(8));
    CREATE PUMP ADDING AS INSERT INTO TOTALS
      SELECT STREAM COUNT(*), LAST_VALUE(BUYER) FROM SALES GROUP BY STEP(SALES.ROWTIME BY INTERVAL '60' SECOND);`;
  const consumer = consumerOf(total, ["TOTALS"]);
  const why =
    /has other shards beside it.* ADDING is single: .* Either let each pump be complete in its shard: group by the partition key.* Or read a stream with one shard\. Nothing was done, and nothing is lost/;

  it("runs on a stream with one shard", async () => {
    const found = await run({ consumer, moves: [...some, minute, sale("a")] });
    expect(cameIn(found)).toEqual(["TOTALS 3 u"]);
  });

  it("is refused on one with several, and says the two ways out", async () => {
    const { handler, rows } = alone(total, {
      hashKeyRangeOf: async () => ({ start: 0n, end: 1n }),
    });
    await expect(handler(kinesisEvent([{ key: "a" }]))).rejects.toThrow(why);
    expect(rows).toEqual([]);
  });

  it("goes on with all of its state when a shard was split and merged again while it was quiet", async () => {
    const found = await run({
      consumer,
      moves: [...some, { split: 0 }, { merge: 0 }, minute, sale("a"), minute, sale("a")],
    });
    expect(cameIn(found)[0]).toBe("TOTALS 3 u");
  });
});

describe("reference tables", () => {
  const named = `
    CREATE STREAM NAMED (K VARCHAR(16), TITLE VARCHAR(16));
    CREATE PUMP NAMING AS INSERT INTO NAMED
      SELECT STREAM S.K, N.TITLE FROM SALES AS S LEFT JOIN NAMES AS N ON S.K = N.K;`;
  const columns = [
    { name: "K", sqlType: "VARCHAR(16)" },
    { name: "TITLE", sqlType: "VARCHAR(16)" },
  ];

  /** Has another version each time it is asked. */
  const table = (refreshInSeconds: number | undefined): LoadedReference => {
    let version = 0;
    return {
      recordColumns: columns,
      refreshInSeconds,
      load: async () => {
        version++;
        if (version === 3) throw new Error("no such bucket");
        return { version: `${version}`, rows: [{ K: "a", TITLE: `title ${version}` }] };
      },
    };
  };
  const moves = [sale("a"), minute, sale("a"), minute, sale("a"), minute, sale("a")];
  const settings = { batchSize: 1 };

  it("are loaded once, or anew before a batch; where that fails their rows stay", async () => {
    const consumer = (seconds?: number) =>
      consumerOf(named, ["NAMED"], { reference: { NAMES: table(seconds) } });
    const twice: Partial<RunOptions> = {
      moves: [sale("a")],
      after: [minute, sale("a")],
    };
    expect(cameIn(await run({ consumer: consumer(), moves, settings }))).toEqual(
      Array(4).fill("NAMED a title 1"),
    );
    const found = await run({ consumer: consumer(60), ...twice, moves: [sale("a")] });
    expect(cameIn(found)).toEqual(["NAMED a title 1", "NAMED a title 2"]);
  });

  it("are loaded anew where the clock was set back", async () => {
    let [now, times] = [1_000_000, 0];
    const load = async () => ({ version: `${++times}`, rows: [] });
    const { prepare } = references({
      NAMES: { recordColumns: columns, refreshInSeconds: 60, load },
    });
    const invoked = () =>
      prepare({
        runtime: { clock: { ...virtualClock(), now: () => now } },
        logger: {} as never,
        deadline: { signal: new AbortController().signal },
      });
    for (const moment of [1_000_000, 1_059_999, 500_000, 559_999]) {
      now = moment;
      await invoked();
    }
    expect(times).toBe(2);
  });

  it("change no row that was made before: what was found stands in the log", async () => {
    const references = { NAMES: table(1) };
    const consumer = consumerOf(named, ["NAMED"], { reference: references });
    // The row fails, and a new environment with another version of the table gives it.
    const found = await run({
      consumer,
      moves: [sale("a")],
      faults: [{ throws: 0 }, { isNew: true, throws: 0 }, { isNew: true }],
    });
    expect(cameIn(found)).toEqual(["NAMED a title 1"]);
  });
});

describe("the log", () => {
  const many = Array.from({ length: 40 }, (_, n): Move[] => [
    sale(`k${n % 7}`, n),
    ...(n % 4 === 3 ? [minute] : []),
  ]).flat();

  it("has at most two requests more a batch than without SQL", async () => {
    const settings = { batchSize: 4 };
    const plain = { window: undefined, late: undefined } as unknown as RunOptions["more"];
    const total = ({ requests }: Awaited<ReturnType<typeof run>>) =>
      requests.appends + requests.reads;
    const without = await run({ moves: many, settings, more: plain! });
    const found = await run({ consumer: counts, moves: many, settings });
    expect(found.invocations).toBe(without.invocations);
    expect(total(found) - total(without)).toBeLessThanOrEqual(2 * found.invocations);
  });

  it("takes what came, or the whole state where that is less", async () => {
    const moves = Array.from({ length: 2000 }, (_, n) => sale(`k${n % 5}`, n / 7));
    const { logs, progress } = await run({
      consumer: counts,
      moves,
      settings: { batchSize: 1000 },
    });
    const { entries } = await progress.readAfter(logs[0]!, 0);
    const bytes = entries.map(({ windows }) => windows?.changes?.byteLength ?? 0);
    expect(Math.max(...bytes)).toBeLessThan(1000);
  });

  it("takes a record in that is larger than an entry", async () => {
    const wide = `
      CREATE STREAM WIDE (K VARCHAR(16), TEXT VARCHAR(65535), T2 VARCHAR(65535));
      CREATE PUMP WIDENING AS INSERT INTO WIDE
        SELECT STREAM K, MAX(A), MAX(B || C || D || E) FROM WIDE_SALES
        GROUP BY K, STEP(WIDE_SALES.ROWTIME BY INTERVAL '60' SECOND);`;
    const large = ["A", "B", "C", "D", "E", "F", "G"].map((name) => ({
      name,
      sqlType: "VARCHAR(65535)",
      mapping: "$.user",
    }));
    const consumer = consumerOf(wide, ["WIDE"], {
      source: {
        WIDE_SALES: {
          recordColumns: [{ name: "K", sqlType: "VARCHAR(16)", mapping: "$.key" }, ...large],
        },
      },
      partitionKey: { WIDE_SALES: "K" },
    });
    const text = "x".repeat(60_000);
    const found = await run({
      consumer,
      moves: [sale("a", 1, text), minute, sale("a", 1, text), minute, sale("b")],
      settings: { batchSize: 1 },
      faults: [{}, { isNew: true }, { isNew: true }],
    });
    expect(found.rows).toHaveLength(2);
    expect(found.logs.some((name) => name.endsWith("#windows"))).toBe(true);
  });
});

it("too much state fails the record, and says which pump has it", async () => {
  const consumer = consumerOf(counting, ["COUNTS"], { maxStateBytes: 1024 });
  const moves = Array.from({ length: 200 }, (_, n) => sale(`k${n}`, n));
  const settings = { maximumRetryAttempts: 1 };
  const { lines, rows } = await run({ consumer, moves, settings });
  expect(rows).toEqual([]);
  expect(JSON.stringify(lines[0])).toMatch(
    /maxStateBytes is 1,024: the record was not added, and nothing is lost\. The pump COUNTING takes most/,
  );
});

it("state of another application is not mixed with this one", async () => {
  const progress = memoryProgress();
  await alone(counting, {}, { progress }).handler(kinesisEvent([{ key: "a" }]));
  const other = counting.replace("'60'", "'30'");
  const { handler } = alone(other, {}, { progress });
  await expect(handler(kinesisEvent([{ key: "b" }], { from: 1 }))).rejects.toThrow(
    OtherApplicationError,
  );
});

it.each<[object, string | RegExp]>([
  [{ sql: counting.replace("GROUP BY K,", "GROUP BY Q,") }, /line 4, column \d+/],
  [{ progress: undefined }, "sqlConsumer needs progress"],
  [{ output: {} }, "output names no stream; there are COUNTS."],
  [
    { output: { COUNT: () => {} } },
    "output names COUNT, and the application has no such stream: there are COUNTS. Did you mean COUNTS?",
  ],
  [{ output: { COUNTS: 5 } }, "output.COUNTS must be a function that takes rows, or a sink"],
  [{ errors: 5 }, "errors must be a function or a sink."],
  [{ source: {} }, "source must be one: a function reads one stream, and there are 0"],
  [{ process() {} }, "output says where rows go"],
  [{ parallelizationFactor: 2 }, "sqlConsumer needs a ParallelizationFactor of 1"],
  [{ partitionKey: { SALES: "NONE" } }, "partitionKey names SALES.NONE"],
  [{ maxStateBytes: 5 }, "sqlConsumer: maxStateBytes must be"],
])("refuses while the module loads: %j", (wrong, message) => {
  const options = {
    ...{ consumer: "c", progress: memoryProgress(), sql: counting, source },
    output: { COUNTS() {} },
    ...wrong,
  };
  expect(() => sqlConsumer(options as never)).toThrow(message);
});

function alone(sql: string, runtime: object, more: Partial<SqlConsumerOptions> = {}) {
  const rows: unknown[] = [];
  const [, stream = ""] = /STREAM (\w+)/.exec(sql)!;
  const handler = sqlConsumer({
    ...{ consumer: "c", progress: memoryProgress(), sql, source, metrics: false, runtime },
    output: { [stream]: (given) => void rows.push(...given) },
    partitionKey: { SALES: "K" },
    ...more,
  } as SqlConsumerOptions) as (event: unknown) => Promise<unknown>;
  return { handler, rows };
}
