/** The plan of the day: where it spends operations, and where it does not. */
import { decide, type LoadMinute, outlookOf, policyOf, shardTakes } from "shardmill/scaling";
import { expect, it } from "vitest";

const minuteMs = 60_000;
const now = Date.UTC(2026, 0, 15, 22);
const policy = policyOf({ max: 1000 });

/** The last hour, the oldest minute first. */
const hour = (filled: (minute: number) => number): LoadMinute[] =>
  Array.from({ length: 60 }, (_, minute) => ({
    at: now - (60 - minute) * minuteMs,
    bytes: filled(minute) * 60 * shardTakes.bytes,
    records: 60,
    throttled: 0,
  }));

/** A night of eight hours from now on, then a day. */
const night = (low: number, high: number) =>
  Array.from({ length: 192 }, (_, slot) => (slot % 96 < 32 ? low : high));

interface Situation {
  readonly slots: readonly number[];
  readonly minutes: readonly LoadMinute[];
  readonly shards: number;
  readonly peak?: number;
  /** How long ago operations were, in hours. */
  readonly operations?: readonly number[];
}

function decided({ slots, minutes, shards, peak = Math.max(...slots), ...more }: Situation) {
  const operations = (more.operations ?? []).map((ago) => now - ago * 60 * minuteMs);
  const outlook = outlookOf({ from: now, slots, peak }, policy, operations);
  return decide({ minutes, outlook }, { shards, status: "ACTIVE", operations }, policy, now);
}

it("goes down for the night", () => {
  const minutes = hour(() => 1);
  const decision = decided({ slots: night(1, 60), minutes, shards: 80 });
  expect(decision).toMatchObject({ kind: "scale", target: 40 });
});

it("waits until it can go all of the way, where the load of half an hour ago allows only a part of it", () => {
  const slots = night(1, 60);
  const minutes = hour((minute) => (minute < 35 ? 52 : 1));
  expect(decided({ slots, minutes, shards: 80 })).toMatchObject({ kind: "wait" });
});

it("stays up for the night where too few operations are left to come up in the morning", () => {
  const minutes = hour(() => 1);
  const slots = night(1, 60);
  // All but one of the eight, of which none comes back before the morning.
  const operations = [1, 2, 3, 4, 5, 6, 7];
  expect(decided({ slots, minutes, shards: 80, operations })).toMatchObject({ kind: "wait" });
  expect(decided({ slots, minutes, shards: 80, operations: [1, 2] })).toMatchObject({
    kind: "scale",
    target: 40,
  });
});

it("takes an operation that is kept to come down after a burst", () => {
  const minutes = hour(() => 20);
  const slots = Array.from({ length: 192 }, () => 20);
  const operations = [1, 1, 1, 4, 5, 6, 7];
  expect(decided({ slots, minutes, shards: 110, operations })).toMatchObject({
    kind: "scale",
    target: 55,
  });
  // So few idle shards are not worth it.
  expect(decided({ slots, minutes, shards: 28, operations })).toMatchObject({ kind: "wait" });
});

it("sleeps where the operations that are left reach a usual day's load, though a quiet day is foreseen", () => {
  const minutes = hour(() => 1);
  const slots = Array.from({ length: 192 }, () => 2);
  const operations = [1, 2, 3, 4, 5, 6];
  const asleep = (peak: number) => decided({ slots, minutes, shards: 20, peak, operations });
  expect(asleep(2)).toMatchObject({ kind: "scale", target: 10 });
  expect(asleep(60)).toMatchObject({ kind: "wait" });
});

it("spends no operation on the busiest minute of what was foreseen, and one on what was not", () => {
  const slots = Array.from({ length: 192 }, (_, slot) => (slot % 96 < 2 ? 9.5 : 7));
  const minutes = (last: number) => hour((minute) => (minute === 59 ? last : 8));
  const operations = [1, 2, 3, 4];
  const at = (last: number) => decided({ slots, minutes: minutes(last), shards: 11, operations });
  // More than upAbove, 9.9.
  expect(at(10.2)).toMatchObject({ kind: "wait" });
  expect(at(10.8)).toMatchObject({ kind: "scale", target: 15 });
});

it("grows to what the busiest of three minutes needs, and not to what the last one happens to", () => {
  const slots = Array.from({ length: 192 }, () => 3);
  const minutes = hour((minute) => (minute < 57 ? 3 : minute === 58 ? 6 : 5));
  expect(decided({ slots, minutes, shards: 5 })).toMatchObject({ kind: "scale", target: 8 });
});
