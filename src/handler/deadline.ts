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
  /** In milliseconds; Infinity: nobody sets a timeout, or it is not known. */
  readonly ms: number;
  readonly doubt?: string | undefined;
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
  if (Number.isFinite(left) && (left as number) <= longest)
    return { ms: Math.max(0, left as number) };
  const ms = Number.POSITIVE_INFINITY;
  if (left === undefined || (left as number) > longest) return { ms };
  const { message } = describeError(left);
  return {
    ms,
    doubt: `context.getRemainingTimeInMillis() gives no milliseconds (${message}): nothing is given back in time. Pass on Lambda's context.`,
  };
}

export function startDeadline(
  context: InvocationContext | undefined,
  clock: Clock,
  marginMs: number | undefined,
): Deadline {
  const { ms: left, doubt } = timeLeftIn(context);
  const abort = new AbortController();
  // No margin is longer than the time that is left: one record at least must have its turn.
  const margin = Number.isFinite(left)
    ? Math.min(left, marginMs ?? Math.max(1000, left * 0.05))
    : 0;
  const timeoutAt = clock.now() + left;
  let stopAt = timeoutAt - margin;
  const hardStopAt = stopAt + margin / 2;
  const until = (time: number) => Math.max(0, time - clock.now());
  const cancels: (() => void)[] = [];
  // Where nothing else is left to wait for, Lambda would end an invocation that hangs before its time, as a success.
  const at = (time: number, then: () => void) => {
    if (Number.isFinite(time)) cancels.push(clock.after(time - clock.now(), then, true));
  };
  at(timeoutAt, () => {});
  at(stopAt, () => {
    // A clock that was set back meanwhile brings no time back.
    stopAt = 0;
    abort.abort(new DOMException("The invocation's time is nearly over.", "AbortError"));
  });
  const hardMargin = new Promise<"hard margin">((resolve) => {
    at(hardStopAt, () => resolve("hard margin"));
  });
  return {
    // Asked before each record: where there is no timeout, no clock is read.
    hasTime: () => !Number.isFinite(left) || until(stopAt) > 0,
    remainingMs: () => until(stopAt),
    hardRemainingMs: () => until(hardStopAt),
    timeoutMs: () => until(timeoutAt),
    timeoutAt,
    lengthMs: left,
    doubt,
    signal: abort.signal,
    hardMargin,
    end() {
      for (const cancel of cancels) cancel();
    },
  };
}
