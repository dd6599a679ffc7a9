/** Loads of 14 days, minute by minute, in shards filled: a real day's curve, and shapes that nobody has tuned for. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Random, seededRandom } from "../../src/time/random.ts";

const day = 1440;
export const days = 14;

export interface Curve {
  readonly name: string;
  readonly load: Float64Array;
}

/** Departures of 231,083 real flights by the minute of the day, in shares of the busiest; schedules' round minutes are made even. */
export async function flightsDay(): Promise<Float64Array> {
  const require = createRequire(import.meta.url);
  const file = require.resolve("vega-datasets/data/flights-200k.json");
  const flights: { readonly time: number }[] = JSON.parse(await readFile(file, "utf8"));
  const minutes = new Float64Array(day);
  for (const { time } of flights) minutes[Math.round(time * 60) % day]!++;
  const even = minutes.map((_, at) => {
    let sum = 0;
    for (let near = -15; near <= 15; near++) sum += minutes[(at + near + day) % day]!;
    return sum;
  });
  const most = Math.max(...even);
  return even.map((value) => value / most);
}

/** A normal deviate, by Box and Muller. */
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** `of` gives the even load of a minute; it gets noise of 8 %. */
export function curve(
  minutes: number,
  random: Random,
  of: (minute: number) => number,
): Float64Array {
  return Float64Array.from({ length: minutes }, (_, minute) =>
    Math.max(0, of(minute) * (1 + 0.08 * normal(random))),
  );
}

export const flights = (shape: Float64Array, peak: number, seed: number, minutes = days * day) =>
  curve(minutes, seededRandom(seed), (minute) => peak * shape[minute % day]!);

/** Times `factor` for `length` minutes, from each of these minutes on. */
export function withSpikes(load: Float64Array, at: readonly number[], factor = 3, length = 20) {
  const spiked = load.slice();
  for (const from of at) {
    for (let minute = from; minute < from + length; minute++) spiked[minute]! *= factor;
  }
  return spiked;
}

type Shape = (random: Random, minutes: number) => (minute: number) => number;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);

/** A wave over the day: 0 at its quietest, 1 at its busiest minute. */
const wave = (minute: number, busiest: number) =>
  0.5 + 0.5 * Math.cos((2 * Math.PI * (minute - busiest)) / day);

/** Shapes that are drawn anew with every seed. All in shards filled. */
export const shapes: Readonly<Record<string, Shape>> = {
  flat(random) {
    const load = between(random, 0.5, 60);
    return () => load;
  },
  weekly(random) {
    const [low, high] = [between(random, 1, 5), between(random, 8, 80)];
    const busiest = between(random, 0, day);
    const weekend = between(random, 0.2, 0.6);
    return (minute) =>
      (low + (high - low) * wave(minute, busiest)) *
      (Math.floor(minute / day) % 7 < 5 ? 1 : weekend);
  },
  /** Twenty to sixty minutes of two to three times the load, now and then. */
  bursts(random, minutes) {
    const [low, high] = [between(random, 1, 5), between(random, 6, 40)];
    const busiest = between(random, 0, day);
    const factors = new Float64Array(minutes).fill(1);
    for (let at = between(random, 0, 3 * day); at < minutes; at += between(random, day, 5 * day)) {
      const factor = between(random, 2, 3);
      factors.fill(factor, Math.floor(at), Math.floor(at + between(random, 20, 60)));
    }
    return (minute) => (low + (high - low) * wave(minute, busiest)) * factors[minute]!;
  },
  /** The same jobs at the same times of every day. */
  jobs(random) {
    const load = between(random, 2, 20);
    const times = Array.from({ length: 1 + Math.floor(3 * random()) }, () =>
      between(random, 0, day),
    );
    const factor = between(random, 2, 4);
    return (minute) =>
      load *
      (times.some((at) => (minute % day) - at >= 0 && (minute % day) - at < 30) ? factor : 1);
  },
  ramps(random, minutes) {
    const [low, high] = [between(random, 1, 4), between(random, 6, 30)];
    const busiest = between(random, 0, day);
    const growth = between(random, 2, 8);
    return (minute) => (low + (high - low) * wave(minute, busiest)) * growth ** (minute / minutes);
  },
  "launch days"(random, minutes) {
    const [low, high] = [between(random, 1, 5), between(random, 6, 40)];
    const busiest = between(random, 0, day);
    const launch =
      Math.floor(between(random, minutes / day / 4, minutes / day)) * day +
      between(random, 480, 960);
    const factor = between(random, 2, 4);
    return (minute) =>
      (low + (high - low) * wave(minute, busiest)) *
      (minute < launch ? 1 : 1 + (factor - 1) * Math.exp(-(minute - launch) / 720));
  },
  "idle nights"(random) {
    const [from, to] = [between(random, 300, 540), between(random, 960, 1260)];
    const high = between(random, 4, 60);
    return (minute) => {
      const at = minute % day;
      if (at < from || at >= to) return 0.02;
      return high * Math.min(1, (at - from + 1) / 60, (to - at) / 60);
    };
  },
};

/** A load of a shape that no one has seen, by its seed. */
export function drawn(shape: string, seed: number, minutes = days * day): Float64Array {
  const random = seededRandom(seed);
  return curve(minutes, random, shapes[shape]!(random, minutes));
}
