import { expect, it } from "vitest";
import { drawScenario } from "./draw.ts";
import { program } from "./program.ts";
import { runScenario } from "./world.ts";

/** Run on, with `npm run faults -- --runs N`; tell one, with `--seed N`. */
const seeds = Array.from({ length: 120 }, (_, index) => index + 1);

it.each(seeds)("no promise is broken on the bad day %i", async (seed) => {
  const { violations } = await runScenario(drawScenario(seed), program);
  expect(violations).toEqual([]);
});

it("the same seed is the same day, to the letter", async () => {
  const [first, second] = [
    await runScenario(drawScenario(7), program),
    await runScenario(drawScenario(7), program),
  ];
  expect(second.digest).toBe(first.digest);
});
