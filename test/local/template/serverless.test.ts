/** Services of the Serverless Framework: when they are packaged, and where their parts stand. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import {
  functionNamed,
  type Place,
  readTemplate,
} from "../../../packages/local/src/template/index.ts";
import { project, touch, write } from "./project.ts";

/** What `sls package` writes, without what it takes to find that out: a script that says how it was called. */
const framework = `
const { mkdirSync, writeFileSync, appendFileSync, existsSync } = require("node:fs");
const args = process.argv.slice(2);
appendFileSync("calls.txt", args.join(" ") + "\\n");
if (existsSync("fail.txt")) { console.log("Error: handler is missing"); process.exit(1); }
const at = args.indexOf("--stage");
const stage = at === -1 ? "dev" : args[at + 1];
const name = (what) => "flights-" + stage + "-" + what;
const fn = (what, file) => ({ Type: "AWS::Lambda::Function", Properties: { Handler: file + ".handler", Runtime: "nodejs24.x", FunctionName: name(what) } });
const mapping = (logicalId) => ({ Type: "AWS::Lambda::EventSourceMapping", Properties: { FunctionName: { Ref: logicalId }, EventSourceArn: { "Fn::GetAtt": ["Flights", "Arn"] } } });
mkdirSync(".serverless", { recursive: true });
writeFileSync(".serverless/cloudformation-template-update-stack.json", JSON.stringify({ Resources: {
  Flights: { Type: "AWS::Kinesis::Stream", Properties: {} },
  ProgressTable: { Type: "AWS::DynamoDB::Table", Properties: {} },
  DeparturesLambdaFunction: fn("departures", "departures"),
  LogDasherrorsLambdaFunction: fn("log-errors", "log-errors"),
  DeparturesEventSourceMappingKinesisFlights: mapping("DeparturesLambdaFunction"),
  LogDasherrorsEventSourceMappingKinesisFlights: mapping("LogDasherrorsLambdaFunction"),
} }));
writeFileSync(".serverless/serverless-state.json", JSON.stringify({ service: {
  service: "flights", provider: { stage: "dev", region: "eu-west-1" }, functions: { departures: {}, "log-errors": {} },
}, package: { artifactDirectoryName: "serverless/flights/" + stage + "/" + Date.now() + "-" + new Date().toISOString() } }));
`;

const settings = `service: flights
provider:
  name: aws
functions:
  departures:
    handler: departures.handler
    events:
      - http: GET /
      - stream:
          arn: !GetAtt Flights.Arn
  log-errors: \${file(functions/log-errors.yml)}
resources:
  - Resources:
      Flights:
        Type: AWS::Kinesis::Stream
  - \${file(tables.yml)}
`;

const service = (files: Readonly<Record<string, string | object>> = {}) =>
  project({
    "serverless.yml": settings,
    "functions/log-errors.yml": "handler: log-errors.handler\nevents: []\n",
    "tables.yml": "Resources:\n  ProgressTable:\n    Type: AWS::DynamoDB::Table\n",
    "departures.ts": "",
    "log-errors.ts": "",
    "node_modules/serverless/package.json": { bin: { sls: "bin.js" } },
    "node_modules/serverless/bin.js": framework,
    ...files,
  });

const callsIn = (cwd: string) =>
  existsSync(join(cwd, "calls.txt"))
    ? readFileSync(join(cwd, "calls.txt"), "utf8").trim().split("\n")
    : [];

it("an archive that the service names is unpacked, and one of the framework's own is not", async () => {
  const named = (artifact: string) =>
    service({
      "node_modules/serverless/bin.js": framework.replace(
        "departures: {}",
        `departures: { package: { artifact: "${artifact}" } }`,
      ),
    });
  for (const [artifact, isUnpacked] of [
    ["build/departures.zip", true],
    [".serverless/departures.zip", false],
    ["build/absent.zip", false],
  ] as const) {
    const cwd = named(artifact);
    for (const path of ["build/departures.zip", ".serverless/departures.zip"]) {
      write(cwd, path, "");
      writeFileSync(join(cwd, path), zipSync({ "departures.js": Buffer.from("") }));
    }
    const { file } = functionNamed(await readTemplate({ cwd }), "departures").source;
    expect(file.includes("/.shardmill/code/")).toBe(isUnpacked);
  }
});

