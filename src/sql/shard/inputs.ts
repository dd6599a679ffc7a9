/**
 * What came to a machine, as an entry of the log has it: rows, records that were none, time that went on; and behind each what lookups found by
 * it. From a state and its inputs a machine is again what it was, whatever has become of the tables since.
 */
import { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Row } from "../run/evaluate.ts";
import type { Remember } from "../run/join.ts";
import {
  readTime,
  readValues,
  sizeOfText,
  sizeOfValues,
  writeTime,
  writeValues,
} from "../run/values.ts";
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
  | { readonly kind: "time"; readonly time: number }
  /** In a shard: what it had of the windows that had ended by then was given. */
  | { readonly kind: "given"; readonly time: number }
  /** Where shards are merged: what one of them has given, which is all that it has of the windows that had ended by its time. */
  | {
      readonly kind: "part";
      readonly shard: string;
      readonly time: number;
      readonly body: Uint8Array;
    }
  /** The rows that are due are run by the one that says so, until then. */
  | { readonly kind: "claim"; readonly by: string; readonly time: number };

const tags = { row: 1, unreadable: 2, time: 3, given: 4, part: 5, claim: 6 } as const;
const found = { rows: 0, failed: 1 } as const;

/** Beyond this a record that could not be read is cut: the error stream shows 24 KB of it. */
const shownAtMost = 24_576;

/** What a lookup has found by an input. */
type Found = { readonly kind: "found"; readonly rows: readonly Row[] };
type Failed = { readonly kind: "failed"; readonly error: RowError };

/** Keeps inputs as they come, and what lookups find by them. They are written when somebody asks for that: where the whole state is less, nobody does. */
export class InputWriter {
  /** A row stands there by itself: most inputs are rows. Before it, once for all that have the same, stands its arrival. */
  #kept: (Row | number | Input | Found | Failed)[] = [];
  #arrival = Number.NaN;
  #found = new Set<Row>();
  /** What all of it takes as it is written, nearly, in bytes. */
  bytes = 0;

  /** All since the beginning, or since `clear`. */
  take(): Uint8Array {
    const to = new ByteWriter();
    const numbers = new Map<Row, number>();
    let arrival = Number.NaN;
    for (const one of this.#kept) {
      if (typeof one === "number") arrival = one;
      else if (isRow(one)) writeInput({ kind: "row", row: one, arrival }, to);
      else if (one.kind === "found") writeFound(one, numbers, to);
      else if (one.kind === "failed") {
        to.byte(found.failed);
        writeError(one.error, to);
      } else writeInput(one, to);
    }
    return to.take();
  }

  clear(): void {
    this.#kept = [];
    this.#arrival = Number.NaN;
    this.#found = new Set();
    this.bytes = 0;
  }

  addRow(row: Row, arrival: number): void {
    if (arrival !== this.#arrival) this.#kept.push(arrival);
    this.#arrival = arrival;
    this.#kept.push(row);
    this.bytes += 8 + sizeOfValues(row);
  }

  add(input: Exclude<Input, { readonly kind: "row" }>): void {
    this.#kept.push(input);
    this.bytes += 8;
    if (input.kind === "unreadable")
      this.bytes += sizeOfError(input.error) + sizeOfText(input.record.slice(0, shownAtMost));
    else if (input.kind === "part") this.bytes += sizeOfText(input.shard) + input.body.byteLength;
    else if (input.kind === "claim") this.bytes += sizeOfText(input.by);
  }

  remember: Remember = (find) => {
    try {
      const rows = find();
      this.#kept.push({ kind: "found", rows });
      this.bytes += 2;
      for (const row of rows) {
        this.bytes += 2;
        if (this.#found.has(row)) continue;
        this.#found.add(row);
        this.bytes += sizeOfValues(row);
      }
      return rows;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      this.#kept.push({ kind: "failed", error });
      this.bytes += sizeOfError(error);
      throw error;
    }
  };
}

const isRow = (kept: object): kept is Row => Array.isArray(kept);

function writeInput(input: Input, to: ByteWriter): void {
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
    case "given":
      writeTime(input.time, to);
      break;
    case "part":
      to.text(input.shard);
      writeTime(input.time, to);
      to.bytes(input.body);
      break;
    case "claim":
      to.text(input.by);
      writeTime(input.time, to);
  }
}

/** A row that was found before is its number. */
function writeFound({ rows }: Found, numbers: Map<Row, number>, to: ByteWriter): void {
  to.byte(found.rows);
  to.varint(rows.length);
  for (const row of rows) {
    const known = numbers.get(row);
    to.varint(known ?? numbers.size);
    if (known !== undefined) continue;
    numbers.set(row, numbers.size);
    writeValues(row, to);
  }
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
    if (tag === tags.given) return { kind: "given", time: readTime(from) };
    if (tag === tags.part)
      return { kind: "part", shard: from.text(), time: readTime(from), body: from.bytes() };
    if (tag === tags.claim) return { kind: "claim", by: from.text(), time: readTime(from) };
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

const sizeOfError = ({ code, message }: RowError) => sizeOfText(code) + sizeOfText(message);

function readError(from: ByteReader): RowError {
  const code = from.text() as RowErrorName;
  return new RowError(code, from.text());
}
