/** GROUP BY: the groups of one value of the clock, which are complete all at once. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { AggregateCall, GroupPlan, StaggerPlan } from "../plan/plan.ts";
import { constant } from "../plan/typed.ts";
import { booleanType, type Value } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { accumulatorOf } from "./accumulators.ts";
import { Clock } from "./clock.ts";
import { compileInto, type EvaluateInto, type Row } from "./evaluate.ts";
import { KeyTree } from "./key-tree.ts";
import type { Owns, Sink, Stateful, Timed } from "./operator.ts";
import { type Key, keyOf, readTime, readValues, writeTime, writeValues } from "./values.ts";

/** What COUNT(*) counts. */
const everyRow = constant(true, booleanType, "TRUE");

/** What rows with equal terms come to. */
interface Group {
  /** The terms by which it is told from others that are open. */
  readonly key: readonly Value[];
  readonly states: readonly Accumulator[];
}

/** The arguments of a row, and the state of a group. */
class Parts {
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

export class GroupOperator implements Stateful, Timed {
  readonly #parts: Parts;
  readonly #clock: Clock;
  /** Where among the terms the clock's stands, which all that is open has in common; the others are the key. */
  readonly #clockAt: number;
  readonly #keyInto: EvaluateInto;
  /** The key of the row that comes in: one list for all rows. */
  readonly #key: Value[] = [];
  readonly #out: (group: Group, time: number) => void;
  /** In the order of their first rows. */
  #groups: Group[] = [];
  #byKey = new KeyTree<Group>();
  /** ROWTIME of the last row. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(
    { aggregates, clock, clockOfTime, terms }: GroupPlan,
    out: Sink,
    guarded: (out: Sink) => Sink,
  ) {
    this.#parts = new Parts(aggregates);
    this.#clock = new Clock(terms[clock]!, clockOfTime);
    this.#clockAt = clock;
    this.#keyInto = compileInto(terms.toSpliced(clock, 1));
    this.#out = givenBy(out, guarded, (key) => key.toSpliced(clock, 0, this.#clock.value));
  }

  get due(): number {
    return this.#clock.due;
  }

  push: Sink = (row, time) => {
    const key = this.#key;
    this.#keyInto(row, time, key);
    this.#parts.take(row, time);
    if (this.#clock.isOver(row, time)) this.#close(Math.min(this.#clock.due, time));
    if (!this.#clock.isStarted) this.#clock.start(row, time);
    this.#latest = time;
    let group = this.#byKey.find(key);
    if (!group) {
      group = this.#parts.group(key.slice());
      this.#put(group);
    }
    this.#parts.addTo(group);
  };

  #put(group: Group): void {
    this.#groups.push(group);
    this.#byKey.put(group.key, group);
  }

  fire(): void {
    this.#close(this.#clock.due);
  }

  #close(time: number): void {
    const complete = this.#groups;
    this.#groups = [];
    this.#byKey = new KeyTree();
    this.#clock.stop();
    for (const group of complete) this.#out(group, time);
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    const at = place > this.#clockAt ? place - 1 : place;
    const own = this.#groups.filter(({ key }) => owns(key[at]!));
    this.#groups = [];
    this.#byKey = new KeyTree();
    for (const group of own) this.#put(group);
    if (own.length === 0) this.#clock.stop();
  }

  /** What is behind the newest of them is complete: in one stream its rows would have changed the clock. */
  settle(all: readonly GroupOperator[]): boolean {
    const [first, ...others] = all.filter((one) => one.#clock.isStarted);
    if (!first) return false;
    const newest = others.reduce((a, b) => (a.#clock.isBefore(b.#clock) ? b : a), first);
    const behind = [first, ...others].filter((one) => one.#clock.isBefore(newest.#clock));
    for (const one of behind) one.#close(Math.min(one.#clock.due, one.#latest));
    return behind.length > 0;
  }

  merge(other: GroupOperator): void {
    this.#clock.follow(other.#clock);
    this.#latest = Math.max(this.#latest, other.#latest);
    for (const group of other.#groups) {
      // It is no partition key: of two that are one, each gives what it has.
      if (this.#byKey.find(group.key)) this.#out(group, Math.min(this.#clock.due, this.#latest));
      else this.#put(group);
    }
  }

  write(to: ByteWriter): void {
    this.#clock.write(to);
    writeTime(this.#latest, to);
    to.varint(this.#groups.length);
    for (const group of this.#groups) this.#parts.write(group, to);
  }

  read(from: ByteReader): void {
    this.#clock.read(from);
    this.#latest = readTime(from);
    for (let left = from.varint(); left > 0; left--) this.#put(this.#parts.read(from));
  }
}

/** Gives the terms of a group, then what its aggregates have come to. A row that fails takes none of the others along. */
function givenBy(
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

/** WINDOWED BY STAGGER: a window for each key, of one length; so they close in the order in which they opened. */
export class StaggerOperator implements Stateful, Timed {
  readonly #parts: Parts;
  readonly #termsInto: EvaluateInto;
  readonly #lengthMs: number;
  readonly #out: (group: Group, time: number) => void;
  /** By key; the one that closes first stands first. */
  readonly #open = new Map<Key, { readonly group: Group; readonly end: number }>();

  constructor(
    { aggregates, lengthMs, terms }: StaggerPlan,
    out: Sink,
    guarded: (out: Sink) => Sink,
  ) {
    this.#parts = new Parts(aggregates);
    this.#termsInto = compileInto(terms);
    this.#lengthMs = lengthMs;
    this.#out = givenBy(out, guarded);
  }

  get due(): number {
    for (const { end } of this.#open.values()) return end;
    return Number.POSITIVE_INFINITY;
  }

  push: Sink = (row, time) => {
    const values: Value[] = [];
    this.#termsInto(row, time, values);
    this.#parts.take(row, time);
    while (this.due <= time) this.fire();
    const key = keyOf(values);
    let window = this.#open.get(key);
    if (!window) {
      window = { group: this.#parts.group(values), end: time + this.#lengthMs };
      this.#open.set(key, window);
    }
    this.#parts.addTo(window.group);
  };

  fire(): void {
    for (const [key, { group, end }] of this.#open) {
      this.#open.delete(key);
      this.#out(group, end);
      return;
    }
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    for (const [key, { group }] of this.#open) if (!owns(group.key[place]!)) this.#open.delete(key);
  }

  merge(other: StaggerOperator): void {
    const all = [...this.#open, ...other.#open].sort(([, a], [, b]) => a.end - b.end);
    this.#open.clear();
    for (const [key, window] of all) {
      // It is no partition key: of two that are one, the one that ends first gives what it has.
      const before = this.#open.get(key);
      if (before) this.#out(before.group, before.end);
      this.#open.delete(key);
      this.#open.set(key, window);
    }
  }

  write(to: ByteWriter): void {
    to.varint(this.#open.size);
    for (const { group, end } of this.#open.values()) {
      writeTime(end, to);
      this.#parts.write(group, to);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.varint(); left > 0; left--) {
      const end = readTime(from);
      const group = this.#parts.read(from);
      this.#open.set(keyOf(group.key), { group, end });
    }
  }
}
