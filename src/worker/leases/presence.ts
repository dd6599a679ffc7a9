/**
 * Which workers are there, as a leader sees it: those whose metrics come, or move. The times in them are of other clocks, so only that they change says
 * something; a row that was there before this worker may be that of a dead one. Who has let leases expire is not there until it shows itself again: once, and once
 * more for each time before.
 */
import { atLeastSince, type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import { metricsEvery, type WorkerMetrics } from "./metrics-row.ts";

export interface Presence {
  /** All workers of a look. */
  see(workers: readonly WorkerMetrics[]): void;
  /** It has let a lease expire. */
  suspect(worker: string): void;
  isThere(worker: WorkerMetrics): boolean;
  /** Its row is of no more use. One who writes it anew with each life, and crashes, would fill the table. */
  isLongGone(worker: WorkerMetrics): boolean;
}

/** As KCL has it. */
const goneAfter = 2 * metricsEvery;
/** By clocks that may differ; KCL keeps them for a day. */
const forgottenAfter = 3_600_000;

interface Seen {
  readonly updated: number;
  /** When it came or moved; undefined: it is not there. */
  readonly since: Moment | undefined;
  /** How often it has let leases expire, and when it did the last time. */
  readonly strikes: number;
  readonly struck: Moment | undefined;
  /** So often it has to move before it is there. */
  readonly owed: number;
}

const unknown = { strikes: 0, struck: undefined, owed: 0 };

export function presence(clock: WorkerClock): Presence {
  let seen: ReadonlyMap<string, Seen> | undefined;

  function isThere({ worker }: WorkerMetrics): boolean {
    const since = seen?.get(worker)?.since;
    return since !== undefined && atLeastSince(since, clock) <= goneAfter;
  }

  return {
    see(workers) {
      const now = momentOf(clock);
      seen = new Map(
        workers.map(({ worker, updated }): [string, Seen] => {
          const before = seen?.get(worker);
          if (!before) return [worker, { ...unknown, updated, since: seen && now }];
          if (before.updated === updated) return [worker, before];
          const owed = Math.max(0, before.owed - 1);
          return [worker, { ...before, updated, owed, since: owed > 0 ? undefined : now }];
        }),
      );
    },
    suspect(worker) {
      const known = seen?.get(worker);
      if (known?.since === undefined) return;
      const isForgiven =
        known.struck === undefined || atLeastSince(known.struck, clock) > forgottenAfter;
      const strikes = isForgiven ? 1 : known.strikes + 1;
      const struck = momentOf(clock);
      const suspected = { ...known, since: undefined, strikes, struck, owed: strikes };
      seen = new Map(seen).set(worker, suspected);
    },
    isThere,
    isLongGone: (worker) =>
      !isThere(worker) && Math.abs(clock.now() - worker.updated * 1000) > forgottenAfter,
  };
}
