/**
 * Rows that fail for good: how often stands in the log, they are parked as rows, their shard goes on, and a redrive brings each back once.
 */
import fc from "fast-check";
import { type KinesisHandler, memoryParking, NonRetryableError, withRuntime } from "shardmill";
import { sqlConsumer } from "shardmill/sql";
import { count, last, type RowHead, sum, tumbling } from "shardmill/windows";
import { describe, expect, it } from "vitest";
import { json, kinesisConsumer } from "../../src/index.ts";
import { namesIn } from "../../src/park/entry-names.ts";
import { redriveEvent } from "../../src/park/redrive-event.ts";
import { deadly, end, mild, moves, oneEach, settings, sorted } from "./any-course.ts";
import {
  type Fault,
  type Move,
  type Ran,
  type RunOptions,
  run,
  type Sale,
} from "./consumer-world.ts";

type Give = (row: RowHead) => Promise<void>;
type Progress = Ran["progress"];
type Consumer = (
  progress: Progress,
  give: Give,
  park: ReturnType<typeof memoryParking>,
) => KinesisHandler;

const windowed: Consumer = (progress, give, park) =>
  kinesisConsumer({
    ...{
      consumer: "totals",
      decode: json() as never,
      metrics: false,
      progress,
      park,
      maxAttempts: 3,
    },
    window: tumbling(
      { seconds: 60 },
      {
        key: (s: Sale) => s.key,
        aggregate: {
          count: count<Sale>(),
          total: sum((s: Sale) => s.price),
          user: last((s: Sale) => s.user),
          large: sum(() => 2n ** 60n),
        },
      },
    ),
    process: give as never,
    late: () => {},
  });

/** Without a partition key its groups are of all shards together. */
const inSql =
  (partitionKey: Readonly<Record<string, string>>): Consumer =>
  (progress, give, park) =>
    sqlConsumer({
      ...{ consumer: "totals", metrics: false, progress, park, maxAttempts: 3, maxItems: 1 },
      sql: `
      CREATE STREAM "COUNTS" ("key" VARCHAR(8), "sales" INTEGER, "total" DOUBLE);
      CREATE PUMP "P" AS INSERT INTO "COUNTS" SELECT STREAM "key", COUNT(*), SUM("price") FROM "SALES"
        GROUP BY "key", STEP("SALES".ROWTIME BY INTERVAL '60' SECOND);`,
      source: {
        SALES: {
          recordColumns: [
            { name: "key", sqlType: "VARCHAR(8)", mapping: "$.key" },
            { name: "price", sqlType: "DOUBLE", mapping: "$.price" },
          ],
        },
      },
      partitionKey,
      output: {
        COUNTS: async (rows) => {
          for (const { idempotencyKey, value } of rows)
            await give({ ...value, id: idempotencyKey } as never);
        },
      },
    });

/** What the key of a row is, in either. */
const keyIn = (row: RowHead) => String(row.key);

interface Found extends Ran {
  readonly park: ReturnType<typeof memoryParking>;
  readonly tries: ReadonlyMap<string, number>;
  /** Brings back what is parked, twice, and gives what came of it. */
  redrive(): Promise<readonly RowHead[]>;
}

async function ran(
  consumer: Consumer,
  of: readonly Move[],
  isBad: (row: RowHead) => boolean,
  more: Partial<RunOptions> = {},
): Promise<Found> {
  const park = memoryParking();
  const tries = new Map<string, number>();
  const failing =
    (give: Give): Give =>
    async (row) => {
      tries.set(row.id, (tries.get(row.id) ?? 0) + 1);
      if (isBad(row)) throw new Error("the table refuses it");
      await give(row);
    };
  const found = await run({
    ...{ moves: [...of, ...end], shards: 2, ...more },
    consumer: (progress, give) => consumer(progress, failing(give), park),
  });
  return {
    ...found,
    ...{ park, tries },
    async redrive() {
      const back: RowHead[] = [];
      const give: Give = async (row) => void back.push(row);
      for (let round = 0; round < 2; round++) {
        const handler = consumer(found.progress, give, park);
        const items = [...park.parked.values()].filter((item) => item.confirmed);
        for (const [log, ofLog] of Map.groupBy(items, ({ id }) =>
          id.split("#").slice(0, 4).join(),
        )) {
          const deadline = Number.MAX_SAFE_INTEGER;
          const event = redriveEvent(ofLog, { token: "t", deadline });
          const context = withRuntime(
            {
              getRemainingTimeInMillis: () => 60_000,
              invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:totals",
            },
            {
              write() {},
              parentsOf: async () => [],
            } as never,
          );
          const { redriven } = (await handler(event as never, context as never)) as any;
          const outcomes = new Set(redriven.map(({ outcome }: any) => outcome));
          expect([...outcomes], log).toEqual([round === 0 ? "redriven" : "repeated"]);
        }
      }
      return back;
    },
  };
}

/** What the logs call the rows that they say are parked. */
async function parkedIn({ logs, progress }: Found): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const log of logs) {
    const { entries } = await progress.readBefore(log, Number.POSITIVE_INFINITY);
    for (const { isParked, name } of entries.flatMap((entry) => [...namesIn(entry)]))
      if (isParked) names.add(name);
  }
  return names;
}

