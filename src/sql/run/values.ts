/** Values in bytes, and as keys. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { readScalar, type Scalar, writeScalar } from "../../windows/scalar.ts";
import type { Value } from "../types/sql-type.ts";

const tags = { null: 100, list: 101, scalar: 102 } as const;

export function writeValue(value: Value, to: ByteWriter): void {
  if (value === null) to.byte(tags.null);
  else if (Array.isArray(value)) {
    to.byte(tags.list);
    writeValues(value, to);
  } else {
    to.byte(tags.scalar);
    writeScalar(value as Scalar, to);
  }
}

export function readValue(from: ByteReader): Value {
  const tag = from.byte();
  if (tag === tags.null) return null;
  return tag === tags.list ? readValues(from) : readScalar(from);
}

export function writeValues(values: readonly Value[], to: ByteWriter): void {
  to.varint(values.length);
  for (const value of values) writeValue(value, to);
}

export const readValues = (from: ByteReader): Value[] =>
  Array.from({ length: from.varint() }, () => readValue(from));

/** What values take as they are written, nearly, in bytes. */
export function sizeOfValues(values: readonly Value[]): number {
  let bytes = 1;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (typeof value === "string") bytes += 1 + sizeOfText(value);
    else if (typeof value === "number") bytes += Number.isInteger(value) ? 6 : 10;
    else bytes += Array.isArray(value) ? sizeOfValues(value) : 10;
  }
  return bytes;
}

/** Letters of one script stand together: the first tells whether they are ASCII. */
export const sizeOfText = (text: string): number =>
  2 + (text.charCodeAt(0) > 0x7f ? 3 : 1) * text.length;

/** A time that may be none yet. */
export function writeTime(time: number, to: ByteWriter): void {
  to.byte(Number.isFinite(time) ? 1 : time > 0 ? 2 : 0);
  if (Number.isFinite(time)) to.signed(time);
}

export function readTime(from: ByteReader): number {
  const tag = from.byte();
  if (tag === 1) return from.signed();
  return tag === 2 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

export type Key = Exclude<Value, readonly Value[]>;

/** Values as something that a Map finds: equal where all of them are. A text stands behind its length, so no two lists have one key. */
export function keyOf(values: readonly Value[]): Key {
  if (values.length === 1 && !Array.isArray(values[0])) return values[0] as Key;
  let key = "";
  for (const value of values)
    key += typeof value === "string" ? `${value.length}:${value}` : `${String(value)}|`;
  return key;
}

/** By order; NULL is behind everything. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
