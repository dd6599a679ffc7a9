import type { Logger } from "../observe/log.ts";
import type { Counts } from "../observe/metrics.ts";
import type { ParkedRecord } from "../park/parking.ts";
import type { Entry } from "../progress/entry.ts";
import type { Ledger } from "../progress/ledger.ts";
import type { FollowedKeys } from "../progress/parked-keys.ts";
import type { ShardLog } from "../progress/shard-log.ts";
import { comparePositions, formatPosition } from "../record/position.ts";
import type { Batch } from "../record/unpack.ts";
import type { UserRecord } from "../record/user-record.ts";
import type { Deadline } from "./deadline.ts";
import type { HeapWatch } from "./heap.ts";
import type { ParkingRules } from "./parking-rules.ts";
import type { Plan } from "./plan.ts";
import type { ProgressRules } from "./progress-rules.ts";
import type { Runtime } from "./runtime.ts";
import type { Transaction } from "./transact.ts";

/** What became of a record. The order matters: from `processed` on it is done. */
export const Outcome = {
  /** Not begun: no time, or an earlier record of its lane failed. */
  fresh: 0,
  running: 1,
  failed: 2,
  /** Begun, and stopped by the signal: not a failure. */
  givenBack: 3,
  /** Has the unique id of an earlier record of this batch, and shares its fate. */
  twin: 4,
  processed: 5,
  /** Its decoder said that it needs no processing. */
  dropped: 6,
  parked: 7,
  redelivered: 8,
  duplicate: 9,
} as const;

export const isDone = (outcome: number) => outcome >= Outcome.processed;

/** How far a record is on its way to a value. */
export const Reading = {
  not: 0,
  begun: 1,
  /** It has its id, and its value was let go for want of memory. */
  letGo: 2,
  done: 3,
} as const;

/**
 * One batch on its way: the records, and what is known of each so far, by place. Each step of the way
 * reads and writes it: unpack, screen, process, settle.
 */
export interface BatchRun<T> {
  readonly plan: Plan<T>;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
  readonly batch: Batch;
  readonly counts: Counts;
  readonly outcomes: Uint8Array;
  /** Of each record: see `Reading`. */
  readonly reading: Uint8Array;
  /** Decoded values, from when they are read until their records have come to an end. */
  readonly values: (T | undefined)[];
  readonly heap: HeapWatch;
  /** Unique ids, where a record has one. */
  readonly ids: (string | undefined)[];
  /** Names in the log: four words a record. Empty without progress. */
  readonly names: Uint32Array;
  /** Behind a fan-out consumer, what each is called without an id, once one was asked for. */
  readonly innerNames: string[];
  /** What was thrown, by place: for a record that failed, now or while it was decoded. */
  readonly errors: Map<number, unknown>;
  /** How often a record has failed, this time included, by place. */
  readonly attempts: Map<number, number>;
  /** Failed because they went on until the end of their invocation. */
  readonly hung: Set<number>;
  /** The place of the latest record with an id that may yet have twins. */
  readonly firsts: Map<string, number>;
  /** Of a twin: the place of the record whose id it has. */
  readonly twins: Map<number, number>;
  /** Parked in this batch, and not yet confirmed. */
  readonly parked: Map<number, ParkedRecord>;
  /** What is done where parking is. */
  readonly parking: ParkingRules | undefined;
  /** Effects of `commitWith` that are not committed yet. */
  readonly transactions: Transaction[];
  /** Undefined without progress. */
  readonly memory: Memory | undefined;
}

/** The shard's log, how to read and write it, and what of this batch it holds. */
export interface Memory {
  readonly rules: ProgressRules;
  readonly log: ShardLog;
  readonly ledger: Ledger;
  /** 1: the log has what became of this record. */
  readonly saved: Uint8Array;
  /** Records that are settled, and not in the log. */
  unsaved: number;
  savedAt: number;
  /** The append under way: one at a time. */
  saving: Promise<unknown>;
  /** Our own `began` and `lease` entries that nothing has ended yet. */
  readonly claims: Set<number>;
  /** Of a claim by its number: whether it is of the lane that this batch is of. */
  readonly lanes: Map<number, boolean>;
  /** Partition keys of which a record is parked, where later ones follow it. */
  readonly parkedKeys: FollowedKeys;
  /** Where parked records are redriven: what the log said of each when it was parked. */
  readonly redriven?: readonly { readonly attempts: number; readonly saidBy: number }[];
  /** Leaves the log to the next invocation. */
  readonly giveBack: () => void;
}

/** How often the record has failed before this delivery. An environment that died over it counts. */
export function failuresBefore<T>(run: BatchRun<T>, place: number): number {
  const { memory, batch } = run;
  if (!memory) return 0;
  const position = batch.records[place]!;
  const open = memory.redriven?.[place] ?? memory.log.openRecord(position);
  // Those that an entry has counted among the attempts are not counted again.
  const left = claimsLeftOn(run, memory, place).filter(({ n }) => n > (open?.saidBy ?? 0));
  // One invocation may have left several claims, all until its end: it died once.
  const deaths = new Set(left.map(({ until }) => until));
  return (open?.attempts ?? 0) + deaths.size;
}

/** The claims on a record that another environment has left. */
export function claimsLeftOn<T>(
  { batch, plan }: BatchRun<T>,
  { claims: own, lanes, log }: Memory,
  place: number,
): Entry[] {
  return log.claimsOn(batch.records[place]!).filter((claim) => {
    if (own.has(claim.n)) return false;
    if (plan.parallelizationFactor === 1) return true;
    let isOfThisLane = lanes.get(claim.n);
    if (isOfThisLane === undefined) {
      // A claim of another lane spans our records too, and its environment may well be alive. Its ends
      // are of its own lane.
      isOfThisLane = batch.records.some((record) =>
        [claim.first!, claim.last!].some((end) => comparePositions(record, end) === 0),
      );
      lanes.set(claim.n, isOfThisLane);
    }
    return isOfThisLane;
  });
}

/** The same on every delivery of the record, and on those of its duplicates. */
export function idempotencyKeyOf<T>({ plan, batch, ids }: BatchRun<T>, place: number): string {
  const id = ids[place];
  return id
    ? `${plan.consumer}/${batch.streamName}/id/${id}`
    : `${plan.consumer}/${batch.streamName}/${batch.shardId}/${formatPosition(batch.records[place]!)}`;
}

/** Where a record stands, for log lines. */
export function whereIs(record: UserRecord): Record<string, unknown> {
  return {
    stream: record.streamArn,
    shardId: record.shardId,
    sequenceNumber: record.sequenceNumber,
    ...(record.aggregated ? { subSequenceNumber: record.subSequenceNumber } : {}),
    partitionKey: record.partitionKey,
  };
}

/** The places of the records that are still to be run. */
export function freshPlaces<T>({ outcomes }: BatchRun<T>): number[] {
  const places: number[] = [];
  for (let place = 0; place < outcomes.length; place++) {
    if (outcomes[place] === Outcome.fresh) places.push(place);
  }
  return places;
}
