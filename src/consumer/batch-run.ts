import type { Deadline, InvocationContext } from "../handler/deadline.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import type { ParkedRecord } from "../park/parking.ts";
import type { Commit } from "../progress/append.ts";
import type { Evidence, Question } from "../progress/evidence.ts";
import type { LogAccess } from "../progress/log-access.ts";
import type { FollowedKeys, KnownKeys } from "../progress/parked-keys.ts";
import type { ShardLog } from "../progress/shard-log.ts";
import type { TransactionWrite } from "../progress/transaction.ts";
import type { Position } from "../record/position.ts";
import type { Batch } from "../record/unpack.ts";
import type { UserRecord } from "../record/user-record.ts";
import type { Environment } from "./environment.ts";
import type { HeapWatch } from "./heap.ts";
import type { Invocation } from "./invocation.ts";
import type { BatchResponse } from "./options.ts";
import * as Outcome from "./outcome.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Plan } from "./plan.ts";

/**
 * One batch on its way: unpack, screen, process, settle. What was delivered does not change; what is known of it is in `reads`, what
 * became of it in `outcomes`, and what the log has in `memory`.
 */
export interface BatchRun<T> {
  readonly plan: Plan<T>;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
  readonly batch: Batch;
  readonly reads: Reads<T>;
  readonly outcomes: Outcomes;
  readonly steps: Steps;
  /**
   * Appends what is settled and not in the log yet, and what else is to be said: the one way to the log. Never rejects: what
   * could not be saved is counted, and carried into the next entry. Only where there is `memory`.
   */
  readonly save: (request?: SaveRequest) => Promise<Commit>;
  /** Undefined without progress, and where the log cannot be read. */
  readonly memory: Memory | undefined;
}

/** What is known of each record, by place. */
export interface Reads<T> {
  /** How far each is: see `reading.ts`. */
  readonly reading: Uint8Array;
  /** Decoded values, from when they are read until their records have come to an end. */
  readonly values: (T | undefined)[];
  /** What those take. */
  readonly heap: HeapWatch;
  /** Unique ids, where a record has one. */
  readonly ids: (string | undefined)[];
  /** Names in the log: four words a record. Empty without progress. */
  readonly names: Uint32Array;
  /** Behind a fan-out consumer, what each is called without an id, once one was asked for. */
  readonly innerNames: string[];
  /** The place of the latest record with an id that may yet have twins. */
  readonly firsts: Map<string, number>;
}

/** What stores bring along. */
export interface Steps {
  /** Undefined where no progress is kept. */
  readonly progress: ProgressSteps | undefined;
  /** Undefined where nothing is parked, and where parked records come back. */
  readonly parking: ParkingSteps | undefined;
}

/** The shard's log, how to read and write it, and what of this batch it holds. */
export interface Memory {
  readonly log: ShardLog;
  readonly access: LogAccess;
  /** When an append was last tried, and how many records it left unsaved: the next slice is due by what came since. */
  savedAt: number;
  leftUnsaved: number;
  /** The append under way: one at a time. */
  saving: Promise<unknown>;
  /** Our own `began` and `lease` entries that nothing has ended yet. */
  readonly claims: Set<number>;
  /** Of a claim by its number: whether it is of the lane that this batch is of. */
  readonly lanes: Map<number, boolean>;
  /** Partition keys of which a record is parked, where later ones follow it. */
  readonly parkedKeys: FollowedKeys | undefined;
  readonly naming: Naming;
  /** Parked in this batch, and not yet confirmed, by place. */
  readonly parked: Map<number, ParkedRecord>;
  /** Leaves the log to the next invocation. */
  readonly giveBack: () => void;
}

/** A log that is read, before it is known how the records are named. */
export type Recalled = Omit<Memory, "naming">;

/** What the log is asked, and told, of a batch's records: a delivery's are new, and those that are brought back it calls parked. */
export interface Naming {
  /** What the log says of the record at `question.place`. */
  ask(question: Question): Evidence;
  /** What an entry calls the records at `places`, which are done. */
  pack(places: readonly number[]): {
    readonly names: Uint8Array;
    readonly seconds: readonly number[];
  };
  /** How many names a record has in an entry, at most. */
  readonly perRecord: number;
  /** How often a record has failed, for one that is not open in the log; and the entry that has counted that. */
  readonly failures?: readonly {
    readonly attempts: number;
    readonly saidBy: number;
    /** When it first failed, in epoch milliseconds. @default what the log says */
    readonly since?: number | undefined;
    readonly hung?: boolean | undefined;
  }[];
  /** As what the record at `place` is parked, where it is none of the stream: a row. */
  parkedAs?(place: number): Partial<ParkedRecord>;
  /** A record that fails again is not open, for it is parked; and the shard's progress is the deliveries' own. */
  readonly isBack: boolean;
}

/** What an entry says beside what is settled. */
export interface SaveRequest {
  /** The batch is over: say what was given back, and end its claims, and those that nobody is left to end. */
  readonly isLast?: boolean | undefined;
  /** Claims that it ends, by the numbers of their entries. */
  readonly ends?: readonly number[];
  readonly abandoned?: readonly Position[] | undefined;
  /** A record that is still to run, how often it has failed until now, and since when. */
  readonly counted?: { readonly place: number; readonly attempts: number; readonly since: number };
  /** Writes that make these records done, in the same transaction. */
  readonly transaction?:
    | {
        readonly places: readonly number[];
        readonly writes: readonly TransactionWrite[];
      }
    | undefined;
}

