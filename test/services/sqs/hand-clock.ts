import type { Clock } from "../../../src/time/clock.ts";

export interface HandClock extends Clock {
  /** Moves time, and fires what falls due, in order. */
  advance(ms: number): void;
  /** How many wait for time to pass. */
  waiting(): number;
}

/** A clock that a test moves by hand. */
export function handClock(): HandClock {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  const after = (ms: number, fire: () => void) => {
    const timer = { at: now + ms, fire };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    waiting: () => timers.size,
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.fire();
      }
      now = until;
    },
  };
}