describe("sls package is run", () => {
  it("where nothing is packaged yet, and said so", async () => {
    const cwd = service();
    const said: string[] = [];
    const template = await readTemplate({ cwd, log: (line) => said.push(line) });
    expect(said).toEqual(["sls package: nothing is packaged yet"]);
    expect(callsIn(cwd)).toEqual(["package --config serverless.yml"]);
    expect(template).toMatchObject({
      format: "serverless",
      stackName: "flights-dev",
      region: "eu-west-1",
      projectRoot: cwd,
      file: join(cwd, ".serverless/cloudformation-template-update-stack.json"),
      sources: ["serverless.yml", "functions/log-errors.yml", "tables.yml"].map((name) =>
        join(cwd, name),
      ),
    });
  });

  it("once, as long as nothing changes", async () => {
    const cwd = service();
    for (const path of ["serverless.yml", "functions/log-errors.yml", "tables.yml"])
      touch(cwd, path, -60);
    await readTemplate({ cwd });
    await readTemplate({ cwd });
    expect(callsIn(cwd)).toHaveLength(1);
  });

  it.each(["serverless.yml", "functions/log-errors.yml", "tables.yml"])(
    "again, where %s is newer than what was packaged",
    async (path) => {
      const cwd = service();
      await readTemplate({ cwd });
      touch(cwd, path, 60);
      const said: string[] = [];
      await readTemplate({ cwd, log: (line) => said.push(line) });
      expect(said).toEqual([`sls package: ${path} has changed`]);
      expect(callsIn(cwd)).toHaveLength(2);
    },
  );

  it("again for another stage, and for parameters", async () => {
    const cwd = service();
    for (const path of ["serverless.yml", "functions/log-errors.yml", "tables.yml"])
      touch(cwd, path, -60);
    expect((await readTemplate({ cwd, stage: "dev" })).stackName).toBe("flights-dev");
    expect((await readTemplate({ cwd, stage: "prod" })).stackName).toBe("flights-prod");
    await readTemplate({ cwd, stage: "prod" });
    await readTemplate({ cwd, stage: "prod", params: { watch: "true" } });
    expect(callsIn(cwd)).toEqual([
      "package --config serverless.yml --stage dev",
      "package --config serverless.yml --stage prod",
      "package --config serverless.yml --stage prod --param watch=true",
    ]);
  });

  it("again without a stage or a parameter that the last run was given", async () => {
    const cwd = service();
    for (const path of ["serverless.yml", "functions/log-errors.yml", "tables.yml"])
      touch(cwd, path, -60);
    const said: string[] = [];
    const names = [];
    for (const asked of [{ stage: "prod" }, {}, {}, { params: { a: "1" } }, { params: { a: "1" } }])
      names.push((await readTemplate({ cwd, ...asked, log: (line) => said.push(line) })).stackName);
    await readTemplate({ cwd, params: { a: "2" } });
    await readTemplate({ cwd });
    expect(names).toEqual(["flights-prod", ...Array(4).fill("flights-dev")]);
    expect(said).toEqual([
      "sls package: nothing is packaged yet",
      "sls package: the stage was prod",
      "sls package: the parameters were different",
    ]);
    expect(callsIn(cwd)).toEqual([
      "package --config serverless.yml --stage prod",
      "package --config serverless.yml",
      "package --config serverless.yml --param a=1",
      "package --config serverless.yml --param a=2",
      "package --config serverless.yml",
    ]);
  });

  it("again where somebody has packaged another stage by hand", async () => {
    const cwd = service();
    for (const path of ["serverless.yml", "functions/log-errors.yml", "tables.yml"])
      touch(cwd, path, -60);
    const byHand = (...args: string[]) =>
      execFileSync(process.execPath, ["node_modules/serverless/bin.js", ...args], { cwd });
    byHand("package", "--stage", "prod");
    expect((await readTemplate({ cwd, stage: "prod" })).stackName).toBe("flights-prod");
    expect(callsIn(cwd)).toHaveLength(1);
    expect((await readTemplate({ cwd })).stackName).toBe("flights-dev");
    expect(callsIn(cwd)).toHaveLength(2);
    byHand("package", "--stage", "prod");
    expect((await readTemplate({ cwd })).stackName).toBe("flights-dev");
    expect(callsIn(cwd)).toHaveLength(4);
  });

  it("and not where what it wrote elsewhere is given", async () => {
    const cwd = service();
    await readTemplate({ cwd });
    const out = project({});
    cpSync(join(cwd, ".serverless"), out, { recursive: true });
    const file = join(out, "cloudformation-template-update-stack.json");
    const { format, functions } = await readTemplate({ cwd, file });
    expect(format).toBe("serverless");
    expect(functions[0]!.source.file).toBe(join(cwd, "departures.ts"));
    expect(callsIn(cwd)).toHaveLength(1);
  });

  it("and not where the compiled template is given", async () => {
    const cwd = service();
    await readTemplate({ cwd });
    touch(cwd, "serverless.yml", 60);
    const file = ".serverless/cloudformation-template-update-stack.json";
    expect((await readTemplate({ cwd, file })).format).toBe("serverless");
    expect(callsIn(cwd)).toHaveLength(1);
  });
});

