/** redshiftSink against a real PostgreSQL: test/interop/redshift.ts starts one. */
import { RedshiftDataClient } from "@aws-sdk/client-redshift-data";
import "@aws-sdk/client-s3";
import fc from "fast-check";
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type RedshiftSinkOptions, redshiftSink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { beforeAll, describe, expect, it } from "vitest";
import type { VirtualClock } from "../../src/time/virtual-clock.ts";
import { anyCourse, type Course, type Outside, type Row, run } from "../sinks/deliveries.ts";
import { s3Double } from "../sinks/s3-double.ts";
import { preparation, psql, redshiftFront, servedFront } from "./redshift/front.ts";

const url = process.env.POSTGRES_URL ?? "";
const runs = { numRuns: 25 };

async function query(script: string): Promise<readonly (readonly string[])[]> {
  const { error, rows } = await psql(url, script);
  if (error !== undefined) throw new Error(error);
  return rows;
}

let last = 0;

/** A table and a ledger of their own, with S3 beside them. */
async function warehouse(columns: string) {
  const [table, ledgerTable] = [`t${++last}`, `parts${last}`];
  await query(`
    CREATE TABLE ${table} (${columns});
    CREATE TABLE ${ledgerTable} (part VARCHAR(1024) NOT NULL, state VARCHAR(8) NOT NULL, settled_at TIMESTAMP NOT NULL DEFAULT GETDATE());
  `);
  const s3 = s3Double();
  const front = redshiftFront(url, async (key) => {
    const object = s3.objects.get(key);
    if (object) return object.body;
    throw new Error(`The specified key does not exist: ${key}`);
  });
  const where = { workgroupName: "w", database: "dev", bucket: "stage", table, ledgerTable };
  const client = {
    send: (command: any) =>
      front.answer(command.constructor.name.replace("Command", ""), command.input),
  };
  return { table, s3, front, where: { ...where, client, s3 } };
}

async function leftBy(course: Course, columns: string, options: Partial<RedshiftSinkOptions<Row>>) {
  const { table, where } = await warehouse(columns);
  await run(course, {
    patience: 30_000,
    sink: (outside, runtime) => {
      // Virtual time stands still for what is real.
      const real = (send: (command: any) => Promise<any>, through: Outside) => (command: any) =>
        through(async () => {
          const idle = (runtime.clock as VirtualClock).busy();
          try {
            return await send(command);
          } finally {
            idle();
          }
        });
      return redshiftSink<Row>({
        ...{ ...where, runtime, columns: ["id", "key"], ...options },
        client: { send: real(where.client.send, outside) },
        s3: { send: real(where.s3.send, outside) },
      });
    },
  });
  const rows = await query(`SELECT id, key FROM ${table} ORDER BY id;`);
  return rows.map(([id, key]) => ({ id: Number(id), key }));
}

describe.skipIf(url === "")("PostgreSQL in Redshift's place", () => {
  beforeAll(() => query(preparation));

  it(
    "has one row of each record, after any course of deliveries",
    () =>
      fc.assert(
        fc.asyncProperty(anyCourse(), async (course) => {
          expect(await leftBy(course, "id int NOT NULL, key text", {})).toEqual(course.rows);
        }),
        runs,
      ),
    600_000,
  );

  it(
    "has the last record of each key, after any course of deliveries",
    () =>
      fc.assert(
        fc.asyncProperty(anyCourse(), async (course) => {
          const columns = "id int NOT NULL, key text, position varchar(63)";
          const lasts = [...new Map(course.rows.map((row) => [row.key, row])).values()];
          const there = await leftBy(course, columns, { key: ["key"] });
          expect(there).toEqual(lasts.toSorted((a, b) => a.id - b.id));
        }),
        runs,
      ),
    600_000,
  );

  it("has each record once, of six environments that load overlapping batches at the same time", async () => {
    const { table, where } = await warehouse("id int");
    const values = Array.from({ length: 60 }, (_, id) => ({ id }));
    const all = kinesisEvent(values).Records;
    const ranges = [
      [0, 60],
      [0, 30],
      [30, 60],
      [10, 50],
      [0, 60],
      [20, 40],
    ] as const;
    const handler = (event: any) =>
      kinesisConsumer({
        ...{ consumer: "warehouse", decode: json(), metrics: false as const },
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        processBatch: redshiftSink<any>({ ...where, columns: ["id"], maxAttempts: 10 }),
      })(event);
    await Promise.all(ranges.map(([from, to]) => handler({ Records: all.slice(from, to) })));
    expect((await handler({ Records: all })).batchItemFailures).toEqual([]);
    const ids = (await query(`SELECT id FROM ${table} ORDER BY id;`)).map(([id]) => Number(id));
    expect(ids).toEqual(values.map(({ id }) => id));
  }, 120_000);

  it("parks what COPY does not take, and loads the rest, through a client of the SDK", async () => {
    const { front, table, where } = await warehouse(
      "id int NOT NULL, note varchar(5), at timestamp, tags text",
    );
    const server = await servedFront(front);
    const client = new RedshiftDataClient({
      ...{ endpoint: server.endpoint, region: "us-east-1" },
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    const park = memoryParking();
    const handler: (event: any) => Promise<any> = kinesisConsumer({
      ...{ consumer: "warehouse", decode: json(), metrics: false as const, park },
      ...{ progress: memoryProgress(), order: "none" as const },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      processBatch: redshiftSink<any>({ ...where, client, columns: ["id", "note", "at", "tags"] }),
    });
    const answer = await handler(
      kinesisEvent([
        { id: 1, note: "a\tb", at: "2026-01-02T03:04:05.678Z", tags: ["x", { y: "\\ \n" }] },
        { id: "one" },
        { id: 2, note: "too long" },
        { id: null },
        { id: 3, note: 'ä"\\', at: null },
      ]),
    );
    client.destroy();
    await server.close();
    expect(answer.batchItemFailures).toEqual([]);
    const json_ = await query(`SELECT to_json(t) FROM ${table} t ORDER BY id;`);
    expect(json_.map(([row]) => JSON.parse(row!))).toEqual([
      { id: 1, note: "a\tb", at: "2026-01-02T03:04:05.678", tags: '["x",{"y":"\\\\ \\n"}]' },
      { id: 3, note: 'ä"\\', at: null, tags: null },
    ]);
    expect([...park.parked.values()].map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/column id: invalid input syntax for type integer: "one"$/),
      expect.stringMatching(/column note: value too long for type character varying\(5\)$/),
      expect.stringMatching(
        /column unknown: null value in column "id" .*violates not-null constraint$/,
      ),
    ]);
  }, 60_000);
});
