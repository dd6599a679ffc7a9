import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { workerMutations } from "./mutations.ts";
import * as program from "./program.ts";
import { drawScenario } from "./scenario.ts";
import { runScenario } from "./world.ts";

/** Told by the days that are run in any case. */
let fourth: readonly string[] = [];

it("bad days of a fleet break no promise", { timeout: 120_000 }, async () => {
  let faults = 0;
  for (let seed = 1; seed <= 15; seed++) {
    const found = await runScenario(drawScenario(seed), program);
    expect(found.violations, `npm run faults -- --worker --seed ${seed} --story`).toEqual([]);
    faults += found.faults;
    if (seed === 4) fourth = found.story;
  }
  expect(faults).toBeGreaterThan(200);
});

it("the same seed is the same day", async () => {
  expect(fourth.length).toBeGreaterThan(20);
  expect((await runScenario(drawScenario(4), program)).story).toEqual(fourth);
});

/** `npm run faults -- --worker --mutations` shows that they are noticed. */
it.each(workerMutations)("the worker still has the lines of: $name", ({ patches }) => {
  for (const { file, from, to } of patches) {
    const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
    expect(readFileSync(path, "utf8").split(from), `${file}: ${from}`).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});
