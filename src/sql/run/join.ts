/** Two streams joined within windows, and a stream with a reference table. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Frame, JoinPlan, LookupPlan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import { compile, compileCondition, type Evaluate, type Row } from "./evaluate.ts";
import type { Owns, Sink, Stateful, Timed } from "./operator.ts";
import { type Key, keyOf, readValues, writeValues } from "./values.ts";

/** A row in its side's window. */
interface Entry {
  readonly row: Row;
  readonly time: number;
  readonly key: Key | undefined;
  isMatched: boolean;
}

/** One of the two: its window, found by what must be equal. */
class Side {
  readonly frame: Frame | undefined;
  /** Whether its rows come out alone where they have no match. */
  readonly isOuter: boolean;
  readonly nulls: Row;
  /** The oldest first; what stands before `start` is gone. */
  entries: Entry[] = [];
  start = 0;
  readonly #keys: readonly Evaluate[];
  readonly #byKey = new Map<Key, Entry[]>();

  constructor(
    frame: Frame | undefined,
    isOuter: boolean,
    width: number,
    keys: readonly Evaluate[],
  ) {
    this.frame = frame;
    this.isOuter = isOuter;
    this.nulls = Array.from({ length: width }, () => null);
    this.#keys = keys;
  }

  /** Undefined: something is NULL, which equals nothing. */
  keyOf(row: Row, time: number): Key | undefined {
    const values = this.#keys.map((key) => key(row, time));
    return values.includes(null) ? undefined : keyOf(values);
  }

  /** Those that may match, the oldest first. */
  matching(key: Key | undefined): readonly Entry[] {
    return key === undefined ? [] : (this.#byKey.get(key) ?? []);
  }

  keep(entry: Entry): void {
    this.entries.push(entry);
    const { key } = entry;
    if (key === undefined) return;
    const others = this.#byKey.get(key);
    if (others) others.push(entry);
    else this.#byKey.set(key, [entry]);
  }

  retain(owns: Owns, place: number): void {
    const key = this.#keys[place]!;
    this.#refill(this.#left.filter(({ row, time }) => owns(key(row, time))));
  }

  merge(other: Side): void {
    this.#refill([...this.#left, ...other.#left].sort((a, b) => a.time - b.time));
  }

  get #left(): readonly Entry[] {
    return this.entries.slice(this.start);
  }

  #refill(entries: readonly Entry[]): void {
    this.entries = [];
    this.start = 0;
    this.#byKey.clear();
    for (const entry of entries) this.keep(entry);
  }

  get oldest(): Entry | undefined {
    return this.entries[this.start];
  }

  get size(): number {
    return this.entries.length - this.start;
  }

  drop(): Entry {
    const entry = this.entries[this.start++]!;
    if (entry.key !== undefined) {
      const others = this.#byKey.get(entry.key)!;
      others.shift();
      if (others.length === 0) this.#byKey.delete(entry.key);
    }
    if (this.start > 64 && this.start * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.start);
      this.start = 0;
    }
    return entry;
  }
}

export class JoinOperator implements Stateful, Timed {
  readonly #left: Side;
  readonly #right: Side;
  readonly #condition: (row: Row, time: number) => boolean;
  readonly #out: Sink;
  readonly #guarded: Sink;

