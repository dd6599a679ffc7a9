/**
 * A stream under a load, minute by minute: what is put, what is refused, what CloudWatch says of it and when, and what a scaler does
 * about it. A day takes milliseconds.
 */
import { type LoadMinute, shardTakes } from "../../../../../src/scaling/load.ts";

/** What a scaler sees, once a minute. */
export interface ScalerView {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly shards: number;
  /** UPDATING while an operation is under way. */
  readonly status: "ACTIVE" | "UPDATING";
  /** All that CloudWatch shows by now, from the beginning. */
  readonly minutes: readonly LoadMinute[];
}

/** Says how many shards it wants; undefined: it does nothing. */
export type Scaler = (view: ScalerView) => number | undefined;

export interface ScalingWorld {
  /** Shards that the load would fill, for each minute. */
  readonly load: ArrayLike<number>;
  /** When the first minute begins, in epoch milliseconds. @default 2026-01-01T00:00:00Z, a Thursday */
  readonly start?: number;
  readonly shards: number;
  /** Minutes between a minute's end and its metrics. @default 2 */
  readonly metricsLate?: number;
  /** Minutes that an operation takes. @default 2 */
  readonly operationTakes?: number;
  /** Minutes at the beginning that are not counted. @default 2 days */
  readonly warmUp?: number;
}

export interface ScalingOutcome {
  readonly shardHours: number;
  /** With as many shards in each minute as it fills, at least one. */
  readonly idealShardHours: number;
  /** Of what was put, what was refused. */
  readonly offered: number;
  readonly throttled: number;
  readonly operations: number;
  readonly mostOperationsInADay: number;
  /** Calls that AWS would have refused. */
  readonly refused: number;
  /** Open shards, for each minute. */
  readonly shards: Int32Array;
  /** When operations were begun, as numbers of minutes. */
  readonly begun: readonly number[];
}

const minuteMs = 60_000;
const day = 1440;
const callsADay = 10;

export function simulateScaling(
  {
    load,
    start = Date.UTC(2026, 0, 1),
    shards: first,
    metricsLate = 2,
    operationTakes = 2,
    warmUp = 2 * day,
  }: ScalingWorld,
  scaler: Scaler,
): ScalingOutcome {
  const open = new Int32Array(load.length);
  const pending: LoadMinute[] = [];
  const minutes: LoadMinute[] = [];
  const begun: number[] = [];
  let shards = first;
  let next: { readonly shards: number; readonly at: number } | undefined;
  let shardMinutes = 0;
  let ideal = 0;
  let offered = 0;
  let throttled = 0;
  let refused = 0;

  for (let minute = 0; minute < load.length; minute++) {
    if (next && minute >= next.at) {
      shards = next.shards;
      next = undefined;
    }
    while (pending.length > 0 && pending[0]!.at <= start + (minute - 1 - metricsLate) * minuteMs) {
      minutes.push(pending.shift()!);
    }
    const target = scaler({
      now: start + minute * minuteMs,
      shards,
      status: next ? "UPDATING" : "ACTIVE",
      minutes,
    });
    if (target !== undefined && target !== shards) {
      const recent = begun.filter((at) => at > minute - day).length;
      if (next || target > 2 * shards || target < shards / 2 || recent >= callsADay) refused++;
      else {
        begun.push(minute);
        next = { shards: target, at: minute + operationTakes };
      }
    }
    open[minute] = shards;
    const put = Math.min(load[minute]!, shards);
    pending.push(metricsOf(start + minute * minuteMs, put, load[minute]! - put));
    if (minute < warmUp) continue;
    shardMinutes += shards;
    ideal += Math.max(1, Math.ceil(load[minute]!));
    offered += load[minute]!;
    throttled += load[minute]! - put;
  }
  const counted = begun.filter((at) => at >= warmUp);
  return {
    shardHours: shardMinutes / 60,
    idealShardHours: ideal / 60,
    offered,
    throttled,
    operations: counted.length,
    mostOperationsInADay: mostInADay(begun),
    refused,
    shards: open,
    begun,
  };
}

const metricsOf = (at: number, put: number, lost: number): LoadMinute => ({
  at,
  bytes: put * 60 * shardTakes.bytes,
  records: put * 60 * (shardTakes.records / 2),
  throttled: lost * 60 * (shardTakes.records / 2),
});

function mostInADay(begun: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (let at = 0; at < begun.length; at++) {
    while (begun[from]! <= begun[at]! - day) from++;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
