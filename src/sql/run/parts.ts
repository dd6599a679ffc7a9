/**
 * Windows whose groups are not all in one shard. Each shard gives what it has of a window that is over, a part; where the parts of all have come, they
 * are merged. A window is one of time: which it is follows from a row's ROWTIME, and from no row before it.
 */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { GroupPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { nextChange } from "./clock.ts";
import { compile, compileInto, type Evaluate, type EvaluateInto } from "./evaluate.ts";
import { type Group, GroupStates, givenBy } from "./group-states.ts";
import { KeyTree } from "./key-tree.ts";
import type { Owns, Sink, Stateful, Timed } from "./operator.ts";
import { compareValues, readTime, readValue, writeTime, writeValue } from "./values.ts";

/** The groups of one value of the clock. */
interface PartWindow {
  /** The first millisecond that is not in it. Infinity: it never ends. */
  readonly end: number;
  /** The clock's value. */
  readonly value: Value;
  readonly groups: Group[];
  readonly byKey: KeyTree<Group>;
}

/** Windows by their end. */
class PartWindows {
  readonly states: GroupStates;
  readonly #byEnd = new Map<number, PartWindow>();

  constructor({ aggregates }: GroupPlan) {
    this.states = new GroupStates(aggregates);
  }

  at(end: number, value: Value): PartWindow {
    let window = this.#byEnd.get(end);
    if (!window) {
      window = { end, value, groups: [], byKey: new KeyTree() };
      this.#byEnd.set(end, window);
    }
    return window;
  }

  /** `key` is kept where there is no such group yet. */
  groupIn({ byKey, groups }: PartWindow, key: readonly Value[]): Group {
    let group = byKey.find(key);
    if (!group) {
      group = this.states.group(key.slice());
      groups.push(group);
      byKey.put(group.key, group);
    }
    return group;
  }

  /** The earliest end. Infinity: there is none. */
  get first(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const end of this.#byEnd.keys()) first = Math.min(first, end);
    return first;
  }

  take(end: number): PartWindow | undefined {
    const window = this.#byEnd.get(end);
    this.#byEnd.delete(end);
    return window;
  }

  clear(): void {
    this.#byEnd.clear();
  }

  merge(other: PartWindows): void {
    for (const { end, groups, value } of other.#byEnd.values()) {
      const window = this.at(end, value);
      for (const group of groups) this.#add(window, group);
    }
  }

  /** Those that end by then, the earliest first. */
  until(time: number): readonly PartWindow[] {
    const ended = [...this.#byEnd.values()].filter(({ end }) => end <= time);
    return ended.sort((a, b) => (a.end < b.end ? -1 : 1));
  }

  write(windows: readonly PartWindow[], to: ByteWriter): void {
    to.varint(windows.length);
    for (const { end, groups, value } of windows) {
      writeTime(end, to);
      writeValue(value, to);
      to.varint(groups.length);
      for (const group of groups) this.states.write(group, to);
    }
  }

  /** What was written is added. Windows that are not `wanted` are passed over. */
  read(from: ByteReader, wanted: (end: number) => boolean): void {
    for (let windows = from.varint(); windows > 0; windows--) {
      const end = readTime(from);
      const value = readValue(from);
      const isWanted = wanted(end);
      for (let left = from.varint(); left > 0; left--) {
        const group = this.states.read(from);
        if (isWanted) this.#add(this.at(end, value), group);
      }
    }
  }

  #add(window: PartWindow, group: Group): void {
    const { states } = this.groupIn(window, group.key);
    for (let at = 0; at < states.length; at++) states[at]!.merge!(group.states[at]!);
  }
}

/** In a shard: what its rows have come to, until it was given. */
export class PartOperator implements Stateful {
  readonly #windows: PartWindows;
  readonly #keyInto: EvaluateInto;
  readonly #key: Value[] = [];
  readonly #term: Evaluate;
  readonly #ofTime: (time: number) => Value;
  /** That of the last row, which is mostly the next one's, and since when it is known to be. */
  #latest: { readonly since: number; readonly window: PartWindow } | undefined;

  constructor(plan: GroupPlan) {
    const { clock, clockOfTime, terms } = plan;
    this.#windows = new PartWindows(plan);
    this.#keyInto = compileInto(terms.toSpliced(clock, 1));
    this.#term = compile(terms[clock]!);
    const known = compile(clockOfTime!);
    this.#ofTime = (time) => known([], time);
  }

  /** When the clock changes after this time. */
  nextEnd(time: number): number {
    return nextChange(this.#ofTime, time);
  }

  push: Sink = (row, time) => {
    const key = this.#key;
    this.#keyInto(row, time, key);
    this.#windows.states.take(row, time);
    if (!this.#latest || time < this.#latest.since || time >= this.#latest.window.end) {
      const window = this.#windows.at(this.nextEnd(time), this.#term(row, time));
      this.#latest = { since: time, window };
    }
    this.#windows.states.addTo(this.#windows.groupIn(this.#latest.window, key));
  };

  /** What it has of the windows that have ended by then. */
  writeUntil(time: number, to: ByteWriter): void {
    this.#windows.write(this.#windows.until(time), to);
  }

  /** They were given. */
  forgetUntil(time: number): void {
    for (const { end } of this.#windows.until(time)) this.#windows.take(end);
    this.#latest = undefined;
  }

  /** Groups are of no partition key, so they are not divided: one child takes all of them. */
  retain(_owns: Owns, _places: readonly number[], isHeir: boolean): void {
    if (!isHeir) this.#windows.clear();
    this.#latest = undefined;
  }

  merge(other: PartOperator): void {
    this.#windows.merge(other.#windows);
  }

  write(to: ByteWriter): void {
    this.#windows.write(this.#windows.until(Number.POSITIVE_INFINITY), to);
  }

  read(from: ByteReader): void {
    this.#windows.read(from, () => true);
  }
}

/** Where the parts of all shards come together. Rows of a window come in the order of their groups' terms, so that it does not matter whose part came first. */
export class MergeOperator implements Stateful, Timed {
  readonly #windows: PartWindows;
  readonly #out: (group: Group, time: number) => void;
  /** The clock's value of the window that is given. */
  #value: Value = null;
  due = Number.POSITIVE_INFINITY;

  constructor(plan: GroupPlan, out: Sink, guarded: (out: Sink) => Sink) {
    this.#windows = new PartWindows(plan);
    this.#out = givenBy(out, guarded, (key) => key.toSpliced(plan.clock, 0, this.#value));
  }

  /** Takes in what `writeUntil` has written; windows that are not `wanted` are passed over. */
  take(from: ByteReader, wanted: (end: number) => boolean): void {
    this.#windows.read(from, wanted);
    this.due = this.#windows.first;
  }

  fire(): void {
    const { end, groups, value } = this.#windows.take(this.due)!;
    this.due = this.#windows.first;
    this.#value = value;
    for (const group of groups.sort(byTerms)) this.#out(group, end);
  }

  write(to: ByteWriter): void {
    this.#windows.write(this.#windows.until(Number.POSITIVE_INFINITY), to);
  }

  read(from: ByteReader): void {
    this.take(from, () => true);
  }
}

function byTerms({ key: a }: Group, { key: b }: Group): number {
  for (let at = 0; at < a.length; at++) {
    const order = compareValues(a[at]!, b[at]!);
    if (order !== 0) return order;
  }
  return 0;
}
