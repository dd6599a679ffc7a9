/** What an execution environment keeps from one invocation to the next, and that several of them may run in it at once. */

import type { LogPool } from "../progress/log-pool.ts";
import type { KnownKeys } from "../progress/parked-keys.ts";
import type { Clock } from "../time/clock.ts";

/** An answer takes that long at most to leave the process: without it Lambda counts a failure of what went well. */
const answerMs = 100;

/**
 * Ends an environment in which an effect hangs, so that it cannot go on in a later invocation: not before the
 * invocations beside it have come to their own ends, and from then on none begins.
 */
export class Lifetime {
  #running = 0;
  /** Several have run at once. */
  #isShared = false;
  #ending: PromiseWithResolvers<void> | undefined;
  #idle: (() => void)[] = [];

  /** From now on no invocation begins; the one whose effect hangs settles what it has, and calls `end`. */
  doom(): void {
    this.#ending ??= Promise.withResolvers();
  }

  /** Undefined: an invocation may begin. Else resolves if the environment goes on after all. */
  get ending(): Promise<void> | undefined {
    return this.#ending?.promise;
  }

  /** Runs an invocation's work. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    if (this.#running > 1) this.#isShared = true;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /**
   * Called outside of `during`, when it is doomed: waits for what runs, and until its answers have got out, and exits. Rejects where `exit`
   * throws instead.
   */
  async end(exit: () => never, clock: Clock): Promise<never> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#isShared) await clock.sleep(answerMs);
    try {
      return exit();
    } finally {
      this.#ending?.resolve();
      this.#ending = undefined;
    }
  }
}

/** When this environment first saw a lease, by the token of its entry, in its own time. */
export type Sightings = Map<string, number>;

export interface Environment {
  /** Where progress is kept, since the first batch. */
  logs: LogPool | undefined;
  /** What is known of parked keys, by their sets. */
  readonly parkedKeys: Map<string, KnownKeys>;
  readonly lifetime: Lifetime;
  readonly sightings: Sightings;
  /** What was said once. */
  readonly warned: Set<string>;
}

export const newEnvironment = (): Environment => ({
  logs: undefined,
  parkedKeys: new Map(),
  lifetime: new Lifetime(),
  sightings: new Map(),
  warned: new Set(),
});
