/** The mapping under random settings, handlers and reshards: nothing lost, in order, within its budgets. */
import { expect, test } from "vitest";
import { explore } from "./explore.ts";

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

test.each(seeds)("seed %i loses nothing, keeps the order and the budgets", async (seed) => {
  const { violations, records } = await explore(seed);
  expect(violations).toEqual([]);
  expect(records).toBeGreaterThanOrEqual(0);
});

test("a seed replays a run exactly", async () => {
  const [one, two] = [await explore(7), await explore(7)];
  expect(one).toEqual(two);
});
