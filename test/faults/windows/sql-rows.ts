/** The same of a consumer in SQL: its application, and what its output makes of a row. */
import type { SqlOutput } from "../../../src/sql.ts";
import type { Environment } from "../environment.ts";
import type { ConsumerSetup } from "../scenario.ts";
import type { userFunctions } from "../user-functions.ts";
import type { World } from "../world.ts";
import { type DayRow, kinesisOf, rowEffect, windowMs } from "./rows.ts";

interface FoundRow {
  readonly KEY_TEXT: string;
  readonly BEGAN: string;
  readonly RECORDS: number;
  readonly TOTAL: number;
  readonly LATEST: number;
  readonly R0: number;
  readonly R1: number;
  readonly R2: number;
}

const minute = "STEP(PUT.ROWTIME BY INTERVAL '60' SECOND)";

/** What the groups are of, and the last record of one. */
const kinds = {
  sql: { key: "PARTITION_KEY", last: "LAST_VALUE(N)" },
  merged: { key: "'rest-' || CAST(MOD(N, 2) AS VARCHAR(1))", last: "MAX(N)" },
};

const sqlOf = ({ key, last }: (typeof kinds)["sql"]) => `
  CREATE STREAM FOUND (KEY_TEXT VARCHAR(64), BEGAN TIMESTAMP, RECORDS INTEGER, TOTAL BIGINT, LATEST INTEGER, R0 INTEGER, R1 INTEGER, R2 INTEGER);
  CREATE PUMP FINDING AS INSERT INTO FOUND
    SELECT STREAM ${key}, ${minute}, COUNT(*), SUM(N), ${last},
      ${[0, 1, 2].map((rest) => `COUNT(CASE WHEN MOD(N, 3) = ${rest} THEN N END)`).join(", ")}
    FROM PUT GROUP BY ${key}, ${minute};`;

type Decode = ReturnType<typeof userFunctions>["decode"];

export function sqlRowsOf(
  world: World,
  environment: Environment,
  setup: ConsumerSetup,
  decode: Decode,
) {
  const effect = rowEffect(world, environment, setup);
  const found: SqlOutput<FoundRow> = async ([row], { signal }) => {
    await effect(dayRow(row!.value, row!.idempotencyKey), { signal });
  };
  return {
    sql: sqlOf(kinds[setup.windows as keyof typeof kinds]),
    source: {
      PUT: { recordColumns: [{ name: "N", sqlType: "INTEGER", mapping: "$.n" }], decode },
    },
    output: { FOUND: found },
    errors(rows: readonly unknown[]) {
      world.book.violate("rows", `there is an error row ${JSON.stringify(rows[0])}`);
    },
    // One row a call: what befalls it is its own.
    maxItems: 1,
    runtime: { ...environment.runtime, ...kinesisOf(world, environment) },
  };
}

function dayRow({ BEGAN, KEY_TEXT, LATEST, R0, R1, R2, RECORDS, TOTAL }: FoundRow, id: string) {
  const start = Date.parse(`${BEGAN.replace(" ", "T")}Z`);
  const remainders = [R0, R1, R2].map((count, value) => ({ value, count, error: 0 }));
  return {
    ...{ id, key: KEY_TEXT, start, end: start + windowMs },
    ...{ count: RECORDS, total: TOTAL, last: LATEST },
    remainders: remainders
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || a.value - b.value),
  } satisfies DayRow;
}
