/** The command `npm run faults -- --mapping`, as it is given. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../run.ts", import.meta.url));
const faults = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

const mapping = ["--mapping", "--runs", "2", "--seed", "3"];

test("--json is one line for programs", async () => {
  const { stdout, stderr } = await faults(...mapping, "--json");
  expect(stderr).toBe("");
  expect(stdout.match(/\n/g)).toHaveLength(1);
  const { records, invocations, documents, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ seed: 3, runs: 2, violations: 0, seeds: [] });
  expect(Math.min(records, invocations)).toBeGreaterThan(0);
  expect(documents).toBeGreaterThanOrEqual(0);
});

test("without it, it is one line for people", async () => {
  const { stdout } = await faults(...mapping);
  expect(stdout).toMatch(/^mapping: 2 runs from seed 3, \d+ records, .* 0 runs with violations\n$/);
});

test("--minutes bounds it by time", async () => {
  const { stdout } = await faults("--mapping", "--json", "--minutes", "0");
  expect(JSON.parse(stdout)).toMatchObject({ seed: 1, runs: 0, violations: 0 });
});

test.each([["--mutations"], ["--story"], ["--rule", "14"]])(
  "what is not the mapping's is refused by name: %s",
  async (...args) => {
    const refused = faults(...mapping, ...args);
    await expect(refused).rejects.toThrow(
      "--mapping goes with --seed, --runs, --minutes and --json",
    );
  },
);
