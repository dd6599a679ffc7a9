/**
 * An execution environment: where a function runs, with a memory and a clock of its own. At each
 * call across a seam it may be killed, and then nothing that it calls ever returns; or it stands
 * still for a while, and then goes on as if nothing had happened.
 */

import type { Runtime } from "../../src/handler/runtime.ts";
import type { Clock } from "../../src/time/clock.ts";
import type { Random } from "../../src/time/random.ts";
import type { Invocation } from "./invocation.ts";

export type Seam = "store" | "effect" | "park" | "clock" | "kinesis" | "lambda";

/** What may happen to an environment at a seam. */
export type Disturb = (environment: Environment, seam: Seam, when: string) => void;

export interface Environment {
  readonly id: string;
  readonly bornAt: number;
  readonly runtime: Runtime;
  readonly isDead: boolean;
  readonly isFrozen: boolean;
  /** The invocations that have not come to an end here, whatever Lambda thinks of them. */
  readonly invocations: Set<Invocation>;
  /** Rejects when the environment is killed. */
  readonly death: Promise<never>;
  kill(reason: string): void;
  freeze(ms: number): void;
  /** Resolves while it is alive; after a freeze; never once it is dead. */
  awake(): Promise<void>;
  /** A call across a seam. */
  cross<T>(seam: Seam, call: () => Promise<T>): Promise<T>;
}

export interface EnvironmentOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly skewMs: number;
  readonly disturb: Disturb;
  readonly onEnd: (environment: Environment, reason: string) => void;
}

/** Never settles. A new one each time: what waits for it can be forgotten. */
export const never = () => new Promise<never>(() => {});

export function createEnvironment(options: EnvironmentOptions): Environment {
  const { id, clock, random, skewMs, disturb, onEnd } = options;
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => {});
  let isDead = false;
  let thaw: PromiseWithResolvers<void> | undefined;

  async function awake(): Promise<void> {
    while (thaw && !isDead) await thaw.promise;
    if (isDead) await never();
  }

  async function cross<T>(seam: Seam, call: () => Promise<T>): Promise<T> {
    if (isDead || thaw) await awake();
    disturb(environment, seam, "before");
    if (isDead || thaw) await awake();
    const pending = call();
    pending.catch(() => {});
    disturb(environment, seam, "during");
    try {
      return await pending;
    } finally {
      if (!isDead) disturb(environment, seam, "after");
      if (isDead || thaw) await awake();
    }
  }

  const environment: Environment = {
    id,
    bornAt: clock.now(),
    invocations: new Set(),
    death: death.promise,
    get isDead() {
      return isDead;
    },
    get isFrozen() {
      return thaw !== undefined;
    },
    kill(reason) {
      if (isDead) return;
      isDead = true;
      onEnd(environment, reason);
      death.reject(new Error(`${id}: ${reason}`));
    },
    freeze(ms) {
      if (isDead || thaw) return;
      const frozen = Promise.withResolvers<void>();
      thaw = frozen;
      for (const invocation of environment.invocations) invocation.wasFrozen = true;
      clock.after(ms, () => {
        thaw = undefined;
        frozen.resolve();
      });
    },
    awake,
    cross,
    runtime: {
      clock: {
        now: () => clock.now() + skewMs,
        sleep: (ms, signal) => cross("clock", () => clock.sleep(ms, signal)),
        after: (ms, fire) =>
          clock.after(ms, () => {
            if (isDead) return;
            if (thaw) void thaw.promise.then(() => !isDead && fire());
            else fire();
          }),
      },
      random,
      write() {},
      heapInUse: () => 0,
      exit(reason) {
        environment.kill("exit");
        throw new Error(reason);
      },
    },
  };
  return environment;
}
