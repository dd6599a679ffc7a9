/**
 * How much time has passed, when clocks cannot be trusted. A wall clock is set back and forth; a steady clock never is, and stands still
 * while a machine sleeps. Whoever gives something up counts the longer of both, whoever takes something away the steady one.
 */
import { type Clock, systemClock } from "../time/clock.ts";

/** The clock of a worker: `steady` counts milliseconds from some moment on, and is never set. */
export interface WorkerClock extends Clock {
  /** @default what `now` says */
  steady?(): number;
  /** Keeps the process alive until the returned function is called: timers do not. @default nothing does */
  keepAlive?(): () => void;
}

export const workerClock: WorkerClock = {
  ...systemClock,
  steady: () => performance.now(),
  keepAlive() {
    const timer = setInterval(() => {}, 2 ** 31 - 1);
    return () => clearInterval(timer);
  },
};

/** A moment, by both clocks. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

export function momentOf(clock: WorkerClock): Moment {
  const wall = clock.now();
  return { wall, steady: clock.steady?.() ?? wall };
}

/** Milliseconds since then, the longer count. */
export function atMostSince({ wall, steady }: Moment, clock: WorkerClock): number {
  const now = momentOf(clock);
  return Math.max(now.wall - wall, now.steady - steady);
}

/** Milliseconds since then that have passed in any case. */
export function atLeastSince({ steady }: Moment, clock: WorkerClock): number {
  return momentOf(clock).steady - steady;
}
