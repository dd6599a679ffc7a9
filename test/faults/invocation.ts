/** What is known of one invocation: the checker judges repetitions by it. */
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import type { ConsumerSetup } from "./scenario.ts";

export interface Invocation {
  readonly id: number;
  readonly environmentId: string;
  readonly requestId: string;
  readonly shardId: string;
  /** The options that its environment was deployed with. */
  readonly setup: ConsumerSetup;
  /** The `n` of its user records, in order. */
  readonly records: readonly number[];
  /** Of its first record. */
  readonly firstSequenceNumber: string;
  readonly isStranger: boolean;
  /** Of parked records that come back. */
  readonly isRedrive: boolean;
  /** Moments are counted, not timed: many things happen within one millisecond. */
  readonly began: number;
  /** When its first read was sent, and how many entries the log had then. */
  read: { readonly at: number; readonly entries: number } | undefined;
  /** Later reads: what was there, and the millisecond in which the reply came. */
  readonly news: { readonly entries: number; readonly heardAt: number }[];
  /** When Lambda ends it, if it has not ended by itself. */
  readonly deadline: number;
  ended: number | undefined;
  end: "answered" | "failed" | "killed" | undefined;
  wasFrozen: boolean;
  /** An effect of it has hung. */
  hasHung: boolean;
  /** Tokens of its appends that were refused, or whose replies were lost. */
  readonly unsaved: Set<string>;
  /** Something of it could not be saved. */
  appendFailed: boolean;
  /** The same, of a claim. */
  claimFailed: boolean;
  /** It has begun a run or an append: what it reads from then on is news. */
  hasActed: boolean;
  /** An id could not be marked as done. */
  idFailed: boolean;
  /** The read before that failed, at any of its requests. */
  readFailed: boolean;
  /** Records whose runs have begun and not ended. */
  readonly running: Set<number>;
}

/** What is known of an invocation that begins. */
type Beginning = Pick<
  Invocation,
  | "id"
  | "environmentId"
  | "requestId"
  | "shardId"
  | "setup"
  | "records"
  | "firstSequenceNumber"
  | "isStranger"
  | "isRedrive"
  | "began"
  | "deadline"
>;

export const newInvocation = (beginning: Beginning): Invocation => ({
  ...beginning,
  read: undefined,
  news: [],
  ended: undefined,
  end: undefined,
  wasFrozen: false,
  hasHung: false,
  unsaved: new Set(),
  appendFailed: false,
  claimFailed: false,
  hasActed: false,
  idFailed: false,
  readFailed: false,
  running: new Set(),
});

/** Of an event that is not empty. */
export const shardIn = (event: KinesisEvent) => event.Records[0]!.eventID.split(":")[0]!;
