/** A request that is waited for so long, and no longer than the invocation allows. */
import type { Clock } from "../time/clock.ts";

/** What came of it: a response, or an error, which is late where nobody waits any longer. */
export interface Waited<Response> {
  readonly response?: Response;
  readonly error?: unknown;
  readonly isLate: boolean;
}

export async function withTimeout<Response>(
  send: (signal: AbortSignal) => Promise<Response>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Waited<Response>> {
  const timeout = new AbortController();
  let isLate = false;
  let stop = () => {};
  // Not every `fetch` heeds its signal.
  const over = new Promise<never>((_, reject) => {
    stop = () => {
      timeout.abort(signal.reason);
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  over.catch(() => {});
  const cancel = clock.after(ms, () => {
    isLate = true;
    stop();
  });
  try {
    return { response: await Promise.race([send(timeout.signal), over]), isLate: false };
  } catch (error) {
    return { error, isLate };
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
  }
}

/** Errors quote URLs, and `fetch` takes none with these. */
export function hasCredentials(url: string): boolean {
  const { password, username } = new URL(url);
  return username !== "" || password !== "";
}
