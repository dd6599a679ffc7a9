/**
 * `node bench/run.ts [NAME] [--json]`: runs the comparisons whose names contain NAME, and says
 * what they found; exit code 1 if a limit is missed. With --json one JSON line a row.
 */
import { parseArgs } from "node:util";
import { batch } from "./batch.ts";
import { bundle } from "./bundle.ts";
import { firehose } from "./firehose.ts";
import { format, missesOf, type RowSet } from "./harness.ts";
import { kpl } from "./kpl.ts";
import { progress } from "./progress/rows.ts";
import { simulator } from "./simulator.ts";

const sets: readonly RowSet[] = [progress, kpl, batch, simulator, firehose, bundle];

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [wanted = ""] = positionals;
const chosen = sets.filter(({ name }) => name.includes(wanted));
if (chosen.length === 0) {
  console.error(
    `No comparison is called ${wanted}; there are: ${sets.map(({ name }) => name).join(", ")}.`,
  );
  process.exitCode = 2;
}

for (const { name, rows } of chosen) {
  if (!values.json) console.log(`\n${name}`);
  for await (const row of rows()) {
    const misses = missesOf(row);
    if (misses.length > 0) process.exitCode = 1;
    if (values.json) {
      console.log(JSON.stringify({ set: name, ...row, misses }));
      continue;
    }
    const figures = Object.entries(row.values).map(([key, value]) => `${key} ${format(value)}`);
    console.log(`  ${row.name.padEnd(48)} ${figures.join(", ")}`);
    for (const miss of misses) console.log(`    missed: ${miss}`);
  }
}
