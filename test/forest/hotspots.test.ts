import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Hotspot,
  type HotspotsOptions,
  hotspots,
  hotspotsJson,
  restoreHotspots,
} from "../../src/forest.ts";
import dbscan from "./dbscan.json" with { type: "json" };
import { foundIn } from "./found.ts";
import { blockSize, hotspotCases, planted, type Spot } from "./planted.ts";

const guide = {
  columns: 2,
  windowSize: 1000,
  scanRadius: 0.2,
  minimumNumberOfPointsInAHotspot: 17,
};

it.each(hotspotCases.map((one, n) => [one, dbscan[n]!] as const))(
  "finds scikit-learn's clusters: $columns columns, windows of $windowSize",
  (one, labelled) => {
    expect(foundIn(one)).toEqual(labelled);
    expect(labelled.flat().length).toBeGreaterThan(3);
  },
);

it("finds the squares of AWS's guide, at their density, and nothing beside them", () => {
  const found: Hotspot[][] = [];
  for (let seed = 20; seed < 40; seed++) {
    const { rows, spots } = planted(2, 2 * blockSize, seed);
    const window = hotspots(guide);
    rows.forEach((row, n) => {
      window.update(row);
      if ((n + 1) % blockSize !== 0) return;
      const square = spots[Math.floor(n / blockSize)]!;
      const hot = window.find().filter(({ density }) => density >= 40);
      const shares = hot.map((spot) => shareOf(square, spot));
      expect(Math.min(...shares)).toBeGreaterThan(0);
      expect(Math.max(...shares)).toBeGreaterThan(0.5);
      found.push(hot);
    });
  }
  // With 26 neighbours on the average, and 17 for a core, a square may fall into two.
  expect(found.filter((hot) => hot.length === 1).length).toBeGreaterThan(0.8 * found.length);
  const densities = found.flat().map(({ density }) => density);
  const mean = densities.reduce((sum, density) => sum + density, 0) / densities.length;
  expect(mean).toBeGreaterThan(170);
  expect(mean).toBeLessThan(240);
});

/** How much of the planted square the box has, of both together. */
function shareOf({ lows, width }: Spot, { minValues, maxValues }: Hotspot): number {
  let both = 1;
  let own = 1;
  lows.forEach((low, i) => {
    both *= Math.max(0, Math.min(low + width, maxValues[i]!) - Math.max(low, minValues[i]!));
    own *= maxValues[i]! - minValues[i]!;
  });
  return both / (own + width ** lows.length - both);
}

describe("a window that slides", () => {
  const cases = fc.record({
    columns: fc.integer({ min: 1, max: 3 }),
    rows: fc.integer({ min: 0, max: 350 }),
    scanRadius: fc.constantFrom(0.5, 1, 2),
    minimumNumberOfPointsInAHotspot: fc.integer({ min: 2, max: 12 }),
    seed: fc.nat(1000),
  });

  it("finds what a plain DBSCAN finds in the same rows", () => {
    fc.assert(
      fc.property(cases, ({ columns, rows: count, seed, ...rest }) => {
        const options = { columns, windowSize: 100, ...rest };
        // Whole numbers, so that rows are equal, lie on the radius, and have no extent.
        const rows = planted(columns, count, seed).rows.map((row) => row.map(Math.round));
        const window = hotspots(options);
        for (const row of rows) window.update(row);
        expect(window.find()).toEqual(plainHotspots(rows.slice(-100), options));
      }),
      { numRuns: 60 },
    );
  });

  it("goes on from a snapshot at any point", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 120 }), ({ rows: count, ...rest }, since) => {
        const options = { windowSize: 100, ...rest };
        const rows = planted(options.columns, count + since, rest.seed).rows;
        const whole = hotspots(options);
        for (const row of rows.slice(0, count)) whole.update(row);
        const restored = restoreHotspots(whole.snapshot());
        for (const row of rows.slice(count)) {
          whole.update(row);
          restored.update(row);
          expect(restored.find()).toEqual(whole.find());
        }
        expect(restored.snapshot()).toEqual(whole.snapshot());
      }),
      { numRuns: 40 },
    );
  });
});

