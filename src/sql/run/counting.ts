/** COUNT_DISTINCT_ITEMS_TUMBLING and TOP_K_ITEMS_TUMBLING: windows of whole seconds since 1970. */

import type { AnyAggregate } from "../../windows/aggregate.ts";
import { approximateDistinct } from "../../windows/aggregates/approximate-distinct.ts";
import { topK } from "../../windows/aggregates/top-k.ts";
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { TableFunctionPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Row } from "./evaluate.ts";
import type { Sink, Stateful, Timed } from "./operator.ts";
import { type Key, readTime, readValues, writeTime, writeValues } from "./values.ts";

/** As many values are counted one by one; beyond that HyperLogLog estimates. */
const mostExact = 10_000;

/** What a window counts. */
interface Counting extends Stateful {
  add(value: Key): void;
  rows(): readonly Row[];
}

export class CountingOperator implements Stateful, Timed {
  readonly #make: () => Counting;
  readonly #place: number;
  readonly #sizeMs: number;
  readonly #out: Sink;
  #counting: Counting | undefined;
  due = Number.POSITIVE_INFINITY;

  constructor(
    { input, name, settings }: TableFunctionPlan,
    out: Sink,
    guarded: (out: Sink) => Sink,
  ) {
    this.#place = input.columns.findIndex((column) => column.name === settings.column);
    this.#sizeMs = Number(settings.windowSize) * 1000;
    this.#make = name.startsWith("TOP_K")
      ? () => new MostFrequent(Number(settings.k))
      : () => new Distinct();
    this.#out = guarded(out);
  }

  push: Sink = (row, time) => {
    if (time >= this.due) this.fire();
    if (!this.#counting) {
      this.#counting = this.#make();
      this.due = (Math.floor(time / this.#sizeMs) + 1) * this.#sizeMs;
    }
    const value = row[this.#place]!;
    if (value !== null) this.#counting.add(value as Key);
  };

  fire(): void {
    const { due } = this;
    const rows = this.#counting!.rows();
    this.#counting = undefined;
    this.due = Number.POSITIVE_INFINITY;
    for (const row of rows) this.#out(row, due);
  }

  write(to: ByteWriter): void {
    writeTime(this.due, to);
    this.#counting?.write(to);
  }

  read(from: ByteReader): void {
    this.due = readTime(from);
    if (!Number.isFinite(this.due)) return;
    this.#counting = this.#make();
    this.#counting.read(from);
  }
}

const sketch: AnyAggregate<Key> = approximateDistinct<Key>((value) => value, { precision: 14 });

class Distinct implements Counting {
  #exact: Set<Key> | undefined = new Set();
  #sketched: unknown;

  add(value: Key): void {
    if (!this.#exact) {
      this.#sketched = sketch.add(this.#sketched, value);
      return;
    }
    this.#exact.add(value);
    if (this.#exact.size <= mostExact) return;
    this.#sketched = sketch.empty();
    for (const each of this.#exact) this.#sketched = sketch.add(this.#sketched, each);
    this.#exact = undefined;
  }

  rows(): readonly Row[] {
    return [[this.#exact ? this.#exact.size : (sketch.result(this.#sketched) as number)]];
  }

  write(to: ByteWriter): void {
    to.byte(this.#exact ? 1 : 0);
    if (this.#exact) writeValues([...this.#exact], to);
    else sketch.write(this.#sketched, to);
  }

  read(from: ByteReader): void {
    if (from.byte() === 1) this.#exact = new Set(readValues(from) as Key[]);
    else {
      this.#exact = undefined;
      this.#sketched = sketch.read(from);
    }
  }
}

/** The most frequent first. */
class MostFrequent implements Counting {
  readonly #aggregate: AnyAggregate<Key>;
  #state: unknown;

  constructor(k: number) {
    this.#aggregate = topK(k, (value: Key) => value as string, {
      capacity: Math.min(100_000, Math.max(10_000, 10 * k)),
    });
    this.#state = this.#aggregate.empty();
  }

  add(value: Key): void {
    this.#state = this.#aggregate.add(this.#state, value);
  }

  rows(): readonly Row[] {
    const found = this.#aggregate.result(this.#state) as readonly {
      readonly value: Value;
      readonly count: number;
    }[];
    return found.map(({ count, value }) => [value, count]);
  }

  write(to: ByteWriter): void {
    this.#aggregate.write(this.#state, to);
  }

  read(from: ByteReader): void {
    this.#state = this.#aggregate.read(from);
  }
}
