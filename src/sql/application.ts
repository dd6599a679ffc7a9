/** An application of Kinesis Analytics' SQL: checked, planned, and run over records. */
import { readFileSync } from "node:fs";
import { withoutMark } from "../values/byte-order-mark.ts";
import { analyseApplication } from "./analyse/application.ts";
import { parseApplication } from "./parse/statements.ts";
import { type Classified, classify, showClassified } from "./plan/classify.ts";
import { explain } from "./plan/explain.ts";
import type { ApplicationPlan, PlanColumn } from "./plan/plan.ts";
import { type ErrorRow, errorRow } from "./run/error-stream.ts";
import type { Row } from "./run/evaluate.ts";
import { forestModels } from "./run/forest-model.ts";
import { SqlMachine } from "./run/machine.ts";
import { outward } from "./schema/coerce.ts";
import { recordDecoder } from "./schema/decode.ts";
import type { SourceSchema } from "./schema/schema.ts";
import {
  decode,
  type RecordOrigin,
  shownRecord,
  sourceReader,
  systemColumns,
} from "./shard/source-reader.ts";
import { SqlError } from "./text/sql-error.ts";

/** What an application is made of. */
export interface SqlApplicationOptions {
  /** The text of the application, or the URL of the file with it. */
  readonly sql: string | URL;
  /** How records become rows, by the name that the source has in the SQL, such as `SOURCE_SQL_STREAM_001`. */
  readonly source: Readonly<Record<string, SourceSchema>>;
  /** Reference tables, by the names that they have in the SQL: their schema. Their rows come with `start`. @default none */
  readonly reference?: Readonly<Record<string, SourceSchema>> | undefined;
  /**
   * The columns that hold what the producer partitions by, by source: so it is known which pumps are complete in each shard. @default none: only what keeps
   * no rows is
   */
  readonly partitionKey?: Readonly<Record<string, string>> | undefined;
  /** When the application was started, in epoch milliseconds: what CURRENT_TIMESTAMP and its kin say. @default they are refused */
  readonly startedAt?: number | undefined;
}

export type { RecordOrigin };

/** A row that reached a stream of the application: by name, times as texts. */
export type OutputRow = Readonly<Record<string, unknown>>;

/** What a run is given. */
export interface SqlRunOptions {
  /** Gets each row that reaches a stream, with its ROWTIME in epoch milliseconds. */
  readonly onRow: (stream: string, row: OutputRow, rowtime: number) => void;
  /** Gets each row of the error stream. @default they are dropped */
  readonly onError?: ((row: ErrorRow) => void) | undefined;
  /** Rows of reference tables, each a record as its schema reads it. @default none */
  readonly reference?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

/** An application that runs: rows follow from the records, in their order, and from nothing else. */
export interface SqlRun {
  /** Takes a record: a text, bytes of UTF-8, or what JSON.parse made of it. */
  put(source: string, record: unknown, origin: RecordOrigin): void;
  /** Time goes on, at least to here, in epoch milliseconds: what is complete comes out. */
  advanceTo(time: number): void;
  /** The rows of a reference table from now on, each a record as its schema reads it. Throws RowError for one that it cannot read. */
  setReference(table: string, records: readonly unknown[]): void;
  /** All that it keeps: what a run of the same application goes on from. */
  snapshot(): Uint8Array;
  /** Goes on where another run was. Throws OtherApplicationError where that was of another application. */
  restore(snapshot: Uint8Array): void;
}

/** A checked application. */
export interface SqlApplication {
  readonly text: string;
  readonly plan: ApplicationPlan;
  /** What each pump needs to be complete where a stream has several shards. */
  readonly pumps: readonly Classified[];
  /** The plan as people read it: streams, then the operators of each pump, and whether a shard is enough for it. */
  explain(): string;
  start(options: SqlRunOptions): SqlRun;
}

/**
 * Reads an application of Kinesis Analytics' SQL. What is not supported is refused here: throws SqlError with line, column, and what to write instead.
 * See https://docs.aws.amazon.com/kinesisanalytics/latest/sqlref/analytics-sql-reference.html.
 *
 * @example
 * const app = sqlApplication({
 *   sql: `
 *     CREATE STREAM PER_MINUTE (TICKER VARCHAR(4), TRADES INTEGER);
 *     CREATE PUMP COUNTING AS INSERT INTO PER_MINUTE
 *       SELECT STREAM TICKER, COUNT(*) FROM TRADES
 *       GROUP BY TICKER, STEP(TRADES.ROWTIME BY INTERVAL '60' SECOND);`,
 *   source: { TRADES: { recordColumns: [{ name: "TICKER", sqlType: "VARCHAR(4)", mapping: "$.ticker" }] } },
 * });
 * const run = app.start({ onRow: (stream, row) => console.log(stream, row) });
 * run.put("TRADES", { ticker: "AMZN" }, { approximateArrivalTimestamp: Date.parse("2026-11-29T10:00:10Z") });
 * run.advanceTo(Date.parse("2026-11-29T10:01:00Z")); // PER_MINUTE { TICKER: "AMZN", TRADES: 1 }
 */
export function sqlApplication(options: SqlApplicationOptions): SqlApplication {
  const { partitionKey, reference = {}, source, sql, startedAt } = options;
  const decoders = decodersOf(source, systemColumns);
  const tables = decodersOf(reference);
  const text = withoutMark(sql instanceof URL ? readFileSync(sql, "utf8") : sql);
  const plan = located(sql, () =>
    analyseApplication(parseApplication(text), {
      sources: columnsIn(decoders),
      references: columnsIn(tables),
      startedAt,
    }),
  );
  const { pumps } = classify(plan, partitionKey ?? {});
  return {
    text,
    plan,
    pumps,
    explain: () => `${explain(plan)}\n${showClassified(pumps)}`,
    start: (run) => started(plan, decoders, tables, run),
  };
}

const decodersOf = (schemas: Readonly<Record<string, SourceSchema>>, more = 0) =>
  new Map(
    Object.entries(schemas).map(([name, schema]) => [name, recordDecoder(schema, name, more)]),
  );

type Decoders = ReturnType<typeof decodersOf>;

const columnsIn = (decoders: Decoders) =>
  Object.fromEntries([...decoders].map(([name, { columns }]) => [name, columns]));

/** An error of a file says which. */
function located<Result>(sql: string | URL, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof SqlError && sql instanceof URL ? error.in(sql.pathname) : error;
  }
}

