/** The forest against what AWS's library for Java has said; `node test/interop/forest.ts` asks it anew, about many more rows. */
import { expect, it } from "vitest";
import { randomCutForest } from "../../src/forest.ts";
import reference from "./reference.json" with { type: "json" };
import { type Recorded, recordedCases } from "./reference-cases.ts";
import { rowAt, stream } from "./streams.ts";

const recorded = reference.recorded as Recorded[];

it("records what the cases say", () => {
  expect(recorded.map(({ scores: _, shares: __, ...one }) => one)).toEqual(recordedCases());
});

it.each(recorded)(
  "gives the reference's scores and shares, bit for bit: $kind, $columns × $shingleSize",
  (one) => {
    const rows = stream(one.kind, one.columns, one.rows);
    const forest = randomCutForest(one);
    const scores: number[] = [];
    const shares: number[][] = [];
    for (let i = 0; i < one.rows; i++) {
      const row = rowAt(rows, one.columns, i);
      if (i % one.scoreEvery === 0) scores.push(forest.score(row));
      if (i % one.attribution === 0) {
        const { high, low } = forest.attribution(row);
        shares.push([...high, ...low]);
      }
      forest.update(row);
    }
    expect(scores).toEqual(one.scores);
    expect(shares).toEqual(one.shares);
    expect(scores.at(-1)).toBeGreaterThan(0);
  },
);
