/** Functions that learn from rows, RANDOM_CUT_FOREST and HOTSPOTS: what they compute with comes through a port. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import { toNumber } from "../functions/operators.ts";
import type { TableFunctionPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Sink, Stateful } from "./operator.ts";

/** What learns from rows, one by one. */
export interface Model {
  /** What stands behind the columns of a row whose numbers are these. It learns from them afterwards. */
  next(point: readonly number[]): readonly Value[];
  write(to: ByteWriter): void;
  read(from: ByteReader): void;
}

/** By the name of the function: makes one from its settings, for columns of these names. */
export type Models = Readonly<
  Record<string, (settings: TableFunctionPlan["settings"], columns: readonly string[]) => Model>
>;

export class ModelOperator implements Stateful {
  readonly #model: Model;
  readonly #numbers: readonly ((value: Value) => number)[];
  readonly #places: readonly number[];
  readonly #out: Sink;

  constructor({ computed, input, name, settings }: TableFunctionPlan, out: Sink, models: Models) {
    const make = models[name]!;
    this.#places = computed;
    this.#numbers = computed.map(
      (place) => (toNumber(input.columns[place]!.type) ?? Number) as (value: Value) => number,
    );
    this.#model = make(
      settings,
      computed.map((place) => input.columns[place]!.name),
    );
    this.#out = out;
  }

  /** NULL counts as 0. */
  push: Sink = (row, time) => {
    const point = this.#places.map((place, at) =>
      row[place] === null ? 0 : this.#numbers[at]!(row[place]!),
    );
    this.#out([...row, ...this.#model.next(point)], time);
  };

  write(to: ByteWriter): void {
    this.#model.write(to);
  }

  read(from: ByteReader): void {
    this.#model.read(from);
  }
}
