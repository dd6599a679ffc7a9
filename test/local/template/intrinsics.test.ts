// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** CloudFormation's functions, each through the variable of a function that it sets. */
import { describe, expect, it } from "vitest";
import { read, resolved, withVariables } from "./project.ts";

const Resources = { Flights: { Type: "AWS::Kinesis::Stream", Properties: { Name: "flights" } } };
const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/flights";

describe("Ref and Fn::GetAtt", () => {
  it("a resource is its name, its attribute what it is", async () => {
    expect(await resolved({ Ref: "Flights" }, { Resources })).toBe("flights");
    expect(await resolved({ "Fn::GetAtt": ["Flights", "Arn"] }, { Resources })).toBe(arn);
    expect(await resolved({ "Fn::GetAtt": "Flights.Arn" }, { Resources })).toBe(arn);
  });

  it("an attribute may be named by a parameter", async () => {
    const Parameters = { Which: { Type: "String", Default: "Arn" } };
    const value = { "Fn::GetAtt": ["Flights", { Ref: "Which" }] };
    expect(await resolved(value, { Resources, Parameters })).toBe(arn);
  });

  it.each([
    ["AWS::AccountId", "123456789012"],
    ["AWS::Region", "us-east-1"],
    ["AWS::Partition", "aws"],
    ["AWS::URLSuffix", "amazonaws.com"],
  ])("%s is %s", async (Ref, expected) => {
    expect(await resolved({ Ref })).toBe(expected);
  });

  it("the region and the account may be others", async () => {
    const value = {
      "Fn::Sub": "${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix}",
    };
    const options = { region: "cn-north-1", accountId: "000000000001" };
    expect(await resolved(value, {}, options)).toBe(
      "aws-cn cn-north-1 000000000001 amazonaws.com.cn",
    );
  });

  it("AWS::NoValue takes the property away", async () => {
    const { functions } = await read({ Resources: withVariables({ A: { Ref: "AWS::NoValue" } }) });
    expect(functions[0]!.environment).toEqual({});
  });
});

it("an item of a name that AWS makes up, split, is not known here, and stops nothing", async () => {
  const item = { "Fn::Select": [1, { "Fn::Split": ["/", { Ref: "Job" }] }] };
  const { functions, unsupported } = await read({
    Resources: {
      Job: { Type: "AWS::Batch::JobDefinition" },
      ...withVariables({ A: item, B: "b" }),
    },
  });
  expect(functions[0]!.environment).toEqual({ B: "b" });
  expect(unsupported.map(({ why }) => why)).toContain("Fn::Select takes item 1 of a list of 1.");
});

describe("Fn::Sub", () => {
  it("takes references, attributes and pseudo parameters", async () => {
    const value = { "Fn::Sub": "${AWS::Region}/${Flights}/${Flights.Arn}" };
    expect(await resolved(value, { Resources })).toBe(`us-east-1/flights/${arn}`);
  });

  it("takes variables of its own before resources", async () => {
    const value = { "Fn::Sub": ["${Flights}-${n}", { Flights: "own", n: { Ref: "Flights" } }] };
    expect(await resolved(value, { Resources })).toBe("own-flights");
  });

  it("leaves ${!literal} as ${literal}", async () => {
    expect(await resolved({ "Fn::Sub": "a ${!Flights} $b $" }, { Resources })).toBe(
      "a ${Flights} $b $",
    );
  });
});

describe("lists", () => {
  it.each([
    ["Join", { "Fn::Join": ["-", ["a", 1, true]] }, "a-1-true"],
    ["Select", { "Fn::Select": ["1", ["a", "b"]] }, "b"],
    ["Split", { "Fn::Select": [2, { "Fn::Split": ["/", "a/b/c"] }] }, "c"],
    ["Length", { "Fn::Length": ["a", "b"] }, "2"],
    ["GetAZs", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "us-east-1a"],
    [
      "nested",
      { "Fn::Join": ["", [{ "Fn::Select": [0, [{ Ref: "AWS::Region" }]] }]] },
      "us-east-1",
    ],
  ])("%s", async (_, value, expected) => {
    expect(await resolved(value)).toBe(expected);
  });
});

