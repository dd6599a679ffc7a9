/** Time as the rest of the code sees it. Nothing else in `src/` reads the machine's clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Waits `ms` milliseconds. For code *inside* an invocation (a handler, a store, a retry):
   * a virtual clock takes it as a sign that the work in flight waits for time to pass.
   * Rejects with the signal's reason when the signal is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `fire` once, `ms` milliseconds from now, and returns a function that cancels it.
   * For the world *around* an invocation: polls, deadlines, timeouts. Keeps no process alive, unless it is asked to:
   * Lambda ends an invocation, successfully, once nothing is left that does.
   */
  after(ms: number, fire: () => void, keepsAlive?: boolean): () => void;
}

/** setTimeout holds 31 bits; longer waits are made of several. */
const longestTimer = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleepUntil((fire) => afterOnMachine(ms, fire, true), signal),
  after: afterOnMachine,
};

function afterOnMachine(ms: number, fire: () => void, keepsAlive?: boolean): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number) => {
    timer = setTimeout(
      () => (left > longestTimer ? arm(left - longestTimer) : fire()),
      Math.min(Math.max(0, left), longestTimer),
    );
    if (!keepsAlive) timer.unref();
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** A promise for a timer that `arm` starts, given up when `signal` is aborted. */
export function sleepUntil(
  arm: (fire: () => void) => () => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const giveUp = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = arm(() => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    });
    signal?.addEventListener("abort", giveUp);
  });
}