function started(
  plan: ApplicationPlan,
  decoders: Decoders,
  tables: Decoders,
  options: SqlRunOptions,
): SqlRun {
  const named = new Map(plan.streams.map(({ columns, name }) => [name, namer(columns)]));
  const machine = new SqlMachine(plan, {
    onRow: (stream, row, time) => options.onRow(stream, named.get(stream)!(row), time),
    onError: options.onError,
    models: forestModels,
  });
  const readers = new Map(
    [...decoders].map(([name, decoder]) => [name, sourceReader(plan, name, decoder)]),
  );
  const setReference = (table: string, records: readonly unknown[]) => {
    const decoder = tables.get(table);
    if (!decoder) throw new TypeError(`The application has no reference table ${table}.`);
    const rows = records
      .flatMap((record) => decode(decoder, record))
      .map((decoded) => {
        if (Array.isArray(decoded)) return decoded;
        throw decoded;
      });
    machine.setReference(table, rows);
  };
  for (const [table, records] of Object.entries(options.reference ?? {}))
    setReference(table, records);
  return {
    put(source, record, origin) {
      const read = readers.get(source);
      if (!read) throw new TypeError(`The application has no source ${source}.`);
      const arrival = origin.approximateArrivalTimestamp;
      if (!Number.isFinite(arrival))
        throw new TypeError(
          `The approximateArrivalTimestamp is ${String(arrival)}; it must be epoch milliseconds.`,
        );
      for (const decoded of read(record, origin)) {
        if (Array.isArray(decoded)) machine.push(source, decoded, Math.floor(arrival));
        else {
          machine.advance(Math.floor(arrival));
          const { time } = machine;
          const at = { pump: source, time, rowtime: time };
          options.onError?.(errorRow(decoded, [shownRecord(record)], at));
        }
      }
    },
    advanceTo: (time) => machine.advance(Math.floor(time)),
    setReference,
    snapshot: () => machine.write(),
    restore: (snapshot) => machine.read(snapshot),
  };
}

/** A row by the names of its columns. */
export function namer(columns: readonly PlanColumn[]): (row: Row) => OutputRow {
  const made = columns.map(({ name, type }) => [name, outward(type)] as const);
  return (row) => {
    const named: Record<string, unknown> = {};
    for (const [at, [name, convert]] of made.entries()) named[name] = convert(row[at]!);
    return named;
  };
}
