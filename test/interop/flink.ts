/**
 * Windows and SQL beside Apache Flink: over 40 questions about flights and collisions with birds, 10,000 rows or more each, whose rows must be Flink's, and so of what `shardmill sql flink` makes of our statements. Needs Java 17, Maven and
 * what Maven fetches (some 130 MB); where one is missing it says so in a line, and that is no failure.
 *
 *     node test/interop/flink.ts
 *     node test/interop/flink.ts "hours of an airport" …      these alone
 *     node test/interop/flink.ts --again                      beside the rows that Flink gave last
 *     node test/interop/flink.ts --translated                 what shardmill sql flink makes of the statements, alone
 *     node test/interop/flink.ts --ours                       without Flink: how many rows each gives
 */
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Query } from "./flink/query.ts";
import { sqlQueries } from "./flink/sql-queries.ts";
import { writeTables } from "./flink/tables.ts";
import { translated } from "./flink/translated.ts";
import { windowQueries } from "./flink/window-queries.ts";
import { mavenProject } from "./maven.ts";

const { values, positionals } = parseArgs({
  options: {
    again: { type: "boolean", default: false },
    ours: { type: "boolean", default: false },
    translated: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const project = mavenProject("flink");
const folder = fileURLToPath(
  new URL("../../node_modules/.cache/interop-flink/asked", import.meta.url),
);
const flinkSql = translated(folder);
const queries = [...windowQueries, ...sqlQueries, ...flinkSql.queries].filter(
  (query) =>
    (positionals.length === 0 || positionals.includes(query.name)) &&
    (!values.translated || flinkSql.queries.includes(query)),
);
if (values.ours) for (const { name, run } of queries) console.log(`${name}: ${run().length} rows`);
else if (values.again) compareAll();
else {
  const missing = await project.whatIsMissing();
  if (missing !== undefined) console.log(`Skipped Apache Flink: ${missing}.`);
  else await ask();
}

async function ask(): Promise<void> {
  const classpath = await project.build();
  if (typeof classpath === "number") {
    process.exitCode = classpath;
    return;
  }
  if (queries.length > positionals.length) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeTables(folder);
  const files = queries.map(({ flink, mode, name }) => {
    const file = `${fileOf(name)}.${mode}.sql`;
    writeFileSync(join(folder, file), flink);
    rmSync(join(folder, `${fileOf(name)}.error`), { force: true });
    return file;
  });
  const log = join(folder, "log");
  const opened = ["util", "lang", "time"].flatMap((of) => [
    "--add-opens",
    `java.base/java.${of}=ALL-UNNAMED`,
  ]);
  const status = await project.run(
    "java",
    ["-Xmx768m", ...opened, "-cp", classpath, "interop.Flink", folder, ...files],
    { stdio: ["ignore", "ignore", openSync(log, "w")] },
  );
  if (status !== 0) {
    console.log(`Flink ended with ${status}; ${log} says why.`);
    process.exitCode = 1;
    return;
  }
  compareAll();
}

function compareAll(): void {
  for (const why of flinkSql.missing) console.log(`no equal: ${why}`);
  for (const query of queries) {
    const wrong = compare(query);
    if (wrong !== undefined) process.exitCode = 1;
    console.log(`${query.name}: ${wrong ?? "the same rows"}`);
  }
}

/** How our rows differ from Flink's; undefined: they do not. */
function compare({ name, run }: Query): string | undefined {
  let error: string | undefined;
  try {
    error = readFileSync(join(folder, `${fileOf(name)}.error`), "utf8");
  } catch {}
  if (error !== undefined) return `Flink failed: ${error}`;
  const theirs = readFileSync(join(folder, `${fileOf(name)}.tsv`), "utf8")
    .split("\n")
    .slice(0, -1);
  const ours = run();
  const [mine, others] = [
    ours.map((row) => lineOf(row.map(cell))).sort(),
    theirs.map((line) => lineOf(cellsOf(line))).sort(),
  ];
  if (mine.length === 0) return "no rows at all";
  if (mine.length !== others.length)
    return `${mine.length} rows, and Flink has ${others.length}; ${firstOf(mine, others)}`;
  const place = mine.findIndex((line, n) => line !== others[n]);
  return place < 0 ? undefined : firstOf(mine, others);
}

function firstOf(mine: readonly string[], others: readonly string[]): string {
  const [own, flinks] = [new Set(mine), new Set(others)];
  const [more, less] = [
    mine.filter((line) => !flinks.has(line)),
    others.filter((line) => !own.has(line)),
  ];
  return `${more.length} are ours alone, such as ${more[0]}; ${less.length} are Flink's alone, such as ${less[0]}`;
}

function fileOf(name: string): string {
  return name.replace(/\W+/g, "-");
}

function lineOf(cells: readonly string[]): string {
  return cells.join(" | ");
}

/** A value of ours, as `cellsOf` has one of Flink's. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  return typeof value === "number" ? numeric(value) : typed(String(value));
}

function cellsOf(line: string): readonly string[] {
  const plain = (text: string) =>
    text.replaceAll("\\t", "\t").replaceAll("\\n", "\n").replaceAll("\\\\", "\\");
  return line.split("\t").map((text) => (text === "\\N" ? "NULL" : typed(plain(text))));
}

/** Texts stay as they are; numbers and times have one form. */
function typed(text: string): string {
  if (/^-?\d+(\.\d+)?(E-?\d+)?$/.test(text)) return numeric(Number(text));
  // Java writes whole minutes without seconds.
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d| \d\d:\d\d:\d\d|T\d\d:\d\d:\d\d)(\.\d+)?$/.test(text)
    ? new Date(`${text.replace(" ", "T")}Z`).toISOString()
    : text;
}

/** Of doubles as many digits as the order of adding up leaves alone. */
function numeric(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(10);
}
