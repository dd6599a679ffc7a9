import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { program } from "../program.ts";
import { runScenario } from "../world.ts";
import { windowMutations } from "./mutations.ts";
import { drawWindows } from "./scenario.ts";

/** Folds that come soon need a patched copy, which the command makes. */
const draw = (seed: number) => {
  const scenario = drawWindows(seed);
  return { ...scenario, consumer: { ...scenario.consumer, smallFolds: false } };
};

it("on bad days a windowed consumer gives the rows of a good one", {
  timeout: 120_000,
}, async () => {
  let [faults, records] = [0, 0];
  for (let seed = 1; seed <= 60; seed++) {
    const found = await runScenario(draw(seed), program);
    expect(found.violations, `npm run faults -- --windows --seed ${seed}`).toEqual([]);
    faults += found.faults;
    records += found.records;
  }
  expect(records).toBeGreaterThan(2500);
  expect(faults).toBeGreaterThan(3000);
});

it("the same seed is the same day", async () => {
  const tell = async () => (await runScenario(draw(7), program, { isTold: true })).lines;
  const first = await tell();
  expect(first.length).toBeGreaterThan(20);
  expect(await tell()).toEqual(first);
});

/** `npm run faults -- --windows --mutations` shows that they are noticed. */
it.each(windowMutations)("the program still has the lines of: $rule, $name", ({ patches = [] }) => {
  for (const { file, from, to } of patches) {
    const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
    expect(readFileSync(path, "utf8").split(from), `${file}: ${from}`).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});
