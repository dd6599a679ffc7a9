/** ORDER BY and DISTINCT: both last as long as their clock does not change. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { DistinctPlan, OrderPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { Clock } from "./clock.ts";
import { compile, type Row } from "./evaluate.ts";
import type { Sink, Stateful, Timed } from "./operator.ts";
import {
  compareValues,
  type Key,
  keyOf,
  readValue,
  readValues,
  writeValue,
  writeValues,
} from "./values.ts";

/** Rows of one value of the first key come out sorted when it changes; their ROWTIME is when that can be at the earliest. */
export class OrderOperator implements Stateful, Timed {
  readonly #clock: Clock;
  readonly #keys;
  readonly #out: Sink;
  #held: { readonly row: Row; readonly keys: readonly Value[] }[] = [];

  constructor({ clockOfTime, keys }: OrderPlan, out: Sink, guarded: (out: Sink) => Sink) {
    this.#clock = new Clock(keys[0]!.term, clockOfTime);
    this.#keys = keys.map(({ term, descending }) => ({
      evaluate: compile(term),
      sign: descending ? -1 : 1,
    }));
    this.#out = guarded(out);
  }

  get due(): number {
    return this.#clock.due;
  }

  push: Sink = (row, time) => {
    const keys = this.#keys.map(({ evaluate }) => evaluate(row, time));
    if (this.#clock.isOver(row, time)) this.#close(Math.min(this.#clock.due, time));
    if (!this.#clock.isStarted) this.#clock.start(row, time);
    this.#held.push({ row, keys });
  };

  fire(): void {
    this.#close(this.#clock.due);
  }

  #close(time: number): void {
    const held = this.#held;
    this.#held = [];
    this.#clock.stop();
    held.sort((a, b) => {
      for (const [at, { sign }] of this.#keys.entries()) {
        const order = sign * compareValues(a.keys[at]!, b.keys[at]!);
        if (order !== 0) return order;
      }
      return 0;
    });
    for (const { row } of held) this.#out(row, time);
  }

  write(to: ByteWriter): void {
    this.#clock.write(to);
    to.varint(this.#held.length);
    for (const { keys, row } of this.#held) {
      writeValues(row, to);
      writeValues(keys, to);
    }
  }

  read(from: ByteReader): void {
    this.#clock.read(from);
    this.#held = Array.from({ length: from.varint() }, () => ({
      row: readValues(from),
      keys: readValues(from),
    }));
  }
}

/** Each row the first time it comes, at once. */
export class DistinctOperator implements Stateful {
  readonly #plan: DistinctPlan;
  readonly #out: Sink;
  #value: Value = null;
  #seen = new Set<Key>();

  constructor(plan: DistinctPlan, out: Sink) {
    this.#plan = plan;
    this.#out = out;
  }

  push: Sink = (row, time) => {
    const { clock, keys } = this.#plan;
    const value = row[clock]!;
    if (value !== this.#value) {
      this.#value = value;
      this.#seen.clear();
    }
    const key = keyOf(keys.map((at) => row[at]!));
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#out(row, time);
  };

  /** What is of others does no harm: their rows do not come. */
  retain(): void {}

  merge(other: DistinctOperator): void {
    if (compareValues(this.#value, other.#value) === 0)
      for (const key of other.#seen) this.#seen.add(key);
    else if (this.#value === null || compareValues(this.#value, other.#value) < 0) {
      this.#value = other.#value;
      this.#seen = new Set(other.#seen);
    }
  }

  write(to: ByteWriter): void {
    writeValue(this.#value, to);
    writeValues([...this.#seen], to);
  }

  read(from: ByteReader): void {
    this.#value = readValue(from);
    this.#seen = new Set(readValues(from) as Key[]);
  }
}
