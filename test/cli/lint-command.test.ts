/** `shardmill lint` as a command: what it prints, its exit status, and what it says when it cannot run. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lintCommand } from "../../packages/cli/src/lint/command.ts";
import type { Finding } from "../../packages/cli/src/lint/reader.ts";
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

it("says once what several mappings have, with the place of each", async () => {
  const mapping = { StartingPosition: "LATEST" };
  await writeProject(project.folder, { One: { mapping }, Two: { mapping } });
  const { out } = await lint(project.folder);
  expect(out).toMatch(
    /^\S+:\d+ {2}OneMapping {2}starts-at-latest\n\S+:\d+ {2}TwoMapping {2}starts-at-latest\n {2}StartingPosition is LATEST\./,
  );
  expect(out.match(/Change: StartingPosition/g)).toHaveLength(1);
  expect(out).toMatch(/\n2 found in 2 mappings\.\n$/);
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
    withoutCode: 0,
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

describe("a mapping of which the code is not looked at", () => {
  const ruby = { Runtime: "ruby3.4", Handler: "app.handler" };
  const image = { Runtime: undefined, Handler: undefined, PackageType: "Image" };
  const inTemplate = { Runtime: "ruby3.4", Code: { ZipFile: "def handler(...) = nil" } };
  const inBucket = { Handler: "nowhere.handler", Code: "s3://bucket/code.zip" };

  it.each([
    ["Ruby", ruby, "It runs on ruby3.4,"],
    [
      "Go",
      { Runtime: "provided.al2023", Handler: "bootstrap" },
      "There is no program bootstrap in ",
    ],
    ["an image", image, "It runs a container image, "],
    ["code in the template", inTemplate, "Its code stands in the template, "],
    ["code in a bucket", inBucket, "Its code is in S3. There is no nowhere.ts"],
  ])("has its settings checked, and what was not is said: %s", async (_, settings, why) => {
    await writeProject(project.folder, {
      Other: { function: settings, mapping: { MaximumRetryAttempts: 3 } },
    });
    const { status, out } = await lint(project.folder);
    expect(out).toMatch(new RegExp(`Other(?: \\S+)?: not checked\\. ${why}`));
    expect(out).toContain("OtherMapping Properties.FunctionName: not checked. It invokes ");
    expect(out).toContain("Nothing found in 1 mapping; the code behind 1 of them was not checked.");
    expect(status).toBe(0);
  });

  it("has what loses records found, as before any other code", async () => {
    const risky = {
      ...{ MaximumRetryAttempts: 3, DestinationConfig: undefined, StartingPosition: "LATEST" },
      ...{ ParallelizationFactor: 4, FunctionResponseTypes: undefined },
      ...{ BisectBatchOnFunctionError: undefined, MaximumRecordAgeInSeconds: undefined },
    };
    const statements = [{ Effect: "Allow", Action: "kinesis:Get*", Resource: "*" }];
    await writeProject(project.folder, {
      Other: { function: ruby, mapping: risky, statements },
      Refused: { function: ruby, mapping: { BatchSize: 10_001 } },
    });
    const { status, out } = await lint(project.folder, "--json");
    const { findings, advice, checked, withoutCode } = JSON.parse(out);
    const checksOf = (list: readonly Finding[], id: string) =>
      list
        .filter(({ logicalId }) => logicalId.startsWith(id))
        .map(({ check }) => check)
        .sort();
    expect(checksOf(findings, "Other")).toEqual([
      "discarded-without-trace",
      "permission-missing",
      "starts-at-latest",
    ]);
    expect(checksOf(findings, "Refused")).toEqual(["settings-refused"]);
    expect(checksOf(advice, "Other")).toEqual([
      "bisect-off",
      "item-failures-unread",
      "lanes-within-a-shard",
      "record-age-unlimited",
    ]);
    expect({ status, checked, withoutCode }).toEqual({ status: 1, checked: 2, withoutCode: 2 });
  });

  it("may read a stream, or invoke a function, that is known in the cloud only", async () => {
    const properties = (more: object) => ({
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        ...{ StartingPosition: "LATEST", FunctionResponseTypes: ["ReportBatchItemFailures"] },
        ...{ EventSourceArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" },
        FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:elsewhere",
        ...more,
      },
    });
    await writeProject(project.folder, {
      Good: {
        resources: {
          OtherFunction: properties({}),
          OtherStream: properties({ EventSourceArn: { "Fn::ImportValue": "orders-arn" } }),
          Queue: properties({ EventSourceArn: "arn:aws:sqs:us-east-1:123456789012:q" }),
          Topic: properties({ EventSourceArn: { "Fn::ImportValue": "kafka" }, Topics: ["a"] }),
        },
      },
    });
    const { status, out } = await lint(project.folder);
    expect(out).toContain("OtherFunction  starts-at-latest");
    expect(out).toContain("OtherStream  starts-at-latest");
    expect(out).toContain("Queue: not checked. It reads arn:aws:sqs:us-east-1:123456789012:q;");
    expect(out).not.toMatch(/(Queue|Topic) {2}starts-at-latest/);
    expect(out).toContain("2 found in 3 mappings; the code behind 2 of them was not checked.");
    expect(status).toBe(1);
  });

  it("is still told from one that no code of ours reads", async () => {
    await writeProject(project.folder, {
      Plain: {
        module: "export const handler = async () => {};",
        mapping: { FunctionResponseTypes: undefined },
      },
    });
    const { status, out } = await lint(project.folder);
    expect(out).toContain("PlainMapping  advice: item-failures-unread");
    expect(out).toMatch(/\nNothing found in 1 mapping\.\n$/);
    expect(status).toBe(0);
  });
});

describe("nothing that could be checked", () => {
  it.each([
    ["no mapping at all", {}, "it has no event source mapping"],
    [
      "mappings of other sources alone",
      {
        Queue: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { EventSourceArn: "arn:aws:sqs:us-east-1:1:q", FunctionName: "f" },
        },
      },
      "its event source mapping is not known to read a stream of Kinesis",
    ],
  ])("is no pass: %s", async (_, more, why) => {
    const Resources = { Topic: { Type: "AWS::SNS::Topic" }, ...more };
    await writeFile(join(project.folder, "template.json"), JSON.stringify({ Resources }));
    const { status, out } = await lint(project.folder);
    expect(out).toContain(`Nothing in this template could be compared: ${why}.\n`);
    expect(status).toBe(1);
  });
});

it("counts what has nothing to do with a stream, and lists it with --verbose", async () => {
  const rule = { Type: "AWS::Events::Rule", Properties: {} };
  await writeProject(project.folder, { Good: { resources: { Nightly: rule, Hourly: rule } } });
  const { status, out } = await lint(project.folder);
  expect({ status, out }).toEqual({
    status: 0,
    out: "2 other things of the template not checked: --verbose lists them.\nNothing found in 1 mapping.\n",
  });
  const { out: verbose } = await lint(project.folder, "--verbose");
  expect(verbose).toMatch(/Nightly: not checked\. .*\n.*Hourly: not checked\./);
});

describe("errors", () => {
  it("a folder without a template", async () => {
    const { status, err } = await lint(project.folder);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^shardmill lint: There is no template in .*Give one with --template, or begin with one: npx shardmill init\.\n$/,
    );
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
  const { checks } = await import("../../packages/cli/src/lint/checks.ts");
  const { advice } = await import("../../packages/cli/src/lint/advice.ts");
  for (const name of [...Object.keys(checks), ...Object.keys(advice)]) {
    expect(out).toMatch(new RegExp(`^ {2}${name} {2}`, "m"));
  }
});
