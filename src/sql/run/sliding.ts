/** Sliding windows: a row for each row, at once, of those of its partition that it can look back at. Rows of one ROWTIME are taken one by one. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { AggregateCall, WindowPlan, WindowSpec } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { accumulatorOf } from "./accumulators.ts";
import { compile, type Evaluate, type Row } from "./evaluate.ts";
import { lookback, type Seen } from "./lookback.ts";
import type { Owns, Sink, Stateful } from "./operator.ts";
import { type Running, runningOf } from "./running.ts";
import { type Key, keyOf, readTime, readValues, writeTime, writeValues } from "./values.ts";

/** Rows of one partition, the oldest first; what stands before `start` is gone. */
interface Partition {
  readonly key: readonly Value[];
  seen: Seen[];
  start: number;
  readonly running: readonly Running[];
}

export class SlidingOperator implements Stateful {
  readonly #windows: readonly OneWindow[];
  readonly #out: Sink;

  constructor({ windows }: WindowPlan, out: Sink) {
    this.#windows = windows.map((window) =>
      window.preceding === Number.POSITIVE_INFINITY ? new AllRows(window) : new LastRows(window),
    );
    this.#out = out;
  }

  push: Sink = (row, time) => {
    for (const window of this.#windows) window.prepare(row, time);
    const results = this.#windows.flatMap((window) => window.take(time));
    this.#out([...row, ...results], time);
  };

  retain(owns: Owns, places: readonly number[], isHeir: boolean): void {
    for (const [at, window] of this.#windows.entries()) window.retain(owns, [places[at]!], isHeir);
  }

  merge(other: SlidingOperator): void {
    for (const [at, window] of this.#windows.entries()) window.merge(other.#windows[at]!);
  }

  write(to: ByteWriter): void {
    for (const window of this.#windows) window.write(to);
  }

  read(from: ByteReader): void {
    for (const window of this.#windows) window.read(from);
  }
}

interface OneWindow extends Required<Omit<Stateful, "settle">> {
  /** Computes what the row brings, and changes nothing. */
  prepare(row: Row, time: number): void;
  /** Takes it in. */
  take(time: number): readonly Value[];
}

/** What a row brings: its partition, and of each aggregate its argument. */
class Brought {
  key: readonly Value[] = [];
  values: readonly Value[] = [];
  readonly #partition: readonly Evaluate[];
  readonly #args: readonly Evaluate[];

  constructor({ aggregates, partition }: WindowSpec) {
    this.#partition = partition.map(compile);
    this.#args = aggregates.map(argumentOf);
  }

  take(row: Row, time: number): void {
    this.key = this.#partition.map((term) => term(row, time));
    this.values = this.#args.map((arg) => arg(row, time));
  }
}

/** LAG with another default than NULL takes that along: as a list of both. */
function argumentOf({ args }: AggregateCall): Evaluate {
  const [first, , third] = args.map(compile);
  if (!first) return () => true;
  return third ? (row, time) => [first(row, time), third(row, time)] : first;
}

class LastRows implements OneWindow {
  readonly #spec: WindowSpec;
  readonly #brought: Brought;
  readonly #makers: readonly (() => Running)[];
  /** Of aggregates that look at single rows. */
  readonly #lookback: ReturnType<typeof lookback>;
  readonly #partitions = new Map<Key, Partition>();
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor(spec: WindowSpec) {
    this.#spec = spec;
    this.#brought = new Brought(spec);
    this.#makers = spec.aggregates.map(runningOf);
    this.#lookback = lookback(spec.aggregates);
  }

  prepare(row: Row, time: number): void {
    this.#brought.take(row, time);
  }

  take(time: number): readonly Value[] {
    this.#sweep(time);
    const { key, values } = this.#brought;
    const partition = this.#partitionOf(key);
    this.#forget(partition, time);
    const place = partition.seen.push({ time, values }) - 1;
    for (const [at, running] of partition.running.entries()) running.add(values[at]!, place);
    if (this.#spec.mode === "rows") {
      while (partition.seen.length - partition.start > this.#spec.preceding + 1)
        this.#drop(partition);
    }
    const { running, seen, start } = partition;
    return this.#spec.aggregates.map((_, at) => {
      const look = this.#lookback[at];
      return look ? look(seen, start, at) : running[at]!.result();
    });
  }

  #partitionOf(values: readonly Value[]): Partition {
    const key = keyOf(values);
    let partition = this.#partitions.get(key);
    if (!partition) {
      partition = { key: values, seen: [], start: 0, running: this.#makers.map((make) => make()) };
      this.#partitions.set(key, partition);
    }
    return partition;
  }

  #forget(partition: Partition, time: number): void {
    if (this.#spec.mode === "rows") return;
    const from = time - this.#spec.preceding;
    while (
      partition.start < partition.seen.length &&
      partition.seen[partition.start]!.time < from
    ) {
      this.#drop(partition);
    }
  }

  #drop(partition: Partition): void {
    const { start, seen, running } = partition;
    const { values } = seen[start]!;
    for (const [at, each] of running.entries()) each.remove(values[at]!, start);
    partition.start++;
    if (partition.start < 64 || partition.start * 2 < seen.length) return;
    // Half of it is gone: the rest moves to the front, and places change with it.
    const left = seen.slice(partition.start);
    this.#refill(partition, left);
  }

  #refill(partition: Partition, seen: Seen[]): void {
    const fresh = this.#makers.map((make) => make());
    for (const [place, { values }] of seen.entries()) {
      for (const [at, running] of fresh.entries()) running.add(values[at]!, place);
    }
    Object.assign(partition, { seen, start: 0, running: fresh });
  }

  /** Once in a window's length: partitions to which nothing comes any more. */
  #sweep(time: number): void {
    if (this.#spec.mode === "rows" || time < this.#sweepAt) return;
    this.#sweepAt = time + this.#spec.preceding + 1;
    for (const [key, partition] of this.#partitions) {
      this.#forget(partition, time);
      if (partition.start === partition.seen.length) this.#partitions.delete(key);
    }
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    for (const [name, { key }] of this.#partitions)
      if (!owns(key[place]!)) this.#partitions.delete(name);
  }

  merge(other: LastRows): void {
    this.#sweepAt = Math.max(this.#sweepAt, other.#sweepAt);
    for (const { key, seen, start } of other.#partitions.values()) {
      const own = this.#partitionOf(key);
      const both = [...own.seen.slice(own.start), ...seen.slice(start)];
      this.#refill(
        own,
        both.sort((a, b) => a.time - b.time),
      );
    }
  }

  write(to: ByteWriter): void {
    writeTime(this.#sweepAt, to);
    to.varint(this.#partitions.size);
    for (const { key, seen, start } of this.#partitions.values()) {
      writeValues(key, to);
      to.varint(seen.length - start);
      for (const { time, values } of seen.slice(start)) {
        to.signed(time);
        writeValues(values, to);
      }
    }
  }

  read(from: ByteReader): void {
    this.#sweepAt = readTime(from);
    for (let left = from.varint(); left > 0; left--) {
      const partition = this.#partitionOf(readValues(from));
      const seen = Array.from(
        { length: from.varint() },
        (): Seen => ({ time: from.signed(), values: readValues(from) }),
      );
      this.#refill(partition, seen);
    }
  }
}

/** UNBOUNDED PRECEDING: what all rows of a partition have come to. */
class AllRows implements OneWindow {
  readonly #brought: Brought;
  readonly #makers: readonly (() => Accumulator)[];
  readonly #partitions = new Map<
    Key,
    { readonly key: readonly Value[]; readonly states: readonly Accumulator[] }
  >();

  constructor(spec: WindowSpec) {
    this.#brought = new Brought(spec);
    this.#makers = spec.aggregates.map(accumulatorOf);
  }

  prepare(row: Row, time: number): void {
    this.#brought.take(row, time);
  }

  take(): readonly Value[] {
    const { key, values } = this.#brought;
    const { states } = this.#partitionOf(key);
    for (const [at, state] of states.entries()) state.add(values[at]!);
    return states.map((state) => state.result());
  }

  #partitionOf(values: readonly Value[]) {
    const key = keyOf(values);
    const known = this.#partitions.get(key);
    if (known) return known;
    const made = { key: values, states: this.#makers.map((make) => make()) };
    this.#partitions.set(key, made);
    return made;
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    for (const [name, { key }] of this.#partitions)
      if (!owns(key[place]!)) this.#partitions.delete(name);
  }

  merge(other: AllRows): void {
    for (const [name, partition] of other.#partitions)
      if (!this.#partitions.has(name)) this.#partitions.set(name, partition);
  }

  write(to: ByteWriter): void {
    to.varint(this.#partitions.size);
    for (const { key, states } of this.#partitions.values()) {
      writeValues(key, to);
      for (const state of states) state.write(to);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.varint(); left > 0; left--) {
      for (const state of this.#partitionOf(readValues(from)).states) state.read(from);
    }
  }
}
