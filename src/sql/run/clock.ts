/** When groups are complete: where the term that follows ROWTIME changes its value. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Typed } from "../plan/typed.ts";
import type { Value } from "../types/sql-type.ts";
import { compile, type Evaluate, type Row } from "./evaluate.ts";
import { compareValues, readTime, readValue, writeTime, writeValue } from "./values.ts";

/** Beyond this nothing changes: some 1,100 years. */
const horizonMs = 2 ** 45;

/** The first millisecond after `time` in which `of` has another value than in `time`; Infinity where there is none. It must follow time. */
export function nextChange(of: (time: number) => Value, time: number): number {
  const value = of(time);
  let step = 1;
  while (of(time + step) === value) {
    step *= 2;
    if (step > horizonMs) return Number.POSITIVE_INFINITY;
  }
  let [same, other] = [time + Math.floor(step / 2), time + step];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (of(middle) === value) same = middle;
    else other = middle;
  }
  return other;
}

export class Clock {
  /** The term's value now. */
  value: Value = null;
  /** When it is another at the earliest: what is complete then has this ROWTIME. Infinity where only rows say. */
  due = Number.POSITIVE_INFINITY;
  #isStarted = false;
  readonly #term: Evaluate;
  readonly #ofTime: ((time: number) => Value) | undefined;

  constructor(term: Typed, ofTime: Typed | undefined) {
    this.#term = compile(term);
    const known = ofTime && compile(ofTime);
    this.#ofTime = known && ((time) => known([], time));
  }

  /** Whether what was begun before is complete now that this row has come. Changes nothing. */
  isOver(row: Row, time: number): boolean {
    if (!this.#isStarted) return false;
    if (this.#ofTime && this.due < Number.POSITIVE_INFINITY) return time >= this.due;
    return this.#term(row, time) !== this.value;
  }

  /** The row begins something. */
  start(row: Row, time: number): void {
    this.value = this.#term(row, time);
    this.#isStarted = true;
    if (this.#ofTime) this.due = nextChange(this.#ofTime, time);
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Nothing is open. */
  stop(): void {
    this.#isStarted = false;
    this.due = Number.POSITIVE_INFINITY;
  }

  /** As far as another, and not the same: that one's began later. */
  isBefore(other: Clock): boolean {
    if (this.due !== other.due) return this.due < other.due;
    return compareValues(this.value, other.value) < 0;
  }

  /** Goes on where another was, if that had begun. */
  follow(other: Clock): void {
    if (!other.#isStarted || this.#isStarted) return;
    this.value = other.value;
    this.due = other.due;
    this.#isStarted = true;
  }

  write(to: ByteWriter): void {
    to.byte(this.#isStarted ? 1 : 0);
    writeValue(this.value, to);
    writeTime(this.due, to);
  }

  read(from: ByteReader): void {
    this.#isStarted = from.byte() === 1;
    this.value = readValue(from);
    this.due = readTime(from);
  }
}
