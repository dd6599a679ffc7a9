import fc from "fast-check";
import { expect, it } from "vitest";
import { datePattern } from "../../packages/services/src/firehose/prefix/date-pattern.ts";
import { rotatedIndex } from "../../src/wire/index-rotation.ts";

const at = (date: string) => Date.parse(`${date}T12:34:56Z`);

it.each([
  ["NoRotation", "2026-02-03", "orders"],
  ["OneHour", "2026-02-03", "orders-2026-02-03-12"],
  ["OneDay", "2026-02-03", "orders-2026-02-03"],
  ["OneMonth", "2026-02-03", "orders-2026-02"],
  // The guide's example says 08 for this day, and its rule 09.
  ["OneWeek", "2016-02-25", "orders-2016-w09"],
  // Before the first Sunday of a year, on it, and after it.
  ["OneWeek", "2026-01-03", "orders-2026-w01"],
  ["OneWeek", "2026-01-04", "orders-2026-w02"],
  ["OneWeek", "2026-01-05", "orders-2026-w02"],
  // A week that holds the next January 1 is that year's first.
  ["OneWeek", "2025-12-27", "orders-2025-w52"],
  ["OneWeek", "2025-12-28", "orders-2026-w01"],
] as const)("%s of %s is %s", (rotation, date, index) => {
  expect(rotatedIndex("orders", rotation, at(date))).toBe(index);
});

it("weeks are those of the United States, as Java has them", () => {
  const weekOf = datePattern("YYYY-'w'ww", "UTC");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (time) => {
      expect(rotatedIndex("orders", "OneWeek", time)).toBe(`orders-${weekOf(time)}`);
    }),
  );
});
