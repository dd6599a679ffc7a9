/** A load played against three streams: one that is fixed, one that is scaled, and one on demand; what each has, refuses and costs. */
import { type LoadMinute, shardsFilledBy } from "../../../../../src/scaling/load.ts";
import type { ScalingPolicy } from "../../../../../src/scaling/policy.ts";
import type { Prices } from "../prices.ts";
import { scalerOf } from "./ours.ts";
import { simulateScaling } from "./simulate.ts";

/** One way to have the stream. */
export interface WayToScale {
  readonly name: "fixed" | "scaled" | "on demand";
  /** A month of 730 hours, without reads; in the currency of the prices. */
  readonly monthly: number;
  /** On average; undefined on demand. */
  readonly shards?: number;
  /** Of what is put, 0 to 1. */
  readonly throttledShare: number;
}

/** What `planScaling` found. */
export interface ScalingPlanned {
  readonly ways: readonly WayToScale[];
  /** Days that were counted. */
  readonly days: number;
  /** Calls of UpdateShardCount: all, and the most in any 24 hours. */
  readonly operations: number;
  readonly mostOperationsInADay: number;
  /** Shards filled, and open in the scaled stream, for each minute of the load. */
  readonly load: readonly number[];
  readonly shards: readonly number[];
  /** When the load begins, in epoch milliseconds. */
  readonly start: number;
  /** What one should do, in sentences. */
  readonly advice: readonly string[];
  readonly policy: ScalingPolicy;
}

const day = 1440;
const hoursAMonth = 730;
/** Nothing is counted before the scaler has seen two days. */
const learns = 2 * day;
/** Ways whose prices differ by less cost about the same. */
const aboutTheSame = 0.15;
/** Of the data, that a stream which is fixed may refuse. */
const mostRefused = 0.001;

/** @throws RangeError for a load of less than an hour. */
export function planScaling(
  minutes: readonly LoadMinute[],
  policy: ScalingPolicy,
  prices: Prices,
): ScalingPlanned {
  if (minutes.length < 60) {
    throw new RangeError(
      `A load of ${minutes.length} minutes says nothing of scaling: give some days of it, minute by minute.`,
    );
  }
  const load = minutes.map(shardsFilledBy);
  const warmUp = load.length >= 3 * day ? learns : 0;
  const start = minutes[0]!.at;
  const counted = load.slice(warmUp);
  const atPeak = clamp(fewestFor(counted), policy);
  const world = { load, start, warmUp };
  const fixed = simulateScaling({ ...world, shards: atPeak }, () => undefined);
  const first = clamp(Math.ceil(load[0]! / policy.targetUtilization), policy);
  const scaled = simulateScaling({ ...world, shards: first }, scalerOf(policy));
  const hours = counted.length / 60;
  const units = payloadUnits(minutes.slice(warmUp), hours, prices);
  const provisioned = (shardHours: number) =>
    (shardHours / hours) * hoursAMonth * prices.kinesis.shardHour + units;
  const ways: WayToScale[] = [
    {
      name: "fixed",
      monthly: provisioned(fixed.shardHours),
      shards: atPeak,
      throttledShare: share(fixed),
    },
    {
      name: "scaled",
      monthly: provisioned(scaled.shardHours),
      shards: scaled.shardHours / hours,
      throttledShare: share(scaled),
    },
    {
      name: "on demand",
      monthly: onDemand(minutes.slice(warmUp), hours, prices),
      throttledShare: 0,
    },
  ];
  return {
    ways,
    days: counted.length / day,
    operations: scaled.operations,
    mostOperationsInADay: scaled.mostOperationsInADay,
    load,
    shards: [...scaled.shards],
    start,
    advice: [...adviceOn(ways, atPeak), ...(warmUp === 0 ? [tooShort] : [])],
    policy,
  };
}

const tooShort =
  "The load is shorter than three days, so that little of it could be foreseen: a week says more.";

function adviceOn(ways: readonly WayToScale[], atPeak: number): string[] {
  const [fixed, scaled, demand] = ways as [WayToScale, WayToScale, WayToScale];
  const advice: string[] = [];
  const saved = 1 - scaled.monthly / fixed.monthly;
  if (saved < aboutTheSame) {
    advice.push(
      `A stream that is fixed at ${atPeak} ${atPeak === 1 ? "shard" : "shards"} costs about the same as a scaled one, and has less that can go wrong.`,
    );
  } else {
    advice.push(`Scaling saves ${percent(saved)} of a stream that is fixed at its peak.`);
  }
  const provisioned = Math.min(fixed.monthly, scaled.monthly);
  if (demand.monthly < provisioned * (1 + aboutTheSame)) {
    const what = demand.monthly < provisioned ? "costs less" : "costs about the same";
    advice.push(`On-demand mode ${what}, and needs no scaling.`);
  }
  return advice;
}

const share = ({ throttled, offered }: { throttled: number; offered: number }) =>
  offered === 0 ? 0 : throttled / offered;

const clamp = (shards: number, { min, max }: ScalingPolicy) => Math.min(max, Math.max(min, shards));

/** The fewest shards that refuse next to nothing, whenever it comes. */
function fewestFor(load: readonly number[]): number {
  const offered = load.reduce((sum, filled) => sum + filled, 0);
  const refusedBy = (shards: number) =>
    load.reduce((sum, filled) => sum + Math.max(0, filled - shards), 0);
  let [low, high] = [1, Math.max(1, Math.ceil(load.reduce((a, b) => Math.max(a, b), 0)))];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (refusedBy(middle) <= mostRefused * offered) high = middle;
    else low = middle + 1;
  }
  return low;
}

const percent = (part: number) => `${Math.round(100 * part)} %`;

/** A month's, as if all records were of average size. */
function payloadUnits(minutes: readonly LoadMinute[], hours: number, { kinesis }: Prices): number {
  const { records, bytes } = monthOf(minutes, hours);
  if (records === 0) return 0;
  const each = Math.ceil(bytes / records / kinesis.payloadUnitBytes);
  return ((records * each) / 1e6) * kinesis.millionPayloadUnits;
}

/** Without reads, as the others are; each record counts as whole KiB. */
function onDemand(minutes: readonly LoadMinute[], hours: number, { kinesis }: Prices): number {
  const { records, bytes } = monthOf(minutes, hours);
  const counted = records === 0 ? bytes : records * Math.ceil(bytes / records / 1024) * 1024;
  return (
    hoursAMonth * kinesis.onDemandStreamHour + (counted / 1024 ** 3) * kinesis.onDemandGigabyteIn
  );
}

function monthOf(minutes: readonly LoadMinute[], hours: number) {
  let [records, bytes] = [0, 0];
  for (const minute of minutes) {
    records += minute.records;
    bytes += minute.bytes;
  }
  const months = hours / hoursAMonth;
  return { records: records / months, bytes: bytes / months };
}
