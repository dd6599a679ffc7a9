/** Models of public scalers, written from what their sources and alarms say: what they would do in the simulation. */
import type { Scaler, ScalerView } from "../../packages/local/src/plan/scaling/simulate.ts";
import { shardTakes } from "../../src/scaling/load.ts";

const minuteMs = 60_000;

/** MAX(bytes, records) of the last `points` periods of `length` minutes, as shards filled by what was put. */
function periods({ now, minutes }: ScalerView, length: number, points: number): number[] {
  const found: number[] = [];
  const lastEnd = Math.floor((now - 2 * minuteMs) / (length * minuteMs)) * length * minuteMs;
  let index = minutes.length - 1;
  while (index >= 0 && minutes[index]!.at >= lastEnd) index--;
  for (let point = 0; point < points; point++) {
    const from = lastEnd - (point + 1) * length * minuteMs;
    let bytes = 0;
    let records = 0;
    let seen = 0;
    for (; index >= 0 && minutes[index]!.at >= from; index--, seen++) {
      bytes += minutes[index]!.bytes;
      records += minutes[index]!.records;
    }
    if (seen === 0) break;
    found.push(Math.max(bytes / shardTakes.bytes, records / shardTakes.records) / (60 * length));
  }
  return found;
}

const count = (values: readonly number[], isMet: (value: number) => boolean) =>
  values.filter(isMet).length;

/**
 * aws-samples/kinesis-auto-scaling: five periods of five minutes at 75 % or more double the stream; 57 of 60 below 25 % halve it. The
 * alarms' maths has the number of shards in it, and is written anew after each operation.
 */
export const awsSamples = (): Scaler => (view) => {
  if (view.now % (5 * minuteMs) !== 0 || view.status !== "ACTIVE") return undefined;
  const { shards } = view;
  const recent = periods(view, 5, 60);
  const last = recent.slice(0, 5);
  if (last.length === 5 && last.every((filled) => filled / shards >= 0.75)) return shards * 2;
  if (recent.length < 60 || shards === 1) return undefined;
  return count(recent, (filled) => filled / shards < 0.25) >= 57
    ? Math.ceil(shards / 2)
    : undefined;
};

/** brexhq/substation: a minute's periods, five of five at 70 % up, sixty of sixty at 35 % down, and a rest after each. */
export function substation(): Scaler {
  let lastAt = Number.NEGATIVE_INFINITY;
  return (view) => {
    const { shards, now } = view;
    if (view.status !== "ACTIVE") return undefined;
    const recent = periods(view, 1, 60);
    const last = recent.slice(0, 5);
    if (last.length === 5 && last.every((filled) => filled / shards >= 0.7)) {
      if (now - lastAt < 3 * minuteMs) return undefined;
      lastAt = now;
      const factor = shards < 10 ? 2 : shards < 25 ? 1.75 : shards < 50 ? 1.5 : 1.25;
      return Math.ceil(shards * factor);
    }
    if (shards === 1 || recent.length < 60) return undefined;
    if (!recent.every((filled) => filled / shards <= 0.35)) return undefined;
    if (now - lastAt < 30 * minuteMs) return undefined;
    lastAt = now;
    return Math.ceil(shards / 2);
  };
}

/** As many as the busiest minutes need, for ever: one in a thousand may be refused. */
export const fixedAt = (load: ArrayLike<number>): number => {
  const sorted = Float64Array.from(load).sort();
  return Math.ceil(sorted[Math.floor(sorted.length * 0.999)]!);
};
