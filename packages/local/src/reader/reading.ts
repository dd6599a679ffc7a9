/** What a handler's own code is asked to read, and what it says. */

/** A user record, as a decoder gets it. */
export interface RecordToRead {
  /** In base64. */
  readonly data: string;
  readonly partitionKey: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly shardId: string;
  readonly streamArn: string;
  readonly approximateArrivalTimestamp: number;
}

/** The value that `process` would get, as `util.inspect` shows it; or why there is none. */
export type ReadRecord =
  | { readonly text: string }
  | { readonly error: string }
  /** The value is what its bytes say as JSON. */
  | { readonly isJson: true }
  /** The decoder, or a filter of the pipeline, leaves it out. */
  | { readonly dropped: true };

/** What a progress log, or Lambda's `state`, has of a shard's windows or its application, in base64. */
export interface StateToRead {
  /** All of it as it was written last. Absent: never. */
  readonly whole?: string;
  /** What was written since, the oldest first. */
  readonly changes: readonly string[];
}

/** What a shard's windows, or its application of SQL, have come to. */
export interface ReadState {
  readonly of: "windows" | "application";
  /** What all of it takes in memory, nearly. */
  readonly bytes: number;
  /** Rows that are due, and not done. */
  readonly due: number;
  /** How many rows each of the changes says are done. Of sessions those count too that have become part of another. */
  readonly rows: readonly number[];
  /** Of windows alone. */
  readonly open?: number;
  /** Of windows alone: the latest time that was seen, in epoch milliseconds. Absent: none yet. */
  readonly watermark?: number;
  /** Of windows alone: those that close next, due ones first. */
  readonly windows: readonly ReadWindow[];
}

export interface ReadWindow {
  /** What records are grouped by: as text, or as JSON. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** When the shard's time has passed this, its row is due: its end, and the lateness that is allowed. */
  readonly closesAt: number;
  readonly isDue: boolean;
  /** What its records have come to, by the names of the aggregates. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Of one question; `id` is the question's. */
export type ReadingAnswer =
  | { readonly id: number; readonly records: readonly ReadRecord[] }
  | { readonly id: number; readonly state: ReadState }
  | { readonly id: number; readonly error: string };

export type ReadingQuestion =
  | { readonly id: number; readonly records: readonly RecordToRead[] }
  | { readonly id: number; readonly state: StateToRead };
