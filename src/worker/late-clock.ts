/**
 * A clock that is late beside that of the leader. KCL's compares the time in a worker's row with its own: whoever is more than a minute
 * behind is gone for it, and gets nothing, though all his calls succeed.
 */
import type { WorkerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import { metricsEvery, type WorkerMetrics } from "./leases/metrics-row.ts";

export interface LateClock {
  /** The leader's row, as a look has shown it. */
  see(leader: WorkerMetrics | undefined): void;
}

/** A row may be as old as this when it is looked at, so whoever is that far behind is gone for some of the time. */
const mostLate = metricsEvery;

export function lateClock(clock: WorkerClock, tell: (event: WorkerEvent) => void): LateClock {
  let before: WorkerMetrics | undefined;
  let isTold = false;
  return {
    see(leader) {
      // Of a row that moves while this worker watches, the time in it is the leader's now.
      const isNow = before?.worker === leader?.worker && before?.updated !== leader?.updated;
      before = leader;
      if (!leader || !isNow) return;
      const late = leader.updated * 1000 - clock.now();
      if (late <= mostLate) isTold = false;
      else if (!isTold) {
        isTold = true;
        const error = new Error(
          `This worker's clock is ${Math.round(late / 1000)} s behind that of the leader ${leader.worker}, which takes a worker whose clock is a minute behind for one that is gone, and gives it no leases. Set the clock.`,
        );
        tell({ type: "trouble", doing: "showing the worker to its leader", error });
      }
    },
  };
}
