import { expect, it } from "vitest";
import { type ForestOptions, randomCutForest } from "../../src/forest.ts";

it.each<[Partial<ForestOptions>, string]>([
  [{ columns: undefined as never }, "randomCutForest: columns is missing."],
  [{ columns: 31 }, "columns must be a whole number from 1 to 30; it is 31."],
  [{ numberOfTrees: 0 }, "numberOfTrees must be a whole number from 1 to 1000; it is 0."],
  [{ subSampleSize: 9 }, "subSampleSize must be a whole number from 10 to 1000; it is 9."],
  [{ timeDecay: 1.5 }, "timeDecay must be a whole number from 1 to 2147483647; it is 1.5."],
  [
    { timeDecay: 256 },
    "subSampleSize must be less than timeDecay; it is 256, and timeDecay is 256.",
  ],
  [{ shingleSize: 31 }, "shingleSize must be a whole number from 1 to 30; it is 31."],
  [{ seed: 0.5 }, "seed must be a whole number of at most 53 bits, or a bigint; it is 0.5."],
  [{ shingleSize: 30, columns: 30 }, "Raise it, or take fewer trees, a smaller subSampleSize"],
])("refuses %o", (options, message) => {
  expect(() => randomCutForest({ columns: 3, ...options })).toThrow(message);
});

it.each<[readonly number[], string]>([
  [[1], "A row of this forest has 2 numbers; this one has 1."],
  [[1, Number.NaN], "column 2 of 2 is NaN. Leave the row out, or scale the column."],
  [[1e38, 1], "A forest takes finite numbers from −2^126 to 2^126; column 1 of 2 is 1e+38."],
  [[undefined as never, 1], "column 1 of 2 is undefined."],
])("refuses the row %o, and goes on without it", (row, message) => {
  const forest = randomCutForest({ columns: 2, numberOfTrees: 2, subSampleSize: 10 });
  const untouched = forest.snapshot();
  expect(() => forest.score(row)).toThrow(message);
  expect(() => forest.update(row)).toThrow(message);
  expect(forest.snapshot()).toEqual(untouched);
});
