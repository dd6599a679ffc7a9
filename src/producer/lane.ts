/**
 * What waits for a shard, the oldest first. A lane is what has to stay in order: of each there is one batch under way at a time, and
 * what was refused goes back to where it stood.
 */
import type { KplUserRecord } from "../kpl/user-record.ts";
import type { Attempt } from "./attempt.ts";
import type { PutError } from "./errors.ts";
import type { PutResult } from "./options.ts";
import type { Rate } from "./rate.ts";
import type { ShardRange } from "./shard-map.ts";

/** A user record on its way. */
export interface Pending {
  /** Its place among all that were put. */
  readonly ordinal: number;
  readonly record: KplUserRecord;
  readonly hashKey: string;
  /** Of data and key. */
  readonly bytes: number;
  /** Its data is an aggregate already: it goes as it is. */
  readonly isAggregate: boolean;
  readonly putAt: number;
  readonly sendBy: number;
  readonly expiresAt: number;
  readonly resolve: (result: PutResult) => void;
  readonly reject: (error: PutError) => void;
  attempts: readonly Attempt[];
  /** What its last request failed with. */
  lastError?: unknown;
  /** One of its requests had no answer. */
  mayHaveBeenPut: boolean;
  /** A request that it was in was refused as a whole: it goes in one of its own, which says whether it was this record. */
  isSuspect: boolean;
}

export interface Lane {
  /** Undefined: the shards are not known, and this lane is for all of them. */
  readonly shard: ShardRange | undefined;
  readonly first: string;
  readonly last: string;
  readonly rate: Rate;
  queue: Pending[];
  /** Where the queue begins. */
  head: number;
  /** Bytes of data that wait. */
  bytes: number;
  /** Batches under way that may have keys of this lane. */
  underWay: number;
  /** After a refusal. */
  pausedUntil: number;
  /** Refusals one after the other. */
  refusals: number;
}

export const newLane = (
  shard: ShardRange | undefined,
  { first, last }: Pick<ShardRange, "first" | "last">,
  rate: Rate,
): Lane => ({
  ...{ shard, first, last, rate },
  ...{ queue: [], head: 0, bytes: 0, underWay: 0, pausedUntil: 0, refusals: 0 },
});

export const waitingIn = (lane: Lane): number => lane.queue.length - lane.head;

export const firstIn = (lane: Lane): Pending | undefined => lane.queue[lane.head];

export function append(lane: Lane, pending: Pending): void {
  lane.queue.push(pending);
  lane.bytes += pending.record.data.length;
}

/** What was sent must not be kept by the queue that it stood in. */
const gone = undefined as unknown as Pending;

/** Leaves out what `take` takes, from the first on. `take` says "stop" at one that stays, with all behind it. */
export function takeFrom(lane: Lane, take: (pending: Pending) => "take" | "leave" | "stop"): void {
  const { queue } = lane;
  const left: Pending[] = [];
  let at = lane.head;
  for (; at < queue.length; at++) {
    const pending = queue[at]!;
    const decision = take(pending);
    if (decision === "stop") break;
    if (decision === "leave") left.push(pending);
    else lane.bytes -= pending.record.data.length;
  }
  // What was left moves up to the rest.
  let to = at;
  for (let one = left.pop(); one; one = left.pop()) queue[--to] = one;
  queue.fill(gone, lane.head, to);
  lane.head = to;
  if (lane.head > 1024 && 2 * lane.head > queue.length) {
    queue.splice(0, lane.head);
    lane.head = 0;
  }
}

/** Each to where it stood. `again` is in the order of `put`. */
export function putBack(lane: Lane, again: readonly Pending[]): void {
  const last = again.at(-1);
  if (!last) return;
  const { queue } = lane;
  const merged: Pending[] = [];
  let at = lane.head;
  for (const pending of again) {
    for (; at < queue.length && queue[at]!.ordinal < pending.ordinal; at++) merged.push(queue[at]!);
    merged.push(pending);
    lane.bytes += pending.record.data.length;
  }
  lane.queue = merged.concat(queue.slice(at));
  lane.head = 0;
}

/** Empties the lane. */
export function drain(lane: Lane): Pending[] {
  const { queue, head } = lane;
  lane.queue = [];
  lane.head = 0;
  lane.bytes = 0;
  return queue.slice(head);
}
