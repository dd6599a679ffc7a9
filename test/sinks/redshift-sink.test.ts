// What the sink loads when it is made is there: the virtual clock waits for no module.
import "@aws-sdk/client-redshift-data";
import "@aws-sdk/client-s3";
import fc from "fast-check";
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type RedshiftSinkOptions, redshiftSink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "../consumer/world.ts";
import { anyCourse, type Course, type Row, run } from "./deliveries.ts";
import { type RedshiftDoubleOptions, redshiftDouble } from "./redshift-double.ts";
import { s3Double } from "./s3-double.ts";

const tables = ["orders", "shardmill_parts"];

interface Settings extends Partial<RedshiftDoubleOptions> {
  readonly options?: Partial<RedshiftSinkOptions<any>>;
  readonly double?: ReturnType<typeof redshiftDouble>;
}

function warehouse({ options = {}, s3 = s3Double(), ...given }: Settings = {}) {
  const its = world();
  const park = memoryParking();
  const double = given.double ?? redshiftDouble({ tables, s3, ...given });
  const handler = kinesisConsumer({
    consumer: "warehouse",
    decode: json(),
    order: "none",
    progress: memoryProgress(),
    park,
    runtime: its.runtime,
    processBatch: redshiftSink<any>({
      ...{ workgroupName: "analytics", database: "dev", table: "orders", columns: ["id", "note"] },
      ...{ bucket: "stage", client: double, s3, runtime: its.runtime, ...options },
    }),
  });
  const deliver = (values: readonly unknown[], from = 0) =>
    its.finish(handler(kinesisEvent(values, { from }), its.context()));
  return { ...its, s3, double, deliver, parked: () => [...park.parked.values()] };
}

const done = { batchItemFailures: [] };

