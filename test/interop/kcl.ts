/**
 * Workers of the real KCL 2.7 and ours on one lease table, against the local Kinesis and the local DynamoDB: they join, leave, die and
 * hand over both ways. Nothing may be lost, every row is read by both, and each write of the KCL is compared with ours.
 * Needs Java, Maven and Maven's registry; where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/kcl.ts
 *     node test/interop/kcl.ts --only aggregate
 */
import { parseArgs } from "node:util";
import { randomHistories } from "./kcl/histories.ts";
import { beside, play } from "./kcl/places.ts";
import { scenarios } from "./kcl/scenarios.ts";
import { compareWrites } from "./kcl/writes.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
const comparison = compareWrites();
process.exitCode = await beside(
  2,
  async (places) => {
    const wrongs = await play(scenarios, places, values.only);
    const runs = values.only === undefined ? 4 : 0;
    wrongs.push(...(await randomHistories(places, { seed: 1, runs, kcl: 2 })));
    const kinds = [...comparison.kinds].map(([kind, count]) => `${count} × ${kind}`);
    console.log(`writes of the KCL, compared: ${kinds.join(", ")}`);
    return [...wrongs, ...comparison.differences];
  },
  { onRequest: comparison.see },
);
