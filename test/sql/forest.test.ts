import { expect, test } from "vitest";
import { randomCutForest } from "../../src/forest.ts";
import { run } from "./trial.ts";

const rows = Array.from({ length: 60 }, (_, at) => ({
  time: "10:00:00",
  N: `n${at}`,
  X: at === 50 ? 900 : at % 7,
  Y: (at % 5) / 2,
}));

const trial = (restoreEvery?: number) =>
  run({
    sql: `CREATE STREAM O (N VARCHAR(4), SCORE DOUBLE, WHY VARCHAR(500));
      CREATE PUMP P AS INSERT INTO O SELECT STREAM N, ANOMALY_SCORE, ANOMALY_EXPLANATION FROM TABLE(RANDOM_CUT_FOREST_WITH_EXPLANATION(
        CURSOR(SELECT STREAM * FROM S), 20, 16, 1000, 1, true));`,
    source: { S: "N VARCHAR(4), X INTEGER, Y DOUBLE" },
    rows,
    ...(restoreEvery ? { restoreEvery } : {}),
  }).rows.O!.map((row) => row.split(" "));

test("rows are scored by the columns of numbers before they are learned, and the others pass", () => {
  const forest = randomCutForest({
    columns: 2,
    numberOfTrees: 20,
    subSampleSize: 16,
    timeDecay: 1000,
  });
  const expected = rows.map(({ N, X, Y }) => {
    const score = forest.score([X, Y]);
    forest.update([X, Y]);
    return [N, String(score)];
  });
  const found = trial();
  expect(found.map(([, name, score]) => [name, score])).toEqual(expected);
  expect(Object.keys(JSON.parse(found[50]![3]!))).toEqual(["X", "Y"]);
  expect(Number(found[50]![2])).toBeGreaterThan(Number(found[49]![2]));
});

test("a forest goes on in another run", () => {
  expect(trial(11)).toEqual(trial());
});

test("hot spots of the latest rows stand behind each row, as JSON", () => {
  const spots = (restoreEvery?: number) =>
    run({
      sql: `CREATE STREAM O (X DOUBLE, R VARCHAR(200));
        CREATE PUMP P AS INSERT INTO O SELECT STREAM X, HOTSPOTS_RESULT FROM TABLE(HOTSPOTS(CURSOR(SELECT STREAM * FROM S), 100, 0.5, 3));`,
      source: { S: "X DOUBLE, N VARCHAR(4)" },
      rows: [1, 9, 1.25, 1.5, 5].map((X) => ({ time: "10:00:00", X, N: "a" })),
      ...(restoreEvery ? { restoreEvery } : {}),
    }).rows.O!;
  expect(spots().slice(2)).toEqual([
    "10:00:00 1.25 []",
    '10:00:00 1.5 [{"density":6,"minValues":[1],"maxValues":[1.5]}]',
    '10:00:00 5 [{"density":6,"minValues":[1],"maxValues":[1.5]}]',
  ]);
  expect(spots(1)).toEqual(spots());
});
