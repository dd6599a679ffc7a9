/**
 * Who says which worker gets a lease. In KCL 2 each takes its share. KCL 3 has a leader, known by a lock in the table, that assigns leases to
 * workers whose metrics it sees; beside it a worker is led, and takes nothing by itself. KCL 3 in its compatible modes keeps KCL 2's rules
 * until it has moved on.
 */
import { atLeastSince, type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import { type Row, textIn } from "./row.ts";

/** Of the row `Migration3.0`. */
const assigned = ["CLIENT_VERSION_3X", "CLIENT_VERSION_3X_WITH_ROLLBACK"];

/** What the migration's row says; undefined where there is none. */
function isOfKcl3(rows: readonly Row[]): boolean | undefined {
  const versions = rows.flatMap((row) => textIn(row, "cv") ?? []);
  return versions.length > 0 ? versions.some((version) => assigned.includes(version)) : undefined;
}

const isLock = (row: Row) => textIn(row, "entityType") === "LEADER";

/** Throws where KCL 3.0 to 3.4 lead, whose lock and metrics are in tables of their own: `rows` are of the coordinator's table. */
export function refuseKcl3(rows: readonly Row[], table: string, ofLeases: Row | undefined): void {
  // 3.5 has moved everything into the lease table, and leaves the old one as it is.
  if (isOfKcl3(rows) !== true || (ofLeases && isLock(ofLeases))) return;
  throw new Error(
    `${table} says that a fleet of KCL 3.0 to 3.4 leads, which keeps its leader and its metrics in tables of their own; a worker of shardmill joins from 3.5 on, once it has moved them into the lease table. Let the KCL move, or set it back to CLIENT_VERSION_2X with its migration tool.`,
  );
}

/** The key of the leader's lock. */
export const lockKey = "Leader";

/** Whether a leader is alive: its lock changes, or is not yet older than it says itself. */
export interface Leadership {
  /** All rows of a look. */
  see(rows: readonly Row[]): void;
  readonly isLed: boolean;
  /** Who leads. */
  readonly leader: string | undefined;
}

/** KCL's own lock, for one that says nothing. */
const lockMs = 120_000;
/** A follower of KCL's looks each 30 s whether the lock is free, so the next leader may be so late. */
const successionMs = 60_000;

export function leadership(clock: WorkerClock): Leadership {
  let seen:
    | { readonly version: string; readonly since: Moment; readonly lasts: number }
    | undefined;
  let leader: string | undefined;
  return {
    see(rows) {
      const isThree = isOfKcl3(rows);
      const lock = rows.find(isLock);
      const isReleased = lock !== undefined && textIn(lock, "isReleased") !== undefined;
      // A fleet that was set back leaves its lock where it was.
      const isFree = isThree === false || (lock === undefined && isThree !== true);
      leader = lock && textIn(lock, "ownerName");
      if (isFree) {
        seen = undefined;
        return;
      }
      const version = `${isReleased} ${lock && textIn(lock, "recordVersionNumber")}`;
      if (version === seen?.version) return;
      const duration = lock && !isReleased ? Number(textIn(lock, "leaseDuration") ?? lockMs) : 0;
      seen = { version, since: momentOf(clock), lasts: duration + successionMs };
    },
    get isLed() {
      return seen !== undefined && atLeastSince(seen.since, clock) <= seen.lasts;
    },
    get leader() {
      return leader;
    },
  };
}
