/** What a delivery stream did, as a list to look at. Times in epoch milliseconds, durations in milliseconds. */
import type { Holding } from "./record.ts";

/** One thing that a delivery stream did, in the order of `trace`: an invocation, a delivery, a failure. */
export type TraceEntry =
  | {
      readonly type: "invocation";
      readonly at: number;
      /** The same for the retries of a batch. */
      readonly invocationId: string;
      /** From 1 on. */
      readonly attempt: number;
      readonly records: number;
      readonly duration: number;
      readonly outcome: "answered" | "failed";
      readonly error?: unknown;
    }
  | {
      readonly type: "object";
      readonly at: number;
      readonly bucket: string;
      readonly key: string;
      readonly records: number;
      readonly bytes: number;
      readonly holds: Holding;
      /** Puts that failed before. */
      readonly failedAttempts: number;
    }
  | {
      /** It will be tried again, under the same key. */
      readonly type: "failedPut";
      readonly at: number;
      readonly bucket: string;
      readonly key: string;
      /** From 1 on. */
      readonly attempt: number;
      readonly error: unknown;
    }
  | {
      readonly type: "request";
      readonly at: number;
      /** The same for the retries of a batch. */
      readonly requestId: string;
      readonly attempt: number;
      readonly records: number;
      readonly duration: number;
      /** Of the response; undefined: there was none. */
      readonly status: number | undefined;
      readonly outcome: "delivered" | "failed";
      readonly error?: string;
    }
  | {
      /** There is no server: what would be sent to one lies in the outbox. */
      readonly type: "outbox";
      readonly at: number;
      /** Their paths in the outbox. */
      readonly files: readonly string[];
      readonly records: number;
      readonly bytes: number;
    }
  | {
      readonly type: "lost";
      readonly at: number;
      readonly records: number;
      readonly holds: Holding;
      readonly error: unknown;
    };

export interface Trace {
  readonly entries: readonly TraceEntry[];
  add(entry: TraceEntry): void;
}

/** Keeps every entry (true), none (false) or the latest so many. */
export function newTrace(
  keep: boolean | number,
  hear: (entry: TraceEntry) => void = () => {},
): Trace {
  const most = keep === true ? Number.POSITIVE_INFINITY : Number(keep);
  const entries: TraceEntry[] = [];
  return {
    entries,
    add(entry) {
      try {
        hear(entry);
      } catch (error) {
        // Reported as any uncaught error is, and not taken for a delivery that failed.
        queueMicrotask(() => {
          throw error;
        });
      }
      entries.push(entry);
      if (entries.length > most) entries.shift();
    },
  };
}
