/**
 * The queue in front of the function: the busiest shard, with records that arrive by chance, read by the
 * event source mapping itself under a virtual clock. Nothing is assumed of its rules; they are its own.
 */

import type { KinesisEvent } from "../../../../src/record/lambda-event.ts";
import { seededRandom } from "../../../../src/time/random.ts";
import { type VirtualClock, virtualClock } from "../../../../src/time/virtual-clock.ts";
import { createKinesis, type Kinesis } from "../kinesis/index.ts";
import { createEventSourceMapping } from "../lambda/mapping/index.ts";
import { drawKeys, poisson } from "./arrivals.ts";
import { type Choice, type LaneLoad, laneOf } from "./choose.ts";
import { expectedInvocationMs, invocationMs } from "./invocation-time.ts";
import type { Load } from "./load.ts";
import type { Wishes } from "./wishes.ts";

/** Milliseconds. */
export interface Distribution {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly highest: number;
}

export interface Queue {
  /** Age of a batch's last record when the function is invoked: Lambda's metric. */
  readonly iteratorAgeMs: Distribution;
  /** Age of a batch's first record when its invocation has ended. */
  readonly doneAfterMs: Distribution;
  /** User records in an invocation, on average. */
  readonly recordsPerInvocation: number;
  /** Milliseconds that an invocation takes, on average. */
  readonly invocationMs: number;
  /** The part of the time that the shard's lanes are at work. */
  readonly utilization: number;
  /** False: the longer it runs, the more records wait. */
  readonly keepsUp: boolean;
  /** Virtual seconds that were simulated; the first quarter does not count. */
  readonly seconds: number;
}

export type QueueSettings = Pick<
  Choice,
  "shards" | "parallelizationFactor" | "batchSize" | "maximumBatchingWindowInSeconds"
>;

interface Invocation {
  readonly at: number;
  readonly ms: number;
  readonly records: number;
  readonly iteratorAge: number;
  readonly doneAfter: number;
}

const stream = "plan";

/** The same each time under the same seed. */
export async function simulate(
  load: Load,
  wishes: Wishes,
  settings: QueueSettings,
  seed = 1,
): Promise<Queue> {
  const { shards, parallelizationFactor, batchSize } = settings;
  const { maximumBatchingWindowInSeconds } = settings;
  const shard = laneOf(load, shards, 1);
  const rate = shard.rate / load.perAggregate;
  const seconds = secondsFor(rate, maximumBatchingWindowInSeconds);
  const clock = virtualClock();
  const random = seededRandom(seed);
  const kinesis = createKinesis({ clock, random });
  kinesis.createStream({ name: stream, shards: 1 });
  const invocations: Invocation[] = [];
  const atWork: { readonly from: number; readonly to: number }[] = [];
  let done = 0;
  const mapping = createEventSourceMapping({
    kinesis,
    random,
    stream,
    settings: { parallelizationFactor, batchSize, maximumBatchingWindowInSeconds },
    timing: wishes.fanOut ? { pollInterval: 0 } : {},
    trace: false,
    async invoke({ Records }) {
      const at = clock.now();
      const ms = durationOf(Records, load, wishes, shard);
      const arrival = (place: number) =>
        Records.at(place)!.kinesis.approximateArrivalTimestamp * 1000;
      atWork.push({ from: at, to: at + ms });
      await clock.sleep(ms);
      done += Records.length;
      invocations.push({
        at,
        ms,
        records: Records.length * load.perAggregate,
        iteratorAge: at - arrival(-1),
        doneAfter: at + ms - arrival(0),
      });
    },
  });
  const begun = clock.now();
  const [settled, end] = [begun + 250 * seconds, begun + 1000 * seconds];
  const arrived = arrive(kinesis, clock, rate, drawKeys(shard, random), random);
  await clock.advance(500 * seconds);
  const openHalfWay = arrived.count - done;
  await clock.advance(500 * seconds);
  const open = arrived.count - done;
  arrived.stop();
  await mapping.close();
  const counted = invocations.filter(({ at }) => at >= settled && at < end);
  const busyMs = atWork.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, end) - Math.max(from, settled)),
    0,
  );
  const utilization = busyMs / ((end - settled) * parallelizationFactor);
  return {
    iteratorAgeMs: distribution(counted.map(({ iteratorAge }) => iteratorAge)),
    doneAfterMs: distribution(counted.map(({ doneAfter }) => doneAfter)),
    recordsPerInvocation: mean(counted.map(({ records }) => records)),
    invocationMs: mean(counted.map(({ ms }) => ms)),
    utilization,
    // One lane may be too slow while the others have time.
    keepsUp: utilization < full && open - openHalfWay <= growing * arrived.count,
    seconds,
  };
}

/** Who is always at work has no time for what is waiting. */
const full = 0.99;
/** The part of all records by which what is open may grow by chance. */
const growing = 0.1;

/** Long enough for a mean: many batches, or many records; and no longer than a person waits for. */
function secondsFor(rate: number, window: number): number {
  const wanted = Math.max(20 * (window + 1), 20_000 / rate);
  return Math.ceil(Math.min(wanted, Math.max(120_000 / rate, 10), 7200));
}

/** Puts records from now on. */
function arrive(
  kinesis: Kinesis,
  clock: VirtualClock,
  rate: number,
  nextKey: () => string,
  random: () => number,
): { readonly count: number; stop(): void } {
  // The batch size is chosen so that bytes do not cut a batch.
  const data = new Uint8Array(8);
  const tickMs = Math.min(1000, Math.max(10, 5000 / rate));
  const arrived = { count: 0, stop: () => {} };
  const tick = () => {
    const ms = tickMs * (0.5 + random());
    const cancel = clock.after(ms, () => {
      for (let left = poisson((rate * ms) / 1000, random); left > 0; left--) {
        kinesis.putRecord({ stream, partitionKey: nextKey(), data });
        arrived.count++;
      }
      tick();
    });
    arrived.stop = () => void cancel();
  };
  tick();
  return arrived;
}

/** Inside an aggregate the keys are not known: then they are what chance makes them. */
function durationOf(
  records: KinesisEvent["Records"],
  { perAggregate }: Load,
  wishes: Wishes,
  shard: LaneLoad,
): number {
  if (perAggregate > 1) return expectedInvocationMs(wishes, shard, records.length * perAggregate);
  const byKey = new Map<string, number>();
  let longest = 0;
  for (const { kinesis } of records) {
    const count = (byKey.get(kinesis.partitionKey) ?? 0) + 1;
    byKey.set(kinesis.partitionKey, count);
    longest = Math.max(longest, count);
  }
  return invocationMs(wishes, { records: records.length, keys: byKey.size, longest });
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

function distribution(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { mean: mean(values), p50: at(0.5), p99: at(0.99), highest: at(1) };
}
