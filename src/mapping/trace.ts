/** The invocations of a mapping, as a list to look at. */
import type { Outcome } from "./outcome.ts";

/** One invocation of a mapping: what was in it, which attempt it was, what came of it. */
export interface TraceEntry {
  /** The same for the retries of a batch. */
  readonly requestId: string;
  /** Of a half, or of what a partial response left: the request id of the invocation that it was a part of. */
  readonly parent?: string;
  readonly shardId: string;
  /** One for each record of the event, in its order. */
  readonly sequenceNumbers: readonly string[];
  readonly batchSize: number;
  /** How many of its records, from the first on, it has done. */
  readonly done: number;
  /** Which attempt of this batch it was, from 1 on; a throttle does not use it up. */
  readonly attempt: number;
  readonly outcome: Outcome["kind"];
  /** What was thrown. */
  readonly error?: unknown;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds between the arrival of its last record and its beginning. */
  readonly iteratorAge: number;
  /** What the mapping does with the batch now. */
  readonly next: NextStep;
}

/**
 * `done`: all of it is settled. `rest`: what the function did not do comes at once, as a batch of its own. `halves`: it comes at once,
 * as two batches. `retry`: it comes again after `pause` milliseconds. `discarded`: it has used up its attempts.
 */
export type NextStep =
  | { readonly step: "done" | "rest" | "halves" | "discarded" }
  | { readonly step: "retry"; readonly pause: number };

export interface Trace {
  readonly entries: TraceEntry[];
  /** The records of a batch are the same list at each of its attempts, and listed once. */
  add(
    entry: Omit<TraceEntry, "sequenceNumbers">,
    records: readonly { readonly sequenceNumber: string }[],
  ): void;
}

/** Keeps every entry (true), none (false), or the latest so many; tells `onInvocation` of each. */
export function newTrace(
  keep: boolean | number,
  onInvocation?: (entry: TraceEntry) => void,
): Trace {
  const most = keep === true ? Number.POSITIVE_INFINITY : Number(keep);
  const entries: TraceEntry[] = [];
  const listed = new WeakMap<readonly unknown[], readonly string[]>();
  return {
    entries,
    add(entry, records) {
      if (most <= 0 && !onInvocation) return;
      const sequenceNumbers =
        listed.get(records) ?? records.map(({ sequenceNumber }) => sequenceNumber);
      listed.set(records, sequenceNumbers);
      onInvocation?.({ ...entry, sequenceNumbers });
      if (most <= 0) return;
      if (entries.length >= most) entries.shift();
      entries.push({ ...entry, sequenceNumbers });
    },
  };
}
