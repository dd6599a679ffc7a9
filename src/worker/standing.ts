/** A worker in a fleet of KCL 3: it shows itself to the leader, and leads where nobody else does. In a fleet of KCL 2 there is nothing to do. */
import { type Assigning, type AssigningOptions, assigning } from "./assigning.ts";
import { atMostSince, type Moment, momentOf } from "./elapsed.ts";
import { isAssigned } from "./leases/generation.ts";
import { leaderLock } from "./leases/leader-lock.ts";
import { type Lease, leaseIn } from "./leases/lease.ts";
import { metricsEvery, metricsRow, noMetricsRow } from "./leases/metrics-row.ts";
import type { Row } from "./leases/row.ts";

export interface StandingOptions extends AssigningOptions {
  readonly failoverMs: number;
  /** A lease of this worker's streams. */
  readonly isOurs: (lease: Lease) => boolean;
}

export interface Standing extends Pick<Assigning, "assign"> {
  /** All rows of a look. */
  see(rows: readonly Row[]): Promise<void>;
  /** A leader assigns the leases, which may be this worker. */
  readonly isAssigned: boolean;
  /** The leader is this worker. */
  readonly leads: boolean;
  /** Leads no more, and is not to be given more. */
  leave(): Promise<void>;
}

export function standing(options: StandingOptions): Standing {
  const { table, me, clock, failoverMs, tell } = options;
  const lock = leaderLock({ ...options, lastsMs: failoverMs });
  const assigner = assigning(options);
  let assigned = false;
  let shownAt: Moment | undefined;
  let ledBy: string | undefined;

  /** The leader sees who is there, and how busy. */
  async function show(): Promise<void> {
    if (shownAt !== undefined && atMostSince(shownAt, clock) < metricsEvery) return;
    await table.write(metricsRow(me, clock.now()));
    shownAt = momentOf(clock);
  }

  /** Whoever does not know all streams of the table would leave leases to nobody. */
  const mayLead = (rows: readonly Row[]) =>
    assigned && rows.flatMap((row) => leaseIn(row) ?? []).every(options.isOurs);

  async function stand(rows: readonly Row[]): Promise<void> {
    lock.see(rows);
    try {
      await (mayLead(rows) ? lock.keep() : lock.giveUp());
    } catch (error) {
      tell({ type: "trouble", doing: "renewing the leader's lock", error });
    }
    const by = assigned ? lock.leader : undefined;
    if (by !== ledBy) tell({ type: "led", by });
    ledBy = by;
  }

  return {
    async see(rows) {
      assigned = isAssigned(rows);
      if (assigned) {
        assigner.see(rows);
        await show();
      }
      await stand(rows);
    },
    get isAssigned() {
      return assigned;
    },
    get leads() {
      return assigned && lock.isMine;
    },
    assign: (leases) => assigner.assign(leases),
    async leave() {
      if (shownAt === undefined) return;
      try {
        await lock.giveUp();
        await table.write(noMetricsRow(me));
      } catch (error) {
        tell({ type: "trouble", doing: "removing the worker's metrics", error });
      }
    },
  };
}
