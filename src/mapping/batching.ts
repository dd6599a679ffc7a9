/** When a batch closes: by size, by bytes, by the batching window, or at the end of a tumbling window. */
import { maximumPayload } from "../record/lambda-event.ts";
import type { PendingRecord } from "./batch.ts";

export interface BatchLimits {
  readonly batchSize: number;
  /** Bytes of the event around its records. */
  readonly envelope: number;
  /** The end of the tumbling window of the first record, in epoch milliseconds. */
  readonly windowEnd?: number;
}

export interface Cut {
  /** So many records from the front form the batch. */
  readonly size: number;
  /** It can grow no more, whatever arrives. */
  readonly full: boolean;
  /** The next record belongs to a later tumbling window. */
  readonly closesWindow: boolean;
}

/** The longest batch from the front of what waits; a single record is taken whatever its bytes are. */
export function cutBatch(
  waiting: Pick<RecordQueue, "length" | "at">,
  { batchSize, envelope, windowEnd = Number.POSITIVE_INFINITY }: BatchLimits,
): Cut {
  let bytes = envelope;
  let size = 0;
  for (; size < waiting.length; size++) {
    const record = waiting.at(size)!;
    if (record.approximateArrivalTimestamp >= windowEnd) {
      return { size, full: true, closesWindow: true };
    }
    if (size === batchSize) return { size, full: true, closesWindow: false };
    bytes += record.bytes + (size > 0 ? 1 : 0);
    if (bytes > maximumPayload && size > 0) return { size, full: true, closesWindow: false };
  }
  return { size, full: size === batchSize, closesWindow: false };
}

/**
 * When a batch that is not full is delivered all the same. The batching window begins when the
 * previous invocation completes; if it has run out by the time that a record is there, with the record.
 */
export function windowDeadline(
  windowMs: number,
  previousCompleted: number,
  firstAvailable: number,
): number {
  const deadline = previousCompleted + windowMs;
  return firstAvailable <= deadline ? deadline : firstAvailable + windowMs;
}

/** Records that wait, oldest first. */
export interface RecordQueue {
  readonly length: number;
  readonly bytes: number;
  at(index: number): PendingRecord | undefined;
  push(record: PendingRecord): void;
  /** Takes records from the front. */
  take(count: number): PendingRecord[];
}

export function recordQueue(): RecordQueue {
  let records: PendingRecord[] = [];
  let head = 0;
  let bytes = 0;
  return {
    get length() {
      return records.length - head;
    },
    get bytes() {
      return bytes;
    },
    at: (index) => records[head + index],
    push(record) {
      records.push(record);
      bytes += record.bytes;
    },
    take(count) {
      const taken = records.slice(head, head + count);
      head += taken.length;
      for (const record of taken) bytes -= record.bytes;
      if (head === records.length || head > 20_000) {
        records = records.slice(head);
        head = 0;
      }
      return taken;
    },
  };
}
