import { expect, it } from "vitest";
import { explanationJson, randomCutForest } from "../../src/forest.ts";
import { rowAt, stream } from "./streams.ts";

const forest = randomCutForest({ columns: 2, numberOfTrees: 50, subSampleSize: 100 });
const rows = stream("smooth", 2, 2000);
for (let i = 0; i < 2000; i++) forest.update(rowAt(rows, 2, i));

it("says which column is strange, and on which side", () => {
  const [systolic, diastolic] = forest.explain([1.5, 40]).columns;
  expect(diastolic).toMatchObject({ direction: "HIGH" });
  expect(diastolic!.attributionScore).toBeGreaterThan(5 * systolic!.attributionScore);
  expect(diastolic!.strength).toBeGreaterThan(2);
  expect(forest.explain([-40, 1.5]).columns[0]).toMatchObject({ direction: "LOW" });
});

it("is written as Kinesis Analytics writes it", () => {
  const explanation = {
    score: 3.8558,
    columns: [
      { direction: "HIGH", strength: 0.85671, attributionScore: 1.74468 },
      { direction: "LOW", strength: 7.09824, attributionScore: 2.11112 },
    ],
  } as const;
  const names = ["Systolic", "2"];
  expect(explanationJson(explanation, names, { withDirectionality: true })).toBe(
    '{"Systolic":{"DIRECTION":"HIGH","STRENGTH":"0.8567","ATTRIBUTION_SCORE":"1.7447"},"2":{"DIRECTION":"LOW","STRENGTH":"7.0982","ATTRIBUTION_SCORE":"2.1111"}}',
  );
  expect(explanationJson(explanation, names)).toBe(
    '{"Systolic":{"ATTRIBUTION_SCORE":"1.7447"},"2":{"ATTRIBUTION_SCORE":"2.1111"}}',
  );
  expect(() => explanationJson(explanation, ["Systolic"])).toThrow(
    "explanationJson: the row has 2 columns; names has 1.",
  );
});
