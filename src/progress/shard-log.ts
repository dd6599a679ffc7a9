import {
  comparePositions,
  formatPosition,
  type Position,
  parsePosition,
} from "../record/position.ts";
import {
  type Entry,
  type EntryDraft,
  type FoldMark,
  type OpenRecord,
  packArrivals,
  unpackArrivals,
} from "./entry.ts";
import { unpackNames } from "./fingerprint.ts";
import { NameSet } from "./name-set.ts";
import { KnownKeys } from "./parked-keys.ts";

/** What the log says of a record. Only the last two allow it to be skipped. */
export type Evidence = "none" | "redelivered" | "duplicate";

/** What is asked about: a record by its name, its position and the second in which it arrived. */
export interface Question {
  readonly names: Uint32Array;
  /** Which of the names. */
  readonly place: number;
  readonly position: Position;
  readonly second: number;
  readonly windowInSeconds: number;
  /**
   * The record may be the rest of an aggregate that Lambda took apart and cut, and not a repeat of
   * an equal one: then an entry that ends in the same aggregate is no evidence.
   */
  readonly mayBeRest?: boolean;
  /**
   * The record is parked and comes back: the log names it, and equal ones that came later share its
   * fate. Only what arrived earlier says anything.
   */
  readonly isParked?: boolean;
}

/** How many names may share one span of positions, so that a span costs little per name. */
const namesPerSpan = 64;

/** Closed positions that are remembered; forgetting one costs a record that is shown as open, no more. */
const closedAtMost = 2000;

/** Abandoned positions that are remembered, and said in one entry. */
const abandonedAtMost = 200;

/**
 * What one environment knows of one shard's log: the entries that it has read or written, merged.
 * Pure state; it reads and writes nothing itself.
 */
export class ShardLog {
  readonly name: string;
  /** The newest entry that is merged. 0: none. */
  n = 0;
  /** Every name that arrived at or after this second is in memory. Infinity: nothing was loaded yet. */
  coveredFrom = Number.POSITIVE_INFINITY;
  /** Names older than this were not read, for want of memory. */
  floor = 0;
  /** Names older than this are not kept for the window's sake, for want of memory; a redelivery has them read again. */
  windowFrom = 0;
  /** The newest second in which something arrived that is named. */
  #newest = 0;
  /** The last position that an entry with names speaks of. */
  furthest: Position | undefined;
  through: Position | undefined;
  /** The logs of the parent shards; undefined: not asked yet. */
  parents: readonly string[] | undefined;
  /** The parents' logs, where the window reaches into them. */
  ancestors: readonly ShardLog[] = [];
  /** `began` and `lease` entries that no later entry has ended, by number. */
  readonly claims = new Map<number, Entry>();
  /** Folds from the newest backwards without a gap, oldest first. */
  folds: readonly FoldMark[] = [];
  /** What could not be saved, after entry `n`: it goes into the next entry. */
  carried: (EntryDraft & { readonly n: number }) | undefined;
  /** The parked keys of the log's stream, of which all logs of an environment know together. */
  readonly parkedKeys: KnownKeys;
  /** Positions that never came again, with the entry that says so. */
  readonly #abandoned = new Map<string, number>();
  readonly #names = new NameSet();
  #spans: Span[] = [];
  readonly #open = new Map<string, OpenEntry>();
  /** How many of the open positions have that sequence number. */
  readonly #openNumbers = new Map<string, number>();
  /**
   * The newest entry that calls a position closed: an older one, merged later, cannot open it again. A
   * newer one can: where Lambda takes aggregates apart, another record has come to stand there.
   */
  readonly #closed = new Map<string, number>();
  /** Positions that entries call parked, the newest of them. */
  readonly #parked = new Set<string>();
  /** Claims that are ended, and were not merged yet: while loading, the end of a claim comes first. */
  readonly #ended = new Set<number>();
  readonly #tail = new Tail();

  readonly #isExact: boolean;

  /** `isExact`: the spans of small entries are kept apart, where their ends matter. */
  constructor(name: string, isExact = false, parkedKeys = new KnownKeys()) {
    this.name = name;
    this.#isExact = isExact;
    this.parkedKeys = parkedKeys;
  }

  /**
   * Merges an entry: newer than all before, or, while loading, older than all before.
   */
  merge(entry: Entry): void {
    const isNewest = entry.n > this.n;
    if (entry.kind === "reset") {
      if (isNewest) this.#forget();
      this.parents ??= [];
    } else if (entry.kind === "fold") {
      this.#mergeFold(entry, isNewest);
    } else {
      this.#mergeNames(entry);
      this.#mergeStates(entry);
      if (isNewest || this.folds.length === 0) this.#tail.add(entry, isNewest);
    }
    if (isNewest) this.n = entry.n;
    if (isNewest && entry.parkedKeys) this.parkedKeys.add(entry.parkedKeys);
    this.parents ??= entry.parents;
  }

