/**
 * The producer's one timer, and its time. It stands still while the process is frozen, as Lambda's environments are between two
 * invocations: a record does not expire of that. It goes on from where it was when the machine's clock is set.
 */
import type { Clock } from "../time/clock.ts";

export interface WakeUp {
  /** Milliseconds, without those in which the process was frozen, or by which the clock was set. Never goes back. */
  now(): number;
  /** Calls `wake` at this moment, and a second from now at the latest; or earlier where that was wanted before. */
  at(moment: number, wake: () => void): void;
  /** Nothing is wanted any more. A timer that is set keeps the process alive. */
  cancel(): void;
}

/** A moment that does not come. */
export const never = Number.POSITIVE_INFINITY;

/** A timer is that late only in a process that did not run. */
const frozenAfterMs = 1000;

/** So often it is looked whether the process runs. */
const tickMs = 1000;

export function wakeUps(clock: Clock): WakeUp {
  /** What the clock is ahead of this time. */
  let aheadMs = 0;
  let last = Number.NEGATIVE_INFINITY;
  /** When the timer should fire. */
  let due = never;
  let timer: AbortController | undefined;

  /** Whoever asks first after a freeze finds it: moments that are made of a time before that was seen would lie far ahead. */
  function now(): number {
    const moment = clock.now() - aheadMs;
    last = Math.max(last, moment - due > frozenAfterMs ? due : moment);
    aheadMs += moment - last;
    return last;
  }

  function cancel(): void {
    due = never;
    timer?.abort();
    timer = undefined;
  }

  return {
    now,
    cancel,
    at(moment, wake) {
      if (timer && moment >= due) return;
      const from = now();
      const wanted = Math.max(from, Math.min(from + tickMs, moment));
      if (wanted >= due) return;
      cancel();
      due = wanted;
      const own = new AbortController();
      timer = own;
      clock.sleep(due - from, own.signal).then(
        () => {
          if (timer !== own) return;
          // A timer goes by no clock that can be set.
          last = Math.max(last, due);
          now();
          cancel();
          wake();
        },
        () => {},
      );
    },
  };
}
