import { expect, it } from "vitest";
import { drawScenario } from "./draw.ts";
import { program } from "./program.ts";
import { runScenario } from "./world.ts";

/** Each by another fault of the program, found by `npm run faults`. */
it.each([302])("a day that broke a promise once breaks none: %i", async (seed) => {
  expect((await runScenario(drawScenario(seed), program)).violations).toEqual([]);
});
