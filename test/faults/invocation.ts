/** What is known of one invocation: the checker judges repetitions by it. */
import type { KinesisEvent } from "../../src/local/lambda/types.ts";

export interface Invocation {
  readonly id: number;
  readonly environmentId: string;
  readonly requestId: string;
  readonly shardId: string;
  /** The `n` of its user records, in order. */
  readonly records: readonly number[];
  /** Of its first record. */
  readonly firstSequenceNumber: string;
  readonly isStranger: boolean;
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
  /** An append of this invocation was refused, or its reply was lost. */
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

export const sequenceNumberOf = (event: KinesisEvent, at: number) =>
  event.Records.at(at)!.kinesis.sequenceNumber;
