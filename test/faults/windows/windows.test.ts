import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { program } from "../program.ts";
import type { Scenario } from "../scenario.ts";
import { runScenario } from "../world.ts";
import { sqlMutations, windowMutations } from "./mutations.ts";
import { drawIn, drawSql, drawWindows } from "./scenario.ts";

/** Folds that come soon need a patched copy, which the command makes. */
const plain = ({ consumer, ...scenario }: Scenario): Scenario => ({
  ...scenario,
  consumer: { ...consumer, smallFolds: false },
});

it.each([
  ["a windowed consumer", "windows", drawWindows, 60],
  ["a consumer in SQL", "sql", drawSql, 12],
] as const)(
  "on bad days %s gives the rows of a good one",
  {
    timeout: 120_000,
  },
  async (_, kind, draw, days) => {
    let [faults, records] = [0, 0];
    for (let seed = 1; seed <= days; seed++) {
      const found = await runScenario(plain(draw(seed)), program);
      expect(found.violations, `npm run faults -- --${kind} --seed ${seed}`).toEqual([]);
      faults += found.faults;
      records += found.records;
    }
    expect(records).toBeGreaterThan(40 * days);
    expect(faults).toBeGreaterThan(40 * days);
  },
);

/** Each by another fault of the program, found by `npm run faults -- --windows` and `--sql`. */
it.each([
  ...[24600112, 25100272, 25100580, 25101315, 26003609, 35301464].map(
    (seed) => ["windows", seed] as const,
  ),
  ...[24200193, 24500065, 24500169, 25001079].map((seed) => ["SQL by key", seed] as const),
])("a day that broke a promise once breaks none: of %s, %i", async (kind, seed) => {
  const day = plain((kind === "windows" ? drawWindows : drawIn("sql"))(seed));
  expect((await runScenario(day, program)).violations).toEqual([]);
});

it("the same seed is the same day", async () => {
  const tell = async () =>
    (await runScenario(plain(drawWindows(7)), program, { isTold: true })).lines;
  const first = await tell();
  expect(first.length).toBeGreaterThan(20);
  expect(await tell()).toEqual(first);
});

/** `npm run faults -- --windows --mutations` shows that they are noticed, and so does `--sql --mutations`. */
const mutations = new Map([...windowMutations, ...sqlMutations].map((one) => [one.name, one]));
it.each([...mutations.values()])(
  "the program still has the lines of: $rule, $name",
  ({ patches = [] }) => {
    for (const { file, from, to } of patches) {
      const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
      expect(readFileSync(path, "utf8").split(from), `${file}: ${from}`).toHaveLength(2);
      expect(to).not.toBe(from);
    }
  },
);
