/** What we find in the windows of a case, in the form in which scikit-learn's answers are kept. */
import { hotspots } from "../../src/forest.ts";
import { type HotspotCase, type Labelled, planted } from "./planted.ts";

export function foundIn(one: HotspotCase): Labelled[][] {
  const { rows } = planted(one.columns, one.rows, one.seed);
  const spots = hotspots(one);
  const asked = new Set(one.asked);
  const windows: Labelled[][] = [];
  rows.forEach((row, n) => {
    spots.update(row);
    if (!asked.has(n + 1)) return;
    windows.push(
      spots.find().map(({ density, minValues, maxValues }) => {
        const size = minValues.reduce((product, min, i) => product * (maxValues[i]! - min), 1);
        return { points: Math.round(density * size), minValues, maxValues };
      }),
    );
  });
  return windows;
}
