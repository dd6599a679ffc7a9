/** One line of delivery in a shard: what waits, what is tried, one invocation at a time. */
import { type Batch, newBatch, type PendingRecord } from "./batch.ts";
import { type RecordQueue, recordQueue } from "./batching.ts";
import type { Decision } from "./decide.ts";

/** Its life is in its fields; what happens to them is decided in pure functions. */
export interface Lane {
  readonly waiting: RecordQueue;
  /** Batches that were formed and are not settled, in order: the first one is being tried. */
  readonly batches: Batch[];
  /** An invocation or a failure document is under way. */
  busy: boolean;
  /** The first batch is not delivered before this, in epoch milliseconds. */
  notBefore: number;
  /** How long that was when it was decided, in milliseconds. */
  pause: number;
  /** When the latest invocation ended, in epoch milliseconds. */
  completed: number;
  /** When the oldest waiting record became available, in epoch milliseconds. */
  available: number;
}

export function newLane(): Lane {
  return {
    waiting: recordQueue(),
    batches: [],
    busy: false,
    notBefore: Number.NEGATIVE_INFINITY,
    pause: 0,
    completed: Number.NEGATIVE_INFINITY,
    available: Number.NEGATIVE_INFINITY,
  };
}

export function addRecord(lane: Lane, record: PendingRecord, now: number): void {
  if (lane.waiting.length === 0) lane.available = now;
  lane.waiting.push(record);
}

/** Of a clock that was set back the lane remembers moments that are still to come. Nothing waits for them. */
export function notAfter(lane: Lane, now: number): void {
  lane.completed = Math.min(lane.completed, now);
  lane.available = Math.min(lane.available, now);
  lane.notBefore = Math.min(lane.notBefore, now + lane.pause);
}

/** Puts what waits at the front into a batch of its own. */
export function formBatch(lane: Lane, size: number, window?: Batch["window"]): void {
  lane.batches.push(newBatch(lane.waiting.take(size), window));
}

export function applyDecision(lane: Lane, decision: Decision<PendingRecord>, now: number): void {
  lane.batches.splice(0, 1, ...decision.next);
  lane.pause = decision.pause;
  lane.notBefore = now + lane.pause;
}

/** The oldest record that is not settled. */
export function oldestPending(lane: Lane): PendingRecord | undefined {
  for (const { records } of lane.batches) if (records[0]) return records[0];
  return lane.waiting.at(0);
}

/** Nothing waits, nothing is tried. */
export const isEmpty = (lane: Lane) =>
  !lane.busy && lane.batches.length === 0 && lane.waiting.length === 0;

/**
 * The lane of a partition key. AWS does not say how it assigns them; this is FNV-1a over the
 * key's UTF-16 units, mixed once more so that the lowest bits depend on all of them.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < partitionKey.length; at++) {
    hash = Math.imul(hash ^ partitionKey.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % lanes;
}
