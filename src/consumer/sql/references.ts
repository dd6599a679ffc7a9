/**
 * Reference tables in an environment: loaded before its first batch, and again between batches where that is asked for. What lookups have found
 * stands in the log, so another version of a table changes no row that was made before.
 */
import type { Logger } from "../../observe/log.ts";
import { describeError } from "../../observe/log.ts";
import { showName } from "../../sql/nodes/names.ts";
import type { Row } from "../../sql/run/evaluate.ts";
import { type RecordDecoder, recordDecoder } from "../../sql/schema/decode.ts";
import type { SourceSchema } from "../../sql/schema/schema.ts";
import type { Tables } from "../../sql/shard/application.ts";
import { decode } from "../../sql/shard/source-reader.ts";
import type { Clock } from "../../time/clock.ts";

/** Rows that are given with the application. */
export interface ReferenceRows extends SourceSchema {
  /** Each a record as the schema reads it. */
  readonly rows: readonly unknown[];
}

/** A table that is loaded: `s3Csv` and `s3Json` make such. */
export interface LoadedReference extends SourceSchema {
  /** How often it is looked for a new version, in seconds. Undefined: never. */
  readonly refreshInSeconds?: number | undefined;
  /** All rows as they are now, or undefined where that is the version that is known. */
  load(
    known: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly version: string; readonly rows: readonly unknown[] } | undefined>;
}

/** What `reference` takes, by the name of the table in the SQL. */
export type Reference = ReferenceRows | LoadedReference;

/** What tables need of an invocation. */
interface Surroundings {
  readonly logger: Logger;
  readonly runtime: { readonly clock: Clock };
  readonly deadline: { readonly signal: AbortSignal };
}

export interface References {
  readonly tables: () => Tables;
  /** Rejects where a table was never loaded, and cannot be. */
  prepare(surroundings: Surroundings): Promise<void>;
}

interface Table {
  readonly name: string;
  readonly reference: LoadedReference;
  readonly decoder: RecordDecoder;
  version: string | undefined;
  loadedAt: number;
}

export function references(given: Readonly<Record<string, Reference>>): References {
  let tables: Tables = { version: 0, rows: new Map() };
  const set = (name: string, rows: readonly Row[]) => {
    tables = { version: tables.version + 1, rows: new Map([...tables.rows, [name, rows]]) };
  };
  const loaded: Table[] = [];
  for (const [name, reference] of Object.entries(given)) {
    const decoder = recordDecoder(reference, name);
    if ("load" in reference)
      loaded.push({ name, reference, decoder, version: undefined, loadedAt: Number.NaN });
    else set(name, rowsOf(name, decoder, reference.rows));
  }

  async function refresh(table: Table, { deadline, logger, runtime }: Surroundings): Promise<void> {
    const { decoder, name, reference, version } = table;
    const now = runtime.clock.now();
    const { refreshInSeconds = Number.POSITIVE_INFINITY } = reference;
    // The clock may have been set back.
    if (version !== undefined && Math.abs(now - table.loadedAt) < refreshInSeconds * 1000) return;
    try {
      const found = await reference.load(version, deadline.signal);
      if (found) set(name, rowsOf(name, decoder, found.rows));
      table.version = found?.version ?? version;
    } catch (error) {
      if (version === undefined) throw error;
      logger.warn(
        `The reference table ${showName(name)} could not be loaded anew: its rows stay.`,
        { table: name, version, error: describeError(error) },
      );
    }
    table.loadedAt = now;
  }

  let preparing: Promise<unknown> = Promise.resolve();
  return {
    tables: () => tables,
    prepare(surroundings) {
      // Invocations beside each other load a table once.
      const prepared = preparing.then(() =>
        Promise.all(loaded.map((table) => refresh(table, surroundings))),
      );
      preparing = prepared.catch(() => {});
      return prepared.then(() => {});
    },
  };
}

function rowsOf(name: string, decoder: RecordDecoder, records: readonly unknown[]): readonly Row[] {
  return records.flatMap((record, at) =>
    decode(decoder, record).map((decoded) => {
      if (Array.isArray(decoded)) return decoded;
      throw new Error(
        `The reference table ${showName(name)}: row ${at + 1} cannot be read. ${decoded.message}`,
        { cause: decoded },
      );
    }),
  );
}
