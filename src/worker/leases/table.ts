/** Where leases are kept, as the worker sees it: the table that the Kinesis Client Library has, or a memory that does the same. */
import { isAsExpected, type Row, type RowWrite, written } from "./row.ts";

/** A lease table. Whatever a call rejects with, its write may have happened or not. */
export interface LeaseTable {
  /** Makes the table where it is missing, and resolves once it can be used. */
  ready(): Promise<void>;
  /** Every row; it may be a moment old. */
  scan(): Promise<readonly Row[]>;
  /** One row as it is now. */
  get(key: string): Promise<Row | undefined>;
  /** Whether the row was as expected, and is written. */
  write(write: RowWrite): Promise<boolean>;
}

/** Lease tables, one for each application. */
export interface Leases {
  open(application: string): LeaseTable;
}

/**
 * Leases in this process's memory, under DynamoDB's conditions: for tests, and for workers that share a process.
 *
 * @example
 * const leases = memoryLeases();
 * const worker = runWorker(handler, { application: "billing", stream: "orders", leases });
 */
export function memoryLeases(): Leases {
  const tables = new Map<string, LeaseTable>();
  return {
    open(application) {
      const table = tables.get(application) ?? memoryTable();
      tables.set(application, table);
      return table;
    },
  };
}

function memoryTable(): LeaseTable {
  const rows = new Map<string, Row>();
  return {
    ready: async () => {},
    scan: async () => [...rows.values()],
    get: async (key) => rows.get(key),
    async write(write) {
      const row = rows.get(write.key);
      if (!isAsExpected(row, write)) return false;
      const after = written(row, write);
      if (after) rows.set(write.key, after);
      else rows.delete(write.key);
      return true;
    },
  };
}