  constructor(plan: JoinPlan, out: Sink, guarded: (out: Sink) => Sink) {
    const { condition, equal, left, leftFrame, right, rightFrame, type } = plan;
    const [a, b] = [equal.map(([term]) => compile(term)), equal.map(([, term]) => compile(term))];
    this.#left = new Side(leftFrame, type === "LEFT" || type === "FULL", left.columns.length, a);
    this.#right = new Side(
      rightFrame,
      type === "RIGHT" || type === "FULL",
      right.columns.length,
      b,
    );
    this.#condition = condition ? compileCondition(condition) : () => true;
    this.#out = out;
    this.#guarded = guarded(out);
  }

  /** When a row leaves its window that has to come out alone: half a millisecond before anything else of the next one. */
  get due(): number {
    return Math.min(dueOf(this.#left), dueOf(this.#right));
  }

  pushLeft: Sink = (row, time) => this.#push(this.#left, row, time);

  pushRight: Sink = (row, time) => this.#push(this.#right, row, time);

  fire(): void {
    const side = dueOf(this.#left) <= dueOf(this.#right) ? this.#left : this.#right;
    this.#leave(side, side.oldest!.time + side.frame!.preceding);
  }

  #push(side: Side, row: Row, time: number): void {
    const other = side === this.#left ? this.#right : this.#left;
    const entry: Entry = { row, time, key: side.keyOf(row, time), isMatched: false };
    this.#forget(other, time);
    this.#forget(side, time);
    const matches: { readonly entry: Entry; readonly row: Row }[] = [];
    for (const found of other.matching(entry.key)) {
      const joined = side === this.#left ? joinedRow(entry, found) : joinedRow(found, entry);
      if (this.#condition(joined, time)) matches.push({ entry: found, row: joined });
    }
    if (side.frame) {
      side.keep(entry);
      if (side.frame.mode === "rows")
        while (side.size > side.frame.preceding) this.#leave(side, time);
    }
    for (const { entry: found } of matches) found.isMatched = true;
    entry.isMatched = matches.length > 0;
    for (const { row } of matches) this.#guarded(row, time);
    if (!side.frame && side.isOuter && !entry.isMatched) this.#out(this.#alone(side, entry), time);
  }

  #forget(side: Side, time: number): void {
    const { frame } = side;
    if (frame?.mode !== "range") return;
    while (side.oldest && side.oldest.time + frame.preceding < time) {
      this.#leave(side, side.oldest.time + frame.preceding);
    }
  }

  #leave(side: Side, time: number): void {
    const entry = side.drop();
    if (side.isOuter && !entry.isMatched) this.#guarded(this.#alone(side, entry), time);
  }

  #alone(side: Side, entry: Entry): Row {
    return side === this.#left
      ? [...entry.row, ...this.#right.nulls, entry.time, null]
      : [...this.#left.nulls, ...entry.row, null, entry.time];
  }

  retain(owns: Owns, [place = 0]: readonly number[]): void {
    for (const side of [this.#left, this.#right]) side.retain(owns, place);
  }

  merge(other: JoinOperator): void {
    this.#left.merge(other.#left);
    this.#right.merge(other.#right);
  }

  write(to: ByteWriter): void {
    for (const side of [this.#left, this.#right]) {
      to.varint(side.size);
      for (const { isMatched, row, time } of side.entries.slice(side.start)) {
        to.byte(isMatched ? 1 : 0);
        to.signed(time);
        writeValues(row, to);
      }
    }
  }

  read(from: ByteReader): void {
    for (const side of [this.#left, this.#right]) {
      for (let left = from.varint(); left > 0; left--) {
        const isMatched = from.byte() === 1;
        const time = from.signed();
        const row = readValues(from);
        side.keep({ row, time, key: side.keyOf(row, time), isMatched });
      }
    }
  }
}

const joinedRow = (left: Entry, right: Entry): Row => [
  ...left.row,
  ...right.row,
  left.time,
  right.time,
];

const dueOf = ({ frame, isOuter, oldest }: Side): number =>
  isOuter && frame?.mode === "range" && oldest
    ? oldest.time + frame.preceding + 0.5
    : Number.POSITIVE_INFINITY;

/** What a lookup finds, or what it is to be taken for: for whoever writes it down, and takes it up again when the table may be another. */
export type Remember = (find: () => readonly Row[]) => readonly Row[];

/** Rows of a reference table, by what must be equal. */
export class LookupOperator {
  readonly #plan: LookupPlan;
  readonly #keys: readonly Evaluate[];
  readonly #condition: (row: Row, time: number) => boolean;
  readonly #out: Sink;
  readonly #nulls: Row;
  readonly #remember: Remember;
  #byKey = new Map<Key, Row[]>();

  constructor(plan: LookupPlan, out: Sink, remember: Remember) {
    this.#remember = remember;
    this.#plan = plan;
    this.#keys = plan.equal.map(([term]) => compile(term));
    this.#condition = plan.condition ? compileCondition(plan.condition) : () => true;
    this.#out = out;
    this.#nulls = Array.from(
      { length: plan.columns.length - plan.input.columns.length },
      () => null,
    );
  }

  /** From now on rows are joined with these. */
  load(rows: readonly Row[]): void {
    const terms = this.#plan.equal.map(([, term]) => compile(term));
    this.#byKey = new Map();
    for (const row of rows) {
      const values = terms.map((term) => term(row, 0));
      if (values.includes(null)) continue;
      const key = keyOf(values);
      const others = this.#byKey.get(key);
      if (others) others.push(row);
      else this.#byKey.set(key, [row]);
    }
  }

  push: Sink = (row, time) => {
    const find = () => {
      const values: readonly Value[] = this.#keys.map((key) => key(row, time));
      const found = values.includes(null) ? [] : (this.#byKey.get(keyOf(values)) ?? []);
      return found.filter((other) => this.#condition([...row, ...other], time));
    };
    const joined = this.#remember(find).map((other) => [...row, ...other]);
    if (joined.length === 0 && this.#plan.type === "LEFT") joined.push([...row, ...this.#nulls]);
    for (const each of joined) this.#out(each, time);
  };
}
