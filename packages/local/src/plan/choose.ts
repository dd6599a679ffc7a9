/** Which settings a mapping should have for a load: factor, batch size and window, and more shards where the function is too slow for few. */
import { type ShardNeed, shardNeed } from "./capacity.ts";
import { expectedInvocationMs, type LaneKeys } from "./invocation-time.ts";
import type { Load } from "./load.ts";
import type { Wishes } from "./wishes.ts";

export interface Choice {
  readonly need: ShardNeed;
  /** At least those of `need`; more where the function could not keep up with fewer. */
  readonly shards: number;
  readonly parallelizationFactor: number;
  readonly batchSize: number;
  readonly maximumBatchingWindowInSeconds: number;
  /** Why no settings would do. */
  readonly problems: readonly string[];
}

/** The part of its time that a lane may be at work: the rest is for what is not even. */
const utilization = 0.8;
const mostFactor = 10;
const mostBatchSize = 10_000;
/** Payload of an event, base64 undone, and what stands around each record in it. */
const mostEventBytes = 4_718_592;
const envelopeBytes = 512;
const windows = [0, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300];
/** Larger batches than this cost hardly less a record. */
const batchWorthWaitingFor = 1000;

export function choose(load: Load, wishes: Wishes): Choice {
  const need = shardNeed(load, wishes);
  const problems = problemsOf(load, wishes, need);
  let shards = need.shards;
  let parallelizationFactor = smallestFactor(load, wishes, shards);
  while (parallelizationFactor === undefined && shards < load.keys && problems.length === 0) {
    shards = Math.min(load.keys, Math.ceil(shards * 1.1));
    parallelizationFactor = smallestFactor(load, wishes, shards);
  }
  if (parallelizationFactor === undefined && problems.length === 0) {
    problems.push(
      "There are too few partition keys to do the work side by side: use more keys, or make the handler faster.",
    );
  }
  const factor = parallelizationFactor ?? factorAtMost(load, shards);
  const lane = laneOf(load, shards, factor);
  const largest = largestBatch(load, wishes, lane);
  const maximumBatchingWindowInSeconds = windowFor(wishes, lane, largest);
  const expected = expectedBatch(wishes, lane, largest, maximumBatchingWindowInSeconds);
  // Room for what has queued up: a larger batch costs less a record.
  const records = Math.min(largest, Math.max(100, 4 * expected)) / load.perAggregate;
  return {
    need,
    shards,
    parallelizationFactor: factor,
    batchSize: roundDown(Math.max(1, records)),
    maximumBatchingWindowInSeconds,
    problems,
  };
}

function problemsOf(load: Load, { handlerMs }: Wishes, { shards }: ShardNeed): string[] {
  const { peakRecordsPerSecond, hottestShare, bytes, perAggregate } = load;
  const hottest = peakRecordsPerSecond * hottestShare;
  const problems: string[] = [];
  const isTooMuch = (hottest * bytes) / 1024 > 1024 || hottest / perAggregate > 1000;
  if (shards > 1 && isTooMuch) {
    problems.push(
      `The busiest key has ${Math.round(hottest).toLocaleString("en")} records/s, more than the one shard takes that all of them go to: use more keys.`,
    );
  }
  if (hottest * handlerMs > 1000) {
    problems.push(
      `The busiest key has ${Math.round(hottest).toLocaleString("en")} records/s, which follow each other: at ${handlerMs} ms each they take longer than they take to arrive.`,
    );
  }
  return problems;
}

/** One lane of the mapping on one shard: the busiest of them. */
export interface LaneLoad extends LaneKeys {
  /** User records a second, at the peak. */
  readonly rate: number;
}

export function laneOf(load: Load, shards: number, factor: number): LaneLoad {
  const { keys, hottestShare, peakRecordsPerSecond, perAggregate } = load;
  const lanes = shards * (perAggregate > 1 ? 1 : factor);
  const even = peakRecordsPerSecond / lanes;
  const hottest = peakRecordsPerSecond * hottestShare;
  // A key that is busier than the others comes on top of an even share of theirs.
  const isOutstanding = hottestShare * keys > outstanding;
  const rate = isOutstanding ? hottest + (1 - hottestShare) * even : Math.max(even, hottest);
  return {
    rate: Math.min(peakRecordsPerSecond, rate),
    keys: Math.max(1, keys / lanes),
    hottestShare: Math.min(1, hottest / rate),
  };
}

/** How much busier than an average key one must be to count as such: less is chance. */
const outstanding = 2;

/** A mapping hands out a shard's records by key: more lanes than keys stay empty, and all aggregates have one key. */
const factorAtMost = ({ keys, perAggregate }: Load, shards: number): number =>
  perAggregate > 1 ? 1 : Math.max(1, Math.min(mostFactor, Math.floor(keys / shards)));

/** Undefined: not even the largest is enough. */
function smallestFactor(load: Load, wishes: Wishes, shards: number): number | undefined {
  for (let factor = 1; factor <= factorAtMost(load, shards); factor++) {
    const lane = laneOf(load, shards, factor);
    const batch = largestBatch(load, wishes, lane);
    const perSecond = (1000 * batch) / expectedInvocationMs(wishes, lane, batch);
    if (lane.rate <= utilization * perSecond) return factor;
  }
  return undefined;
}

/** By Lambda's limits, and so that it is done within half of the timeout and half of the wanted age. */
function largestBatch({ bytes, perAggregate }: Load, wishes: Wishes, lane: LaneKeys): number {
  const inTime = 500 * Math.min(wishes.timeoutSeconds, Math.max(1, wishes.maxAgeSeconds));
  const byBytes = Math.floor(mostEventBytes / (bytes + envelopeBytes / perAggregate));
  let most = Math.max(1, Math.min(mostBatchSize * perAggregate, byBytes));
  while (most > 1 && expectedInvocationMs(wishes, lane, most) > inTime) {
    most = Math.floor(most * 0.9);
  }
  return most;
}

/** The longest window that the wanted age allows and that still makes batches larger by what is worth it. */
function windowFor(wishes: Wishes, lane: LaneLoad, largest: number): number {
  let chosen = 0;
  for (const window of windows) {
    if (window === 0) continue;
    const worthWhile =
      expectedBatch(wishes, lane, largest, chosen) < Math.min(largest, batchWorthWaitingFor) / 2;
    const worst =
      window + expectedInvocationMs(wishes, lane, Math.min(largest, lane.rate * window)) / 1000;
    if (!worthWhile || worst + 1 > wishes.maxAgeSeconds) break;
    chosen = window;
  }
  return chosen;
}

/** What a lane has gathered when it is free again: while it worked, or while it waited. */
function expectedBatch(wishes: Wishes, lane: LaneLoad, largest: number, window: number): number {
  const pollSeconds = wishes.fanOut ? 0 : 1;
  let batch = 1;
  for (let round = 0; round < 20; round++) {
    const seconds = expectedInvocationMs(wishes, lane, batch) / 1000;
    batch = Math.min(largest, Math.max(1, lane.rate * Math.max(window, pollSeconds, seconds)));
  }
  return batch;
}

/** To two digits and zeros. */
function roundDown(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.floor(value / unit) * unit;
}