/** A record that is begun three times and not done is parked itself: no more than two invocations end so. */
const fewDeaths = fc.array(fc.oneof(deadly, fc.constant({})), { maxLength: 16 }).map((faults) => {
  let deaths = 0;
  return faults.map((fault: Fault): Fault => {
    const { dies, refuses, stalls, ...others } = fault;
    if (!dies && !stalls && refuses === undefined) return fault;
    return ++deaths > 2 ? others : fault;
  });
});

describe.each([
  ["windows", windowed],
  ["SQL", inSql({ SALES: "key" })],
  ["SQL that is merged", inSql({})],
] as const)("%s", (_, consumer) => {
  const isBad = (row: RowHead) => keyIn(row) === "k1" || keyIn(row) === "k2";

  it("parks a row after as many attempts as a record has, and its shard goes on", async () => {
    const put = (key: string): Move => ({ put: { key, price: 1, user: "u1", delay: 0 } });
    const of = [put("k1"), put("k3"), { wait: 70_000 }, put("k1"), put("k4"), put("k5")];
    // Each delivery comes to a new environment: how often a row has failed is told by the log alone.
    const faults = Array.from({ length: 20 }, () => ({ isNew: true }));
    const found = await ran(consumer, of, (row) => keyIn(row) === "k1", { shards: 1, faults });
    const parked = [...found.park.parked.values()];
    expect(parked.map(({ partitionKey }) => partitionKey)).toHaveLength(2);
    for (const item of parked) {
      expect(item).toMatchObject({
        attempts: 3,
        confirmed: true,
        error: { message: "the table refuses it" },
      });
      expect(found.tries.get(item.row!.id)).toBe(3);
    }
    expect(
      found.rows
        .map(keyIn)
        .filter((key) => !key.startsWith("end"))
        .sort(),
    ).toEqual(["k3", "k4", "k5"]);
    expect((await found.redrive()).map(keyIn)).toEqual(["k1", "k1"]);
  });

  it("gives each row once, here or by a redrive, where batches are cut and environments are new", async () => {
    await fc.assert(
      fc.asyncProperty(
        moves,
        fc.array(mild, { maxLength: 12 }),
        settings,
        async (moves, faults, settings) => {
          const expected = await ran(consumer, moves, () => false);
          const found = await ran(consumer, moves, isBad, { faults, settings });
          expect(sorted([...found.rows, ...(await found.redrive())])).toEqual(
            sorted(expected.rows),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it("loses none where environments die between parking, the log and the confirmation", async () => {
    await fc.assert(
      fc.asyncProperty(moves, fewDeaths, settings, async (moves, faults, settings) => {
        const expected = await ran(consumer, moves, () => false);
        const found = await ran(consumer, moves, isBad, { faults, settings });
        const all = [...found.rows, ...[...found.park.parked.values()].map(({ row }) => row!)];
        const ids = (rows: readonly { readonly id: string }[]) =>
          sorted(oneEach(rows)).map(({ id }) => id);
        expect(ids(all)).toEqual(ids(expected.rows));
        // Nobody was left to confirm it, or it was done after all: the log tells a redrive which.
        const done = new Set(found.rows.map(({ id }) => id));
        const named = await parkedIn(found);
        for (const { confirmed, name, row } of found.park.parked.values()) {
          if (confirmed) expect(done).not.toContain(row!.id);
          else if (!done.has(row!.id)) expect(named).toContain(name);
        }
      }),
      { numRuns: 20 },
    );
  });
});

it("is parked at once, where its error is one that no further attempt mends", async () => {
  const park = memoryParking();
  let attempts = 0;
  await run({
    moves: [{ put: { key: "k1", price: 1, user: "u", delay: 0 } }, ...end],
    consumer: (progress) =>
      windowed(
        progress,
        async ({ key }) => {
          if (key !== "k1") return;
          attempts++;
          throw new NonRetryableError("never");
        },
        park,
      ),
  });
  expect(attempts).toBe(1);
  expect([...park.parked.values()].map(({ attempts, confirmed }) => [attempts, confirmed])).toEqual(
    [[1, true]],
  );
});

it("is parked unrun, where it hangs until the end of its invocation each time, and rows beside it are done", async () => {
  const park = memoryParking();
  const begun: string[] = [];
  const put = (key: string): Move => ({ put: { key, price: 1, user: "u", delay: 0 } });
  const { rows } = await run({
    moves: [put("k1"), put("k2"), put("k3"), put("k4"), put("k5"), ...end],
    // An environment ends with what hangs in it.
    faults: Array.from({ length: 60 }, () => ({ isNew: true })),
    consumer: (progress, give) =>
      windowed(
        progress,
        async (row) => {
          begun.push(keyIn(row));
          await (row.key === "k1" ? new Promise(() => {}) : give(row));
        },
        park,
      ),
  });
  expect([...park.parked.values()]).toMatchObject([
    { partitionKey: "k1", attempts: 3, confirmed: true, row: { output: "" } },
  ]);
  expect(begun.filter((key) => key === "k1")).toHaveLength(3);
  expect(
    sorted(rows)
      .map(keyIn)
      .filter((key) => key.startsWith("k")),
  ).toEqual(["k2", "k3", "k4", "k5"]);
});
