/**
 * The windows of one shard: a machine whose state and rows follow from the records in the order of the shard, and from nothing else.
 * It knows no clock, no log and no batch: where batches are cut, what was delivered twice, and which environment it runs in
 * must not show in its rows.
 */
import type { AnyAggregate } from "./aggregate.ts";
import { ByteWriter } from "./bytes.ts";
import { type Definition, momentOf } from "./definition.ts";
import { compareWindows, type Group, sizeOfGroup } from "./group.ts";
import { DueHeap } from "./heap.ts";
import { keyText, showKey } from "./keys.ts";
import { forgetBefore, placeOf, putSeen, type Seen, sizeOfInput, type Trail } from "./sliding.ts";

/** A window by its bounds, in epoch milliseconds. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** What became of a record. Late: all its windows were closed, and nothing has changed. */
export type Absorbed = "added" | "late";

/** More state than `maxStateBytes`: the record that would have added to it was not added. */
export class WindowStateError extends Error {
  override readonly name = "WindowStateError";
}

export class WindowMachine<T> {
  readonly definition: Definition<T>;
  /** The latest time that was seen, in epoch milliseconds. */
  watermark = Number.NEGATIVE_INFINITY;
  /** The number of the next group. */
  nextSlot = 0;
  /** What all of it takes in memory, nearly, in bytes. */
  bytes = 0;
  /** By slot: those that are open, and those whose rows are due. */
  readonly groups = new Map<number, Group>();
  /** Groups whose rows are due, in the order of windows. */
  readonly due: Group[] = [];
  /** Of sliding windows, by key. */
  readonly trails = new Map<string, Trail>();
  /** What the log does not know yet. */
  readonly news = { groups: new Set<Group>(), gone: [] as number[], seen: [] as [string, Seen][] };
  /** What that takes in an entry, nearly. */
  newsBytes = 0;
  /** The watermark that the log knows. */
  knownWatermark = Number.NEGATIVE_INFINITY;
  readonly #open = new Map<string, Group[]>();
  readonly #heap = new DueHeap();
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor(definition: Definition<T>) {
    this.definition = definition;
  }

  /** What ends up to here is closed. */
  get bound(): number {
    return this.watermark - this.definition.latenessMs;
  }

  /**
   * Takes a record in. `arrival` is when Kinesis took it in, in epoch milliseconds; `given`: the window that it is in, where
   * that is not for the machine to say. Throws what is wrong with the record, or WindowStateError: then nothing has changed.
   */
  absorb(value: T, arrival: number, given?: Bounds): Absorbed {
    const { aggregates, keyOf, maxStateBytes, timeOf } = this.definition;
    const key = keyText(keyOf(value));
    const watermark = Math.max(this.watermark, arrival);
    const time = timeOf ? momentOf(timeOf(value)) : watermark;
    const inputs = aggregates.map((aggregate) => aggregate.inputOf(value));
    const reached = timeOf ? Math.max(this.watermark, Math.min(time, arrival)) : watermark;
    const bound = reached - this.definition.latenessMs;
    const bounds = given ? [given] : this.#boundsOf(key, time, bound);
    if (bounds.length === 0) return "late";
    if (this.bytes >= maxStateBytes) throw this.#tooLarge(key);
    if (this.definition.kind !== "sliding") {
      for (const { start, end } of bounds) this.#checkInputs(key, start, end, inputs);
    }
    if (this.definition.kind === "sliding") this.slide(key, time, inputs);
    if (!given) this.advance(reached);
    if (this.definition.kind !== "sliding")
      for (const each of bounds) this.#add(this.#groupOf(key, each), inputs);
    return "added";
  }

