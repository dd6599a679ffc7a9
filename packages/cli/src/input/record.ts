/** What a reader makes of a line, a row or an entry of a file. */

export interface InputRecord {
  /** Absent: the input says none, as log lines and rows do. */
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
  /** What `data` says, where that was read anyway: `undefined` for bytes that the input only passes on. */
  readonly value?: unknown;
  /** When it arrived, or when the line says that it was written, in epoch milliseconds. */
  readonly arrival?: number;
  readonly sequenceNumber?: string;
  readonly shardId?: string;
  readonly streamArn?: string;
  readonly source: Source;
}

/** Where a record stands. */
export interface Source {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The byte after it, and after the end of its line. */
  readonly end: number;
  /** Its line has no end yet: whoever writes the file may not be done with it. */
  readonly unfinished?: true;
}

/** What is wrong with an input, and where: `orders.csv:3: …`. */
export class InputError extends Error {
  readonly file: string;
  readonly line: number;

  constructor(
    what: string,
    { file, line, column }: { file: string; line: number; column?: number },
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}:${column === undefined ? "" : `${column}:`} ${what}`, options);
    this.file = file;
    this.line = line;
  }
}

/** A record whose data is a value, as JSON. */
export function jsonRecord(
  value: unknown,
  source: Source,
  more: Partial<InputRecord> = {},
): InputRecord {
  return { ...more, data: Buffer.from(JSON.stringify(value)), value, source };
}
