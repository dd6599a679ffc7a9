/** What CI servers read of `shardmill lint`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lint, temporaryProject, writeProject } from "./lint-project.ts";

let project: Awaited<ReturnType<typeof temporaryProject>>;

beforeAll(async () => {
  project = await temporaryProject();
  await writeProject(project.folder, {
    Lost: { function: { Handler: "Lost & found.handler" } },
    Early: { mapping: { StartingPosition: "LATEST", BisectBatchOnFunctionError: false } },
  });
});
afterAll(() => project.remove());

describe("lint --format sarif", () => {
  it("has each finding as an error at its line, and advice as notes", async () => {
    const { status, out } = await lint(project.folder, "--format", "sarif");
    const { version, runs } = JSON.parse(out);
    const [{ tool, results }] = runs;
    expect(version).toBe("2.1.0");
    const rules = tool.driver.rules.map(({ id }: { id: string }) => id);
    for (const { ruleId, ruleIndex, locations } of results) {
      expect(rules[ruleIndex]).toBe(ruleId);
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation.uri).toBe("template.json");
      expect(region.startLine).toBeGreaterThan(1);
    }
    const found = results.map(({ ruleId, level }: any) => `${level} ${ruleId}`);
    expect(found).toContain("error handler-not-found");
    expect(found).toContain("error starts-at-latest");
    expect(found).toContain("note bisect-off");
    expect(status).toBe(1);
  });
});

describe("lint --format junit", () => {
  it("has each finding as a failure, with what is not XML escaped", async () => {
    const { status, out } = await lint(project.folder, "--format", "junit");
    expect(out).toMatch(/<testsuite name="shardmill lint" tests="\d+" failures="2" errors="0"/);
    expect(out).toContain('<testcase classname="EarlyMapping" name="starts-at-latest"');
    expect(out).toContain("There is no Lost &amp; found.ts");
    expect(out).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
    expect(status).toBe(1);
  });

  it("has an error where there was nothing to check", async () => {
    const empty = await temporaryProject();
    await writeProject(empty.folder, {});
    const { status, out } = await lint(empty.folder, "--format", "junit");
    await empty.remove();
    expect(out).toContain("<error message=");
    expect(status).toBe(1);
  });
});

it.each([["yaml"], ["sarif", "--json"]])(
  "--format %s is refused with what there is",
  async (...args) => {
    const { status, err } = await lint(project.folder, "--format", ...args);
    expect(status).toBe(2);
    expect(err).toMatch(/--format takes text, json, sarif, junit|say two things/);
  },
);
