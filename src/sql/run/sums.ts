/** COUNT, SUM and AVG: what was added may be taken back. */
import {
  addTo,
  type ExactSum,
  mergeSums,
  readSum,
  roundedSum,
  writeSum,
} from "../../windows/aggregates/exact-sum.ts";
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { toReal } from "../types/convert.ts";
import {
  addWhole,
  divideWhole,
  shiftLeft,
  shiftRight,
  subtractWhole,
  type Whole,
} from "../types/integers.ts";
import { RowError } from "../types/row-error.ts";
import type { SqlType, Value } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { readValue, writeValue } from "./values.ts";

export class Count implements Accumulator {
  #count = 0;

  add(value: Value): void {
    if (value !== null) this.#count++;
  }

  remove(value: Value): void {
    if (value !== null) this.#count--;
  }

  result(): Value {
    return this.#count;
  }

  merge(other: Count): void {
    this.#count += other.#count;
  }

  write(to: ByteWriter): void {
    to.varint(this.#count);
  }

  read(from: ByteReader): void {
    this.#count = from.varint();
  }
}

export class WholeSum implements Accumulator {
  #sum: Whole = 0;
  #count = 0;
  readonly #isAverage: boolean;
  readonly #fitted: (value: Whole) => Whole;
  readonly #isRounded: boolean;

  constructor(isAverage: boolean, fitted: (value: Whole) => Whole, isRounded: boolean) {
    this.#isAverage = isAverage;
    this.#fitted = fitted;
    this.#isRounded = isRounded;
  }

  add(value: Value): void {
    if (value === null) return;
    this.#sum = addWhole(this.#sum, value as Whole);
    this.#count++;
  }

  remove(value: Value): void {
    if (value === null) return;
    this.#sum = subtractWhole(this.#sum, value as Whole);
    this.#count--;
  }

  merge(other: WholeSum): void {
    this.#sum = addWhole(this.#sum, other.#sum);
    this.#count += other.#count;
  }

  /** Of whole numbers the average is one, towards zero; of a DECIMAL it is rounded. */
  result(): Value {
    if (this.#count === 0) return null;
    if (!this.#isAverage) return this.#fitted(this.#sum);
    if (!this.#isRounded) return divideWhole(this.#sum, this.#count);
    return this.#fitted(shiftRight(divideWhole(shiftLeft(this.#sum, 1), this.#count), 1));
  }

  write(to: ByteWriter): void {
    to.varint(this.#count);
    writeValue(this.#sum, to);
  }

  read(from: ByteReader): void {
    this.#count = from.varint();
    this.#sum = readValue(from) as Whole;
  }
}

/** Without error whatever the order, and whatever was taken back: rounded once. */
export class FloatSum implements Accumulator {
  #sum: ExactSum = 0;
  #count = 0;
  readonly #isAverage: boolean;
  readonly #finish: (value: number) => number;

  constructor(isAverage: boolean, finish: (value: number) => number) {
    this.#isAverage = isAverage;
    this.#finish = finish;
  }

  add(value: Value): void {
    if (value === null) return;
    this.#sum = addTo(this.#sum, value as number);
    this.#count++;
  }

  remove(value: Value): void {
    if (value === null) return;
    this.#sum = addTo(this.#sum, -(value as number));
    this.#count--;
  }

  merge(other: FloatSum): void {
    this.#sum = mergeSums(this.#sum, other.#sum);
    this.#count += other.#count;
  }

  result(): Value {
    if (this.#count === 0) return null;
    const sum = roundedSum(this.#sum);
    return this.#finish(this.#isAverage ? sum / this.#count : sum);
  }

  write(to: ByteWriter): void {
    to.varint(this.#count);
    writeSum(this.#sum, to);
  }

  read(from: ByteReader): void {
    this.#count = from.varint();
    this.#sum = readSum(from);
  }
}

/** A number of the type, or why it is none. */
export function finish({ name }: SqlType): (value: number) => number {
  return (value) => {
    if (!Number.isFinite(value))
      throw new RowError("NUMERIC_OVERFLOW", "A sum is too large for DOUBLE.");
    return name === "REAL" ? toReal(value) : value;
  };
}
