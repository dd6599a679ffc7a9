// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** What CloudFormation would refuse is an error with its place; what it takes, and nobody here knows, is named. */

import { describe, expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read, withVariables } from "./project.ts";

const Resources = { Flights: { Type: "AWS::Kinesis::Stream", Properties: { Name: "flights" } } };
const variable = (value: unknown, more: object = {}) => ({
  ...more,
  Resources: { ...Resources, ...withVariables({ A: value }) },
});
const path = "Resources\\.Fn\\.Properties\\.Environment\\.Variables\\.A";

describe("errors", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a resource that is not there",
      { Ref: "Flight" },
      /there is no resource or parameter Flight\. Did you mean Flights\?/,
    ],
    ["its attribute", { "Fn::GetAtt": ["Nothing", "Arn"] }, /no resource or parameter Nothing\.$/],
    [
      "a reference in Fn::Sub",
      { "Fn::Sub": "${Flihgts}" },
      /no resource or parameter Flihgts\. Did you mean Flights\?/,
    ],
    ["a condition", { "Fn::If": ["Nope", 1, 2] }, /there is no condition Nope/],
    ["a map", { "Fn::FindInMap": ["Nope", "a", "b"] }, /there is no mapping Nope/],
    ["an item of a list", { "Fn::Select": [2, ["a", "b"]] }, /takes item 2 of a list of 2/],
    ["Fn::Join without a list", { "Fn::Join": ["", "a"] }, /A list is wanted here, and it is "a"/],
    ["Fn::Join of one", { "Fn::Join": [""] }, /takes a delimiter and a list/],
    [
      "a map in a string",
      { "Fn::Sub": ["${x}", { x: { y: 1 } }] },
      /A string is wanted here, and it is \{"y":1\}/,
    ],
    ["Fn::GetAtt of nothing", { "Fn::GetAtt": ["Flights"] }, /takes a logical id and an attribute/],
    ["a function that does not exist", { "Fn::Uppercase": "a" }, /Fn::Uppercase is not a function/],
    ["a function that does not stand alone", { "Fn::Sub": "a", b: 1 }, /Fn::Sub stands beside b/],
    ["Fn::If of two", { "Fn::If": ["A", 1] }, /takes a condition and two values/],
  ])("%s", async (_, value, message) => {
    const reading = read(variable(value));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(new RegExp(`template\\.yaml:\\d+: ${path}`));
    await expect(reading).rejects.toMatchObject({
      name: "TemplateError",
      place: { line: expect.any(Number) },
    });
  });

  it("names that need each other", async () => {
    const Properties = (Name: unknown) => ({ Type: "AWS::Kinesis::Stream", Properties: { Name } });
    const template = { Resources: { A: Properties({ Ref: "B" }), B: Properties({ Ref: "A" }) } };
    await expect(read(template)).rejects.toThrow(
      /the name of B → the name of A → the name of B\.$/,
    );
  });

  it("a condition that needs itself", async () => {
    const template = variable("x", { Conditions: { A: { "Fn::Not": [{ Condition: "A" }] } } });
    Object.assign(template.Resources, { S: { Type: "AWS::Kinesis::Stream", Condition: "A" } });
    await expect(read(template)).rejects.toThrow(/the condition A depends on itself/);
  });

  it("a condition that is none", async () => {
    const template = variable({ "Fn::If": ["A", 1, 2] }, { Conditions: { A: "maybe" } });
    await expect(read(template)).rejects.toThrow(/Conditions\.A: A condition is made of/);
  });

  it("a reference to what a condition leaves out", async () => {
    const template = variable({ Ref: "S" }, { Conditions: { Never: { "Fn::Equals": [1, 2] } } });
    Object.assign(template.Resources, { S: { Type: "AWS::Kinesis::Stream", Condition: "Never" } });
    await expect(read(template)).rejects.toThrow(
      /S is not created, because its condition Never is false/,
    );
  });

  it("a parameter that is not declared, or not allowed", async () => {
    const Parameters = {
      Stage: { Type: "String", Default: "dev", AllowedValues: ["dev", "prod"] },
    };
    const template = variable("x", { Parameters });
    await expect(read(template, { parameters: { Stag: "dev" } })).rejects.toThrow(
      /has no parameter Stag\. Did you mean Stage\?/,
    );
    await expect(read(template, { parameters: { Stage: "test" } })).rejects.toThrow(
      /Parameters\.Stage: "test" is not allowed; dev, prod are/,
    );
  });

  it("a resource without a type, a file without resources", async () => {
    await expect(read({ Resources: { A: {} } })).rejects.toThrow(
      /Resources\.A: a resource has a Type/,
    );
    await expect(read({ Hello: 1 })).rejects.toThrow(/not a CloudFormation template.*--template/);
    await expect(read("just text")).rejects.toThrow(/not a CloudFormation template/);
    await expect(read("")).rejects.toThrow(/not a CloudFormation template/);
  });

  it("a loop, which CloudFormation writes out", async () => {
    const template = { Resources: { "Fn::ForEach::Names": ["N", ["a"], {}] } };
    await expect(read(template)).rejects.toThrow(
      /Fn::ForEach needs Transform: AWS::LanguageExtensions/,
    );
  });

  it("no template at all", async () => {
    const cwd = project({ "index.ts": "" });
    await expect(readTemplate({ cwd })).rejects.toThrow(/There is no template in .*--template/);
    const near = project({
      "infra/stack.yml": "Resources:\n  A: 1\n",
      "notes.yml": "a: 1",
      "src/a.ts": "",
    });
    await expect(readTemplate({ cwd: near })).rejects.toThrow(
      /Is it infra\/stack\.yml\? Then say so: --template infra\/stack\.yml\.$/,
    );
    await expect(readTemplate({ cwd, file: "a.yml" })).rejects.toThrow(
      /a\.yml: There is no such file/,
    );
    await expect(readTemplate({ cwd, file: "." })).rejects.toThrow(
      /a folder, and no output of cdk/,
    );
  });
});

