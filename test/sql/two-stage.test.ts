/** Pumps whose groups are not all in one shard: what shards come to is merged, and the rows are those of one shard. */
import { describe, expect, it } from "vitest";
import { end, givesEachRowOnce, oneEach, sorted } from "../windows/any-course.ts";
import { type Fault, type Move, type RunOptions, run } from "../windows/consumer-world.ts";
import { type Came, consumerOf } from "./consumer-trial.ts";

/** Two that are merged, of different lengths, one that reads what was merged, and one that each shard runs for itself. */
const sql = `
  CREATE STREAM BUYERS (BUYER VARCHAR(8), SALES INTEGER, TOTAL DOUBLE, MEAN DOUBLE, LOWEST DOUBLE, HIGHEST DOUBLE);
  CREATE PUMP BUYING AS INSERT INTO BUYERS
    SELECT STREAM BUYER, COUNT(*), SUM(PRICE), AVG(PRICE), MIN(PRICE), MAX(PRICE) FROM SALES
    GROUP BY BUYER, STEP(SALES.ROWTIME BY INTERVAL '40' SECOND) HAVING COUNT(*) > 1;
  CREATE STREAM MINUTES (SALES INTEGER, BUYERS INTEGER);
  CREATE PUMP COUNTING AS INSERT INTO MINUTES
    SELECT STREAM SUM(SALES), COUNT(*) FROM BUYERS GROUP BY FLOOR(BUYERS.ROWTIME TO MINUTE);
  CREATE STREAM EVERY (SALES BIGINT);
  CREATE PUMP ALL_OF_THEM AS INSERT INTO EVERY
    SELECT STREAM COUNT(*) FROM SALES GROUP BY FLOOR(SALES.ROWTIME TO MINUTE);
  CREATE STREAM DEAR (K VARCHAR(16), PRICE DOUBLE);
  CREATE PUMP CHOOSING AS INSERT INTO DEAR SELECT STREAM K, PRICE FROM SALES WHERE PRICE > 50;`;
const streams = ["BUYERS", "MINUTES", "EVERY", "DEAR"];

/** What a row says, without the shard and the number that it has in there. */
const saying = (rows: readonly unknown[]) =>
  (rows as readonly Came[]).map(({ row, stream }) => `${stream} ${JSON.stringify(row)}`).sort();

const sale = (key: string, user = "u", price = 1): Move => ({
  put: { key, price, delay: 0, user },
});
const minute: Move = { wait: 60_000 };

it("gives what one shard would give, in the order of windows", async () => {
  const moves = [sale("a"), sale("b"), sale("c"), sale("d"), minute, sale("b"), ...end];
  const buyers = consumerOf(sql, ["BUYERS"]);
  const [one, three] = [
    await run({ consumer: buyers, moves }),
    await run({ consumer: buyers, shards: 3, moves }),
  ];
  expect(saying(one.rows)).toEqual([
    'BUYERS {"BUYER":"u","SALES":4,"TOTAL":4,"MEAN":1,"LOWEST":1,"HIGHEST":1}',
  ]);
  expect(three.rows).toEqual(one.rows);
  expect(one.lines).toEqual([]);
  // Ten minutes in which nothing came, and no flush.
  expect(three.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    expect.stringMatching(/^WARN What is merged waits for a shard .* Schedule shardmillFlush\.$/),
  ]);
});

describe("a shard in which nothing happens", () => {
  const counts = consumerOf(sql, ["EVERY"]);
  const moves = [sale("a"), sale("a")];

  it("is waited for, until a flush says how late it is", async () => {
    const waiting = await run({
      consumer: counts,
      shards: 3,
      moves: [...moves, minute, sale("a")],
    });
    expect(waiting.rows).toEqual([]);
    const flushed = await run({ consumer: counts, shards: 3, moves, flushes: [150_000, 60_000] });
    expect(saying(flushed.rows)).toEqual(['EVERY {"SALES":2}']);
    expect(flushed.lines).toEqual([]);
  });

  it("is waited for behind what nobody has read", async () => {
    const unreadSince = Date.parse("2026-01-01T00:00:30Z");
    const flushes = [150_000, 60_000];
    const found = await run({ consumer: counts, shards: 3, moves, flushes, unreadSince });
    expect(found.rows).toEqual([]);
  });

  it("and that was split or merged is followed by what has become of it", async () => {
    for (const change of [{ split: 0 }, { split: 2 }, { merge: 0 }, { merge: 1 }] as Move[]) {
      const found = await run({
        ...{ consumer: counts, shards: 3, moves: [...moves, change, sale("a")] },
        flushes: [150_000, 60_000, 60_000],
      });
      expect(saying(found.rows)).toEqual(['EVERY {"SALES":1}', 'EVERY {"SALES":2}']);
    }
  });
});

