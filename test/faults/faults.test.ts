import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = fileURLToPath(new URL("run.ts", import.meta.url));

/** Runs the command by itself, as a person does: a seed that fails here fails there. */
async function faults(...args: readonly string[]) {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const found = await promisify(execFile)(process.execPath, [run, ...args], options).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  return { last: JSON.parse(found.stdout.trim().split("\n").at(-1)!), story: found.stderr };
}

describe("bad days", () => {
  it("break no promise", { timeout: 300_000 }, async () => {
    const { last, story } = await faults("--runs", "80", "--json");
    expect(story).toBe("");
    expect(last).toMatchObject({ seed: 1, runs: 80, violations: 0, seeds: [] });
    expect(last.records).toBeGreaterThan(2000);
    expect(last.faults).toBeGreaterThan(2000);
  });

  it("are the same for the same seed, to the letter", { timeout: 60_000 }, async () => {
    const tell = () => faults("--seed", "7", "--story", "--json");
    const [first, second] = [await tell(), await tell()];
    expect(first.story).toContain("gets records");
    expect(second).toEqual(first);
  });

  it("show what is broken on purpose", { timeout: 300_000 }, async () => {
    const rules = ["3", "15", "22", "forward"];
    const { last } = await faults("--mutations", ...rules.flatMap((n) => ["--rule", n]), "--json");
    expect(last.missed).toBe(0);
    expect(last.mutations).toBeGreaterThan(5);
    expect(last.caught[0]).toMatchObject({ rule: "3 append", seed: expect.any(Number) });
  });
});
