/** MIN, MAX, FIRST_VALUE, NTH_VALUE and LAST_VALUE: one of the values is kept. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Value } from "../types/sql-type.ts";
import { type Accumulator, cannotRemove } from "./accumulator.ts";
import { compareValues, readValue, writeValue } from "./values.ts";

export class Extreme implements Accumulator {
  #best: Value = null;
  readonly #sign: number;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  add(value: Value): void {
    if (value === null) return;
    if (this.#best === null || this.#sign * compareValues(value, this.#best) > 0)
      this.#best = value;
  }

  remove(): void {
    cannotRemove();
  }

  merge(other: Extreme): void {
    this.add(other.#best);
  }

  result(): Value {
    return this.#best;
  }

  write(to: ByteWriter): void {
    writeValue(this.#best, to);
  }

  read(from: ByteReader): void {
    this.#best = readValue(from);
  }
}

export class Nth implements Accumulator {
  #seen = 0;
  #value: Value = null;
  readonly #nth: number;
  readonly #ignoresNulls: boolean;

  constructor(nth: number, ignoresNulls: boolean) {
    this.#nth = nth;
    this.#ignoresNulls = ignoresNulls;
  }

  add(value: Value): void {
    if (this.#seen >= this.#nth || (value === null && this.#ignoresNulls)) return;
    this.#seen++;
    if (this.#seen === this.#nth) this.#value = value;
  }

  remove(): void {
    cannotRemove();
  }

  result(): Value {
    return this.#value;
  }

  write(to: ByteWriter): void {
    to.varint(this.#seen);
    writeValue(this.#value, to);
  }

  read(from: ByteReader): void {
    this.#seen = from.varint();
    this.#value = readValue(from);
  }
}

export class Last implements Accumulator {
  #value: Value = null;
  readonly #ignoresNulls: boolean;

  constructor(ignoresNulls: boolean) {
    this.#ignoresNulls = ignoresNulls;
  }

  add(value: Value): void {
    if (value !== null || !this.#ignoresNulls) this.#value = value;
  }

  remove(): void {
    cannotRemove();
  }

  result(): Value {
    return this.#value;
  }

  write(to: ByteWriter): void {
    writeValue(this.#value, to);
  }

  read(from: ByteReader): void {
    this.#value = readValue(from);
  }
}
