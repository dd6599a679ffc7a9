/** How long an invocation takes, whose lanes work in turn on the records of their key. */
import type { Wishes } from "./wishes.ts";

type Work = Pick<Wishes, "handlerMs" | "overheadMs" | "concurrency">;

/** Milliseconds for a batch of which the numbers of records by key are known. */
export function invocationMs(
  { handlerMs, overheadMs, concurrency }: Work,
  {
    records,
    keys,
    longest,
  }: { readonly records: number; readonly keys: number; readonly longest: number },
): number {
  const rounds = Math.max(longest, records / Math.max(1, Math.min(concurrency, keys)));
  return overheadMs + handlerMs * rounds;
}

/** The keys of a lane: how many there are, and the part of its records that has the busiest. */
export interface LaneKeys {
  readonly keys: number;
  readonly hottestShare: number;
}

/** The same for a batch of so many records, whose keys are drawn by chance. */
export function expectedInvocationMs(
  work: Work,
  { keys, hottestShare }: LaneKeys,
  records: number,
) {
  const distinct = keys * (1 - (1 - 1 / keys) ** records);
  const longest = Math.max(1, records * hottestShare);
  return invocationMs(work, { records, keys: Math.max(1, distinct), longest });
}
