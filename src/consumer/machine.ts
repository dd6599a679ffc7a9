/**
 * A machine behind a shard's log: records change its state, and it has rows to give. Windows are one, SQL another; how its state comes into the
 * log, out of it, and to a shard's children is the same for all of them.
 */
import type { HashKeyRange } from "../record/deaggregator.ts";
import type { UserRecord } from "../record/user-record.ts";

/** State and rows follow from the records in the order of the shard, and from nothing else. */
export interface Machine {
  /** What all of it takes in memory, nearly, in bytes. */
  readonly bytes: number;
  /** Whether there is something that the log does not know, and what that takes in an entry, nearly. */
  readonly hasNews: boolean;
  readonly newsBytes: number;
  /** Whether a row is due, or may be. */
  has(slot: number): boolean;
  /** What is due comes by this number, never given twice within a log. */
  readonly due: readonly { readonly slot: number }[];
  /** Time goes on, at least to here, in epoch milliseconds. */
  advance(time: number): void;
  /** Whether a row would be due if time went on to here. */
  hasOpenBefore(time: number): boolean;
  /** The log knows all of it. */
  committed(): void;
  /** Takes out rows that the log says are done. */
  forget(slots: readonly number[]): void;
}

/** A row that is due. */
export interface DueRow {
  readonly slot: number;
  /** The same whenever this row is made, and no other row's. */
  readonly id: string;
  /** What the sinks of a row take for its partition key. */
  readonly key: string;
  /** When it was complete, in epoch milliseconds. */
  readonly time: number;
  /** Which of the outputs it goes to. */
  readonly output: string;
  readonly value: unknown;
  /** As a sink sends it that is not told how. */
  readonly data?: Uint8Array;
  /** Where it stands among the rows of its key, as positions are compared, and the shard that made it. @default its id, in the batch's shard */
  readonly position?: { readonly sequenceNumber: string; readonly shardId: string };
}

/** A shard that has ended, its machine as it was left, and whether a key's rows have come to the shard that takes over. */
export interface Parent<M> {
  readonly shardId: string;
  readonly machine: M;
  readonly owns: (key: string) => boolean;
  /** What is of no key goes to one of those that take over: this one. */
  readonly isHeir: boolean;
}

/** What a shard has of something that others have a part of too, up to a time of its machine. */
export interface Part {
  /** In epoch milliseconds. All that it has up to here was given before, or is in this. */
  readonly time: number;
  readonly body: Uint8Array;
}

/** What a shard gives, which is named by `shardOfLog`. */
export interface GivenPart {
  readonly shard: string;
  readonly part: Part;
}

/** What shards come to is merged by a machine that stands in no shard, behind a log of its own. */
export interface Merging<M extends Machine = Machine, Above extends Machine = Machine> {
  readonly kind: MachineKind<any, Above>;
  /** What is to be given of a shard. Undefined: nothing is. */
  partOf(machine: M): Part | undefined;
  /** It was given, up to here. */
  given(machine: M, time: number): void;
  /** What the merging log says of a part: its machine has it by `apply`. Undefined: it has that already. */
  writePart(machine: Above, shard: string, part: Part): Uint8Array | undefined;
  /** Up to which time a shard has given all. Undefined: it has given nothing yet. */
  reached(machine: Above, shard: string): number | undefined;
  /** Who runs the rows that are due, and until when, in epoch milliseconds. */
  claimOn(machine: Above): { readonly by: string; readonly until: number } | undefined;
  claim(machine: Above, by: string, until: number): void;
  /** How much has come too late since this was asked. */
  takeLate(machine: Above): number;
}

/** All that is known of machines of one kind. */
export interface MachineKind<T, M extends Machine = Machine> {
  /** What its state is called in messages. */
  readonly what: string;
  /** What its rows' ids begin with. */
  readonly name: string;
  create(): M;
  /** Takes a record in. Late: nothing has changed. Throws what is wrong with the record; then nothing has changed either. */
  absorb(machine: M, value: T, record: UserRecord): "added" | "late";
  /** What has changed since `committed`; that rows are done, and nothing else; all of it. */
  writeChanges(machine: M): Uint8Array;
  writeDone(machine: M, slots: readonly number[]): Uint8Array;
  writeWhole(machine: M): Uint8Array;
  /** Takes in what another machine of this kind has written. What is whole, only a new machine takes. */
  apply(machine: M, written: Uint8Array): void;
  /** The rows that changes say are done. */
  slotsGone(written: Uint8Array): readonly number[];
  /** Takes over from a shard's parents what is of its keys. */
  inherit(machine: M, parents: readonly Parent<M>[]): void;
  /** The rows that are due, in their order. `source` stands before their ids. */
  rows(machine: M, source: string, shardId: string): readonly DueRow[];
  /** Where shards are merged. @default each is for itself */
  readonly merging?: Merging<M>;
  /** Throws where a shard that has no state yet is not for it. @default each is */
  checkShard?(shardId: string, range: HashKeyRange): void;
}