/** What progress adds to the way of a batch. */
export interface ProgressSteps {
  readonly version: string;
  /** Reads the shard's log up to its newest entry. Rejects when it cannot be read: then nothing has happened yet. */
  remember<T>(
    plan: Plan<T>,
    environment: Environment,
    batch: Batch,
    context: InvocationContext | undefined,
    runtime: Runtime,
    deadline: Deadline,
  ): Promise<Recalled | undefined>;
  /** The same for a delivery; undefined where the log cannot be read and the consumer goes on without. */
  tryToRemember<T>(
    plan: Plan<T>,
    batch: Batch,
    invocation: Invocation,
  ): Promise<Recalled | undefined>;
  /** As a delivery names its records: `names` has four words for each. */
  naming(log: ShardLog, batch: Batch, names: Uint32Array): Naming;
  /** Given back before, and never seen again: their positions. */
  findAbandoned<T>(run: BatchRun<T>, memory: Memory): readonly Position[];
  /** Skips what is done already, as far as that is known without decoding, and has the shard. False: it is another's. */
  begin<T>(run: BatchRun<T>, environment: Environment): Promise<boolean>;
  isNamedByPosition<T>(run: BatchRun<T>, place: number): boolean;
  /** Gives a decoded record its unique id, and skips it where that is done. A promise where `uniqueId` gives one. */
  identify<T>(run: BatchRun<T>, place: number): Promise<void> | undefined;
  failuresBefore<T>(run: BatchRun<T>, memory: Memory, place: number): number;
  save<T>(run: BatchRun<T>, memory: Memory, request: SaveRequest): Promise<Commit>;
  /** Whether enough has happened since the last slice. */
  isSliceDue<T>(run: BatchRun<T>): boolean;
  /** Says once what somebody should know who reads the logs. */
  warn<T>(run: BatchRun<T>, once: WarnOnce): void;
}

/** What parking adds to the way of a batch. */
export interface ParkingSteps {
  readonly version: string;
  /** What the environment knows of the parked keys of a log's stream. Undefined: no key is followed. */
  knownKeys<T>(plan: Plan<T>, environment: Environment, log: string): KnownKeys | undefined;
  /** The batch's keys of which a record is parked, by what is known and what the store says. */
  followedKeys<T>(
    plan: Plan<T>,
    batch: Batch,
    log: ShardLog,
    isAnew: boolean,
  ): Promise<FollowedKeys | undefined>;
  /** The key of which later records follow this one, once it is parked. Undefined: none do. */
  keyOf<T>(run: BatchRun<T>, place: number): string | undefined;
  /** Runs what is fresh: suspects alone, and what is late under a claim. */
  runGuarded<T>(run: BatchRun<T>, runPlaces: RunPlaces): Promise<void>;
  /** Parks what has failed often enough and long enough. True: some lane can go on. */
  parkHopeless<T>(run: BatchRun<T>): Promise<boolean>;
  /** Parks one record. False: it could not be parked, and is delivered again. */
  parkRecord<T>(
    run: BatchRun<T>,
    place: number,
    error: unknown,
    attempts: number,
  ): Promise<boolean>;
  /** Parks a record that hung too often, before it is decoded. Undefined: it is not such a one. */
  parkUnread<T>(run: BatchRun<T>, place: number): Promise<boolean> | undefined;
  /** Parks a record that has to follow the parked one of its key. Undefined: there is none. */
  parkUnrun<T>(run: BatchRun<T>, place: number): Promise<boolean> | undefined;
  /** Has the log say of a record that it is done, where another environment has parked it meanwhile. */
  nameAsRedriven<T>(run: BatchRun<T>, place: number): void;
  /** Says to the store of what is parked at `places` that the log names it so. */
  confirmParked<T>(run: BatchRun<T>, places: readonly number[]): Promise<void>;
  /** Brings parked records back. */
  redrive<T>(plan: Plan<T>, invocation: Invocation): Promise<BatchResponse>;
}

/** Logs a warning, with these details, if it was not logged yet. */
export type WarnOnce = (what: string, details?: Record<string, unknown>) => void;

/** Runs the given places, in stream order; one at a time where `isSerial`. */
export type RunPlaces = (places: readonly number[], isSerial: boolean) => Promise<void>;

/** Takes note of an append: when it was, and what it left unsaved. */
export function noteAppend<T>(
  { memory, outcomes, runtime }: BatchRun<T>,
  { conflicts, error }: Commit,
): void {
  outcomes.count("conflicts", conflicts);
  memory!.savedAt = runtime.clock.now();
  memory!.leftUnsaved = error === undefined ? 0 : outcomes.unsaved;
}

/** How often the record has failed before this delivery. An environment that died over it counts. */
export const failuresBefore = <T>(run: BatchRun<T>, place: number): number =>
  run.memory ? run.steps.progress!.failuresBefore(run, run.memory, place) : 0;

/** Where a record stands, for log lines. */
export function whereIs(record: UserRecord): Record<string, unknown> {
  return {
    stream: record.streamArn,
    shardId: record.shardId,
    sequenceNumber: record.sequenceNumber,
    ...(record.aggregated && { subSequenceNumber: record.subSequenceNumber }),
    partitionKey: record.partitionKey,
  };
}

/** The places of the records that are still to be run. */
export const freshPlaces = <T>({ outcomes }: BatchRun<T>): number[] =>
  outcomes.places((outcome) => outcome === Outcome.fresh);
