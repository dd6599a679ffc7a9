/** A response that is not waited for without end. */
import type { Clock } from "../../../../../src/time/clock.ts";
import type { Activity } from "../activity.ts";

/** No response came in time. */
export class LateResponse extends Error {
  override readonly name = "LateResponse";
}

export interface Waiting {
  readonly clock: Clock;
  readonly activity: Activity;
  /** In milliseconds. */
  readonly within: number;
  /** Who should have answered, for the error: "The endpoint". */
  readonly who: string;
}

/** Resolves to what `send` resolves to. Rejects with a LateResponse, and aborts the signal, when that takes too long. */
export async function answerWithin<Response>(
  { clock, activity, within, who }: Waiting,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const timeout = new AbortController();
  const late = new LateResponse(`${who} gave no response within ${within / 1000} s.`);
  const cancel = clock.after(within, () => timeout.abort(late));
  const tooLate = new Promise<never>((_, reject) => {
    timeout.signal.addEventListener("abort", () => reject(late));
  });
  try {
    const sent = activity.outside(() => send(timeout.signal));
    return await Promise.race([sent, tooLate]);
  } finally {
    cancel();
  }
}
