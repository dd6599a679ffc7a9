/** Variances and standard deviations. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Value } from "../types/sql-type.ts";
import { type Accumulator, cannotRemove } from "./accumulator.ts";

/** After Welford (1962). */
export class Variance implements Accumulator {
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
