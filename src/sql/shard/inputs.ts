/**
 * What came to a machine, as an entry of the log has it: rows, records that were none, time that went on; and behind each what lookups found by
 * it. From a state and its inputs a machine is again what it was, whatever has become of the tables since.
 */
import { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Row } from "../run/evaluate.ts";
import type { Remember } from "../run/join.ts";
import { readTime, readValues, writeTime, writeValues } from "../run/values.ts";
import { RowError, type RowErrorName } from "../types/row-error.ts";

/** Something that comes to a machine. */
export type Input =
  | { readonly kind: "row"; readonly row: Row; readonly arrival: number }
  | {
      readonly kind: "unreadable";
      readonly error: RowError;
      readonly record: string;
      readonly arrival: number;
    }
  | { readonly kind: "time"; readonly time: number };

const tags = { row: 1, unreadable: 2, time: 3 } as const;
const found = { rows: 0, failed: 1 } as const;

/** Beyond this a record that could not be read is cut: the error stream shows 24 KB of it. */
const shownAtMost = 24_576;

/** Writes inputs as they come, and what lookups find by them. */
export class InputWriter {
  #to = new ByteWriter();
  #numbers = new Map<Row, number>();

  get length(): number {
    return this.#to.length;
  }

  /** All since the beginning, or since `clear`. */
  take(): Uint8Array {
    return this.#to.take();
  }

  clear(): void {
    this.#to = new ByteWriter();
    this.#numbers = new Map();
  }

  write(input: Input): void {
    const to = this.#to;
    to.byte(tags[input.kind]);
    switch (input.kind) {
      case "row":
        writeTime(input.arrival, to);
        writeValues(input.row, to);
        break;
      case "unreadable":
        writeTime(input.arrival, to);
        writeError(input.error, to);
        to.text(input.record.slice(0, shownAtMost));
        break;
      case "time":
        writeTime(input.time, to);
    }
  }

  remember: Remember = (find) => {
    const to = this.#to;
    try {
      const rows = find();
      to.byte(found.rows);
      to.varint(rows.length);
      for (const row of rows) {
        const known = this.#numbers.get(row);
        to.varint(known ?? this.#numbers.size);
        if (known !== undefined) continue;
        this.#numbers.set(row, this.#numbers.size);
        writeValues(row, to);
      }
      return rows;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      to.byte(found.failed);
      writeError(error, to);
      throw error;
    }
  };
}

/** Reads what was written, in its order. */
export class InputReader {
  readonly #from: ByteReader;
  readonly #rows: Row[] = [];

  constructor(written: Uint8Array) {
    this.#from = new ByteReader(written);
  }

  /** Undefined: that was all. */
  next(): Input | undefined {
    const from = this.#from;
    if (from.isAtEnd) return undefined;
    const tag = from.byte();
    if (tag === tags.time) return { kind: "time", time: readTime(from) };
    const arrival = readTime(from);
    if (tag === tags.row) return { kind: "row", arrival, row: readValues(from) };
    const error = readError(from);
    return { kind: "unreadable", arrival, error, record: from.text() };
  }

  /** What was found then. */
  remember: Remember = () => {
    const from = this.#from;
    if (from.byte() === found.failed) throw readError(from);
    return Array.from({ length: from.varint() }, () => {
      const number = from.varint();
      if (number === this.#rows.length) this.#rows.push(readValues(from));
      return this.#rows[number]!;
    });
  };
}

function writeError({ code, message }: RowError, to: ByteWriter): void {
  to.text(code);
  to.text(message);
}

function readError(from: ByteReader): RowError {
  const code = from.text() as RowErrorName;
  return new RowError(code, from.text());
}
