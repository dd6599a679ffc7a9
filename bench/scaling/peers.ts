/** Models of public scalers, written from what their sources and alarms say: what they would do in the simulation. */
import type { Scaler, ScalerView } from "../../packages/local/src/plan/scaling/simulate.ts";
import { shardTakes } from "../../src/scaling/load.ts";

const minuteMs = 60_000;

/**
 * MAX(bytes, records) of a period of `length` minutes, the newest being number 0, as the part of the shards that was filled by what was put; undefined:
 * it is not known. CloudWatch looks at an alarm every minute, and its periods end where its newest minute ends, whatever the clock says.
 */
function usage({ minutes, shards }: ScalerView, length: number, period: number) {
  const end = minutes.length - period * length;
  if (end < length) return undefined;
  let bytes = 0;
  let records = 0;
  for (let index = end - length; index < end; index++) {
    bytes += minutes[index]!.bytes;
    records += minutes[index]!.records;
  }
  return Math.max(bytes / shardTakes.bytes, records / shardTakes.records) / (60 * length) / shards;
}

/** Whether the alarm is on: of the last `of` periods at least `least` are as they are to be. */
function isOn(
  view: ScalerView,
  { length, least, of }: { readonly length: number; readonly least: number; readonly of: number },
  isMet: (usage: number) => boolean,
): boolean {
  if (view.minutes.length < of * length) return false;
  let unmet = 0;
  for (let period = 0; period < of; period++) {
    if (!isMet(usage(view, length, period)!) && ++unmet > of - least) return false;
  }
  return true;
}

/**
 * aws-samples/kinesis-auto-scaling: five periods of five minutes at 75 % or more double the stream; 57 of 60 below 25 % halve it. The alarms' maths has the
 * number of shards in it, and is written anew after each operation. What UpdateShardCount refuses sets the alarm back, and is asked for again. It would ask for
 * half of an odd number rounded down, which is refused; here it is rounded up.
 */
export const awsSamples = (): Scaler => (view) => {
  const { shards, status } = view;
  if (status !== "ACTIVE") return undefined;
  if (isOn(view, { length: 5, least: 5, of: 5 }, (filled) => filled >= 0.75)) return shards * 2;
  return shards > 1 && isOn(view, { length: 5, least: 57, of: 60 }, (filled) => filled < 0.25)
    ? Math.ceil(shards / 2)
    : undefined;
};

/** brexhq/substation: a minute's periods, five of five at 70 % up, sixty of sixty at 35 % down, and a rest after each. */
export function substation(): Scaler {
  let lastAt = Number.NEGATIVE_INFINITY;
  return (view) => {
    const { shards, now, status } = view;
    if (status !== "ACTIVE") return undefined;
    if (isOn(view, { length: 1, least: 5, of: 5 }, (filled) => filled >= 0.7)) {
      if (now - lastAt < 3 * minuteMs) return undefined;
      lastAt = now;
      const factor = shards < 10 ? 2 : shards < 25 ? 1.75 : shards < 50 ? 1.5 : 1.25;
      return Math.ceil(shards * factor);
    }
    if (shards === 1 || now - lastAt < 30 * minuteMs) return undefined;
    if (!isOn(view, { length: 1, least: 60, of: 60 }, (filled) => filled <= 0.35)) return undefined;
    lastAt = now;
    return Math.ceil(shards / 2);
  };
}

/** As many as the busiest minutes need, for ever: one in a thousand may be refused. */
export const fixedAt = (load: ArrayLike<number>): number => {
  const sorted = Float64Array.from(load).sort();
  return Math.ceil(sorted[Math.floor(sorted.length * 0.999)]!);
};