  /** Time goes on, at least to here: what has ended is closed, and its rows are due. */
  advance(watermark: number): void {
    if (!(watermark > this.watermark)) return;
    this.watermark = watermark;
    const { bound } = this;
    const closed: Group[] = [];
    for (let top = this.#heap.top; top && top.end <= bound; top = this.#heap.top) {
      this.#heap.pop();
      const { group } = top;
      if (group.isGone || group.isClosed) continue;
      if (group.end > top.end) this.#heap.push(group);
      else {
        group.isClosed = true;
        this.#forgetOpen(group);
        closed.push(group);
      }
    }
    for (const group of closed.sort(compareWindows)) this.due.push(group);
    if (bound > this.#sweepAt) this.#sweep(bound);
  }

  /** Whether the group is open, or its row due. */
  has(slot: number): boolean {
    return this.groups.has(slot);
  }

  /** Whether something would close if time went on to here. */
  hasOpenBefore(watermark: number): boolean {
    const bound = watermark - this.definition.latenessMs;
    for (const { end, isClosed } of this.groups.values())
      if (!isClosed && end <= bound) return true;
    return false;
  }

  /** Closes all that is open, whatever the time. */
  closeAll(): void {
    const open = [...this.#open.values()].flat().sort(compareWindows);
    for (const group of open) group.isClosed = true;
    this.due.push(...open);
    this.#open.clear();
  }

  /** The rows of these groups are done. */
  done(groups: Iterable<Group>): void {
    for (const group of groups) this.#remove(group);
    const left = this.due.filter((group) => !group.isGone);
    this.due.length = 0;
    for (const group of left) this.due.push(group);
  }

  /** Puts a group where it belongs: one that was read, or taken over from another shard. */
  restore(group: Group): void {
    const before = this.groups.get(group.slot);
    if (before && before !== group) this.bytes -= before.bytes;
    group.bytes = sizeOfGroup(this.definition.aggregates, group);
    this.bytes += group.bytes;
    this.groups.set(group.slot, group);
    if (group.isClosed) this.due.push(group);
    else {
      this.#heap.push(group);
      const open = this.#open.get(group.key);
      if (open) open.push(group);
      else this.#open.set(group.key, [group]);
    }
  }

  /** Its states have changed. */
  resize(group: Group): void {
    const bytes = sizeOfGroup(this.definition.aggregates, group);
    this.bytes += bytes - group.bytes;
    group.bytes = bytes;
  }

  /** The log knows all of it. */
  committed(): void {
    const { gone, groups, seen } = this.news;
    for (const group of groups) {
      group.isNew = false;
      group.isMoved = false;
      group.news = undefined;
    }
    groups.clear();
    gone.length = 0;
    seen.length = 0;
    this.newsBytes = 0;
    this.knownWatermark = this.watermark;
  }

  /** Whether there is something that the log does not know. */
  get hasNews(): boolean {
    const { gone, groups } = this.news;
    return groups.size > 0 || gone.length > 0 || this.watermark !== this.knownWatermark;
  }

  /** A record of a sliding window, as it was read. */
  restoreSeen(key: string, one: Seen): void {
    const trail = this.trails.get(key) ?? { seen: [], bytes: 0 };
    this.trails.set(key, trail);
    const before = trail.bytes;
    putSeen(trail, one);
    this.bytes += trail.bytes - before;
  }

  /** The open groups of a key, the earliest first record first. */
  openOf(key: string): readonly Group[] {
    return this.#open.get(key) ?? [];
  }

  /** Takes it out; the log is told. */
  #remove(group: Group): void {
    if (group.isGone) return;
    group.isGone = true;
    this.groups.delete(group.slot);
    this.bytes -= group.bytes;
    this.news.groups.delete(group);
    if (!group.isNew) {
      this.news.gone.push(group.slot);
      this.newsBytes += 3;
    }
    if (!group.isClosed) this.#forgetOpen(group);
  }

  /** Takes out what the log says is gone. */
  forget(slots: readonly number[]): void {
    const groups = slots.flatMap((slot) => this.groups.get(slot) ?? []);
    for (const group of groups) group.isNew = true;
    if (groups.length > 0) this.done(groups);
  }

  #forgetOpen(group: Group): void {
    const left = this.#open.get(group.key)?.filter((other) => other !== group) ?? [];
    if (left.length > 0) this.#open.set(group.key, left);
    else this.#open.delete(group.key);
  }

