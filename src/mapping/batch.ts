/** A batch on its way: what is delivered together, and how often it has been tried. */
import type { DeliveredRecord } from "../record/lambda-event.ts";

/** A record that was read, passed the filters and is not done. */
export interface PendingRecord extends DeliveredRecord {
  /** Its bytes in the event. */
  readonly bytes: number;
  /** Counts what is read from a shard, so that records of several lanes can be put in order. */
  readonly ordinal: number;
  /** The sequence number that was read before it, filtered or not: the checkpoint while it is the oldest. */
  readonly before: string | undefined;
}

/** A tumbling window, in epoch milliseconds. */
export interface WindowBounds {
  readonly start: number;
  readonly end: number;
}

/** The part of a tumbling window that a batch is. */
export interface BatchWindow extends WindowBounds {
  /** The window ends with this invocation. */
  readonly final: boolean;
  /** It ends because its state has grown too large. */
  readonly terminatedEarly: boolean;
}

export interface Batch<R extends { readonly approximateArrivalTimestamp: number } = PendingRecord> {
  /** Empty only in the final invocation of a tumbling window. */
  readonly records: readonly R[];
  /** Attempts that count towards MaximumRetryAttempts. */
  readonly attempts: number;
  /** Failed deliveries of any kind, throttles included: they make the pauses longer. */
  readonly failures: number;
  /** Given at the first delivery and kept through retries; a suffix or a half gets its own. */
  readonly requestId?: string;
  /** The request id of the invocation that it was a part of: of a half, or of what a partial response left. */
  readonly parent?: string;
  readonly window?: BatchWindow;
}

export function newBatch<R extends { readonly approximateArrivalTimestamp: number }>(
  records: readonly R[],
  window?: BatchWindow,
): Batch<R> {
  return { records, attempts: 0, failures: 0, ...(window && { window }) };
}

/** Records `from` to `to` as a batch of their own: a new request id, a fresh retry budget. */
export function part<R extends { readonly approximateArrivalTimestamp: number }>(
  batch: Batch<R>,
  from: number,
  to: number,
): Batch<R> {
  const { records, requestId, window } = batch;
  const last = to === records.length;
  return {
    ...newBatch(records.slice(from, to), window && { ...window, final: window.final && last }),
    ...(requestId !== undefined && { parent: requestId }),
  };
}