it("gives each row once wherever an environment dies", async () => {
  const counts = consumerOf(sql, ["BUYERS", "EVERY"]);
  const puts = [sale("a"), sale("b"), sale("c"), sale("d"), minute, sale("c"), sale("d")];
  const moves = [...puts, { split: 0 }, ...puts, minute, ...end];
  const plain = await run({ consumer: counts, shards: 2, moves });
  expect(plain.rows.length).toBeGreaterThan(2);
  expect(plain.invocations).toBeLessThan(12);
  for (let invocation = 0; invocation < plain.invocations; invocation++) {
    for (let append = 0; append < 8; append++) {
      for (const isBefore of [true, false]) {
        const faults: Fault[] = [];
        faults[invocation] = { dies: { append, isBefore } };
        const found = await run({ consumer: counts, shards: 2, moves, faults });
        expect(oneEach(found.rows)).toEqual(sorted(plain.rows));
        for (const row of found.rows) expect(plain.rows).toContainEqual(row);
      }
    }
  }
});

it("costs a read and an append for a window that is over in a shard, and two appends for one that is complete", async () => {
  const counts = consumerOf(sql, ["EVERY"]);
  const requests = async (more: readonly Move[]) => {
    const moves = [sale("a"), minute, sale("a"), minute, sale("a"), ...more];
    const settings = { batchSize: 1 };
    return (await run({ consumer: counts, moves, settings })).requests;
  };
  const [within, over] = [await requests([sale("a")]), await requests([minute, sale("a")])];
  const before = await requests([]);
  expect([within.reads - before.reads, within.appends - before.appends]).toEqual([1, 1]);
  expect([over.reads - before.reads, over.appends - before.appends]).toEqual([2, 4]);
});

/** Streams that are merged: a row has the same id on however many shards. */
const all = consumerOf(sql, streams.slice(0, 3));

it("rows come out behind one that is done and of which the log could not be told: its batch comes again, and says it", async () => {
  const put = sale("k1", "u1", 0);
  const moves = [put, put, { wait: 40_000 }, put, ...end];
  const found = await run({
    ...{ consumer: all, shards: 3, moves, settings: { batchSize: 3 } },
    faults: [{}, {}, { stalls: { append: 0, ms: 201 } }, { refuses: 3 }],
  });
  expect(found.lines.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("It was not saved what became of rows"),
  );
  expect(found.rows).toEqual((await run({ consumer: all, moves })).rows);
});

describe("on three shards", () => {
  const runs = (moves: readonly Move[], more: Partial<RunOptions>) => {
    const fixed = [...moves, ...end].filter((move) => "put" in move || "wait" in move);
    return run({ consumer: all, shards: isPlain(more) ? 1 : 3, moves: fixed, ...more });
  };
  givesEachRowOnce(runs, 25);
});

describe("where shards are split and merged", () => {
  const runs = (given: readonly Move[], more: Partial<RunOptions>) => {
    const moves = [...given, ...end];
    return isPlain(more)
      ? run({ consumer: all, moves: unsharded(moves) })
      : run({ consumer: all, shards: 2, moves, ...more });
  };
  givesEachRowOnce(runs, 25);
});

/** The run in which nothing goes wrong is one of one shard. */
const isPlain = (more: Partial<RunOptions>) => Object.keys(more).length === 0;

/** The same at the same times on one shard, where two of them would be split and merged. */
function unsharded(moves: readonly Move[]): Move[] {
  let open = 2;
  return moves.flatMap((move): Move[] => {
    if ("put" in move || "wait" in move) return [move];
    if ("merge" in move && open === 1) return [];
    open += "split" in move ? 1 : -1;
    return [minute];
  });
}
