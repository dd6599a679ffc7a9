/** What is foreseen from the days before. */
import { forecastOf, type LoadMinute, shardTakes } from "shardmill/scaling";
import { expect, it } from "vitest";

const minuteMs = 60_000;
const day = 1440;
const now = Date.UTC(2026, 0, 15);

/** So many days up to now, with so many shards filled in each minute of each day; day 0 is the oldest. */
const days = (count: number, shardsIn: (day: number, minute: number) => number): LoadMinute[] =>
  Array.from({ length: count * day }, (_, index) => ({
    at: now - (count * day - index) * minuteMs,
    bytes: shardsIn(Math.floor(index / day), index % day) * 60 * shardTakes.bytes,
    records: 60,
    throttled: 0,
  }));

const slotsOf = (minutes: readonly LoadMinute[]) => forecastOf(minutes, now)!.slots;
const noon = 48;

it("needs a day", () => {
  expect(forecastOf([], now)).toBeUndefined();
  expect(forecastOf(days(1, () => 1).slice(1), now - 15 * minuteMs)).toBeUndefined();
  expect(
    forecastOf(
      days(1, () => 1),
      now,
    ),
  ).toBeDefined();
});

it("has the busiest minute of each quarter of an hour, for two days", () => {
  const slots = slotsOf(days(3, (_, minute) => (minute === 12 * 60 + 7 ? 5 : 2)));
  expect(slots).toHaveLength(192);
  expect(slots[noon]).toBe(5);
  expect(slots[noon + 96]).toBe(5);
  expect(slots[noon + 1]).toBe(2);
});

it("forgets the burst of one day, and knows one that came on two of three", () => {
  const burst = (...on: number[]) =>
    slotsOf(
      days(4, (which, minute) => (on.includes(which) && minute >= 720 && minute < 740 ? 9 : 2)),
    );
  expect(burst(2)[noon]).toBe(2);
  expect(burst(1, 2)[noon]).toBe(9);
});

it("takes the same day of the week where the week tells more", () => {
  // Day 14 is like day 7 and day 0: a day of rest, after days of work.
  const slots = slotsOf(days(14, (which) => (which % 7 === 0 ? 1 : 8)));
  expect(slots[noon]).toBe(1);
  expect(slots[noon + 96]).toBe(8);
});

it("makes more of it where the last two hours had more, three times at most, and never less", () => {
  const lastHours = (factor: number) =>
    slotsOf(days(4, (which, minute) => (which === 3 && minute >= 22 * 60 ? 2 * factor : 2)))[noon];
  expect(lastHours(1.5)).toBe(3);
  expect(lastHours(9)).toBe(6);
  expect(lastHours(0.1)).toBe(2);
});

it("calls the third highest of seven days' busiest minutes a usual peak, so that neither two bursts nor two days of rest are", () => {
  const peakOf = (peaks: readonly number[]) =>
    forecastOf(
      days(7, (which, minute) => (minute === 600 ? peaks[which]! : 1)),
      now,
    )!.peak;
  expect(peakOf([8, 8, 30, 8, 8, 8, 25])).toBe(8);
  expect(peakOf([8, 8, 8, 8, 8, 2, 2])).toBe(8);
});