  /** Takes what could not be saved: it happened all the same. */
  mergeUnsaved(draft: EntryDraft): void {
    this.#mergeNames(draft);
    // It follows what is known, and whatever comes next follows it.
    this.#mergeStates({ ...draft, n: this.n + 0.5 });
  }

  /** What is carried, without what others have closed since. */
  get unsaved(): EntryDraft | undefined {
    if (!this.carried) return undefined;
    const { n, ...draft } = this.carried;
    return this.stillOpen(draft, n);
  }

  /** What was to be said after entry `n`, without what was closed since. */
  stillOpen(draft: EntryDraft, n: number): EntryDraft {
    const isOpen = (key: string) => (this.#closed.get(key) ?? 0) <= n;
    const open = draft.open?.filter(({ position }) => isOpen(formatPosition(position)));
    return { ...draft, open };
  }

  #mergeNames({ kind, names, arrivals, first, last }: EntryDraft): void {
    if (!names || !arrivals || !first || !last) return;
    const words = unpackNames(names);
    const seconds = unpackArrivals(arrivals);
    if (!this.furthest || comparePositions(last, this.furthest) > 0) this.furthest = last;
    const span = this.#spanFor(first, last, seconds.length, kind === "fold");
    for (let place = 0; place < seconds.length; place++) {
      this.#names.add(words, place, seconds[place]!, span);
      this.#newest = Math.max(this.#newest, seconds[place]!);
    }
  }

