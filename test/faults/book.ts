/** What was put, and what became of it, kept apart from the program so that it can contradict it. */
import type { Invocation } from "./invocation.ts";
import type { PlannedRecord } from "./scenario.ts";

export interface PutRecord extends PlannedRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  readonly data: Uint8Array;
  /** It came in an aggregate. */
  readonly isPacked: boolean;
  readonly effects: Effect[];
  /** Invocations that had it. */
  readonly deliveries: Invocation[];
  /** Runs that threw, and runs that hung until the end. */
  failures: number;
  /** When it was first delivered. */
  firstDelivered: number | undefined;
  runs: number;
  /** Invocations that have parked it. */
  readonly parkedBy: Invocation[];
  /** Somebody asked to have it parked. */
  wasParked: boolean;
  /** The epochs in which somebody did: each is a memory of its own. */
  readonly parkedIn: Set<number>;
  /** Under which names, in hexadecimal. */
  readonly parkedAs: Set<string>;
  /** The same, and later records of its key were to follow it. */
  parkedItsKey: boolean;
  /** Somebody had it confirmed: the log called it parked. */
  wasConfirmed: boolean;
  /** A redrive has said that nothing is left to be done for it, since it was parked. */
  isBack: boolean;
  /** The mapping gave it up. */
  wasDiscarded: boolean;
  /** It was given back to a mapping that does not listen. */
  wasIgnored: boolean;
}

export interface Effect {
  readonly invocation: Invocation;
  /** A moment, as in `Invocation`. */
  readonly at: number;
}

export interface Violation {
  /** Which promise was broken. */
  readonly rule: Rule;
  readonly what: string;
}

export type Rule =
  | "no loss"
  | "rows"
  | "order"
  | "once"
  | "duplicates"
  | "forward"
  | "isolation"
  | "attempts"
  | "parking"
  | "abandoned"
  | "again"
  | "pending"
  | "neighbours"
  | "whose log"
  | "crash";

export interface Line {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

export interface Book {
  readonly records: Map<number, PutRecord>;
  readonly violations: Violation[];
  readonly lines: Line[];
  faults: number;
  /** The next moment. */
  tick(): number;
  violate(rule: Rule, what: string): void;
  fault(who: string, what: string): void;
  /** A line of the story. */
  tell(who: string, what: () => string): void;
  /** `record 7 (key-2, id-7)`: how the story names a record. */
  name(record: PutRecord): string;
}

const mostViolations = 20;

export function newBook(now: () => number, isTold: boolean): Book {
  let moment = 0;
  const book: Book = {
    records: new Map(),
    violations: [],
    lines: [],
    faults: 0,
    tick: () => ++moment,
    violate(rule, what) {
      if (book.violations.length < mostViolations) book.violations.push({ rule, what });
      book.tell("CHECKER", () => `${rule}: ${what}`);
    },
    fault(who, what) {
      book.faults++;
      book.tell(who, () => what);
    },
    tell(who, what) {
      if (isTold) book.lines.push({ at: now(), who, what: what() });
    },
    name: ({ n, key, uid }) => `record ${n} (${key}${uid ? `, ${uid}` : ""})`,
  };
  return book;
}
