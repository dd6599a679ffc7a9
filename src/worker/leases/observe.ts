/**
 * Which leases have expired, as far as this worker can know. Rows have no time in them: a lease is alive while its counter
 * moves, and expired for whoever has watched it stand still for the failover time on a clock of his own. So a worker that has just begun
 * sees nobody expired.
 */
import { atLeastSince, type Moment, momentOf, type WorkerClock } from "../elapsed.ts";
import type { Lease } from "./lease.ts";

export interface Observations {
  /** What a scan has shown, begun at a moment before. Leases that are gone are forgotten. */
  see(leases: readonly Lease[]): void;
  /** Nobody has it, or its owner shows no sign of life. */
  isFree(lease: Lease): boolean;
  /** Free for so long that it comes before others. */
  isVeryOld(lease: Lease): boolean;
  /** Milliseconds until the next lease expires, if its owner is silent; Infinity when nobody has one. */
  nextExpiry(): number;
}

interface Seen {
  counter: number;
  since: Moment;
  owned: boolean;
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
      for (const { key, counter, owner } of leases) {
        const known = seen.get(key);
        const owned = owner !== undefined;
        if (known && known.counter === counter && known.owned === owned) continue;
        // A scan may be older than one before it: only a counter that has grown is a sign of life.
        if (known && counter < known.counter) continue;
        seen.set(key, { counter, since: now, owned });
      }
    },
    isFree: (lease) => lease.owner === undefined || quietFor(lease) > failoverMs,
    isVeryOld: (lease) => quietFor(lease) > veryOld * failoverMs,
    nextExpiry() {
      let soonest = Number.POSITIVE_INFINITY;
      for (const { since, owned } of seen.values()) {
        if (!owned) continue;
        const left = failoverMs - atLeastSince(since, clock);
        if (left >= 0) soonest = Math.min(soonest, left + 1);
      }
      return soonest;
    },
  };
}