describe("redshiftSink", () => {
  it("loads a batch with one transaction: file, manifest, and what it says", async () => {
    const { deliver, double, s3 } = warehouse();
    expect(await deliver([{ id: 1, note: "a" }, { id: 2 }])).toEqual(done);
    expect(double.rows("orders")).toEqual([
      { id: 1, note: "a" },
      { id: 2, note: null },
    ]);
    expect(double.calls).toEqual([
      "BatchExecuteStatement",
      "DescribeStatement",
      "GetStatementResult",
    ]);
    expect(s3.calls).toEqual(["PutObject", "ListObjectsV2", "PutObject", "PutObject"]);
    const [{ ClientToken, Sqls, ...where }] = double.inputs;
    expect(where).toEqual({ Database: "dev", WorkgroupName: "analytics" });
    expect(ClientToken).toMatch(/^[0-9a-f]{32}$/);
    const key =
      "[0-9a-f]{16}/orders/shardId-000000000000/\\d{56}\\.000000-\\d{56}\\.000000-2-[0-9a-f]{12}";
    const staged = `shardmill_${ClientToken}`;
    expect(Sqls).toEqual([
      'LOCK TABLE "shardmill_parts"',
      `CREATE TEMP TABLE ${staged} (LIKE "orders" INCLUDING DEFAULTS)`,
      `COPY ${staged} ("id", "note") FROM 's3://stage/_shardmill/stage/${ClientToken}.manifest' IAM_ROLE default MANIFEST GZIP FORMAT AS JSON 'auto' COMPUPDATE OFF STATUPDATE OFF TIMEFORMAT 'auto' DATEFORMAT 'auto'`,
      expect.stringMatching(
        new RegExp(
          `^DELETE FROM ${staged} WHERE EXISTS \\(SELECT 1 FROM "shardmill_parts" WHERE part = '${key}'\\)$`,
        ),
      ),
      `INSERT INTO "orders" ("id", "note") SELECT "id", "note" FROM ${staged}`,
      expect.stringMatching(
        /^INSERT INTO "shardmill_parts" \(part, state\) SELECT .*'loaded' WHERE NOT EXISTS/,
      ),
      expect.stringMatching(/^SELECT part, state FROM "shardmill_parts" WHERE part = /),
    ]);
  });

  it("asks the ledger about what was loaded before, and loads the rest alone", async () => {
    const first = warehouse();
    await first.deliver([{ id: 1 }, { id: 2 }]);
    const second = warehouse(first);
    expect(await second.deliver([{ id: 1 }, { id: 2 }, { id: 3 }])).toEqual(done);
    expect(second.double.rows("orders").map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(second.double.rows("shardmill_parts").map(({ state }) => state)).toEqual([
      "loaded",
      "loaded",
    ]);
  });

  it("gives records back while a transaction runs, and the next delivery finds it done or keeps it out", async () => {
    const s3 = s3Double();
    const double = redshiftDouble({ s3, tables, lags: [1000] });
    const slow = warehouse({ s3, double });
    expect((await slow.deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
    expect(slow.logs()[0]!.error.message).toMatch(
      /^redshiftSink: analytics\/dev: the transaction t0 is still SUBMITTED, and the invocation's time is over: the next delivery asks the ledger/,
    );
    const next = warehouse({ s3, double });
    expect(await next.deliver([{ id: 1 }])).toEqual(done);
    double.finish();
    expect(double.rows("orders")).toEqual([{ id: 1, note: null }]);
    expect(double.rows("shardmill_parts").map(({ state }) => state)).toEqual(["fenced", "loaded"]);
  });

  it("finds all records that COPY does not take, parks them, and loads the others", async () => {
    const { deliver, double, parked } = warehouse({
      refuses: ({ id }) => (typeof id === "number" ? undefined : "Invalid digit"),
    });
    expect(await deliver([{ id: "x" }, { id: 1 }, { id: "y" }, { id: 2 }])).toEqual(done);
    expect(double.rows("orders").map(({ id }) => id)).toEqual([1, 2]);
    expect(parked()).toHaveLength(2);
    expect(parked()[0]!.error.message).toBe(
      'redshiftSink: analytics/dev: "orders", column unknown: Invalid digit',
    );
  });

  it("finds them by halves where nobody says which they are", async () => {
    const { deliver, double, parked } = warehouse({
      refuses: ({ id }) => (id === "x" ? "Invalid digit" : undefined),
      isSilent: true,
    });
    expect(await deliver([{ id: 1 }, { id: 2 }, { id: "x" }, { id: 3 }])).toEqual(done);
    expect(double.rows("orders").map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(parked().map(({ error }) => error.message)).toEqual([
      "redshiftSink: analytics/dev: ERROR: Load into table failed.  Check 'sys_load_error_detail' system table for details.",
    ]);
  });

  it.each([
    ["a lost race", "ERROR: 1023 Serializable isolation violation on table"],
    ["a missing file", "ERROR: S3ServiceException: Access Denied"],
    ["a full disk", "ERROR: Disk Full"],
  ])("tries %s again, and parks nothing", async (_, error) => {
    const { deliver, double, parked } = warehouse({ failures: [error] });
    expect(await deliver([{ id: 1 }])).toEqual(done);
    expect(double.rows("orders")).toHaveLength(1);
    expect(parked()).toEqual([]);
  });

  it("says how to create a ledger that is missing", async () => {
    const { deliver, logs, parked } = warehouse({ tables: ["orders"] });
    expect((await deliver([{ id: 1 }])).batchItemFailures).toHaveLength(1);
    expect(logs()[0]!.error.message).toMatch(
      /relation "shardmill_parts" does not exist Create the ledger: CREATE TABLE "shardmill_parts" \(part VARCHAR\(1024\)/,
    );
    expect(parked()).toEqual([]);
  });

  it.each<[string, () => any, string]>([
    ["no object", () => [1], "row must be an object"],
    ["nothing", () => undefined, "row must be an object"],
    ["bytes", () => ({ id: Buffer.from("a") }), "id has bytes"],
    ["no key", () => ({ id: null }), "the row has no id, a key of its table"],
    [
      "what JSON has no form for",
      () => ({
        get id(): never {
          throw new Error("no");
        },
      }),
      "no",
    ],
    ["more than COPY takes", () => ({ id: 1, note: "x".repeat(5e6) }), "COPY takes 4194304"],
  ])("parks a row that is %s", async (_, row, why) => {
    const { deliver, double, parked } = warehouse({ options: { key: ["id"], row } });
    await deliver([{ id: 1 }]);
    expect(parked()[0]?.error.message ?? "not parked").toContain(why);
    expect(double.calls).toEqual([]);
  });

  it("keeps all digits, and dates as ISO", async () => {
    const row = () => ({ id: 2n ** 60n, note: new Date(0) });
    const { deliver, s3 } = warehouse({ options: { row } });
    await deliver([{ id: 1 }]);
    const { gunzipSync } = await import("node:zlib");
    const [[, file]] = [...s3.objects].filter(([key]) => key.endsWith(".json.gz")) as any;
    expect(String(gunzipSync(file.body))).toBe(
      '{"id":1152921504606846976,"note":"1970-01-01T00:00:00.000Z"}\n',
    );
  });
});

/** The rows in the table after a course. */
async function leftBy(
  { lags, ...course }: Course & { readonly lags: readonly number[] },
  options: Partial<RedshiftSinkOptions<Row>> = {},
) {
  const s3 = s3Double();
  const double = redshiftDouble({ s3, tables, lags });
  await run(course, {
    sink: (outside, runtime) =>
      redshiftSink<Row>({
        ...{ clusterIdentifier: "c", database: "dev", table: "orders", columns: ["id", "key"] },
        ...{ bucket: "stage", runtime, ...options },
        client: { send: (command) => outside(() => double.send(command)) },
        s3: { send: (command) => outside(() => s3.send(command)) },
      }),
  });
  double.finish();
  return double.rows("orders").toSorted((a, b) => a.id - b.id);
}

/** A course, and how late transactions run. */
const anyLateCourse = fc
  .tuple(anyCourse(), fc.array(fc.nat(12), { maxLength: 6 }))
  .map(([course, lags]) => ({ ...course, lags }));

describe("after any course of deliveries, however late transactions run", () => {
  it("each record is a row, and once", () =>
    fc.assert(
      fc.asyncProperty(anyLateCourse, async (course) => {
        expect(await leftBy(course)).toEqual(course.rows);
      }),
      { numRuns: 150 },
    ));

  it("the row of a key is that of its last record", () =>
    fc.assert(
      fc.asyncProperty(anyLateCourse, async (course) => {
        const lasts = [...new Map(course.rows.map((row) => [row.key, row])).values()];
        const there = await leftBy(course, { key: ["key"] });
        expect(there.map(({ id, key }) => ({ id, key }))).toEqual(
          lasts.toSorted((a, b) => a.id - b.id),
        );
      }),
      { numRuns: 150 },
    ));
});

const needed = {
  ...{ workgroupName: "w", database: "d", table: "t", columns: ["a"], bucket: "b" },
};
it.each<[string, object, string]>([
  ["no database", { database: undefined }, "redshiftSink: no database."],
  ["no table", { table: "" }, "redshiftSink: no table."],
  ["neither workgroup nor cluster", { workgroupName: undefined }, "give a workgroupName"],
  ["both workgroup and cluster", { clusterIdentifier: "c" }, "give a workgroupName"],
  ["a user of a workgroup", { dbUser: "u" }, "dbUser is for a cluster"],
  ["an empty secret", { secretArn: "" }, "secretArn must be text, and is empty"],
  ["a workgroup that is no text", { workgroupName: 1 }, "workgroupName must be text"],
  ["a table that is no name", { table: "a;b" }, "table must be a name"],
  ["a table with two dots", { table: "a.b.c" }, "table must be a name"],
  ["no columns", { columns: [] }, "columns must be"],
  ["columns that are text", { columns: "a" }, "columns must be"],
  ["a column that is no name", { columns: ['a"'] }, "columns must be a name"],
  ["a column twice", { columns: ["a", "A"] }, 'columns has "a" twice'],
  ["a key of no column", { key: [] }, "key must be the names"],
  [
    "a key that is not among the columns",
    { key: ["b"] },
    'key has "b", which is not among columns',
  ],
  ["a position among the columns", { key: ["a"], positionColumn: "A" }, "positionColumn must be"],
  ["a role that is no ARN", { iamRole: "reader" }, "iamRole must be the ARN"],
  ["copy options that are no text", { copyOptions: ["GZIP"] }, "copyOptions must be text"],
  ["a row that is no function", { row: {} }, "row must be a function"],
  ["a stage prefix that is too long", { stagePrefix: "x".repeat(200) }, "at most 128 bytes"],
  ["an empty name", { name: "" }, "name must be text"],
])("redshiftSink refuses %s at the start", (_, options, why) => {
  expect(() => redshiftSink({ ...needed, ...options } as never)).toThrow(why);
});
