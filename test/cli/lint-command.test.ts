/** `shardmill lint` as a command: what it prints, its exit status, and what it says when it cannot run. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lintCommand } from "../../src/cli/lint.ts";
import { lint, temporaryProject, writeProject } from "./lint-project.ts";

let project: Awaited<ReturnType<typeof temporaryProject>>;

beforeEach(async () => {
  project = await temporaryProject();
});
afterEach(() => project.remove());

it("exits with 0 where nothing is found, and leaves nothing behind", async () => {
  await writeProject(project.folder, { Good: {} });
  expect(await lint(project.folder)).toEqual({
    status: 0,
    out: "Nothing found in 1 mapping.\n",
    err: "",
  });
  expect(await readdir(join(project.folder, ".shardmill/run"))).toEqual([]);
});

it("exits with 1 where something is, and says where, what, why, and what to change", async () => {
  await writeProject(project.folder, { Bad: { mapping: { StartingPosition: "LATEST" } } });
  const { status, out } = await lint(project.folder);
  expect(status).toBe(1);
  const json = await readFile(join(project.folder, "template.json"), "utf8");
  const line = json.split("\n").findIndex((line) => line.includes('"StartingPosition"')) + 1;
  expect(out).toMatch(
    new RegExp(`^\\S*template\\.json:${line} {2}BadMapping {2}starts-at-latest\\n`),
  );
  expect(out).toContain("\n  StartingPosition is LATEST.\n  A new mapping takes minutes");
  expect(out).toContain("\n  Change: StartingPosition: TRIM_HORIZON\n");
  expect(out).toMatch(/\n1 found in 1 mapping\.\n$/);
});

it("prints one JSON object with --json", async () => {
  await writeProject(project.folder, { Bad: { mapping: { StartingPosition: "LATEST" } } });
  const { status, out, err } = await lint(project.folder, "--json");
  expect({ status, err }).toEqual({ status: 1, err: "" });
  expect(JSON.parse(out)).toEqual({
    findings: [
      {
        check: "starts-at-latest",
        logicalId: "BadMapping",
        place: { file: join(project.folder, "template.json"), line: expect.any(Number) },
        what: "StartingPosition is LATEST.",
        why: expect.any(String),
        change: "StartingPosition: TRIM_HORIZON",
      },
    ],
    advice: [],
    notChecked: [],
    checked: 1,
  });
});

it("gives advice, which is nothing found", async () => {
  await writeProject(project.folder, {
    Risky: {
      mapping: { MaximumRecordAgeInSeconds: -1, BisectBatchOnFunctionError: false },
      table: { TimeToLiveSpecification: undefined },
    },
  });
  const { status, out } = await lint(project.folder);
  expect(status).toBe(0);
  expect(out).toContain("RiskyMapping  advice: record-age-unlimited");
  expect(out).toContain("RiskyMapping  advice: bisect-off");
  expect(out).toContain("RiskyTable  advice: progress-stays-for-ever");
});

it("advises no halving to a handler that parks", async () => {
  await writeProject(project.folder, {
    Parks: {
      options: "park: dynamodbParking({ tableName }), maxAttempts: 5,",
      mapping: { BisectBatchOnFunctionError: false },
    },
  });
  expect((await lint(project.folder)).out).toBe("Nothing found in 1 mapping.\n");
});

it("finds a handler whose file is not there", async () => {
  await writeProject(project.folder, { Lost: { function: { Handler: "Lots.handler" } } });
  const { status, out } = await lint(project.folder);
  expect(status).toBe(1);
  expect(out).toMatch(/template\.json:\d+ {2}Lost {2}handler-not-found\n/);
  expect(out).toContain("There is no Lots.ts, nor .js or .mjs,");
});

it("says what it did not check", async () => {
  await writeProject(project.folder, { Other: { function: { Runtime: "python3.13" } } });
  const { status, out } = await lint(project.folder);
  expect(status).toBe(0);
  expect(out).toContain("Other Properties.Runtime: not checked. It runs on python3.13;");
  expect(out).toContain("OtherMapping: not checked.");
  expect(out).toContain("Nothing found in 0 mappings.");
});

describe("errors", () => {
  it("a folder without a template", async () => {
    const { status, err } = await lint(project.folder);
    expect(status).toBe(1);
    expect(err).toMatch(/^shardmill lint: There is no template in .*Give one with --template\.\n$/);
  });

  it("a template that is not there", async () => {
    const { status, err } = await lint(project.folder, "--template", "nowhere.yml");
    expect({ status, err }).toEqual({
      status: 1,
      err: expect.stringMatching(/^shardmill lint: .*nowhere\.yml: There is no such file\.\n$/),
    });
  });

  it("a template that is not YAML, with its line", async () => {
    await writeFile(join(project.folder, "template.yaml"), "Resources:\n  A: [1\n");
    const { status, err } = await lint(project.folder);
    expect(status).toBe(1);
    expect(err).toMatch(/template\.yaml:\d: .*flow/i);
  });

  it("an option that does not exist", async () => {
    const { status, err } = await lint(project.folder, "--jsn");
    expect(status).toBe(2);
    expect(err).toMatch(/--jsn.*\n?See shardmill lint --help\.\n$/s);
  });

  it("an end on the way: no process is left, and no folder", async () => {
    await writeProject(project.folder, {
      Hangs: { module: "await new Promise(() => setInterval(() => {}, 1000));" },
    });
    const controller = new AbortController();
    const out = { write: () => {} };
    const linting = lintCommand([], {
      cwd: project.folder,
      signal: controller.signal,
      out,
      err: out,
    });
    setTimeout(() => controller.abort(), 500);
    expect(await linting).toBe(1);
    expect(await readdir(join(project.folder, ".shardmill/run"))).toEqual([]);
  });
});

it("--help lists every check", async () => {
  const { status, out } = await lint(project.folder, "--help");
  expect(status).toBe(0);
  const { checks } = await import("../../src/cli/lint-checks.ts");
  const { advice } = await import("../../src/cli/lint-advice.ts");
  for (const name of [...Object.keys(checks), ...Object.keys(advice)]) {
    expect(out).toMatch(new RegExp(`^ {2}${name} {2}`, "m"));
  }
});
