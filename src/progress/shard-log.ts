import { comparePositions, type Position } from "../record/position.ts";
import type { UserRecord } from "../record/user-record.ts";
import {
  type Entry,
  type EntryDraft,
  type FoldMark,
  packArrivals,
  unpackArrivals,
} from "./entry.ts";
import type { Evidence, Question } from "./evidence.ts";
import { unpackNames } from "./fingerprint.ts";
import { NameSet } from "./name-set.ts";
import type { KnownKeys } from "./parked-keys.ts";
import { RecordStates } from "./record-states.ts";
import { Tail } from "./tail.ts";

/** How many names may share one span of positions, so that a span costs little per name. */
const namesPerSpan = 64;

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
  /** The newest entry by which somebody took the shard over. */
  takenAt = 0;
  /** Folds from the newest backwards without a gap, oldest first. */
  folds: readonly FoldMark[] = [];
  /** What could not be saved, after entry `n`: it goes into the next entry. */
  carried: (EntryDraft & { readonly n: number }) | undefined;
  /** Where keys are followed: the parked keys of the log's stream, of which all logs of an environment know together. */
  readonly parkedKeys: KnownKeys | undefined;
  /** What is said of single positions. */
  readonly states = new RecordStates();
  #names = new NameSet();
  #spans: Span[] = [];
  /** Claims that are ended, and were not merged yet: while loading, the end of a claim comes first. */
  readonly #ended = new Set<number>();
  readonly #tail = new Tail();

  readonly #isExact: boolean;

  /** `isExact`: the spans of small entries are kept apart, where their ends matter. */
  constructor(name: string, isExact = false, parkedKeys?: KnownKeys) {
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
    if (entry.kind === "took") this.takenAt = Math.max(this.takenAt, entry.n);
    if (isNewest && entry.parkedKeys) this.parkedKeys?.add(entry.parkedKeys);
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
    const open = draft.open?.filter(({ position }) => !this.states.isClosedAfter(position, n));
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

  /** How far before a record names are known, in seconds, but no more than was asked for. */
  windowBefore({ approximateArrivalTimestamp }: UserRecord, windowInSeconds: number): number {
    const known = approximateArrivalTimestamp / 1000 - this.coveredFrom;
    return Math.max(0, Math.min(windowInSeconds, known));
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
    const { open, closed, abandoned } = this.states.since(since);
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
      closed,
      abandoned,
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
    const states = this.states.size + this.claims.size;
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
    this.states.merge(entry);
    const { through } = entry;
    if (through && (!this.through || comparePositions(through, this.through) > 0)) {
      this.through = through;
    }
  }

  #forget(): void {
    this.#names = new NameSet();
    this.#spans = [];
    this.states.forgetOpen();
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

/** What else a fold says at most, a hundred bytes each: positions that are open, closed or abandoned, and ends of claims. */
const foldedStates = 300;
