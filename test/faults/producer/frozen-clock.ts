/** A clock of a process that does not run now and then: what falls due meanwhile, fires when it runs again. */
import { type Clock, sleepUntil } from "../../../src/time/clock.ts";

export interface FrozenClock extends Clock {
  freeze(ms: number): void;
}

export function frozenClock(world: Clock): FrozenClock {
  let frozenUntil = Number.NEGATIVE_INFINITY;
  const after = (ms: number, fire: () => void): (() => void) => {
    let cancel = () => {};
    const awake = () => {
      const left = frozenUntil - world.now();
      if (left > 0) cancel = world.after(left, awake);
      else fire();
    };
    cancel = world.after(ms, awake);
    return () => cancel();
  };
  return {
    now: world.now,
    after,
    sleep: (ms, signal) => sleepUntil((fire) => after(ms, fire), signal),
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, world.now() + ms);
    },
  };
}
