/** `node run.ts --runs N --seed S`: explores N seeds from S on, and says in one line what it found. */
import { parseArgs } from "node:util";
import { explore } from "./explore.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    mapping: { type: "boolean" },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  throw new RangeError("--runs and --seed take whole numbers, and --runs at least 1.");
}

let records = 0;
let invocations = 0;
let documents = 0;
const failed: number[] = [];
for (let current = seed; current < seed + runs; current++) {
  const found = await explore(current);
  records += found.records;
  invocations += found.invocations;
  documents += found.documents;
  if (found.violations.length === 0) continue;
  failed.push(current);
  for (const violation of found.violations.slice(0, 5))
    console.error(`seed ${current}: ${violation}`);
}
console.log(
  `mapping: ${runs} runs from seed ${seed}, ${records} records, ${invocations} invocations, ${documents} failure documents, ${failed.length} runs with violations${failed.length > 0 ? ` (${failed.slice(0, 10).join(", ")})` : ""}`,
);
if (failed.length > 0) process.exitCode = 1;
