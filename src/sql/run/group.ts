/** GROUP BY: the groups of one value of the clock, which are complete all at once. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { AggregateCall, GroupPlan, StaggerPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Accumulator } from "./accumulator.ts";
import { accumulatorOf } from "./accumulators.ts";
import { Clock } from "./clock.ts";
import { compile, type Evaluate, type Row } from "./evaluate.ts";
import type { Owns, Sink, Stateful, Timed } from "./operator.ts";
import {
  type Key,
  keyOf,
  keyPart,
  readTime,
  readValues,
  writeTime,
  writeValues,
} from "./values.ts";

/** What rows with equal terms come to. */
interface Group {
  readonly terms: readonly Value[];
  readonly states: readonly Accumulator[];
}

/** The terms and arguments of a row, and the state of a group. */
class Parts {
  readonly terms: readonly Evaluate[];
  readonly #args: readonly Evaluate[];
  readonly #makers: readonly (() => Accumulator)[];
  readonly #values: Value[];

  constructor(terms: GroupPlan["terms"], aggregates: readonly AggregateCall[]) {
    this.terms = terms.map(compile);
    this.#args = aggregates.map(({ args }) => (args[0] ? compile(args[0]) : () => true));
    this.#makers = aggregates.map(accumulatorOf);
    this.#values = aggregates.map(() => null);
  }

  /** Computed before anything changes: a row that fails leaves no trace. */
  take(row: Row, time: number): void {
    for (let at = 0; at < this.#args.length; at++) this.#values[at] = this.#args[at]!(row, time);
  }

  addTo({ states }: Group): void {
    for (let at = 0; at < states.length; at++) states[at]!.add(this.#values[at]!);
  }

  group(terms: readonly Value[]): Group {
    return { terms, states: this.#makers.map((make) => make()) };
  }

  write({ terms, states }: Group, to: ByteWriter): void {
    writeValues(terms, to);
    for (const state of states) state.write(to);
  }

  read(from: ByteReader): Group {
    const group = this.group(readValues(from));
    for (const state of group.states) state.read(from);
    return group;
  }
}

const rowOf = ({ terms, states }: Group): Row => [
  ...terms,
  ...states.map((state) => state.result()),
];

export class GroupOperator implements Stateful, Timed {
  readonly #parts: Parts;
  readonly #clock: Clock;
  /** Places of the terms that tell the groups of one clock apart. */
  readonly #keys: readonly number[];
  readonly #keyTerms: readonly Evaluate[];
  readonly #out: (group: Group, time: number) => void;
  #groups = new Map<Key, Group>();
  /** ROWTIME of the last row. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(
    { aggregates, clock, clockOfTime, terms }: GroupPlan,
    out: Sink,
    guarded: (out: Sink) => Sink,
  ) {
    this.#parts = new Parts(terms, aggregates);
    this.#clock = new Clock(terms[clock]!, clockOfTime);
    this.#keys = terms.flatMap((_, at) => (at === clock ? [] : [at]));
    this.#keyTerms = this.#keys.map((at) => this.#parts.terms[at]!);
    this.#out = givenBy(out, guarded);
  }

  get due(): number {
    return this.#clock.due;
  }

  push: Sink = (row, time) => {
    const { terms } = this.#parts;
    const key = this.#keyOf(row, time);
    this.#parts.take(row, time);
    if (this.#clock.isOver(row, time)) this.#close(Math.min(this.#clock.due, time));
    if (!this.#clock.isStarted) this.#clock.start(row, time);
    this.#latest = time;
    let group = this.#groups.get(key);
    if (!group) {
      group = this.#parts.group(terms.map((term) => term(row, time)));
      this.#groups.set(key, group);
    }
    this.#parts.addTo(group);
  };

  /** As `keyOf` of the terms that are keys, without a list of them. */
  #keyOf(row: Row, time: number): Key {
    const keys = this.#keyTerms;
    if (keys.length === 1) return keys[0]!(row, time) as Key;
    let key = "";
    for (let at = 0; at < keys.length; at++) key += keyPart(keys[at]!(row, time));
    return key;
  }

  fire(): void {
    this.#close(this.#clock.due);
  }

  /** In the order of their first rows. */
  #close(time: number): void {
    const complete = this.#groups;
    this.#groups = new Map();
    this.#clock.stop();
    for (const group of complete.values()) this.#out(group, time);
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    for (const [key, { terms }] of this.#groups) if (!owns(terms[place]!)) this.#groups.delete(key);
    if (this.#groups.size === 0) this.#clock.stop();
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
    for (const [key, group] of other.#groups) {
      // It is no partition key: of two that are one, each gives what it has.
      if (this.#groups.has(key)) this.#out(group, Math.min(this.#clock.due, this.#latest));
      else this.#groups.set(key, group);
    }
  }

  write(to: ByteWriter): void {
    this.#clock.write(to);
    writeTime(this.#latest, to);
    to.varint(this.#groups.size);
    for (const group of this.#groups.values()) this.#parts.write(group, to);
  }

  read(from: ByteReader): void {
    this.#clock.read(from);
    this.#latest = readTime(from);
    for (let left = from.varint(); left > 0; left--) {
      const group = this.#parts.read(from);
      this.#groups.set(keyOf(this.#keys.map((at) => group.terms[at]!)), group);
    }
  }
}

/** A row of a group that fails takes none of the others along. */
function givenBy(out: Sink, guarded: (out: Sink) => Sink): (group: Group, time: number) => void {
  let current: Group | undefined;
  const safe = guarded((_row, time) => out(rowOf(current!), time));
  return (group, time) => {
    current = group;
    safe(group.terms, time);
  };
}

/** WINDOWED BY STAGGER: a window for each key, of one length; so they close in the order in which they opened. */
export class StaggerOperator implements Stateful, Timed {
  readonly #parts: Parts;
  readonly #lengthMs: number;
  readonly #out: (group: Group, time: number) => void;
  /** By key; the one that closes first stands first. */
  readonly #open = new Map<Key, { readonly group: Group; readonly end: number }>();

  constructor(
    { aggregates, lengthMs, terms }: StaggerPlan,
    out: Sink,
    guarded: (out: Sink) => Sink,
  ) {
    this.#parts = new Parts(terms, aggregates);
    this.#lengthMs = lengthMs;
    this.#out = givenBy(out, guarded);
  }

  get due(): number {
    for (const { end } of this.#open.values()) return end;
    return Number.POSITIVE_INFINITY;
  }

  push: Sink = (row, time) => {
    const terms = this.#parts.terms.map((term) => term(row, time));
    this.#parts.take(row, time);
    while (this.due <= time) this.fire();
    const key = keyOf(terms);
    let window = this.#open.get(key);
    if (!window) {
      window = { group: this.#parts.group(terms), end: time + this.#lengthMs };
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
    for (const [key, { group }] of this.#open)
      if (!owns(group.terms[place]!)) this.#open.delete(key);
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
      this.#open.set(keyOf(group.terms), { group, end });
    }
  }
}
