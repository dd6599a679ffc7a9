/** Aggregates of what is only added: of a group, of a stagger window, of all rows so far. */
import {
  addTo,
  type ExactSum,
  readSum,
  roundedSum,
  writeSum,
} from "../../windows/aggregates/exact-sum.ts";
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { toNumber } from "../functions/operators.ts";
import type { AggregateCall } from "../plan/plan.ts";
import { toReal } from "../types/convert.ts";
import {
  addWhole,
  divideWhole,
  fitter,
  shiftLeft,
  shiftRight,
  subtractWhole,
  type Whole,
} from "../types/integers.ts";
import { RowError } from "../types/row-error.ts";
import { isExact, type SqlType, type Value } from "../types/sql-type.ts";
import { compareValues, readValue, writeValue } from "./values.ts";

export interface Accumulator {
  /** Of COUNT(*) the value is true. */
  add(value: Value): void;
  /** Takes back what was added. Only of those that `isRemovable`. */
  remove(value: Value): void;
  result(): Value;
  write(to: ByteWriter): void;
  read(from: ByteReader): void;
}

export const isRemovable = ({ name }: AggregateCall) =>
  name === "COUNT" || name === "SUM" || name === "AVG";

/** What makes the state of a new group. */
export function accumulatorOf(call: AggregateCall): () => Accumulator {
  const [first, second] = call.args;
  switch (call.name) {
    case "COUNT":
      return () => new Count();
    case "SUM":
    case "AVG": {
      const isAverage = call.name === "AVG";
      if (isExact(first!.type)) {
        const fitted = fitter(call.type);
        return () => new WholeSum(isAverage, fitted, call.type.scale !== undefined);
      }
      const limit = finish(call.type);
      return () => new FloatSum(isAverage, limit);
    }
    case "MIN":
      return () => new Extreme(-1);
    case "MAX":
      return () => new Extreme(1);
    case "FIRST_VALUE":
      return () => new Nth(1, call.ignoresNulls);
    case "NTH_VALUE":
      return () => new Nth(Number((second as { value?: unknown }).value), call.ignoresNulls);
    case "LAST_VALUE":
      return () => new Last(call.ignoresNulls);
    default: {
      const convert = toNumber(first!.type) ?? Number;
      const isSample = call.name.endsWith("SAMP");
      const isDeviation = call.name.startsWith("STDDEV");
      return () => new Variance(convert, isSample, isDeviation);
    }
  }
}

/** A number of the type, or why it is none. */
function finish({ name }: SqlType): (value: number) => number {
  return (value) => {
    if (!Number.isFinite(value))
      throw new RowError("NUMERIC_OVERFLOW", "A sum is too large for DOUBLE.");
    return name === "REAL" ? toReal(value) : value;
  };
}

class Count implements Accumulator {
  #count = 0;

  add(value: Value): void {
    if (value !== null) this.#count++;
  }

  remove(value: Value): void {
    if (value !== null) this.#count--;
  }

  result = (): Value => this.#count;

  write = (to: ByteWriter): void => to.varint(this.#count);

  read(from: ByteReader): void {
    this.#count = from.varint();
  }
}

class WholeSum implements Accumulator {
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
class FloatSum implements Accumulator {
  #sum: ExactSum = [];
  #count = 0;
  readonly #isAverage: boolean;
  readonly #finish: (value: number) => number;

  constructor(isAverage: boolean, finish: (value: number) => number) {
    this.#isAverage = isAverage;
    this.#finish = finish;
  }

  add(value: Value): void {
    if (value === null) return;
    addTo(this.#sum, value as number);
    this.#count++;
  }

  remove(value: Value): void {
    if (value === null) return;
    addTo(this.#sum, -(value as number));
    this.#count--;
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

const cannotRemove = (): never => {
  throw new Error("What an aggregate of this kind has taken in is not taken back.");
};

class Extreme implements Accumulator {
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

  remove = cannotRemove;

  result = (): Value => this.#best;

  write = (to: ByteWriter): void => writeValue(this.#best, to);

  read(from: ByteReader): void {
    this.#best = readValue(from);
  }
}

class Nth implements Accumulator {
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

  remove = cannotRemove;

  result = (): Value => this.#value;

  write(to: ByteWriter): void {
    to.varint(this.#seen);
    writeValue(this.#value, to);
  }

  read(from: ByteReader): void {
    this.#seen = from.varint();
    this.#value = readValue(from);
  }
}

class Last implements Accumulator {
  #value: Value = null;
  readonly #ignoresNulls: boolean;

  constructor(ignoresNulls: boolean) {
    this.#ignoresNulls = ignoresNulls;
  }

  add(value: Value): void {
    if (value !== null || !this.#ignoresNulls) this.#value = value;
  }

  remove = cannotRemove;

  result = (): Value => this.#value;

  write = (to: ByteWriter): void => writeValue(this.#value, to);

  read(from: ByteReader): void {
    this.#value = readValue(from);
  }
}

/** After Welford (1962). */
class Variance implements Accumulator {
  #count = 0;
  #mean = 0;
  #squares = 0;
  readonly #convert: (value: any) => number;
  readonly #isSample: boolean;
  readonly #isDeviation: boolean;

  constructor(convert: (value: any) => number, isSample: boolean, isDeviation: boolean) {
    this.#convert = convert;
    this.#isSample = isSample;
    this.#isDeviation = isDeviation;
  }

  add(value: Value): void {
    if (value === null) return;
    const number = this.#convert(value);
    this.#count++;
    const off = number - this.#mean;
    this.#mean += off / this.#count;
    this.#squares += off * (number - this.#mean);
  }

  remove = cannotRemove;

  result(): Value {
    const among = this.#isSample ? this.#count - 1 : this.#count;
    if (among <= 0) return null;
    const variance = this.#squares / among;
    return this.#isDeviation ? Math.sqrt(variance) : variance;
  }

  write(to: ByteWriter): void {
    to.varint(this.#count);
    to.float(this.#mean);
    to.float(this.#squares);
  }

  read(from: ByteReader): void {
    this.#count = from.varint();
    this.#mean = from.float();
    this.#squares = from.float();
  }
}
