import fc from "fast-check";
import { expect, it } from "vitest";
import { randomCutForest } from "../../src/forest.ts";
import { kinds, rowAt, stream } from "./streams.ts";

function grown(rows: number, columns = 2, kind: (typeof kinds)[number] = "smooth") {
  const forest = randomCutForest({ columns, numberOfTrees: 50, subSampleSize: 100 });
  const values = stream(kind, columns, rows);
  for (let i = 0; i < rows; i++) forest.update(rowAt(values, columns, i));
  return forest;
}

it("scores 0 until subSampleSize rows are learned", () => {
  const forest = randomCutForest({ columns: 1, numberOfTrees: 10, subSampleSize: 10 });
  for (let i = 0; i < 10; i++) {
    expect(forest.score([i === 9 ? 1000 : i])).toBe(0);
    expect(forest.explain([i]).columns).toEqual([
      { direction: "LOW", strength: 0, attributionScore: 0 },
    ]);
    forest.update([i]);
  }
  expect(forest.score([1000])).toBeGreaterThan(1);
});

it("scores what is far away above everything that is near", () => {
  const forest = grown(2000);
  const near = stream("smooth", 2, 200, 9);
  const ordinary = Array.from({ length: 200 }, (_, i) => forest.score(rowAt(near, 2, i)));
  expect(forest.score([40, -40])).toBeGreaterThan(Math.max(...ordinary));
  expect(forest.score([40, -40])).toBeGreaterThan(3);
  expect(forest.score([1.5, 1.5])).toBeLessThan(1);
});

it("attributions are no less than 0 and sum to the score", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      (kind, columns, shingleSize) => {
        const options = { columns, shingleSize, numberOfTrees: 10, subSampleSize: 30 };
        const forest = randomCutForest(options);
        const rows = stream(kind, columns, 300);
        const off = { least: 0, sum: 0, score: 0, whole: 0 };
        const further = (what: keyof typeof off, by: number) => {
          if (Number.isNaN(by) || Math.abs(by) > Math.abs(off[what])) off[what] = by;
        };
        for (let i = 0; i < 300; i++) {
          const row = rowAt(rows, columns, i);
          const { high, low } = forest.attribution(row);
          const shares = [...high, ...low];
          further("least", Math.min(0, ...shares));
          const sum = shares.reduce((one, other) => one + other, 0);
          const score = forest.score(row);
          further("sum", sum - score);
          const { score: explainedScore, columns: explained } = forest.explain(row);
          further("score", explainedScore - score);
          const whole = explained.reduce(
            (part, { attributionScore }) => part + attributionScore,
            0,
          );
          further("whole", whole - sum);
          forest.update(row);
        }
        expect(off.least).toBe(0);
        expect(off.sum).toBeCloseTo(0, 5);
        expect(off.score).toBe(0);
        expect(off.whole).toBeCloseTo(0, 10);
      },
    ),
    { numRuns: 20 },
  );
});

it("a point that comes again and again stops being strange", () => {
  const forest = grown(1000);
  const strange = [30, 30];
  const before = forest.score(strange);
  for (let i = 0; i < 300; i++) forest.update(strange);
  expect(forest.score(strange)).toBeLessThan(before / 4);
});

it("the same rows in another order give another forest of the same kind of scores", () => {
  const rows = stream("smooth", 2, 1000);
  const [forward, backward] = [0, 1].map(() =>
    randomCutForest({ columns: 2, numberOfTrees: 100, subSampleSize: 256 }),
  );
  for (let i = 0; i < 1000; i++) {
    forward!.update(rowAt(rows, 2, i));
    backward!.update(rowAt(rows, 2, 999 - i));
  }
  const probes = [[1.5, 1.5], [0.1, 2.9], [8, 1], [-9, 20]]; // biome-ignore format: points
  for (const probe of probes) {
    const [one, other] = [forward!.score(probe), backward!.score(probe)];
    expect(one).not.toBe(other);
    expect(Math.abs(one - other)).toBeLessThan(0.25 * one);
  }
});

it("asking changes nothing", () => {
  const [asked, silent] = [grown(500), grown(500)];
  for (let i = 0; i < 50; i++) {
    asked.score([i, -i]);
    asked.explain([i, -i]);
    asked.attribution([i, -i]);
  }
  expect(asked.snapshot()).toEqual(silent.snapshot());
});

it("0 and −0 are one point, and so are doubles that are one float", () => {
  const [zero, minus] = [0, 1].map(() =>
    randomCutForest({ columns: 1, numberOfTrees: 5, subSampleSize: 10 }),
  );
  for (let i = 0; i < 50; i++) {
    zero!.update([i % 2 === 0 ? 0 : 0.1]);
    minus!.update([i % 2 === 0 ? -0 : Math.fround(0.1)]);
  }
  expect(minus!.snapshot()).toEqual(zero!.snapshot());
});

it("with a shingle, an order may be strange whose values are not", () => {
  const forest = randomCutForest({ columns: 1, shingleSize: 4, numberOfTrees: 50 });
  for (let i = 0; i < 2000; i++) forest.update([i % 4]);
  expect(forest.score([0])).toBeLessThan(0.9);
  expect(forest.score([3])).toBeGreaterThan(2 * forest.score([0]));
});
