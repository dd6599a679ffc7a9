/** Rows scored and learned by a random cut forest, beside AWS's library for Java; and hot spots found after each row. */
import { hotspots, hotspotsJson, randomCutForest } from "../src/forest.ts";
import { rowAt, stream } from "../test/forest/streams.ts";
import { missingReference, playReference } from "../test/interop/forest/reference.ts";
import { compare, use } from "./compare.ts";
import { type Row, type RowSet, race } from "./harness.ts";

export const forest: RowSet = { name: "forest", rows };

const columns = 3;
/** So many that the start of Java's compiler is a small part. */
const records = 40_000;

async function* rows(): AsyncGenerator<Row> {
  // The goals are in thousands of rows a second.
  yield await scored(100, 5);
  yield await scored(30, 18);
  yield await spotted();
}

async function scored(numberOfTrees: number, goal: number): Promise<Row> {
  const options = { columns, numberOfTrees, subSampleSize: 256, timeDecay: 100_000 };
  const values = stream("smooth", columns, records);
  const ours = async () => {
    const forest = randomCutForest(options);
    for (let row = 0; row < records; row++) {
      use(forest.score(rowAt(values, columns, row)));
      forest.update(rowAt(values, columns, row));
    }
    return undefined;
  };
  const name = `${records.toLocaleString("en")} rows, ${columns} columns, ${numberOfTrees} trees`;
  const missing = missingReference();
  if (missing !== undefined) return alone(`${name} (${missing})`, ours, records, goal);
  const java = async () => playReference({ ...options, shingleSize: 1, seed: 42 }, values).ms;
  const row = await compare({
    ...{ name, records, ours, peers: { "AWS's library, in Java": java } },
    ...{ atLeast: 1.5, rounds: 3, warmUps: 0 },
  });
  return { ...row, atLeast: { ...row.atLeast, "shardmill k/s": goal } };
}

async function spotted(): Promise<Row> {
  const count = 10_000;
  const values = stream("smooth", 2, count);
  const options = { columns: 2, windowSize: 1000, scanRadius: 0.2 };
  const ours = async () => {
    const spots = hotspots({ ...options, minimumNumberOfPointsInAHotspot: 17 });
    for (let row = 0; row < count; row++) {
      spots.update(rowAt(values, 2, row));
      use(hotspotsJson(spots.find()).length);
    }
    return undefined;
  };
  return alone("10,000 rows, hot spots of 1,000 after each", ours, count);
}

async function alone(
  name: string,
  ours: () => Promise<undefined>,
  count: number,
  goal?: number,
): Promise<Row> {
  const { shardmill } = await race({ shardmill: ours }, { rounds: 3 });
  const values = { "shardmill k/s": count / shardmill.medianMs };
  return { name, values, ...(goal !== undefined && { atLeast: { "shardmill k/s": goal } }) };
}
