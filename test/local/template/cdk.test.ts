/** What the CDK writes: a cloud assembly, made by version 2.276 from cdk/app.mjs. */
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { functionNamed, readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, write } from "./project.ts";

const fixture = fileURLToPath(new URL("./cdk", import.meta.url));

/** The app as if it had been synthesised where it stands now. */
function shop(): string {
  const cwd = project({ "cdk.json": "{}" });
  cpSync(fixture, cwd, { recursive: true });
  const metadata = readFileSync(join(cwd, "cdk.out/Shop.metadata.json"), "utf8");
  write(cwd, "cdk.out/Shop.metadata.json", metadata.replaceAll("/project/", `${cwd}/`));
  return cwd;
}

const lineOf = (text: string) =>
  readFileSync(join(fixture, "app.mjs"), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text)) + 1;

it("is read completely", async () => {
  const template = await readTemplate({ cwd: shop() });
  expect(template).toMatchObject({ format: "cdk", stackName: "Shop", region: "us-east-1" });
  expect(template.unsupported).toEqual([]);
  const names = (resources: readonly { name: string }[]) => resources.map(({ name }) => name);
  expect(names(template.streams)).toEqual([expect.stringMatching(/^Shop-Flights/)]);
  expect(names(template.consumers)).toEqual(["fast"]);
  expect(names(template.tables)).toEqual([
    expect.stringMatching(/^Shop-Progress/),
    expect.stringMatching(/^Shop-Counts/),
  ]);
  expect(template.tables[0]!.timeToLive).toBe("expiresAt");
  expect(template.topics[0]!.subscriptions).toMatchObject([
    { protocol: "sqs", endpoint: template.queues[0]!.arn, rawMessageDelivery: true },
  ]);
});

it("mappings have their settings, streams and consumers", async () => {
  const { mappings, streams, consumers, buckets, queues, functions } = await readTemplate({
    cwd: shop(),
  });
  expect(mappings).toMatchObject([
    {
      functionLogicalId: functions[0]!.logicalId,
      streamArn: streams[0]!.arn,
      settings: {
        batchSize: 500,
        functionResponseTypes: ["ReportBatchItemFailures"],
        destinationConfig: { onFailure: { destination: buckets[0]!.arn } },
      },
    },
    {
      functionLogicalId: functions[1]!.logicalId,
      consumerArn: consumers[0]!.arn,
      settings: {
        startingPosition: "LATEST",
        destinationConfig: { onFailure: { destination: queues[0]!.arn } },
      },
    },
  ]);
});

it("a handler is in its asset, built", async () => {
  const cwd = shop();
  const { functions } = await readTemplate({ cwd });
  const { file, taskRoot, isBuilt, exportName } = functions[0]!.source;
  expect({ isBuilt, exportName }).toEqual({ isBuilt: true, exportName: "handler" });
  expect(taskRoot.startsWith(join(cwd, "cdk.out/asset."))).toBe(true);
  expect(file).toBe(join(taskRoot, "departures.js"));
  expect(existsSync(file)).toBe(true);
});

it("what a function is granted is in its role", async () => {
  const { roles, functions, tables } = await readTemplate({ cwd: shop() });
  const role = roles.find(({ arn }) => arn === functions[0]!.roleArn)!;
  const onProgress = role.statements.filter(({ resources }) => resources.includes(tables[0]!.arn));
  expect(onProgress.flatMap(({ actions }) => actions)).toEqual(
    expect.arrayContaining(["dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchGetItem"]),
  );
  expect(role.managedPolicyArns).toEqual([
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
  ]);
});

it("a resource's place is the line of the app that creates it, its name the construct's", async () => {
  const cwd = shop();
  const template = await readTemplate({ cwd });
  const app = join(cwd, "app.mjs");
  expect(template.streams[0]!.place).toEqual({ file: app, line: lineOf("new Stream(") });
  expect(template.mappings[0]!.place).toEqual({
    file: app,
    line: lineOf("departures.addEventSource"),
  });
  const departures = functionNamed(template, "Departures");
  expect(departures).toBe(functionNamed(template, "Shop/Departures"));
  expect(departures.place).toEqual({ file: app, line: lineOf('"Departures"') });
});

it("without that, it is the line of the template", async () => {
  const cwd = shop();
  rmSync(join(cwd, "cdk.out/Shop.metadata.json"));
  const { streams } = await readTemplate({ cwd });
  expect(streams[0]!.place).toEqual({
    file: join(cwd, "cdk.out/Shop.template.json"),
    line: expect.any(Number),
  });
});

it("older versions keep the paths of constructs in the manifest", async () => {
  const cwd = shop();
  const read = (name: string) => JSON.parse(readFileSync(join(cwd, "cdk.out", name), "utf8"));
  const manifest = read("manifest.json");
  const { additionalMetadataFile, ...stack } = manifest.artifacts.Shop;
  manifest.artifacts.Shop = { ...stack, metadata: read(additionalMetadataFile) };
  write(cwd, "cdk.out/manifest.json", manifest);
  expect(functionNamed(await readTemplate({ cwd }), "Arrivals").handler).toBe("departures.handler");
});

