/**
 * Which leases have expired, as far as this worker can know. Rows have no time in them: a lease is alive while its counter
 * moves, and expired for whoever has watched it stand still for the failover time on a clock of his own. So a worker that has just begun
 * sees nobody expired.
 */
import { atLeastSince, type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import { type Lease, processing } from "./lease.ts";

export interface Observations {
  /** What a scan has shown, begun at a moment before. Leases that are gone are forgotten. */
  see(leases: readonly Lease[]): void;
  /** Nobody has it, or its owner shows no sign of life. */
  isFree(lease: Lease): boolean;
  /**
   * The same as a leader of KCL 3 sees it: who was given a lease, and has not shown a sign of life since, has twice as long. A worker of KCL
   * looks for what it was given each failover time only, and counts from then.
   */
  isUnassigned(lease: Lease): boolean;
  /** Free for so long that it comes before others. */
  isVeryOld(lease: Lease): boolean;
  /** Milliseconds until the next lease expires, if its owner is silent; Infinity when nobody has one. */
  nextExpiry(): number;
}

interface Seen {
  counter: number;
  since: Moment;
  owner: string | undefined;
  /** Who processes it has not moved the counter yet, as far as is known. */
  isNew: boolean;
}

/** KCL's word: three times the failover time. */
const veryOld = 3;

export function observations(clock: WorkerClock, failoverMs: number): Observations {
  const seen = new Map<string, Seen>();

  const quietFor = ({ key }: Lease) => {
    const known = seen.get(key);
    return known ? atLeastSince(known.since, clock) : 0;
  };

  return {
    see(leases) {
      const now = momentOf(clock);
      const keys = new Set(leases.map(({ key }) => key));
      for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);
      for (const lease of leases) {
        const { key, counter } = lease;
        const known = seen.get(key);
        const owner = processing(lease);
        if (known?.counter === counter && (known.owner === undefined) === (owner === undefined))
          continue;
        // Another counter is a sign of life, a lower one too: the row may have been made anew. That a scan is older than the one before only makes the owner live longer.
        seen.set(key, { counter, since: now, owner, isNew: known?.owner !== owner });
      }
    },
    isFree: (lease) => lease.owner === undefined || quietFor(lease) > failoverMs,
    isUnassigned: (lease) =>
      lease.owner === undefined ||
      quietFor(lease) > (seen.get(lease.key)?.isNew ? 2 : 1) * failoverMs,
    isVeryOld: (lease) => quietFor(lease) > veryOld * failoverMs,
    nextExpiry() {
      let soonest = Number.POSITIVE_INFINITY;
      for (const { since, owner } of seen.values()) {
        if (owner === undefined) continue;
        const left = failoverMs - atLeastSince(since, clock);
        if (left >= 0) soonest = Math.min(soonest, left + 1);
      }
      return soonest;
    },
  };
}