describe("other functions", () => {
  it("Fn::Base64", async () => {
    expect(await resolved({ "Fn::Base64": "hé" })).toBe("aMOp");
  });

  it("Fn::ToJsonString", async () => {
    const value = { "Fn::ToJsonString": { a: [{ Ref: "AWS::Region" }] } };
    expect(await resolved(value)).toBe('{"a":["us-east-1"]}');
  });

  it("Fn::FindInMap, with its default", async () => {
    const Mappings = { Size: { "us-east-1": { memory: "512" } } };
    const find = (key: string, ...rest: unknown[]) => ({
      "Fn::FindInMap": ["Size", { Ref: "AWS::Region" }, key, ...rest],
    });
    expect(await resolved(find("memory"), { Mappings })).toBe("512");
    expect(await resolved(find("disk", { DefaultValue: "none" }), { Mappings })).toBe("none");
  });

  it("Fn::ImportValue takes what is given for the export", async () => {
    const value = { "Fn::ImportValue": { "Fn::Sub": "${AWS::StackName}-table" } };
    const template = { Resources: withVariables({ value }) };
    const { stackName } = await read(template);
    expect(stackName).toMatch(/^shop-/);
    expect(await resolved({ "Fn::ImportValue": "table" }, {}, { imports: { table: "t-1" } })).toBe(
      "t-1",
    );
  });
});

describe("parameters", () => {
  const Parameters = {
    Stage: { Type: "String", Default: "dev", AllowedValues: ["dev", "prod"] },
    Size: { Type: "Number", Default: 5 },
    Names: { Type: "CommaDelimitedList", Default: "a, b" },
  };

  it("are their defaults, or what is given", async () => {
    const value = { "Fn::Sub": "${Stage} ${Size}" };
    expect(await resolved(value, { Parameters })).toBe("dev 5");
    const parameters = { Stage: "prod", Size: "7" };
    expect(await resolved(value, { Parameters }, { parameters })).toBe("prod 7");
  });

  it("a list of them is a list", async () => {
    expect(await resolved({ "Fn::Join": ["+", { Ref: "Names" }] }, { Parameters })).toBe("a+b");
  });
});

describe("conditions", () => {
  const Parameters = { Stage: { Type: "String", Default: "dev" } };
  const isStage = (stage: string) => ({ "Fn::Equals": [{ Ref: "Stage" }, stage] });
  const Conditions = {
    IsDev: isStage("dev"),
    IsProd: isStage("prod"),
    Either: { "Fn::Or": [{ Condition: "IsDev" }, { Condition: "IsProd" }] },
    Both: { "Fn::And": [{ Condition: "IsDev" }, { Condition: "IsProd" }] },
    Neither: { "Fn::Not": [{ Condition: "Either" }] },
  };

  it.each([
    ["IsDev", "yes"],
    ["IsProd", "no"],
    ["Either", "yes"],
    ["Both", "no"],
    ["Neither", "no"],
  ])("Fn::If on %s", async (condition, expected) => {
    const value = { "Fn::If": [condition, "yes", "no"] };
    expect(await resolved(value, { Parameters, Conditions })).toBe(expected);
  });

  it("a value that is not chosen need not resolve", async () => {
    const value = { "Fn::If": ["IsDev", "here", { "Fn::ImportValue": "elsewhere" }] };
    expect(await resolved(value, { Parameters, Conditions })).toBe("here");
  });

  it("a resource whose condition is false is not there", async () => {
    const template = {
      Parameters,
      Conditions,
      Resources: {
        A: { Type: "AWS::Kinesis::Stream", Condition: "IsDev" },
        B: { Type: "AWS::Kinesis::Stream", Condition: "IsProd" },
      },
    };
    const idsOf = async (parameters: Record<string, string>) =>
      (await read(template, { parameters })).streams.map(({ logicalId }) => logicalId);
    expect(await idsOf({})).toEqual(["A"]);
    expect(await idsOf({ Stage: "prod" })).toEqual(["B"]);
  });
});
