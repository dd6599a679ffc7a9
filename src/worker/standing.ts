/** A worker in a fleet of KCL 3: it shows itself to the leader, and leads where nobody else does. In a fleet of KCL 2 there is nothing to do. */
import { type Assigning, type AssigningOptions, assigning } from "./assigning.ts";
import { atMostSince, type Moment, momentOf } from "./elapsed.ts";
import { lateClock } from "./late-clock.ts";
import { isAssigned } from "./leases/generation.ts";
import { leaderLock } from "./leases/leader-lock.ts";
import { type Lease, leaseIn } from "./leases/lease.ts";
import { metricsEvery, metricsRow, noMetricsRow, workerMetricsIn } from "./leases/metrics-row.ts";
import type { Row } from "./leases/row.ts";
import { isOurs } from "./leases/worker-id.ts";

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

/** A worker that goes does not wait for long. */
const leavingTries = 3;
const soon = 500;

export function standing(options: StandingOptions): Standing {
  const { table, me, clock, failoverMs, tell } = options;
  const lock = leaderLock({ ...options, lastsMs: failoverMs });
  const assigner = assigning(options);
  const late = lateClock(clock, tell);
  let assigned = false;
  let shownAt: Moment | undefined;
  /** Its row may be in the table. */
  let isKnown = false;
  let ledBy: string | undefined;
  let leavesTo: string | undefined;

  /** The leader sees who is there, and how busy. */
  async function show(): Promise<void> {
    if (shownAt !== undefined && atMostSince(shownAt, clock) < metricsEvery) return;
    const sent = momentOf(clock);
    isKnown = true;
    try {
      await table.write(metricsRow(me, clock.now()));
      shownAt = sent;
    } catch (error) {
      // Before the first one there is nothing that could go on.
      if (shownAt === undefined) throw error;
      tell({ type: "trouble", doing: "writing the worker's metrics", error });
    }
  }

  /** Whoever does not know all streams of the table would leave leases to nobody. Undefined: it knows them. */
  function unknownStreams(rows: readonly Row[]): string | undefined {
    const others = rows.flatMap((row) => leaseIn(row) ?? []).filter((one) => !options.isOurs(one));
    const names = new Set(others.map(({ streamName, key }) => streamName ?? key));
    return names.size > 0 ? [...names].slice(0, 5).join(", ") : undefined;
  }

  function tellOnce(unknown: string | undefined): void {
    if (unknown !== undefined && unknown !== leavesTo) {
      const error = new Error(
        `Nobody assigns the leases, and this worker must not: the table has leases of streams that it does not read (${unknown}). Start a worker with all streams of the application, or delete the rows of those that nobody reads any more.`,
      );
      tell({ type: "trouble", doing: "taking the lead", error });
    }
    leavesTo = unknown;
  }

  async function stand(rows: readonly Row[]): Promise<void> {
    lock.see(rows);
    const unknown = assigned ? unknownStreams(rows) : undefined;
    try {
      await (assigned && unknown === undefined ? lock.keep() : lock.giveUp());
    } catch (error) {
      tell({ type: "trouble", doing: "renewing the leader's lock", error });
    }
    tellOnce(lock.isFree ? unknown : undefined);
    const by = assigned ? lock.leader : undefined;
    if (by !== ledBy) tell({ type: "led", by });
    ledBy = by;
    // A leader of ours goes by rows that move.
    const workers =
      by === undefined || isOurs(by) ? [] : rows.flatMap((row) => workerMetricsIn(row) ?? []);
    late.see(workers.find(({ worker }) => worker === by));
  }

  /** Others would wait until it expires. */
  async function insist(doing: string, act: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return void (await act());
      } catch (error) {
        if (tries === leavingTries) return tell({ type: "trouble", doing, error });
        await new Promise<void>((resolve) => clock.after(soon, resolve));
      }
    }
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
      if (!isKnown) return;
      await Promise.all([
        insist("giving up the leader's lock", () => lock.giveUp()),
        insist("removing the worker's metrics", () => table.write(noMetricsRow(me))),
      ]);
    },
  };
}
