import fc from "fast-check";
import { expect, test } from "vitest";
import { growingCounts } from "../../start/counts.ts";

test("counts are those of a plain loop, and the recent ones those of the newest seconds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("ORD", "ATL", "LAX"), fc.integer({ min: 0, max: 4_000 })), {
        maxLength: 60,
      }),
      (drawn) => {
        let now = 1_000_000;
        const counts = growingCounts(10, () => now);
        const all: { airport: string; second: number }[] = [];
        for (const [airport, later] of drawn) {
          now += later;
          counts.add(airport);
          all.push({ airport, second: Math.floor(now / 1_000) });
        }
        const first = Math.floor(now / 1_000) - 9;
        const { airports, flights, recent } = counts.shown(2);
        expect(flights).toBe(all.length);
        expect(recent).toBe(all.filter(({ second }) => second >= first).length);
        for (const shown of airports) {
          const own = all.filter(({ airport }) => airport === shown.airport);
          expect(shown.flights).toBe(own.length);
          expect(shown.recent).toBe(own.filter(({ second }) => second >= first).length);
        }
        const sizes = airports.map((one) => one.flights);
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      },
    ),
  );
});