function plainHotspots(rows: readonly (readonly number[])[], options: HotspotsOptions): Hotspot[] {
  const { scanRadius, minimumNumberOfPointsInAHotspot } = options;
  const isNear = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(...a.map((value, i) => value - b[i]!)) <= scanRadius + 1e-9;
  const near = rows.map((row) => rows.flatMap((other, n) => (isNear(row, other) ? [n] : [])));
  const cluster = new Map<number, number>();
  let clusters = 0;
  rows.forEach((_, n) => {
    if (cluster.has(n) || near[n]!.length < minimumNumberOfPointsInAHotspot) return;
    const waiting = [n];
    cluster.set(n, clusters);
    for (const one of waiting) {
      if (near[one]!.length < minimumNumberOfPointsInAHotspot) continue;
      for (const other of near[one]!) {
        if (cluster.has(other)) continue;
        cluster.set(other, clusters);
        waiting.push(other);
      }
    }
    clusters++;
  });
  return Array.from({ length: clusters }, (_, which) => {
    const points = rows.filter((_, n) => cluster.get(n) === which);
    const columns = rows[0]!.map((_, i) => points.map((point) => point[i]!));
    const minValues = columns.map((values) => Math.min(...values));
    const maxValues = columns.map((values) => Math.max(...values));
    const size = maxValues.reduce((product, most, i) => {
      const extent = most - minValues[i]!;
      return product * (extent > 0 ? extent : scanRadius);
    }, 1);
    return { density: points.length / size, minValues, maxValues };
  });
}

it("is written as Kinesis Analytics writes it", () => {
  const window = hotspots({ ...guide, minimumNumberOfPointsInAHotspot: 2 });
  expect(hotspotsJson(window.find())).toBe("[]");
  for (const row of [[1, 2], [1.125, 2], [9, 9]]) window.update(row); // biome-ignore format: rows
  // Of no extent in y: that counts as 0.2.
  expect(hotspotsJson(window.find())).toBe(
    '[{"density":80,"minValues":[1,2],"maxValues":[1.125,2]}]',
  );
});

it("a density is always a number", () => {
  const window = hotspots({ ...guide, columns: 30, minimumNumberOfPointsInAHotspot: 2 });
  window.update(Array(30).fill(0));
  window.update(Array(30).fill(1e-15));
  expect(window.find()[0]!.density).toBe(Number.MAX_VALUE);
});

it.each<[Partial<HotspotsOptions>, string]>([
  [{ columns: 0 }, "hotspots: columns must be a whole number from 1 to 30; it is 0."],
  [{ windowSize: 99 }, "hotspots: windowSize must be a whole number from 100 to 1000; it is 99."],
  [{ windowSize: undefined as never }, "hotspots: windowSize is missing."],
  [{ scanRadius: 0 }, "hotspots: scanRadius must be a finite number above 0; it is 0."],
  [{ minimumNumberOfPointsInAHotspot: 1001 }, "from 2 to 1000; it is 1001."],
])("refuses %o", (options, message) => {
  expect(() => hotspots({ ...guide, ...options })).toThrow(message);
});

it("refuses rows and snapshots that are none", () => {
  const window = hotspots(guide);
  window.update([1, 2]);
  const snapshot = window.snapshot();
  expect(() => window.update([1])).toThrow(
    "A row of these hot spots has 2 numbers; this one has 1.",
  );
  expect(() => window.update([1, Number.NaN])).toThrow("column 2 of 2 is NaN. Leave the row out.");
  expect(window.snapshot()).toEqual(snapshot);
  expect(() => restoreHotspots(snapshot.subarray(0, -1))).toThrow("A snapshot is cut off.");
  expect(() => restoreHotspots(new Uint8Array(8))).toThrow("This is no snapshot of hot spots");
});