  #boundsOf(key: string, time: number, bound: number): readonly Bounds[] {
    const { hopMs, kind, sizeMs } = this.definition;
    if (kind === "sliding") {
      return time < bound ? [] : [{ start: time - sizeMs, end: time }];
    }
    if (kind === "stagger") {
      const open = this.openOf(key).find(
        ({ start, end }) => end > bound && start <= time && time < end,
      );
      return [open ?? { start: time, end: time + sizeMs }];
    }
    if (kind === "session") {
      const candidate = { start: time, end: time + sizeMs };
      const isOpen =
        candidate.end > bound || this.openOf(key).some((group) => meets(group, candidate, bound));
      return isOpen ? [candidate] : [];
    }
    const bounds: Bounds[] = [];
    let start = Math.floor(time / hopMs) * hopMs;
    for (; start > time - sizeMs; start -= hopMs) {
      if (start + sizeMs > bound) bounds.push({ start, end: start + sizeMs });
    }
    return bounds.reverse();
  }

  /** The group of these bounds: one that is open, several that become one, or a new one. */
  #groupOf(key: string, { start, end }: Bounds): Group {
    const open = this.openOf(key);
    if (this.definition.kind !== "session") {
      const known = open.find((group) => group.start === start && group.end === end);
      return known ?? this.open(key, { start, end });
    }
    const met = open.filter((group) => meets(group, { start, end }, this.bound));
    const [first, ...others] = met.sort(compareWindows);
    if (!first) return this.open(key, { start, end });
    for (const other of others) this.join(first, other);
    this.#move(first, Math.min(first.start, start), Math.max(first.end, end));
    return first;
  }

  /** Two groups become one, whose records of the first came first. */
  join(group: Group, other: Group): void {
    this.definition.aggregates.forEach((aggregate, at) => {
      group.states[at] = aggregate.merge(group.states[at], other.states[at]);
    });
    this.#tell(group);
    // What both have been told apart cannot be told as inputs.
    group.news = undefined;
    for (const state of group.states) this.newsBytes += typeof state === "object" ? 64 : 16;
    this.#remove(other);
    this.#move(group, Math.min(group.start, other.start), Math.max(group.end, other.end));
    this.resize(group);
  }

  /** Begins a group, and tells of it. */
  open(
    key: string,
    { start, end, ordinal = 0 }: Bounds & { readonly ordinal?: number },
    isClosed = false,
    origin?: string,
  ): Group {
    const { aggregates } = this.definition;
    const group: Group = {
      slot: this.nextSlot++,
      key,
      start,
      end,
      states: aggregates.map((aggregate) => aggregate.empty()),
      bytes: 0,
      ordinal,
      origin,
      isClosed,
      isGone: false,
      isNew: true,
      isMoved: false,
      news: undefined,
    };
    this.restore(group);
    this.#tell(group);
    return group;
  }

  /** What stands in the heap comes up at the old end, and is put back then. */
  #move(group: Group, start: number, end: number): void {
    if (start === group.start && end === group.end) return;
    group.start = start;
    group.end = end;
    group.isMoved = true;
    this.#tell(group);
  }

  #add(group: Group, inputs: readonly unknown[]): void {
    const { aggregates } = this.definition;
    this.#tell(group);
    for (const [at, aggregate] of aggregates.entries()) {
      const input = inputs[at];
      if (input === undefined) continue;
      group.states[at] = aggregate.add(group.states[at], input);
      this.newsBytes += typeof input === "string" ? 3 * input.length : 0;
      if (aggregate.isLarge) this.#tellInput(group, at, aggregate, input);
    }
    this.resize(group);
  }

  /** The row of one record: those of its key that came before it and lie in the window that ends with it, and itself. */
  slide(key: string, time: number, inputs: readonly unknown[]): void {
    const { aggregates, names, sizeMs } = this.definition;
    const one: Seen = { time, inputs };
    const before = this.trails.get(key)?.seen ?? [];
    const from = placeOf(before, time - sizeMs, false);
    const inWindow = [...before.slice(from, placeOf(before, time, true)), one];
    const states = aggregates.map((aggregate, at) => {
      let state = aggregate.empty();
      for (const { inputs } of inWindow) {
        const input = inputs[at];
        if (input === undefined) continue;
        const why = aggregate.refuse?.(state, input);
        if (why) throw refusal(names[at]!, key, why);
        state = aggregate.add(state, input);
      }
      return state;
    });
    this.restoreSeen(key, one);
    const ordinal = inWindow.filter((other) => other.time === time).length - 1;
    const group = this.open(key, { start: time - sizeMs, end: time, ordinal }, true);
    for (const [at, state] of states.entries()) group.states[at] = state;
    this.resize(group);
    // The log is told of the record: the row follows from it.
    this.news.seen.push([key, one]);
    this.newsBytes += inputs.reduce<number>((sum, input) => sum + sizeOfInput(input), 0);
  }

  /** Forgets what no sliding window looks back at, once in a window's length. */
  #sweep(bound: number): void {
    const { kind, sizeMs } = this.definition;
    this.#sweepAt = bound + sizeMs;
    if (kind !== "sliding") return;
    for (const [key, trail] of this.trails) {
      this.bytes -= forgetBefore(trail, bound - sizeMs);
      if (trail.seen.length === 0) this.trails.delete(key);
    }
  }

  #tell(group: Group): void {
    if (this.news.groups.has(group)) return;
    this.news.groups.add(group);
    group.news = [];
    this.newsBytes += 12 + (group.isNew ? 8 + 3 * group.key.length : 0);
    for (const [at, aggregate] of this.definition.aggregates.entries()) {
      if (!aggregate.isLarge) this.newsBytes += aggregate.sizeOf(group.states[at]);
    }
  }

  #tellInput(group: Group, at: number, aggregate: AnyAggregate<T>, input: unknown): void {
    if (!group.news) return;
    group.news[at] ??= { count: 0, bytes: new ByteWriter() };
    const inputs = group.news[at];
    const before = inputs.bytes.length;
    aggregate.writeInput(input, inputs.bytes);
    inputs.count++;
    this.newsBytes += inputs.bytes.length - before;
  }

  #checkInputs(key: string, start: number, end: number, inputs: readonly unknown[]): void {
    const { aggregates, kind, names } = this.definition;
    const isSession = kind === "session";
    for (const group of this.openOf(key)) {
      const isMet = isSession
        ? meets(group, { start, end }, this.bound)
        : group.start === start && group.end === end;
      if (!isMet) continue;
      for (const [at, aggregate] of aggregates.entries()) {
        if (inputs[at] === undefined) continue;
        const why = aggregate.refuse?.(group.states[at], inputs[at]);
        if (why) throw refusal(names[at]!, key, why);
      }
    }
  }

  #tooLarge(key: string): WindowStateError {
    const { maxStateBytes } = this.definition;
    const bytesOf = new Map<string, number>();
    const add = (key: string, bytes: number) => bytesOf.set(key, (bytesOf.get(key) ?? 0) + bytes);
    for (const group of this.groups.values()) add(group.key, group.bytes);
    for (const [key, trail] of this.trails) add(key, trail.bytes);
    const [largest, bytes] = [...bytesOf].reduce((a, b) => (b[1] > a[1] ? b : a), [key, 0]);
    const size = (bytes: number) => bytes.toLocaleString("en");
    return new WindowStateError(
      `The windows of this shard take ${size(this.bytes)} bytes, and maxStateBytes is ${size(maxStateBytes)}: the record of the key ${showKey(key)} was not added, and nothing is lost. They have ${size(this.groups.size)} groups of ${size(bytesOf.size)} keys; ${showKey(largest)} takes most, ${size(bytes)} bytes. Raise maxStateBytes and the function's memory, shorten the windows, or group by less.`,
    );
  }
}

/** Whether a session that is open goes on with these bounds. */
const meets = (group: Bounds, { start, end }: Bounds, bound: number) =>
  group.end > bound && group.start < end && start < group.end;

const refusal = (name: string, key: string, why: string) =>
  new WindowStateError(`${name} of the key ${showKey(key)}: ${why}`);
