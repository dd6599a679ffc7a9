/**
 * The windows of one shard: a machine whose state and rows follow from the records in the order of the shard, and from nothing else.
 * It knows no clock, no log and no batch: where batches are cut, what was delivered twice, and which environment it runs in
 * must not show in its rows.
 */
import { type Bounds, boundsOf, meets } from "./bounds.ts";
import { type Definition, momentOf } from "./definition.ts";
import { compareWindows, type Group, type KeyPlace, sizeOfGroup } from "./group.ts";
import { News } from "./news.ts";
import { groupAt, OpenGroups } from "./open-groups.ts";
import { forgetBefore, placeOf, putSeen, type Seen, type Trail } from "./sliding.ts";
import { refusal, tooLarge } from "./state-error.ts";

/** What became of a record. Late: all its windows were closed, and nothing has changed. */
export type Absorbed = "added" | "late";

const none: readonly Group[] = [];

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
  readonly news: News;
  readonly #open = new OpenGroups();
  #sweepAt = Number.NEGATIVE_INFINITY;
  /** Of the record that is taken in, by aggregate: one list for all of them. */
  readonly #inputs: unknown[];
  /** The places of aggregates that may refuse an input. */
  readonly #refusing: readonly number[];

  constructor(definition: Definition<T>) {
    this.definition = definition;
    this.#refusing = definition.aggregates.flatMap(({ refuse }, at) => (refuse ? [at] : []));
    this.news = new News(definition.aggregates);
    this.#inputs = definition.aggregates.map(() => undefined);
  }

  /** What the log does not know yet takes so much in an entry, nearly. */
  get newsBytes(): number {
    return this.news.bytes;
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
    const { aggregates, keyOf, kind, latenessMs, maxStateBytes, sizeMs, timeOf } = this.definition;
    const place = this.#open.at(keyOf(value));
    const { key, open } = place;
    const watermark = Math.max(this.watermark, arrival);
    const time = timeOf ? momentOf(timeOf(value)) : watermark;
    const inputs = this.#inputs;
    for (let at = 0; at < aggregates.length; at++) inputs[at] = aggregates[at]!.inputOf(value);
    const reached = timeOf ? Math.max(this.watermark, Math.min(time, arrival)) : watermark;
    const bound = reached - latenessMs;
    const isAlone = given !== undefined || kind === "tumbling";
    // Nearly every record comes this way: it is in one window, and makes no list of it.
    const start = given ? given.start : Math.floor(time / sizeMs) * sizeMs;
    const end = given ? given.end : start + sizeMs;
    const bounds = isAlone ? none : boundsOf(this.definition, open, time, bound);
    if (isAlone ? !given && end <= bound : bounds.length === 0) return "late";
    if (this.bytes >= maxStateBytes) throw tooLarge(key, this);
    if (isAlone) {
      const group = groupAt(open, start, end);
      if (group) this.#check(group);
      if (!given) this.advance(reached);
      this.#add(group ?? this.open(key, { start, end }, place));
      return "added";
    }
    if (kind === "sliding") {
      this.slide(key, time, [...inputs]);
      this.advance(reached);
      return "added";
    }
    for (const group of open) if (isAmong(group, bounds, kind, this.bound)) this.#check(group);
    this.advance(reached);
    for (const each of bounds) this.#add(this.#groupOf(place, each));
    return "added";
  }

  /** Time goes on, at least to here: what has ended is closed, and its rows are due. */
  advance(watermark: number): void {
    if (!(watermark > this.watermark)) return;
    this.watermark = watermark;
    const { bound } = this;
    for (const group of this.#open.close(bound)) this.due.push(group);
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
    for (const group of this.#open.close(Number.POSITIVE_INFINITY)) this.due.push(group);
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
    this.#put(group);
  }

  #put(group: Group, place?: KeyPlace): void {
    group.bytes = sizeOfGroup(this.definition.aggregates, group);
    this.bytes += group.bytes;
    this.groups.set(group.slot, group);
    if (group.isClosed) this.due.push(group);
    else this.#open.put(group, place);
  }

  /** Its states have changed. */
  resize(group: Group): void {
    const bytes = sizeOfGroup(this.definition.aggregates, group);
    this.bytes += bytes - group.bytes;
    group.bytes = bytes;
  }

  /** The log knows all of it. */
  committed(): void {
    this.news.clear(this.watermark);
  }

  /** Whether there is something that the log does not know. */
  get hasNews(): boolean {
    return this.news.isBehind(this.watermark);
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
    return this.#open.of(key);
  }

  /** Takes it out; the log is told. */
  #remove(group: Group): void {
    if (group.isGone) return;
    group.isGone = true;
    this.groups.delete(group.slot);
    this.bytes -= group.bytes;
    this.news.tellGone(group);
    if (!group.isClosed) this.#open.forget(group);
  }

  /** Takes out what the log says is gone. */
  forget(slots: readonly number[]): void {
    const groups = slots.flatMap((slot) => this.groups.get(slot) ?? []);
    for (const group of groups) group.isNew = true;
    if (groups.length > 0) this.done(groups);
  }

  /** The group of these bounds: one that is open, several that become one, or a new one. */
  #groupOf(place: KeyPlace, { start, end }: Bounds): Group {
    const { key, open } = place;
    if (this.definition.kind !== "session") {
      return groupAt(open, start, end) ?? this.open(key, { start, end }, place);
    }
    const met = open.filter((group) => meets(group, { start, end }, this.bound));
    const [first, ...others] = met.sort(compareWindows);
    if (!first) return this.open(key, { start, end }, place);
    for (const other of others) this.join(first, other);
    this.#move(first, Math.min(first.start, start), Math.max(first.end, end));
    return first;
  }

  /** Two groups become one, whose records of the first came first. */
  join(group: Group, other: Group): void {
    this.definition.aggregates.forEach((aggregate, at) => {
      group.states[at] = aggregate.merge(group.states[at], other.states[at]);
    });
    this.resize(group);
    this.news.tellJoined(group);
    this.#remove(other);
    this.#move(group, Math.min(group.start, other.start), Math.max(group.end, other.end));
  }

  /** Begins a group, and tells of it. `place`: that of its key, where it was looked up. */
  open(
    key: string,
    { start, end, ordinal = 0 }: Bounds & { readonly ordinal?: number },
    place?: KeyPlace,
    isClosed = false,
    origin?: string,
  ): Group {
    const { aggregates } = this.definition;
    const states: unknown[] = new Array(aggregates.length);
    for (let at = 0; at < aggregates.length; at++) states[at] = aggregates[at]!.empty();
    const group: Group = {
      slot: this.nextSlot++,
      key,
      place: undefined,
      start,
      end,
      states,
      bytes: 0,
      ordinal,
      origin,
      isClosed,
      isGone: false,
      isNew: true,
      isMoved: false,
      isTold: false,
      news: undefined,
    };
    this.#put(group, place);
    this.news.tell(group);
    return group;
  }

  #move(group: Group, start: number, end: number): void {
    if (start === group.start && end === group.end) return;
    group.start = start;
    group.end = end;
    group.isMoved = true;
    this.news.tell(group);
  }

  /** Adds the inputs of the record that is taken in. */
  #add(group: Group): void {
    const { aggregates } = this.definition;
    const { news } = this;
    const { states } = group;
    news.tell(group);
    let grown = 0;
    for (let at = 0; at < aggregates.length; at++) {
      const input = this.#inputs[at];
      if (input === undefined) continue;
      const aggregate = aggregates[at]!;
      const state = states[at];
      // Numbers take as much as other numbers.
      const before = typeof state === "number" ? undefined : aggregate.sizeOf(state);
      const next = aggregate.add(state, input);
      states[at] = next;
      if (before !== undefined || typeof next !== "number")
        grown += aggregate.sizeOf(next) - (before ?? aggregate.sizeOf(state));
      news.tellInput(group, at, input);
    }
    group.bytes += grown;
    this.bytes += grown;
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
    const group = this.open(key, { start: time - sizeMs, end: time, ordinal }, undefined, true);
    for (const [at, state] of states.entries()) group.states[at] = state;
    this.resize(group);
    // The log is told of the record: the row follows from it.
    this.news.tellSeen(key, one);
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

  /** Throws where the group cannot take the record's inputs. */
  #check(group: Group): void {
    const { aggregates, names } = this.definition;
    for (const at of this.#refusing) {
      const input = this.#inputs[at];
      const why =
        input === undefined ? undefined : aggregates[at]!.refuse!(group.states[at], input);
      if (why) throw refusal(names[at]!, group.key, why);
    }
  }
}

/** Whether a record of these bounds would be added to the group. */
const isAmong = (group: Group, bounds: readonly Bounds[], kind: string, bound: number): boolean =>
  bounds.some((each) =>
    kind === "session"
      ? meets(group, each, bound)
      : group.start === each.start && group.end === each.end,
  );
