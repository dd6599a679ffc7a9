/** Waits of a reader, all of which its end cuts short. */
import type { Clock } from "../../time/clock.ts";

export interface Rest {
  /** Resolves after so many milliseconds, or at the end. */
  sleep(ms: number): Promise<void>;
  /** What a promise gives; undefined: not within so many milliseconds, or not before the end. */
  within<T>(ms: number, promise: Promise<T>): Promise<{ readonly value: T } | undefined>;
  readonly isOver: boolean;
  end(): void;
}

export function rest(clock: Pick<Clock, "after">): Rest {
  let isOver = false;
  const waking = new Set<() => void>();

  function timer(ms: number) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cancel = clock.after(ms, wake);
    waking.add(wake);
    function wake(): void {
      cancel();
      waking.delete(wake);
      resolve(undefined);
    }
    if (isOver) wake();
    return { promise, wake };
  }

  return {
    sleep: (ms) => timer(ms).promise,
    async within(ms, promise) {
      const { promise: late, wake } = timer(ms);
      try {
        return await Promise.race([promise.then((value) => ({ value })), late]);
      } finally {
        wake();
      }
    },
    get isOver() {
      return isOver;
    },
    end() {
      isOver = true;
      for (const wake of [...waking]) wake();
    },
  };
}