describe("stacks", () => {
  /** The app with a second stack, in a stage with an assembly of its own. */
  function two(): string {
    const cwd = shop();
    const manifest = JSON.parse(readFileSync(join(cwd, "cdk.out/manifest.json"), "utf8"));
    manifest.artifacts.Stage = {
      type: "cdk:cloud-assembly",
      properties: { directoryName: "assembly-Stage" },
    };
    write(cwd, "cdk.out/manifest.json", manifest);
    write(cwd, "cdk.out/assembly-Stage/manifest.json", {
      artifacts: {
        StageStore: {
          type: "aws:cloudformation:stack",
          environment: "aws://111111111111/eu-west-1",
          properties: { templateFile: "StageStore.template.json", stackName: "Stage-Store" },
        },
      },
    });
    write(cwd, "cdk.out/assembly-Stage/StageStore.template.json", {
      Resources: { B: { Type: "AWS::S3::Bucket" } },
    });
    return cwd;
  }

  it("of several the one with an event source mapping is read, where there is one such", async () => {
    expect((await readTemplate({ cwd: two() })).stackName).toBe("Shop");
  });

  it("what a stack takes from another of the app is known", async () => {
    const cwd = two();
    write(cwd, "cdk.out/assembly-Stage/StageStore.template.json", {
      Resources: { Orders: { Type: "AWS::Kinesis::Stream" } },
      Outputs: {
        Arn: { Value: { "Fn::GetAtt": ["Orders", "Arn"] }, Export: { Name: "Store:Orders" } },
        Unknown: { Value: { "Fn::ImportValue": "x" }, Export: { Name: "Store:Unknown" } },
      },
    });
    const file = join(cwd, "cdk.out/Shop.template.json");
    const shop = JSON.parse(readFileSync(file, "utf8"));
    const mapping = Object.values<any>(shop.Resources).find(
      ({ Type }) => Type === "AWS::Lambda::EventSourceMapping",
    );
    mapping.Properties.EventSourceArn = { "Fn::ImportValue": "Store:Orders" };
    write(cwd, "cdk.out/Shop.template.json", shop);
    const { mappings, streams } = await readTemplate({ cwd });
    expect(mappings[0]!.streamArn).toMatch(/:stream\/Stage-Store-Orders$/);
    expect(
      streams.some(({ arn, isExternal }) => isExternal && arn === mappings[0]!.streamArn),
    ).toBe(true);
  });

  it("one of several that have mappings is to be chosen, by its name or its id", async () => {
    const cwd = two();
    write(cwd, "cdk.out/assembly-Stage/StageStore.template.json", {
      Resources: {
        B: { Type: "AWS::S3::Bucket" },
        M: { Type: "AWS::Lambda::EventSourceMapping", Properties: {} },
      },
    });
    await expect(readTemplate({ cwd })).rejects.toThrow(
      /There are several stacks: Shop, Stage-Store\. Choose one with --stack/,
    );
    for (const stack of ["Stage-Store", "StageStore"]) {
      const { region, buckets } = await readTemplate({ cwd, stack });
      expect({ region, buckets }).toMatchObject({
        region: "eu-west-1",
        buckets: [{ name: "stage-store-b" }],
      });
    }
    await expect(readTemplate({ cwd, stack: "Shopp" })).rejects.toThrow(
      /no stack Shopp\. Did you mean Shop\?/,
    );
  });

  it("a template of the assembly may be given, or the assembly", async () => {
    const cwd = two();
    const file = "cdk.out/assembly-Stage/StageStore.template.json";
    expect((await readTemplate({ cwd, file })).stackName).toBe("Stage-Store");
    expect((await readTemplate({ cwd, file: "cdk.out", stack: "Shop" })).stackName).toBe("Shop");
  });
});

describe("errors", () => {
  it("nothing is synthesised", async () => {
    const cwd = project({ "cdk.json": "{}" });
    await expect(readTemplate({ cwd })).rejects.toThrow(/Run cdk synth first/);
  });

  it("a manifest that is not JSON", async () => {
    const cwd = project({ "cdk.json": "{}", "cdk.out/manifest.json": "{" });
    await expect(readTemplate({ cwd })).rejects.toThrow(/manifest\.json: It cannot be read/);
  });

  it("an asset that is gone leaves out its functions", async () => {
    const cwd = shop();
    const { functions } = await readTemplate({ cwd });
    rmSync(functions[0]!.source.taskRoot, { recursive: true });
    const { functions: left, unsupported } = await readTemplate({ cwd });
    expect(left).toEqual([]);
    expect(unsupported[0]!.why).toMatch(/asset .* is not there\. Run cdk synth again/);
  });
});