it("settings of another name are packaged as theirs, and so are the usual ones behind them", async () => {
  const cwd = service({ "serverless.live.yml": settings });
  await readTemplate({ cwd, file: "serverless.live.yml" });
  await readTemplate({ cwd });
  await readTemplate({ cwd });
  expect(readFileSync(join(cwd, "calls.txt"), "utf8").trim().split("\n")).toEqual([
    "package --config serverless.live.yml",
    "package --config serverless.yml",
  ]);
});

describe("when it cannot be packaged", () => {
  it("what the framework said is told", async () => {
    const cwd = service({ "fail.txt": "" });
    await expect(readTemplate({ cwd })).rejects.toThrow(
      /serverless\.yml: sls package failed:\n {2}Error: handler is missing/,
    );
  });

  it.each([
    [
      'does not satisfy the "frameworkVersion" (^3.38)',
      /npm install --save-dev serverless@3\b.*">=3"/,
    ],
    ['at "custom.stage": Value not found at "self" source', /Give --stage, such as --stage dev\.$/],
    ['at "provider.name": Value not found at "opt" source', /Write a value behind \$\{opt:team\}:/],
    ['at "provider.x": Value not found at "env" source', /that it takes: TABLE_OF_NOBODY\.$/],
    ['at "provider.y": Value not found at "file" source', /not there: config\/none\.yml\.$/],
    ['at "provider.z": Value not found at "ssm" source', /shardmill\.values\.json: \{"ssm":/],
  ])("%s: it says what to do", async (said, advice) => {
    const more = `custom:
  stage: \${opt:stage, self:provider.stage}
  team: \${opt:team}
  table: \${env:TABLE_OF_NOBODY}
  more: \${file(config/none.yml):more}
`;
    const bin = `console.log(${JSON.stringify(said)}); process.exit(1);`;
    const cwd = service({
      "serverless.yml": settings + more,
      "node_modules/serverless/bin.js": bin,
    });
    await expect(readTemplate({ cwd })).rejects.toThrow(advice);
    if (said.includes('"self"')) {
      await expect(readTemplate({ cwd, stage: "live" })).rejects.toThrow(
        /nothing for --stage live: give another that they name\.$/,
      );
    }
  });

  it("a framework that is not installed is named, with what to do", async () => {
    const cwd = project({ "serverless.yml": settings });
    await expect(readTemplate({ cwd })).rejects.toThrow(
      /not installed.*npm install --save-dev serverless@npm:osls/,
    );
  });

  it("settings that are not YAML are refused with their line", async () => {
    const cwd = service({ "serverless.yml": "service: a\nfunctions: [\n" });
    await expect(readTemplate({ cwd })).rejects.toThrow(/serverless\.yml:\d: \w/);
  });

  it("it is ended with what asked for it", async () => {
    const cwd = service({ "node_modules/serverless/bin.js": "setInterval(() => {}, 1000)" });
    const controller = new AbortController();
    const reading = readTemplate({ cwd, signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(reading).rejects.toThrow(/abort/i);
  });
});

describe("places and names", () => {
  it("are those of serverless.yml and of what it includes", async () => {
    const cwd = service();
    const { streams, tables, functions, mappings } = await readTemplate({ cwd });
    const placed = [...functions, ...mappings, ...streams, ...tables].map(
      ({ logicalId, place }) => [logicalId, place.file.slice(cwd.length + 1), place.line],
    );
    expect(placed).toEqual([
      ["DeparturesLambdaFunction", "serverless.yml", 5],
      ["LogDasherrorsLambdaFunction", "serverless.yml", 11],
      ["DeparturesEventSourceMappingKinesisFlights", "serverless.yml", 9],
      ["LogDasherrorsEventSourceMappingKinesisFlights", "serverless.yml", 11],
      ["Flights", "serverless.yml", 14],
      ["ProgressTable", "tables.yml", 2],
    ]);
  });

  it("a property has the line of its setting, also in what is merged in, or in an override", async () => {
    const cwd = service({
      "serverless.yml": `service: flights
custom:
  mapping: &mapping
    maximumRetryAttempts: 2
functions:
  departures:
    handler: departures.handler
    events:
      - stream:
          <<: *mapping
          arn: !GetAtt Flights.Arn
  log-errors: {}
resources:
  extensions:
    DeparturesEventSourceMappingKinesisFlights:
      Properties:
        BatchSize: 7
`,
      "node_modules/serverless/bin.js": framework.replace(
        "FunctionName: { Ref",
        "MaximumRetryAttempts: 2, BatchSize: 7, Enabled: true, FunctionName: { Ref",
      ),
    });
    const { mappings, functions } = await readTemplate({ cwd });
    const lines = (places: Readonly<Record<string, Place>> = {}) =>
      Object.fromEntries(Object.entries(places).map(([name, { line }]) => [name, line]));
    expect(lines(mappings[0]!.propertyPlaces)).toMatchObject({
      MaximumRetryAttempts: 4,
      BatchSize: 17,
      Enabled: 9,
    });
    expect(lines(functions[0]!.propertyPlaces)).toMatchObject({ Handler: 7, Runtime: 6 });
  });

  it.each([
    ["!GetAtt Flights.Arn", 10],
    ["arn:aws:kinesis:us-east-1:123456789012:stream/flights", 10],
    ["arn:aws:kinesis:us-east-1:123456789012:stream/other", 8],
  ])("of several streams, the mapping is that of its own: %s", async (arn, line) => {
    const cwd = service({
      "serverless.yml": `service: flights
functions:
  departures:
    handler: departures.handler
    events:
      - http: GET /
      - http: PUT /
      - stream:
          arn: !GetAtt Orders.Arn
      - stream: { type: kinesis, arn: ${arn} }
  log-errors: {}
`,
    });
    expect((await readTemplate({ cwd })).mappings[0]!.place.line).toBe(line);
  });

  it("a function is called by its key, too", async () => {
    const template = await readTemplate({ cwd: service() });
    expect(functionNamed(template, "log-errors").logicalId).toBe("LogDasherrorsLambdaFunction");
    expect(functionNamed(template, "flights-dev-departures").names).toEqual([
      "flights-dev-departures",
      "DeparturesLambdaFunction",
      "departures",
    ]);
  });

  it("settings in TypeScript have no lines", async () => {
    const cwd = service({ "serverless.ts": "export default { service: 'flights' };" });
    const file = join(cwd, "serverless.ts");
    const { functions } = await readTemplate({ cwd, file: "serverless.ts" });
    expect(functions[0]!.place).toEqual({ file });
  });

  it("package.path is where the template is looked for", async () => {
    const cwd = service({ "serverless.yml": `${settings}package:\n  path: out\n` });
    write(cwd, "out/cloudformation-template-update-stack.json", {
      Resources: { B: { Type: "AWS::S3::Bucket" } },
    });
    write(cwd, "out/serverless-state.json", {
      service: { service: "s", provider: { stage: "dev" } },
    });
    for (const path of ["serverless.yml", "functions/log-errors.yml", "tables.yml"])
      touch(cwd, path, -60);
    expect((await readTemplate({ cwd })).buckets).toMatchObject([{ name: "s-dev-b" }]);
    expect(callsIn(cwd)).toEqual([]);
  });
});
