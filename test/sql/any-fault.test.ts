/**
 * The promise: whatever is delivered again, bisected, or dies, and however the shards are divided, the rows are those of one environment in
 * which nothing ever goes wrong.
 */
import { describe } from "vitest";
import { end, givesEachRowOnce } from "../windows/any-course.ts";
import { type Move, type RunOptions, run } from "../windows/consumer-world.ts";
import { consumerOf } from "./consumer-trial.ts";

/** Each pump is complete in its shard: what they keep is divided with it. */
const local = `
  CREATE STREAM PER_MINUTE (K VARCHAR(16), SALES INTEGER, TOTAL DOUBLE, LATEST VARCHAR(8));
  CREATE PUMP GROUPING AS INSERT INTO PER_MINUTE
    SELECT STREAM K, COUNT(*), SUM(PRICE), LAST_VALUE(BUYER) FROM SALES
    GROUP BY K, STEP(SALES.ROWTIME BY INTERVAL '60' SECOND);
  CREATE STREAM RISING (K VARCHAR(16), MEAN DOUBLE, BEFORE DOUBLE);
  CREATE PUMP SLIDING AS INSERT INTO RISING
    SELECT STREAM K, AVG(PRICE) OVER W, LAG(PRICE, 1) OVER (PARTITION BY K ROWS 2 PRECEDING) FROM SALES
    WINDOW W AS (PARTITION BY K RANGE INTERVAL '1' MINUTE PRECEDING);
  CREATE STREAM STAGGERED (BUYER VARCHAR(8), SALES INTEGER);
  CREATE PUMP STAGGERING AS INSERT INTO STAGGERED
    SELECT STREAM BUYER, COUNT(*) FROM SALES WINDOWED BY STAGGER (PARTITION BY K, BUYER RANGE INTERVAL '45' SECOND);
  CREATE STREAM BUYERS (K VARCHAR(16), BUYER VARCHAR(8), MINUTE_OF TIMESTAMP);
  CREATE PUMP SEEING AS INSERT INTO BUYERS
    SELECT STREAM DISTINCT K, BUYER, FLOOR(SALES.ROWTIME TO MINUTE) FROM SALES;
  CREATE STREAM NAMED (TITLE VARCHAR(16), INVERSE DOUBLE);
  CREATE PUMP NAMING AS INSERT INTO NAMED
    SELECT STREAM N.TITLE, 1 / CAST(S.PRICE AS INTEGER) FROM SALES AS S LEFT JOIN NAMES AS N ON S.BUYER = N.BUYER;
  CREATE STREAM PAIRS (K VARCHAR(16), A DOUBLE, B DOUBLE);
  CREATE PUMP PAIRING AS INSERT INTO PAIRS
    SELECT STREAM A.K, A.PRICE, B.MEAN FROM SALES OVER (RANGE INTERVAL '30' SECOND PRECEDING) AS A
    LEFT JOIN RISING AS B ON A.K = B.K;`;

/** Pumps that need all rows in one place: on a stream with one shard they have them. */
const single = `
  CREATE STREAM BUYERS (BUYER VARCHAR(8), SALES INTEGER);
  CREATE PUMP GROUPING AS INSERT INTO BUYERS
    SELECT STREAM BUYER, COUNT(*) FROM SALES GROUP BY BUYER, STEP(SALES.ROWTIME BY INTERVAL '40' SECOND);
  CREATE STREAM SORTED (K VARCHAR(16), PRICE DOUBLE);
  CREATE PUMP SORTING AS INSERT INTO SORTED
    SELECT STREAM K, PRICE FROM SALES ORDER BY FLOOR(SALES.ROWTIME TO MINUTE), PRICE;
  CREATE STREAM FREQUENT (ITEM VARCHAR(1024), ITEM_COUNT DOUBLE);
  CREATE PUMP COUNTING AS INSERT INTO FREQUENT
    SELECT STREAM ITEM, ITEM_COUNT FROM TABLE(TOP_K_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM SALES), 'BUYER', 2, 60));
  CREATE STREAM SCORED (K VARCHAR(16), ANOMALY_SCORE DOUBLE);
  CREATE PUMP SCORING AS INSERT INTO SCORED
    SELECT STREAM K, ANOMALY_SCORE FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM * FROM SALES), 5, 10, 1000, 1));`;

const names = {
  recordColumns: [
    { name: "BUYER", sqlType: "VARCHAR(8)" },
    { name: "TITLE", sqlType: "VARCHAR(16)" },
  ],
  rows: [
    { BUYER: "u1", TITLE: "Ann" },
    { BUYER: "u2", TITLE: "Ben" },
    { BUYER: "u2", TITLE: "Benjamin" },
  ],
};

const applications = {
  "local pumps, on two shards that are split and merged": {
    consumer: consumerOf(local, ["PER_MINUTE", "RISING", "STAGGERED", "BUYERS", "NAMED", "PAIRS"], {
      reference: { NAMES: names },
    }),
    shards: 2,
    mayReshard: true,
  },
  "single and two-stage pumps, on one shard": {
    consumer: consumerOf(single, ["BUYERS", "SORTED", "FREQUENT", "SCORED"]),
    shards: 1,
    mayReshard: false,
  },
};

describe.each(Object.entries(applications))("%s", (_, { consumer, mayReshard, shards }) => {
  const runs = (moves: readonly Move[], more: Partial<RunOptions>) => {
    const all = [...moves, ...end];
    const possible = mayReshard ? all : all.filter((move) => "put" in move || "wait" in move);
    return run({ consumer, shards, moves: possible, ...more });
  };

  givesEachRowOnce(runs, 25);
});