describe("what is known in the cloud only", () => {
  it.each<[string, unknown, object, RegExp]>([
    ["an export", { "Fn::ImportValue": "x" }, {}, /Fn::ImportValue takes x from another stack/],
    [
      "a parameter without a value",
      { Ref: "P" },
      { Parameters: { P: { Type: "String" } } },
      /The parameter P has no value\..*--parameter P=/,
    ],
    [
      "a parameter in the Parameter Store",
      { Ref: "P" },
      { Parameters: { P: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/a/b" } } },
      /P is \/a\/b in the Parameter Store/,
    ],
    ["a dynamic reference", "x{{resolve:ssm:/a/b}}", {}, /\{\{resolve:ssm:\/a\/b\}\} is looked up/],
    [
      "one in Fn::Sub",
      { "Fn::Sub": "{{resolve:secretsmanager:${AWS::StackName}}}" },
      {},
      /is looked up/,
    ],
    [
      "an attribute",
      { "Fn::GetAtt": ["Flights", "StreamId"] },
      {},
      /StreamId of Flights \(AWS::Kinesis::Stream\) is known once it is deployed/,
    ],
    ["a macro", { "Fn::Transform": { Name: "M" } }, {}, /^The macro M runs in CloudFormation only/],
    ["Fn::Cidr", { "Fn::Cidr": ["10.0.0.0/24", 1, 1] }, {}, /not computed here/],
    [
      "any of it within another function",
      { "Fn::Join": ["-", ["a", { "Fn::ImportValue": "x" }]] },
      {},
      /takes x from/,
    ],
  ])("%s leaves out its property, by name", async (_, value, more, why) => {
    const template = variable(value, more);
    Object.assign(template.Resources.Fn.Properties.Environment.Variables, { B: "stays" });
    const { functions, unsupported } = await read(template);
    expect(functions[0]!.environment).toEqual({ B: "stays" });
    expect(unsupported).toMatchObject([
      {
        logicalId: "Fn",
        type: "AWS::Lambda::Function",
        path: "Properties.Environment.Variables.A",
        why: expect.stringMatching(why),
        place: { line: expect.any(Number) },
      },
    ]);
  });

  it("a misspelt attribute suggests the right one", async () => {
    const { unsupported } = await read(variable({ "Fn::GetAtt": ["Flights", "Arm"] }));
    expect(unsupported[0]!.why).toMatch(/Did you mean Arn\?/);
  });

  it("a name leaves out its resource", async () => {
    const { streams, unsupported } = await read({
      Resources: {
        S: { Type: "AWS::Kinesis::Stream", Properties: { Name: { "Fn::ImportValue": "x" } } },
      },
    });
    expect(streams).toEqual([]);
    expect(unsupported).toContainEqual(
      expect.objectContaining({ logicalId: "S", path: "Properties.Name" }),
    );
  });

  it("a stream that a mapping reads leaves out the mapping", async () => {
    const { mappings, unsupported } = await read({
      Resources: {
        ...withVariables({}),
        M: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { FunctionName: { Ref: "Fn" }, EventSourceArn: { "Fn::ImportValue": "x" } },
        },
      },
    });
    expect(mappings).toEqual([]);
    expect(unsupported).toMatchObject([
      { logicalId: "M", path: "Properties.EventSourceArn" },
      { logicalId: "M", why: "Without EventSourceArn it reads nothing." },
    ]);
  });
});

describe("resources that do not run here", () => {
  it("are named", async () => {
    const { unsupported } = await read({
      Resources: { Pool: { Type: "AWS::Cognito::UserPool" }, Mine: { Type: "Custom::Thing" } },
    });
    expect(unsupported).toMatchObject([
      { logicalId: "Pool", type: "AWS::Cognito::UserPool", why: "Nothing of this type runs here." },
      { logicalId: "Mine", type: "Custom::Thing" },
    ]);
  });

  it("are not, where they only describe, allow or watch", async () => {
    const types = [
      "AWS::IAM::Policy",
      "AWS::Logs::LogGroup",
      "AWS::CloudWatch::Alarm",
      "AWS::Lambda::Permission",
      "AWS::S3::BucketPolicy",
      "AWS::SQS::QueuePolicy",
      "AWS::CDK::Metadata",
    ];
    const Resources = Object.fromEntries(types.map((Type, index) => [`R${index}`, { Type }]));
    expect((await read({ Resources })).unsupported).toEqual([]);
  });

  it("mappings of other sources, and settings of other sources", async () => {
    const mapping = (Properties: object) => ({
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: { FunctionName: { Ref: "Fn" }, ...Properties },
    });
    const { unsupported, mappings } = await read({
      Resources: {
        ...Resources,
        ...withVariables({}),
        Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: "q" } },
        OfQueue: mapping({ EventSourceArn: { "Fn::GetAtt": ["Q", "Arn"] } }),
        Scaled: mapping({
          EventSourceArn: { "Fn::GetAtt": ["Flights", "Arn"] },
          ScalingConfig: { MaximumConcurrency: 2 },
        }),
      },
    });
    expect(mappings.map(({ logicalId }) => logicalId)).toEqual(["Scaled"]);
    expect(unsupported).toMatchObject([
      { logicalId: "OfQueue", why: expect.stringContaining("only Kinesis") },
      { logicalId: "Scaled", path: "Properties.ScalingConfig" },
    ]);
  });
});
