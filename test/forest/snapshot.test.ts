import fc from "fast-check";
import { expect, it } from "vitest";
import { randomCutForest, restoreForest } from "../../src/forest.ts";
import { kinds, rowAt, stream } from "./streams.ts";

const forests = fc.record({
  columns: fc.integer({ min: 1, max: 4 }),
  numberOfTrees: fc.integer({ min: 1, max: 6 }),
  subSampleSize: fc.integer({ min: 10, max: 40 }),
  timeDecay: fc.integer({ min: 41, max: 2000 }),
  shingleSize: fc.integer({ min: 1, max: 5 }),
  seed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});

it("goes on from a snapshot at any point, bit for bit", () => {
  fc.assert(
    fc.property(
      forests,
      fc.constantFrom(...kinds),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 100 }),
      (options, kind, before, since) => {
        const { columns } = options;
        const rows = stream(kind, columns, before + since);
        const whole = randomCutForest(options);
        for (let i = 0; i < before; i++) whole.update(rowAt(rows, columns, i));
        const snapshot = whole.snapshot();
        const restored = restoreForest(snapshot);
        expect(Buffer.compare(restored.snapshot(), snapshot)).toBe(0);
        expect(restored.rows).toBe(before);
        const told = (forest: typeof whole) => {
          const numbers: number[] = [];
          for (let i = before; i < before + since; i++) {
            const row = rowAt(rows, columns, i);
            const { high, low } = forest.attribution(row);
            numbers.push(forest.score(row), ...high, ...low);
            forest.update(row);
          }
          return Buffer.from(Float64Array.from(numbers).buffer);
        };
        expect(Buffer.compare(told(restored), told(whole))).toBe(0);
        expect(Buffer.compare(restored.snapshot(), whole.snapshot())).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

it("takes half a megabyte at Kinesis Analytics' defaults", () => {
  const rows = stream("smooth", 3, 4000);
  const forest = randomCutForest({ columns: 3 });
  for (let i = 0; i < 4000; i++) forest.update(rowAt(rows, 3, i));
  expect(forest.snapshot().length).toBeLessThan(520_000);
});

it("refuses bytes that are cut off, too many, or none of its own", () => {
  const forest = randomCutForest({ columns: 2, numberOfTrees: 3, subSampleSize: 10 });
  for (const row of [[1, 2], [3, 4], [1, 2], [5, -1]]) forest.update(row); // biome-ignore format: rows
  const snapshot = forest.snapshot();
  for (let length = 0; length < snapshot.length; length++) {
    expect(() => restoreForest(snapshot.subarray(0, length))).toThrow(
      length < 4 ? "This is no snapshot of a random cut forest" : "A snapshot is cut off.",
    );
  }
  const longer = Uint8Array.from([...snapshot, 0]);
  expect(() => restoreForest(longer)).toThrow("A snapshot has 1 bytes more than it should.");
  expect(() => restoreForest(new TextEncoder().encode("RCF2 and so on"))).toThrow(
    "another version",
  );
});

it("never restores a damaged snapshot into something that hangs or reads elsewhere", () => {
  const forest = randomCutForest({ columns: 2, numberOfTrees: 2, subSampleSize: 10 });
  const rows = stream("coarse", 2, 60);
  for (let i = 0; i < 60; i++) forest.update(rowAt(rows, 2, i));
  const snapshot = forest.snapshot();
  fc.assert(
    fc.property(fc.nat(snapshot.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = snapshot.slice();
      damaged[at]! ^= change;
      try {
        expect(Number.isFinite(restoreForest(damaged).rows)).toBeTypeOf("boolean");
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 500 },
  );
});

it("is refused where the memory is less than the forest needs", () => {
  const snapshot = randomCutForest({ columns: 3 }).snapshot();
  expect(() => restoreForest(snapshot, { maxMemoryBytes: 1_000_000 })).toThrow(
    "randomCutForest: this forest would take 2048016 bytes, and maxMemoryBytes is 1000000.",
  );
});
