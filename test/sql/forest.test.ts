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

test("HOTSPOTS needs a model", () => {
  const hotspots = (models?: Parameters<typeof run>[0]["models"]) =>
    run({
      sql: `CREATE STREAM O (X INTEGER, R VARCHAR(99));
        CREATE PUMP P AS INSERT INTO O SELECT STREAM * FROM TABLE(HOTSPOTS(CURSOR(SELECT STREAM * FROM S), 100, 0.5, 2));`,
      source: { S: "X INTEGER" },
      rows: [{ time: "10:00:00", X: 7 }],
      ...(models ? { models } : {}),
    }).rows.O;
  expect(() => hotspots()).toThrow(/HOTSPOTS needs a model/);
  const model = (settings: object, columns: readonly string[]) => ({
    next: ([x]: readonly number[]) => [`${JSON.stringify(settings)} ${columns} ${x}`],
    write() {},
    read() {},
  });
  expect(hotspots({ HOTSPOTS: model })).toEqual([
    '10:00:00 7 {"windowSize":100,"scanRadius":0.5,"minimumNumberOfPointsInAHotspot":2} X 7',
  ]);
});
