/** What happens to a batch after an invocation: a pure step of the mapping's state machine. */
import { type Batch, part } from "./batch.ts";
import { bisect } from "./bisect.ts";
import type { Outcome } from "./outcome.ts";
import type { BatchSettings } from "./settings.ts";
import type { NextStep } from "./trace.ts";

export interface RetryRules
  extends Pick<Required<BatchSettings>, "bisectBatchOnFunctionError" | "maximumRetryAttempts"> {
  /** The pause before the first retry, in milliseconds; each further one is twice as long. */
  readonly firstPause: number;
  /** The longest pause, in milliseconds. */
  readonly longestPause: number;
}

export interface Decision<R extends { readonly approximateArrivalTimestamp: number }> {
  /** So many records at the front need no more delivery: they are done or discarded. */
  readonly settled: number;
  /** What takes the batch's place, in order. */
  readonly next: readonly Batch<R>[];
  /** How long the first of them waits, in milliseconds. */
  readonly pause: number;
  /** The batch has used up its attempts; this is how many it had. */
  readonly exhausted?: Batch<R>;
}

/**
 *     success                       settled
 *     partial                       the front is settled, the rest comes at once as a new batch
 *     failure, bisect on, n > 1     both halves at once, the attempt not counted
 *     failure, attempts left        the same batch, after a pause
 *     failure, none left            discarded
 *     throttle                      the same batch, after a pause, the attempt not counted
 *     too large, n > 1              both halves at once (a window's state has grown meanwhile)
 *     too large, n = 1              as a failure
 */
export function decide<R extends { readonly approximateArrivalTimestamp: number }>(
  batch: Batch<R>,
  outcome: Outcome,
  rules: RetryRules,
): Decision<R> {
  const size = batch.records.length;
  const { kind } = outcome;
  if (kind === "success") return { settled: size, next: [], pause: 0 };
  if (kind === "partial") {
    return { settled: outcome.from, next: [part(batch, outcome.from, size)], pause: 0 };
  }
  const failures = batch.failures + 1;
  const pause = pauseBefore(failures, rules);
  if (kind === "throttle") return { settled: 0, next: [{ ...batch, failures }], pause };
  if ((rules.bisectBatchOnFunctionError || kind === "tooLarge") && size > 1) {
    return { settled: 0, next: bisect(batch), pause: 0 };
  }
  const tried = { ...batch, attempts: batch.attempts + 1, failures };
  if (rules.maximumRetryAttempts < 0 || tried.attempts <= rules.maximumRetryAttempts) {
    return { settled: 0, next: [tried], pause };
  }
  return { settled: size, next: [], pause: 0, exhausted: tried };
}

/** What a decision comes to, for the trace. */
export function nextStep<R extends { readonly approximateArrivalTimestamp: number }>({
  exhausted,
  next,
  pause,
  settled,
}: Decision<R>): NextStep {
  if (exhausted !== undefined) return { step: "discarded" };
  if (next.length > 1) return { step: "halves" };
  if (next.length === 0) return { step: "done" };
  return settled > 0 ? { step: "rest" } : { step: "retry", pause };
}

/** 200 ms, 400 ms, 800 ms … with the defaults. */
function pauseBefore(failures: number, { firstPause, longestPause }: RetryRules): number {
  return Math.min(longestPause, firstPause * 2 ** Math.min(failures - 1, 40));
}

/** A batch cut at its age limit: what arrived before `horizon` is discarded, the rest is fresh. */
export function expire<R extends { readonly approximateArrivalTimestamp: number }>(
  batch: Batch<R>,
  horizon: number,
): { readonly expired: Batch<R>; readonly rest: Batch<R> | undefined } | undefined {
  const { records, window } = batch;
  if (records.length === 0) {
    // Only a window's end has no records; it is as old as the window.
    return window && window.end < horizon ? { expired: batch, rest: undefined } : undefined;
  }
  const fresh = records.findIndex((record) => record.approximateArrivalTimestamp >= horizon);
  if (fresh === 0) return undefined;
  if (fresh < 0) return { expired: batch, rest: undefined };
  const { attempts, failures, parent, requestId } = batch;
  const tried = {
    ...{ attempts, failures },
    ...(requestId !== undefined && { requestId }),
    ...(parent !== undefined && { parent }),
  };
  return {
    expired: { ...part(batch, 0, fresh), ...tried },
    rest: part(batch, fresh, records.length),
  };
}
