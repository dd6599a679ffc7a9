/** What an aggregate of rows that are only added has come to: of a group, of a stagger window, of all rows so far. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Value } from "../types/sql-type.ts";

export interface Accumulator {
  /** Of COUNT(*) the value is true. */
  add(value: Value): void;
  /** Takes back what was added. Only of those that `isRemovable`. */
  remove(value: Value): void;
  result(): Value;
  /** Adds what another of the same call has come to: in any order they come to the same. Only of those that `isMergeable`. */
  merge?(other: Accumulator): void;
  write(to: ByteWriter): void;
  read(from: ByteReader): void;
}

export const cannotRemove = (): never => {
  throw new Error("What an aggregate of this kind has taken in is not taken back.");
};
