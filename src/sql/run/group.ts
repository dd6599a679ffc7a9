/** GROUP BY: the groups of one value of the clock, which are complete all at once. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { GroupPlan, StaggerPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { Clock } from "./clock.ts";
import { compileInto, type EvaluateInto } from "./evaluate.ts";
import { type Group, GroupStates, givenBy } from "./group-states.ts";
import { KeyTree } from "./key-tree.ts";
import type { Owns, Sink, Stateful, Timed } from "./operator.ts";
import { type Key, keyOf, readTime, writeTime } from "./values.ts";

export class GroupOperator implements Stateful, Timed {
  readonly #states: GroupStates;
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
    this.#states = new GroupStates(aggregates);
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
    this.#states.take(row, time);
    if (this.#clock.isOver(row, time)) this.#close(Math.min(this.#clock.due, time));
    if (!this.#clock.isStarted) this.#clock.start(row, time);
    this.#latest = time;
    let group = this.#byKey.find(key);
    if (!group) {
      group = this.#states.group(key.slice());
      this.#put(group);
    }
    this.#states.addTo(group);
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
    for (const group of this.#groups) this.#states.write(group, to);
  }

  read(from: ByteReader): void {
    this.#clock.read(from);
    this.#latest = readTime(from);
    for (let left = from.varint(); left > 0; left--) this.#put(this.#states.read(from));
  }
}

/** WINDOWED BY STAGGER: a window for each key, of one length; so they close in the order in which they opened. */
export class StaggerOperator implements Stateful, Timed {
  readonly #states: GroupStates;
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
    this.#states = new GroupStates(aggregates);
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
    this.#states.take(row, time);
    while (this.due <= time) this.fire();
    const key = keyOf(values);
    let window = this.#open.get(key);
    if (!window) {
      window = { group: this.#states.group(values), end: time + this.#lengthMs };
      this.#open.set(key, window);
    }
    this.#states.addTo(window.group);
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
      this.#states.write(group, to);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.varint(); left > 0; left--) {
      const end = readTime(from);
      const group = this.#states.read(from);
      this.#open.set(keyOf(group.key), { group, end });
    }
  }
}
