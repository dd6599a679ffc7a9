/** The reference library for random cut forests, in Java: fetched by Maven, and run on rows. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ForestOptions } from "../../../src/forest.ts";
import type { CutInput } from "../../forest/cuts.ts";

export const referenceVersion = "4.4.0";

const folder = fileURLToPath(
  new URL("../../../node_modules/.cache/interop-forest", import.meta.url),
);
const jar = `${folder}/randomcutforest-core-${referenceVersion}.jar`;
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Why it cannot run here; undefined: it can. */
export function missingReference(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
  } catch {
    return "there is no Java";
  }
  if (existsSync(jar)) return undefined;
  mkdirSync(folder, { recursive: true });
  const artifact = `software.amazon.randomcutforest:randomcutforest-core:${referenceVersion}`;
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
  try {
    // Without what it depends on: a library for its tests, which nobody serves.
    execFileSync(
      "mvn",
      ["-q", "-B", goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
      { stdio: "ignore" },
    );
  } catch {
    return "Maven cannot fetch the reference library here";
  }
  return existsSync(jar) ? undefined : "Maven has not put the reference library where it was told";
}

export interface Played {
  readonly scores: Float64Array;
  /** For each row that was asked about: high by dimension, then low by dimension. */
  readonly shares: readonly Float64Array[];
  /** For the rows alone, without the start of the virtual machine. */
  readonly ms: number;
}

/** `rows` has one row after the other; `attribution`: shares of every so many rows, 0: none. */
export function playReference(
  options: Required<Omit<ForestOptions, "maxMemoryBytes">>,
  rows: Float64Array,
  attribution = 0,
): Played {
  const { columns, numberOfTrees, subSampleSize, timeDecay, shingleSize, seed } = options;
  const count = rows.length / columns;
  const input = Buffer.alloc(8 * rows.length);
  rows.forEach((value, i) => {
    input.writeDoubleBE(value, 8 * i);
  });
  const settings = [columns, numberOfTrees, subSampleSize, timeDecay, shingleSize, seed, count];
  const output = execFileSync(
    "java",
    ["-cp", jar, program("Forest.java"), ...settings.map(String), String(attribution)],
    { input, maxBuffer: 2 ** 31 - 1, stdio: ["pipe", "pipe", "ignore"] },
  );
  let at = 0;
  const next = () => {
    const value = output.readDoubleBE(at);
    at += 8;
    return value;
  };
  const scores = new Float64Array(count);
  const shares: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    scores[i] = next();
    if (attribution > 0 && i % attribution === 0) {
      shares.push(Float64Array.from({ length: 2 * columns * shingleSize }, next));
    }
  }
  return { scores, shares, ms: next() / 1e6 };
}

/** Where the reference cuts: dimension and value. */
export function referenceCuts(inputs: readonly CutInput[]): number[][] {
  const lines = inputs.map(({ factor, point, lows, highs }) =>
    [factor, ...point, ...lows, ...highs].join(" "),
  );
  const output = execFileSync("java", ["-cp", jar, program("Cuts.java")], {
    input: lines.join("\n"),
    encoding: "utf8",
  });
  return output
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
}
