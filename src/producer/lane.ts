/**
 * What waits for a shard, the oldest first. A lane is what has to stay in order: of each there is one batch under way at a time, and
 * what was refused goes back to where it stood.
 */
import type { Pending } from "./pending.ts";
import type { Rate } from "./rate.ts";
import type { ShardRange } from "./shard-map.ts";

/** The hash keys that a lane is for. Without `shardId` the shards are not known, and it is for all of them. */
export type LaneRange = Omit<ShardRange, "shardId"> & Partial<Pick<ShardRange, "shardId">>;

export interface Lane extends LaneRange {
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

export const newLane = (range: LaneRange, rate: Rate): Lane => ({
  ...range,
  ...{ rate, queue: [], head: 0, bytes: 0, underWay: 0, pausedUntil: 0, refusals: 0 },
});

export const waitingIn = (lane: Lane): number => lane.queue.length - lane.head;

export const firstIn = (lane: Lane): Pending | undefined => lane.queue[lane.head];

export function append(lane: Lane, pending: Pending): void {
  lane.queue.push(pending);
  lane.bytes += pending.data.length;
}

/** Takes out what `decide` says, from the first on. "stop": this one stays, with all behind it. */
export function takeFrom(
  lane: Lane,
  decide: (pending: Pending) => "take" | "leave" | "stop",
): Pending[] {
  const { queue } = lane;
  const taken: Pending[] = [];
  const left: Pending[] = [];
  let at = lane.head;
  for (; at < queue.length; at++) {
    const pending = queue[at]!;
    const decision = decide(pending);
    if (decision === "stop") break;
    (decision === "take" ? taken : left).push(pending);
  }
  for (const { data } of taken) lane.bytes -= data.length;
  // What was left moves up to the rest, and what was taken is not kept.
  const head = at - left.length;
  queue.fill(undefined!, lane.head, head);
  left.forEach((pending, place) => {
    queue[head + place] = pending;
  });
  lane.head = head;
  if (2 * head > queue.length) startAnew(lane);
  return taken;
}

function startAnew(lane: Lane): void {
  lane.queue = lane.queue.slice(lane.head);
  lane.head = 0;
}

/** What came back is appended; it goes to where it stood. */
export function putInOrder(lane: Lane): void {
  startAnew(lane);
  lane.queue.sort((a, b) => a.ordinal - b.ordinal);
}

/** Empties the lane. */
export const drain = (lane: Lane): Pending[] => takeFrom(lane, () => "take");
