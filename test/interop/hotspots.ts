/**
 * Hot spots against scikit-learn's DBSCAN on the same windows. Needs Python and its registry; where one is missing it says so in a line,
 * and that is no failure.
 *
 *     node test/interop/hotspots.ts
 *     node test/interop/hotspots.ts --record      writes test/forest/dbscan.json, which the suite needs no Python for
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { foundIn } from "../forest/found.ts";
import { type HotspotCase, hotspotCases, type Labelled, planted } from "../forest/planted.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const environment = at("../../node_modules/.cache/interop-python");
const python = join(environment, "bin", "python");

const { values } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const missing = whatIsMissing();
if (missing !== undefined) console.log(`Skipped hot spots beside scikit-learn: ${missing}.`);
else if (values.record) {
  const labelled = askScikitLearn(hotspotCases);
  const file = new URL("../forest/dbscan.json", import.meta.url);
  await writeFile(file, `${JSON.stringify(labelled)}\n`);
} else compare();

function whatIsMissing(): string | undefined {
  const quiet = { stdio: "ignore" } as const;
  try {
    if (!existsSync(python)) execFileSync("python3", ["-m", "venv", environment], quiet);
  } catch {
    return "there is no Python with venv";
  }
  try {
    execFileSync(python, ["-m", "pip", "install", "--quiet", "scikit-learn==1.*"], quiet);
  } catch {
    return "pip cannot fetch it here";
  }
  return undefined;
}

/** By case and window, the clusters. */
function askScikitLearn(cases: readonly HotspotCase[]): Labelled[][][] {
  const input = cases.map((one) => ({
    ...one,
    rows: planted(one.columns, one.rows, one.seed).rows,
  }));
  return JSON.parse(
    execFileSync(python, [at("hotspots.py")], {
      input: JSON.stringify(input),
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    }),
  );
}

function compare(): void {
  const more = hotspotCases.map((one) => ({
    ...one,
    seed: one.seed + 100,
    rows: 20_000,
    asked: Array.from({ length: 200 }, (_, k) => 100 * (k + 1)),
  }));
  const theirs = askScikitLearn(more);
  more.forEach((one, n) => {
    const ours = foundIn(one);
    const different = ours.filter((window, k) => !isDeepStrictEqual(window, theirs[n]![k])).length;
    const clusters = ours.flat().length;
    console.log(
      `${one.columns} columns, windows of ${one.windowSize}: ${clusters} hot spots in ${ours.length} windows, ${different} windows differ`,
    );
    if (different > 0) process.exitCode = 1;
  });
}
