import { formatPosition, type Position, parsePosition } from "../record/position.ts";
import type { EntryDraft, OpenRecord } from "./entry.ts";

/** Closed positions that are remembered; forgetting one costs a record that is shown as open, no more. */
const closedAtMost = 2000;

/** Abandoned positions that are remembered, and said in one entry. */
const abandonedAtMost = 200;

/** What the entries of a log say of single positions: that they are open, closed, parked, or never came again. */
export class RecordStates {
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
  /** Positions that never came again, with the entry that says so. */
  readonly #abandoned = new Map<string, number>();

  merge({
    kind,
    n,
    closed = [],
    parked = [],
    open = [],
    abandoned = [],
  }: EntryDraft & { readonly n: number }): void {
    // A fold was true before it was written: what it calls both closed and open was opened since it was closed.
    const closedBy = kind === "fold" ? n - 1 : n;
    for (const position of [...closed, ...parked]) this.#close(formatPosition(position), closedBy);
    for (const position of parked) this.#park(formatPosition(position));
    for (const record of open) this.#reopen(record, n);
    for (const position of abandoned) this.#abandon(formatPosition(position), n);
  }

  /** What earlier deliveries said of a record that was not done. */
  openRecord(position: Position): OpenEntry | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(formatPosition(position));
  }

  /** Whether a record of that number was delivered and is not done. */
  isOpen(sequenceNumber: string): boolean {
    return this.#openNumbers.has(sequenceNumber);
  }

  /** Whether the log names the record because it is parked, as far as that is remembered. */
  isParked(position: Position): boolean {
    return this.#parked.size > 0 && this.#parked.has(formatPosition(position));
  }

  /** Whether an entry after `n` calls it closed. */
  isClosedAfter(position: Position, n: number): boolean {
    return (this.#closed.get(formatPosition(position)) ?? 0) > n;
  }

  /** The open records of which nobody has said yet that they never came again. */
  get awaited(): readonly OpenRecord[] {
    const awaited: OpenRecord[] = [];
    for (const [key, record] of this.#open) if (!this.#abandoned.has(key)) awaited.push(record);
    return awaited;
  }

  /** Takes note, after entry `n`, of records that never came again. Returns those that an entry should name: the last of them. */
  abandon(positions: readonly Position[], n: number): readonly Position[] {
    for (const position of positions) this.#abandon(formatPosition(position), n);
    return positions.slice(-abandonedAtMost);
  }

  /** What entries from `first` on say, as far as it is remembered. */
  since(first: number) {
    const from = (said: ReadonlyMap<string, number>) =>
      [...said].filter(([, n]) => n >= first).map(([key]) => parsePosition(key));
    return {
      open: [...this.#open.values()].filter(({ openedBy }) => openedBy >= first),
      closed: from(this.#closed),
      abandoned: from(this.#abandoned),
    };
  }

  /** How many positions are remembered. */
  get size(): number {
    return this.#open.size + this.#closed.size + this.#parked.size;
  }

  /** After a reset. What was closed stays so for the entries before it. */
  forgetOpen(): void {
    this.#open.clear();
    this.#openNumbers.clear();
    this.#abandoned.clear();
    this.#parked.clear();
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
      since: firstFailure(record, known),
      hung: record.hung || known?.hung,
      openedBy: Math.max(n, known?.openedBy ?? 0),
    });
  }
}

/** When it first failed, in epoch milliseconds: that it was given back is no failure. */
function firstFailure(record: OpenRecord, known: OpenRecord = record): number {
  const hasFailed = record.attempts > 0;
  if (hasFailed === known.attempts > 0) return Math.min(record.since, known.since);
  return (hasFailed ? record : known).since;
}

export interface OpenEntry extends OpenRecord {
  /** The entry that counted its attempts, deaths before it included; 0: none. */
  readonly saidBy: number;
  /** The newest entry that calls it open. */
  readonly openedBy: number;
}
