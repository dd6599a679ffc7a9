/**
 * Who says which worker gets a lease. In KCL 2 each takes its share. In KCL 3 a leader assigns leases to workers whose metrics it sees, and
 * nobody takes any by himself. KCL 3 in its compatible modes keeps KCL 2's rules until it has moved on.
 */
import { type Row, textIn } from "./row.ts";

/** Of the row `Migration3.0`. */
const assigned = ["CLIENT_VERSION_3X", "CLIENT_VERSION_3X_WITH_ROLLBACK"];

/** What the migration's row says; undefined where there is none. */
function isOfKcl3(rows: readonly Row[]): boolean | undefined {
  const versions = rows.flatMap((row) => textIn(row, "cv") ?? []);
  return versions.length > 0 ? versions.some((version) => assigned.includes(version)) : undefined;
}

/** The key of the leader's lock. */
export const lockKey = "Leader";

export const isLock = (row: Row) => textIn(row, "entityType") === "LEADER";

/** Whether a leader assigns the leases, as far as all rows of the table say so. A fleet that was set back to KCL 2 leaves its lock where it was. */
export const isAssigned = (rows: readonly Row[]): boolean =>
  isOfKcl3(rows) ?? rows.some((row) => isLock(row) || movedIn(row) !== undefined);

/** Whether the lock is in this table: a fleet that moves from three tables into one has it in another until it is done. */
export const hasLock = (rows: readonly Row[]): boolean =>
  rows.every((row) => (movedIn(row) ?? moved) === moved);

/** The key of the row that says how far that move is. */
export const moveKey = "TableMigration3.5";

const movedIn = (row: Row) => textIn(row, "tm");
const moved = "TABLE_MIGRATION_STATUS_COMPLETE";

/** Throws where KCL 3.0 to 3.4 lead, whose lock and metrics are in tables of their own: `rows` are of the coordinator's table, `ofLeases` of the lease table. */
export function refuseKcl3(
  rows: readonly Row[],
  table: string,
  ofLeases: readonly (Row | undefined)[],
): void {
  // 3.5 has moved everything into the lease table, and leaves the old one as it is. A leader that stops takes its lock with it.
  const isMoved = ofLeases.some((row) => row && (isLock(row) || movedIn(row) === moved));
  if (isOfKcl3(rows) !== true || isMoved) return;
  throw new Error(
    `${table} says that a fleet of KCL 3.0 to 3.4 leads, which keeps its leader and its metrics in tables of their own; a worker of shardmill joins from 3.5 on, once it has moved them into the lease table. Let the KCL move, or set it back to CLIENT_VERSION_2X with its migration tool.`,
  );
}
