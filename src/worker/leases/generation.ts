/**
 * Which generation of the Kinesis Client Library a table belongs to. KCL 3 has a leader that assigns leases to workers whose metrics it
 * sees; whoever takes leases by KCL 2's rules beside it is robbed of them again and again. KCL 3 in its compatible modes
 * keeps KCL 2's rules until it has moved on.
 */
import { type Row, textIn } from "./row.ts";

/** Of the row `Migration3.0`. */
const assigned = ["CLIENT_VERSION_3X", "CLIENT_VERSION_3X_WITH_ROLLBACK"];

/** Whether a row says that a leader assigns the leases. */
export function isOfKcl3(row: Row): boolean {
  if (textIn(row, "entityType") === "LEADER") return true;
  return assigned.includes(textIn(row, "cv") ?? "");
}

/** Throws where one of the rows is of a fleet of KCL 3. */
export function refuseKcl3(rows: readonly Row[], table: string): void {
  if (!rows.some(isOfKcl3)) return;
  throw new Error(
    `${table} belongs to a fleet of KCL 3, whose leader assigns the leases; a worker of shardmill takes them by the rules of KCL 2. Stop the KCL's workers and start ours under another application name, or set the KCL back to CLIENT_VERSION_2X with its migration tool.`,
  );
}