  /**
   * Evidence, and nothing else: a *redelivery* is named by an entry that speaks of its position
   * and has its arrival time; a *duplicate* is named within the window of arrival times.
   */
  evidence(question: Question): Evidence {
    const { names, place, position, second, windowInSeconds, mayBeRest, isParked } = question;
    let duplicate = false;
    const redelivered = this.#names.find(names, place, (named, span) => {
      if (isParked) {
        if (named < second && second - named <= windowInSeconds) duplicate = true;
        return false;
      }
      const { first, last, isFold } = this.#spans[span]!;
      const isSpokenOf =
        comparePositions(first, position) <= 0 && comparePositions(position, last) <= 0;
      // A fold does not tell where the entries that it restates have ended.
      if (mayBeRest && (isFold || last.sequenceNumber === position.sequenceNumber)) return false;
      if (named === second && isSpokenOf) return true;
      if (Math.abs(named - second) <= windowInSeconds) duplicate = true;
      return false;
    });
    if (redelivered) return "redelivered";
    const inParent = () => this.ancestors.some((parent) => parent.evidence(question) !== "none");
    return duplicate || inParent() ? "duplicate" : "none";
  }

  /** What earlier deliveries said of a record that was not done. */
  openRecord(position: Position): OpenEntry | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(formatPosition(position));
  }

  /** Whether the log names the record because it is parked, as far as that is remembered. */
  isParked(position: Position): boolean {
    return this.#parked.has(formatPosition(position));
  }

  /** Whether a record of that number was delivered and is not done. */
  isOpen(sequenceNumber: string): boolean {
    return this.#openNumbers.has(sequenceNumber);
  }

  get open(): readonly OpenRecord[] {
    return [...this.#open.values()];
  }

  /** The open records of which nobody has said yet that they never came again. */
  get awaited(): readonly OpenRecord[] {
    const awaited: OpenRecord[] = [];
    for (const [key, record] of this.#open) if (!this.#abandoned.has(key)) awaited.push(record);
    return awaited;
  }

  /** The positions that never came again, as far as they are remembered. */
  get abandoned(): readonly Position[] {
    return [...this.#abandoned.keys()].map(parsePosition);
  }

  /** Takes note of records that never came again. Returns those that an entry should name: the last of them. */
  abandon(positions: readonly Position[]): readonly Position[] {
    for (const position of positions) this.#abandon(formatPosition(position), this.n);
    return positions.slice(-abandonedAtMost);
  }

  /** The claims that speak of a position and that nothing has ended. */
  claimsOn(position: Position): Entry[] {
    if (this.claims.size === 0) return [];
    return [...this.claims.values()].filter(
      ({ first, last }) =>
        comparePositions(first!, position) <= 0 && comparePositions(position, last!) <= 0,
    );
  }

  /**
   * The entries since the last fold, as a fold would restate them: what they say, and nothing of what stands before
   * them, so that its size is theirs. Undefined when that saves nothing, or they have open claims.
   */
  fold(): EntryDraft | undefined {
    if (!this.#tail.isWorthFolding() || this.claims.size > 0) return undefined;
    const { since, names, seconds, first, last, ends } = this.#tail;
    const open = [...this.#open.values()].filter(({ openedBy }) => openedBy >= since);
    const closed = [...this.#closed].filter(([, n]) => n >= since);
    const abandoned = [...this.#abandoned].filter(([, n]) => n >= since);
    const earlier = ends.filter((n) => n < since);
    if (open.length + closed.length + abandoned.length + earlier.length > foldedStates) {
      this.#tail.clear();
      return undefined;
    }
    const before = this.folds[this.folds.length - 1];
    return {
      kind: "fold",
      first,
      last,
      names: Buffer.concat(names),
      arrivals: packArrivals(seconds),
      open,
      closed: closed.map(([position]) => parsePosition(position)),
      abandoned: abandoned.map(([position]) => parsePosition(position)),
      ends: earlier.length > 0 ? earlier : undefined,
      through: this.through,
      since,
      folds: before?.n === since - 1 ? this.folds.slice(-foldsAtMost) : [],
      parents: this.parents,
    };
  }

  get size(): number {
    return this.#names.size;
  }

  /** What it holds in memory, nearly. */
  get bytes(): number {
    const states = this.#open.size + this.#closed.size + this.claims.size;
    const own = this.#names.bytes + 300 * this.#spans.length + 200 * states + this.#tail.bytes;
    return this.ancestors.reduce((sum, parent) => sum + parent.bytes, own);
  }

  /** Forgets names that arrived before `second`; `coveredFrom` says so. */
  prune(second: number): void {
    if (second <= this.coveredFrom) return;
    const renumbered = new Map<number, number>();
    const kept: Span[] = [];
    this.#names.prune(second, (span) => {
      let number = renumbered.get(span);
      if (number === undefined) {
        number = kept.push(this.#spans[span]!) - 1;
        renumbered.set(span, number);
      }
      return number;
    });
    this.#spans = kept;
    this.coveredFrom = second;
    for (const parent of this.ancestors) parent.prune(second);
  }

  /** Gives up the older half of what the window reaches, and nothing that arrived since `needFrom`. */
  halveWindow(windowInSeconds: number, needFrom = Number.POSITIVE_INFINITY): void {
    const from = Math.max(this.coveredFrom, this.#newest - windowInSeconds);
    this.windowFrom = Math.min(needFrom, Math.ceil((from + this.#newest) / 2));
    this.prune(this.windowFrom);
  }

  #mergeFold(entry: Entry, isNewest: boolean): void {
    const isNewestFold = isNewest || this.folds.length === 0;
    this.#mergeNames(entry);
    this.#mergeStates(entry);
    if (!isNewestFold) return;
    const mark = { n: entry.n, since: entry.since!, at: entry.at };
    this.folds = [...(entry.folds ?? []), mark];
    if (isNewest) this.#tail.clear();
  }

  #mergeStates(entry: EntryDraft & { readonly n: number }): void {
    for (const n of entry.ends ?? []) if (!this.claims.delete(n)) this.#ended.add(n);
    const isClaim = entry.kind === "began" || entry.kind === "lease";
    if (isClaim && !this.#ended.delete(entry.n)) this.claims.set(entry.n, entry as Entry);
    for (const position of [...(entry.closed ?? []), ...(entry.parked ?? [])]) {
      this.#close(formatPosition(position), entry.n);
    }
    for (const position of entry.parked ?? []) this.#park(formatPosition(position));
    for (const record of entry.open ?? []) this.#reopen(record, entry.n);
    for (const position of entry.abandoned ?? []) this.#abandon(formatPosition(position), entry.n);
    const { through } = entry;
    if (through && (!this.through || comparePositions(through, this.through) > 0)) {
      this.through = through;
    }
  }

  #forget(): void {
    this.#names.prune(Number.POSITIVE_INFINITY, (span) => span);
    this.#spans = [];
    this.#open.clear();
    this.#openNumbers.clear();
    this.#abandoned.clear();
    this.#parked.clear();
    this.claims.clear();
    this.carried = undefined;
    this.ancestors = [];
    this.parents = [];
    this.folds = [];
    this.through = undefined;
    this.furthest = undefined;
    this.#tail.clear();
  }

  #spanFor(first: Position, last: Position, names: number, isFold: boolean): number {
    const current = this.#spans[this.#spans.length - 1];
    if (!this.#isExact && current && current.names + names <= namesPerSpan) {
      current.names += names;
      if (comparePositions(first, current.first) < 0) current.first = first;
      if (comparePositions(last, current.last) > 0) current.last = last;
    } else {
      this.#spans.push({ first, last, names, isFold });
    }
    return this.#spans.length - 1;
  }

  #close(key: string, n: number): void {
    const known = this.#open.get(key);
    if (!known || known.openedBy <= n) {
      if (known) this.#countOpen(known.position, -1);
      this.#open.delete(key);
      this.#abandoned.delete(key);
    }
    if (n <= (this.#closed.get(key) ?? 0)) return;
    this.#closed.delete(key);
    this.#closed.set(key, n);
    if (this.#closed.size <= closedAtMost) return;
    const [oldest] = this.#closed.keys();
    this.#closed.delete(oldest!);
  }

  #park(key: string): void {
    this.#parked.add(key);
    if (this.#parked.size <= closedAtMost) return;
    const [oldest] = this.#parked;
    this.#parked.delete(oldest!);
  }

  /** Nobody closes them but we, since they never come again. */
  #abandon(key: string, n: number): void {
    // It came again all the same, and was done.
    if (n < (this.#closed.get(key) ?? 0)) return;
    this.#abandoned.set(key, Math.max(n, this.#abandoned.get(key) ?? 0));
    if (this.#abandoned.size <= abandonedAtMost) return;
    const [oldest] = this.#abandoned.keys();
    this.#close(oldest!, n);
    this.#abandoned.delete(oldest!);
  }

  #countOpen({ sequenceNumber }: Position, by: 1 | -1): void {
    const count = (this.#openNumbers.get(sequenceNumber) ?? 0) + by;
    if (count > 0) this.#openNumbers.set(sequenceNumber, count);
    else this.#openNumbers.delete(sequenceNumber);
  }

  #reopen(record: OpenRecord, n: number): void {
    const key = formatPosition(record.position);
    if (n <= (this.#closed.get(key) ?? 0)) return;
    const known = this.#open.get(key);
    const attempts = Math.max(record.attempts, known?.attempts ?? 0);
    const says = record.attempts === attempts && attempts > 0 ? n : 0;
    if (!known) this.#countOpen(record.position, 1);
    this.#open.set(key, {
      ...record,
      attempts,
      saidBy: Math.max(says, known?.attempts === attempts ? known.saidBy : 0),
      since: Math.min(record.since, known?.since ?? record.since),
      hung: record.hung || known?.hung,
      openedBy: Math.max(n, known?.openedBy ?? 0),
    });
  }
}

interface OpenEntry extends OpenRecord {
  /** The entry that counted its attempts, deaths before it included; 0: none. */
  readonly saidBy: number;
  /** The newest entry that calls it open. */
  readonly openedBy: number;
}

/** The positions that an entry speaks of, or several neighbouring small ones. */
interface Span {
  first: Position;
  last: Position;
  names: number;
  readonly isFold: boolean;
}

/** How many older folds a fold points to. */
const foldsAtMost = 400;

/** A fold restates so many entries or names at most: 64 KB an entry. */
const foldedEntries = 256;
const foldedNames = 3400;

/** Where nobody could write a fold for so long, the next begins anew: one of everything would not fit into an item. */
const longestTail = 2;

/** What else a fold says at most, a hundred bytes each: positions that are open, closed or abandoned, and ends of claims. */
const foldedStates = 300;

/** A cold start reads entries of more names than this as fast as it would read a fold of them. */
const smallEntry = 24;

/** The entries since the last fold, or since the last that was too large to be worth one. */
class Tail {
  since = 0;
  entries = 0;
  names: Uint8Array[] = [];
  seconds: number[] = [];
  first: Position | undefined;
  last: Position | undefined;
  /** The claims that the entries end. */
  ends: number[] = [];
  /** Reading backwards, what lies before entries that are not worth folding has no place here. */
  #isClosed = false;

  get bytes(): number {
    return 32 * this.seconds.length;
  }

  add({ n, names, arrivals, first, last, ends = [] }: Entry, isNewest: boolean): void {
    if (this.#isClosed && !isNewest) return;
    this.since = this.entries === 0 ? n : Math.min(n, this.since);
    this.entries++;
    for (const claim of ends) this.ends.push(claim);
    if (!names?.length || !arrivals) return;
    this.names.push(names);
    for (const second of unpackArrivals(arrivals)) this.seconds.push(second);
    if (!this.first || comparePositions(first!, this.first) < 0) this.first = first;
    if (!this.last || comparePositions(last!, this.last) > 0) this.last = last;
    const isTooMuch =
      this.entries > longestTail * foldedEntries || this.seconds.length > longestTail * foldedNames;
    if (isTooMuch || (this.#isFull() && !this.isWorthFolding())) {
      this.clear();
      this.#isClosed = !isNewest;
    }
  }

  clear(): void {
    this.entries = 0;
    this.ends = [];
    this.names = [];
    this.seconds = [];
    this.first = undefined;
    this.last = undefined;
  }

  isWorthFolding(): boolean {
    const names = this.seconds.length;
    return this.#isFull() && names > 0 && names <= smallEntry * this.entries;
  }

  #isFull(): boolean {
    return this.entries >= foldedEntries || this.seconds.length >= foldedNames;
  }
}
