import { describeError } from "../observe/log.ts";
import type { Clock } from "../time/clock.ts";

/** What is used of Lambda's context. All of it may be missing in a plain unit test. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly invokedFunctionArn?: string;
  getRemainingTimeInMillis?(): number;
}

/**
 * The invocation's time. At the margin no more records are begun and the signal fires; at the
 * hard margin, half way from there to the timeout, what is settled is committed and nothing is
 * waited for any longer.
 */
export interface Deadline {
  /** Whether another record may be begun. */
  hasTime(): boolean;
  /** Milliseconds until the margin. */
  remainingMs(): number;
  /** Milliseconds until the hard margin. */
  hardRemainingMs(): number;
  /** Milliseconds until Lambda ends the environment. */
  timeoutMs(): number;
  /** When that is, in epoch milliseconds: the same whenever it is asked for. */
  readonly timeoutAt: number;
  /** Milliseconds from the beginning to then. */
  readonly lengthMs: number;
  /** Why it is not known when that is, where the context says something else than a time. */
  readonly doubt: string | undefined;
  readonly signal: AbortSignal;
  /** Resolves at the hard margin. */
  readonly hardMargin: Promise<"hard margin">;
  /** Stops the timers. */
  end(): void;
}

/** Whoever says more than a day means that there is no end. */
const longest = 86_400_000;

/** What a context says of the time that is left. */
interface TimeLeft {
  /** In milliseconds; undefined: nobody sets a timeout, or it is not known. */
  readonly ms: number | undefined;
  readonly doubt?: string;
}

/**
 * How much time the context leaves. Lambda says it in whole milliseconds. Where tests or other hosts have no such function, or
 * one that says Infinity or as good as that, there is no timeout. What is no time at all is no reason to process nothing.
 */
export function timeLeftIn(context: InvocationContext | undefined): TimeLeft {
  let left: unknown;
  try {
    left = context?.getRemainingTimeInMillis?.();
  } catch (error) {
    left = error;
  }
  if (left === undefined || (left as number) > longest) return { ms: undefined };
  if (Number.isFinite(left)) return { ms: Math.max(0, left as number) };
  const { message } = describeError(left);
  return {
    ms: undefined,
    doubt: `context.getRemainingTimeInMillis() does not give milliseconds (${message}), so no timeout is known and nothing is given back in time. Pass on the context that Lambda gives.`,
  };
}

export function startDeadline(
  context: InvocationContext | undefined,
  clock: Clock,
  marginMs: number | undefined,
): Deadline {
  const { ms: left, doubt } = timeLeftIn(context);
  const abort = new AbortController();
  if (left === undefined) {
    return {
      hasTime: () => true,
      remainingMs: () => Number.POSITIVE_INFINITY,
      hardRemainingMs: () => Number.POSITIVE_INFINITY,
      timeoutMs: () => Number.POSITIVE_INFINITY,
      timeoutAt: Number.POSITIVE_INFINITY,
      lengthMs: Number.POSITIVE_INFINITY,
      doubt,
      signal: abort.signal,
      hardMargin: new Promise(() => {}),
      end() {},
    };
  }
  // No margin is longer than the time that is left: one record at least must have its turn.
  const margin = Math.min(left, marginMs ?? Math.max(1000, left * 0.05));
  const timeoutAt = clock.now() + left;
  const stopAt = timeoutAt - margin;
  const hardStopAt = stopAt + margin / 2;
  const cancelStop = clock.after(stopAt - clock.now(), () =>
    abort.abort(new DOMException("The invocation's time is nearly over.", "AbortError")),
  );
  let cancelHardStop = () => {};
  const hardMargin = new Promise<"hard margin">((resolve) => {
    cancelHardStop = clock.after(hardStopAt - clock.now(), () => resolve("hard margin"));
  });
  return {
    hasTime: () => clock.now() < stopAt,
    remainingMs: () => Math.max(0, stopAt - clock.now()),
    hardRemainingMs: () => Math.max(0, hardStopAt - clock.now()),
    timeoutMs: () => Math.max(0, timeoutAt - clock.now()),
    timeoutAt,
    lengthMs: left,
    doubt,
    signal: abort.signal,
    hardMargin,
    end() {
      cancelStop();
      cancelHardStop();
    },
  };
}
