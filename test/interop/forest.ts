/**
 * Random cut forests against the reference library in Java: every score, and the shares of each seventh row, to the last bit. Needs Java,
 * Maven and Maven's registry for one jar; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/forest.ts                     20,000 rows at 1, 3 and 10 columns, shingles, ties, small forests
 *     node test/interop/forest.ts --rows 1000000      so many rows at 3 columns
 *     node test/interop/forest.ts --record            writes test/forest/reference.json, which the suite needs no Java for
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { randomCutForest } from "../../src/forest.ts";
import { cutInputs } from "../forest/cuts.ts";
import { type Case, type Recorded, recordedCases, suiteCases } from "../forest/reference-cases.ts";
import { rowAt, stream } from "../forest/streams.ts";
import {
  missingReference,
  type Played,
  playReference,
  referenceCuts,
  referenceVersion,
} from "./forest/reference.ts";

const { values } = parseArgs({
  options: { rows: { type: "string" }, record: { type: "boolean", default: false } },
});

const missing = missingReference();
if (missing !== undefined) console.log(`Skipped random cut forests in Java: ${missing}.`);
else if (values.record) await record();
else compareAll(values.rows === undefined ? suiteCases() : [longCase(Number(values.rows))]);

function longCase(rows: number): Case {
  return { ...suiteCases()[1]!, rows, attribution: 1000 };
}

function compareAll(cases: readonly Case[]): void {
  for (const one of cases) {
    const rows = stream(one.kind, one.columns, one.rows);
    const theirs = playReference(one, rows, one.attribution);
    const { different, ms } = play(one, rows, theirs);
    const { kind, columns, numberOfTrees, subSampleSize, shingleSize } = one;
    const name = `${kind}, ${columns} × ${shingleSize}, ${numberOfTrees} trees of ${subSampleSize}`;
    const speed = (time: number) => `${Math.round((one.rows / time) * 1000)} rows/s`;
    console.log(
      `${name}: ${one.rows} rows, ${theirs.shares.length} attributions, ${different} of both differ; ours ${speed(ms)}, Java ${speed(theirs.ms)}`,
    );
    if (different > 0) process.exitCode = 1;
  }
}

/** How many scores and shares are not the reference's. */
function play(one: Case, rows: Float64Array, theirs: Played) {
  const forest = randomCutForest(one);
  const asked = theirs.shares[Symbol.iterator]();
  let different = 0;
  const begun = performance.now();
  for (let i = 0; i < one.rows; i++) {
    const row = rowAt(rows, one.columns, i);
    if (!Object.is(forest.score(row), theirs.scores[i]) && different++ === 0) {
      console.log(`row ${i}: ours ${forest.score(row)}, theirs ${theirs.scores[i]}`);
    }
    if (one.attribution > 0 && i % one.attribution === 0) {
      const { high, low } = forest.attribution(row);
      const shares = asked.next().value!;
      const isSame = [...high, ...low].every((share, k) => Object.is(share, shares[k]));
      if (!isSame && different++ === 0) console.log(`row ${i}: shares`, high, low, shares);
    }
    forest.update(row);
  }
  return { different, ms: performance.now() - begun };
}

async function record(): Promise<void> {
  const recorded: Recorded[] = recordedCases().map((one) => {
    const { scores, shares } = playReference(
      one,
      stream(one.kind, one.columns, one.rows),
      one.attribution,
    );
    return {
      ...one,
      scores: [...scores].filter((_, row) => row % one.scoreEvery === 0),
      shares: shares.map((share) => [...share]),
    };
  });
  const file = new URL("../forest/reference.json", import.meta.url);
  const cuts = referenceCuts(cutInputs(200));
  await writeFile(file, `${JSON.stringify({ referenceVersion, recorded, cuts }, null, 1)}\n`);
}
