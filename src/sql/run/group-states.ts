/** What the rows of a group have come to, however its groups are kept. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { AggregateCall } from "../plan/plan.ts";
import { constant } from "../plan/typed.ts";
import { booleanType, type Value } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { accumulatorOf } from "./accumulators.ts";
import { compileInto, type EvaluateInto, type Row } from "./evaluate.ts";
import type { Sink } from "./operator.ts";
import { readValues, writeValues } from "./values.ts";

/** What COUNT(*) counts. */
const everyRow = constant(true, booleanType, "TRUE");

/** What rows with equal terms come to. */
export interface Group {
  /** The terms by which it is told from others that are open. */
  readonly key: readonly Value[];
  readonly states: readonly Accumulator[];
}

/** The arguments of a row, and the state of a group. */
export class GroupStates {
  readonly #argsInto: EvaluateInto;
  readonly #makers: readonly (() => Accumulator)[];
  readonly #values: Value[];

  constructor(aggregates: readonly AggregateCall[]) {
    this.#argsInto = compileInto(aggregates.map(({ args }) => args[0] ?? everyRow));
    this.#makers = aggregates.map(accumulatorOf);
    this.#values = aggregates.map(() => null);
  }

  /** Computed before anything changes: a row that fails leaves no trace. */
  take(row: Row, time: number): void {
    this.#argsInto(row, time, this.#values);
  }

  addTo({ states }: Group): void {
    for (let at = 0; at < states.length; at++) states[at]!.add(this.#values[at]!);
  }

  group(key: readonly Value[]): Group {
    const makers = this.#makers;
    const states: Accumulator[] = new Array(makers.length);
    for (let at = 0; at < makers.length; at++) states[at] = makers[at]!();
    return { key, states };
  }

  write({ key, states }: Group, to: ByteWriter): void {
    writeValues(key, to);
    for (const state of states) state.write(to);
  }

  read(from: ByteReader): Group {
    const group = this.group(readValues(from));
    for (const state of group.states) state.read(from);
    return group;
  }
}

/** Gives the terms of a group, then what its aggregates have come to. A row that fails takes none of the others along. */
export function givenBy(
  out: Sink,
  guarded: (out: Sink) => Sink,
  termsOf: (key: readonly Value[]) => readonly Value[] = (key) => key,
): (group: Group, time: number) => void {
  let current: Group | undefined;
  const safe = guarded((terms, time) => {
    const results = current!.states.map((state) => state.result());
    out([...terms, ...results], time);
  });
  return (group, time) => {
    current = group;
    safe(termsOf(group.key), time);
  };
}
