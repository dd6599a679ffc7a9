/** Aggregates that go along as rows come into a window and leave it. */
import type { AggregateCall } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { accumulatorOf, isRemovable } from "./accumulators.ts";

/** One of them. `place`: of the row among those of its partition. */
export interface Running {
  add(value: Value, place: number): void;
  remove(value: Value, place: number): void;
  result(): Value;
}

export function runningOf(call: AggregateCall): () => Running {
  if (isRemovable(call)) return accumulatorOf(call);
  if (call.name === "MIN" || call.name === "MAX")
    return () => new RunningExtreme(call.name === "MAX");
  return () => idle;
}

/** Of what is computed from the rows themselves. */
const idle: Running = { add() {}, remove() {}, result: () => null };

/** The values that can still become the extreme one, the best first. */
class RunningExtreme implements Running {
  readonly #isMax: boolean;
  #candidates: { readonly place: number; readonly value: Value }[] = [];
  #start = 0;

  constructor(isMax: boolean) {
    this.#isMax = isMax;
  }

  add(value: Value, place: number): void {
    if (value === null) return;
    const candidates = this.#candidates;
    while (candidates.length > this.#start && !this.#isBetter(candidates.at(-1)!.value, value))
      candidates.pop();
    candidates.push({ place, value });
  }

  #isBetter(a: Value, b: Value): boolean {
    return this.#isMax ? a! > b! : a! < b!;
  }

  remove(_value: Value, place: number): void {
    if (this.#candidates[this.#start]?.place !== place) return;
    this.#start++;
    if (this.#start < 64 || this.#start * 2 < this.#candidates.length) return;
    this.#candidates = this.#candidates.slice(this.#start);
    this.#start = 0;
  }

  result = (): Value => this.#candidates[this.#start]?.value ?? null;
}
