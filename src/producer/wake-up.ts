/**
 * The producer's one timer, and its time. It stands still while the process is frozen, as Lambda's environments are between two
 * invocations: a record does not expire of that.
 */
import type { Clock } from "../time/clock.ts";

export interface WakeUp {
  /** Milliseconds since the epoch, without those in which the process was frozen. */
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
  let frozenMs = 0;
  /** When the timer should fire, by the clock. */
  let due = never;
  let timer: AbortController | undefined;

  /** Whoever asks first after a freeze finds it: moments that are made of a time before that was seen would lie far ahead. */
  function now(): number {
    const moment = clock.now();
    if (moment - due > frozenAfterMs) {
      frozenMs += moment - due;
      due = moment;
    }
    return moment - frozenMs;
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
      if (timer && moment >= due - frozenMs) return;
      const waitMs = Math.max(0, Math.min(tickMs, moment - now()));
      if (clock.now() + waitMs >= due) return;
      cancel();
      due = clock.now() + waitMs;
      const own = new AbortController();
      timer = own;
      clock.sleep(waitMs, own.signal).then(
        () => {
          if (timer !== own) return;
          now();
          cancel();
          wake();
        },
        () => {},
      );
    },
  };
}
