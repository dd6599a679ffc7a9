/** A payload that is given up when nothing comes for too long, and when the consumer stops. */
import type { Clock } from "../../time/clock.ts";

/** The chunks as they come. Rejects when none has come for `idleMs`, or with the signal's reason. */
export async function* watched(
  payload: AsyncIterable<Uint8Array>,
  { clock, idleMs, signal }: { clock: Clock; idleMs: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = payload[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await beforeIdle(Promise.resolve(chunks.next()));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: it may wait for the chunk that does not come.
    Promise.resolve(chunks.return?.()).catch(() => {});
  }

  function beforeIdle<T>(next: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(signal.reason);
      if (signal.aborted) giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      const cancel = clock.after(idleMs, () =>
        reject(new Error(`GetMedia has sent nothing for ${idleMs / 1000} seconds.`)),
      );
      next.then(resolve, reject).finally(() => {
        cancel();
        signal.removeEventListener("abort", giveUp);
      });
    });
  }
}
