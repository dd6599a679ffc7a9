/** Applications of a few lines, run over a few rows. */

import type { ErrorRow } from "../../src/sql.ts";
import { type OutputRow, type SqlApplicationOptions, sqlApplication } from "../../src/sql.ts";

/** `10:00:20`, or with a date before it. */
export const at = (time: string): number =>
  Date.parse(`${time.includes("-") ? time.replace(" ", "T") : `2026-11-29T${time}`}Z`);

/** As tests write it. */
export const clock = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .slice(11)
    .replace("Z", "")
    .replace(/\.000$/, "");

export interface Came {
  readonly source?: string;
  readonly time: string;
  readonly [column: string]: unknown;
}

export interface Trial {
  /** `10:01:00 AMZN 3`: ROWTIME and values, by stream. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly errors: readonly ErrorRow[];
}

/** `T TIMESTAMP, N INTEGER` as a schema. */
export const columns = (text: string) => ({
  recordColumns: text.split(/,\s*(?![^(]*\))/).map((column) => {
    const [, name = "", sqlType = ""] = /^(\S+) (.*)$/.exec(column.trim()) ?? [];
    return { name, sqlType };
  }),
});

export interface Run extends Omit<SqlApplicationOptions, "source"> {
  readonly source: Readonly<Record<string, string>>;
  readonly rows: readonly Came[];
  /** Time goes on to here at the end. */
  readonly until?: string;
  readonly references?: Readonly<Record<string, readonly unknown[]>>;
  /** Behind as many records the run is restored in another. */
  readonly restoreEvery?: number;
}

export function run({
  references,
  restoreEvery,
  rows: came,
  source,
  until,
  ...options
}: Run): Trial {
  const schemas = Object.fromEntries(
    Object.entries(source).map(([name, text]) => [name, columns(text)]),
  );
  const app = sqlApplication({ ...options, source: schemas });
  const rows: Record<string, string[]> = {};
  const errors: ErrorRow[] = [];
  const start = () =>
    app.start({
      onRow(stream: string, row: OutputRow, time: number) {
        rows[stream] ??= [];
        rows[stream].push(
          [
            clock(time),
            ...Object.values(row).map((value) => (value === null ? "-" : String(value))),
          ].join(" "),
        );
      },
      onError: (row) => errors.push(row),
      reference: references,
    });
  let machine = start();
  const [first] = Object.keys(source);
  for (const [index, { source: name = first!, time, ...record }] of came.entries()) {
    if (restoreEvery && index % restoreEvery === 0) {
      const next = start();
      next.restore(machine.snapshot());
      machine = next;
    }
    machine.put(name, record, { approximateArrivalTimestamp: at(time) });
  }
  if (until) machine.advanceTo(at(until));
  return { rows, errors };
}

/** What an expression comes to for one row: of the columns that its source has. */
export function value(
  expression: string,
  type: string,
  row: Readonly<Record<string, unknown>> = {},
  source = "X INTEGER",
  from = "S",
): unknown {
  const app = sqlApplication({
    sql: `CREATE STREAM "OUT" (V ${type}); CREATE PUMP P AS INSERT INTO "OUT" SELECT STREAM ${expression} FROM ${from};`,
    source: { S: columns(source) },
  });
  const found: unknown[] = [];
  const failed: string[] = [];
  const started = app.start({
    onRow: (_stream, { V }) => found.push(V),
    onError: ({ ERROR_NAME }) => failed.push(ERROR_NAME),
  });
  started.put("S", row, { approximateArrivalTimestamp: at("10:00:00") });
  return failed[0] ?? found[0];
}

/** A column of the record that a function makes of the text L. */
export const partOf = (call: string, column: string, line: string): unknown =>
  value(
    `T.R.${column}`,
    "VARCHAR(60)",
    { L: line },
    "L VARCHAR(200)",
    `(SELECT STREAM ${call} AS R FROM S) AS T`,
  );
