/**
 * `npm run bench -- [NAME…] [--json] [--readme] [--plots]`: runs the comparisons whose names contain one of
 * these, or all, and says what they found; exit code 1 if a limit is missed.
 *
 *   --json     one JSON line a row, and nothing else
 *   --readme   writes their ratios into the tables in README.md, docs/bench/README.md and docs/scaling.md
 *   --plots    draws how cost grows, into docs/bench
 */
import { parseArgs } from "node:util";
import { batch } from "./batch.ts";
import { bundle } from "./bundle.ts";
import { cold } from "./cold.ts";
import { firehose } from "./firehose.ts";
import { forest } from "./forest.ts";
import { growth, plotGrowth } from "./growth.ts";
import { format, missesOf, type Row, type RowSet } from "./harness.ts";
import { kpl } from "./kpl.ts";
import { mapping } from "./mapping.ts";
import { memory } from "./memory.ts";
import { page } from "./page/rows.ts";
import { producer } from "./producer.ts";
import { progress } from "./progress/rows.ts";
import { headlines, type Results, writeTable } from "./readme.ts";
import { writeScalers } from "./scaling/table.ts";
import { scaling } from "./scaling.ts";
import { simulator } from "./simulator.ts";
import { sinks } from "./sinks.ts";
import { sql } from "./sql.ts";
import { start } from "./start.ts";
import { video } from "./video.ts";
import { warm } from "./warm.ts";
import { windows } from "./windows.ts";
import { worker } from "./worker.ts";

const sets: readonly RowSet[] = [
  kpl,
  batch,
  progress,
  simulator,
  mapping,
  firehose,
  forest,
  windows,
  sql,
  video,
  sinks,
  cold,
  bundle,
  memory,
  warm,
  scaling,
  producer,
  worker,
  page,
  start,
  growth,
];

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    readme: { type: "boolean", default: false },
    plots: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const plotsAlone = values.plots && !values.readme;
const wanted = positionals.length > 0 ? positionals : [plotsAlone ? growth.name : ""];
const chosen = sets.filter(({ name }) => wanted.some((part) => name.includes(part)));
const names = sets.map(({ name }) => name);
const unknown = wanted.find((part) => !names.some((name) => name.includes(part)));

if (unknown !== undefined) {
  console.error(`No comparison is called ${unknown}; there are: ${names.join(", ")}.`);
  process.exitCode = 2;
} else {
  const results: Results[] = [];
  for (const set of chosen) {
    if (!values.json) console.log(`\n${set.name}`);
    const rows: Row[] = [];
    for await (const row of rowsOf(set)) {
      rows.push(row);
      show(set.name, row);
    }
    results.push({ set: set.name, rows });
  }
  if (values.readme) {
    await writeTable(new URL("../docs/bench/README.md", import.meta.url), results, names);
    const scalers = results.find(({ set }) => set === scaling.name);
    if (scalers) await writeScalers(new URL("../docs/scaling.md", import.meta.url), scalers.rows);
    await writeTable(new URL("../README.md", import.meta.url), results, names, headlines);
  }
}

function rowsOf(set: RowSet): AsyncIterable<Row> {
  const isDrawn = values.plots && set === growth;
  return isDrawn ? plotGrowth(new URL("../docs/bench/", import.meta.url)) : set.rows();
}

function show(set: string, row: Row): void {
  const misses = missesOf(row);
  if (misses.length > 0) process.exitCode = 1;
  if (values.json) {
    console.log(JSON.stringify({ set, ...row, misses }));
    return;
  }
  const figures = Object.entries(row.values).map(([key, value]) => `${key} ${format(value)}`);
  console.log(`  ${row.name.padEnd(48)} ${figures.join(", ")}`);
  for (const miss of misses) console.log(`    missed: ${miss}`);
}
