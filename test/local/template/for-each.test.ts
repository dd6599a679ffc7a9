// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
import { describe, expect, it } from "vitest";
import { read } from "./project.ts";

const Transform = ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"];

const loops = `
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Names: { Type: CommaDelimitedList, Default: "orders, refunds" }
Resources:
  Fn::ForEach::Streams:
    - Name
    - !Ref Names
    - Stream\${Name}:
        Type: AWS::Kinesis::Stream
        Properties: { Name: !Sub "shop-\${Name}" }
      Fn::ForEach::Readers:
        - Reader
        - [billing, mail-er]
        - \${Name}&{Reader}:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: !Join ["-", [!Ref Name, !Ref Reader]]
              Handler: a.handler
              Runtime: nodejs24.x
              Events:
                In:
                  Type: Kinesis
                  Properties:
                    Stream: !GetAtt Stream\${Name}.Arn
                    StartingPosition: LATEST
`;

describe("Fn::ForEach", () => {
  it("makes what it says for each value, within one another too, in what SAM reads", async () => {
    const { streams, functions, mappings } = await read(loops);
    expect(streams.map(({ name }) => name)).toEqual(["shop-orders", "shop-refunds"]);
    expect(functions.map(({ logicalId, name }) => [logicalId, name])).toEqual([
      ["ordersbilling", "orders-billing"],
      ["ordersmailer", "orders-mail-er"],
      ["refundsbilling", "refunds-billing"],
      ["refundsmailer", "refunds-mail-er"],
    ]);
    expect(mappings.map(({ streamArn }) => streamArn.split("/")[1])).toEqual(
      ["orders", "orders", "refunds", "refunds"].map((name) => `shop-${name}`),
    );
  });

  it("goes over what a parameter is given", async () => {
    const { streams } = await read(loops, { parameters: { Names: "one" } });
    expect(streams.map(({ name }) => name)).toEqual(["shop-one"]);
  });

  it("has its places in the text", async () => {
    const { streams, mappings } = await read(loops);
    const lines = loops.split("\n");
    const at = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
    expect(streams.map(({ place }) => place.line)).toEqual([
      at("Stream${Name}:"),
      at("Stream${Name}:"),
    ]);
    expect(mappings[0]!.place.line).toBe(at("In:"));
    expect(mappings[0]!.propertyPlaces!.StartingPosition!.line).toBe(at("StartingPosition"));
  });

  it.each([
    [["N", { "Fn::Split": [",", "a,b"] }, {}], /a loop goes over a list of values/],
    [["N", ["a"]], /a loop is a name, a list and what is made of each/],
    [["N", ["a", "b"], { Same: { Type: "AWS::SNS::Topic" } }], /a loop makes Same, which is there/],
  ])("%j is refused with its place", async (loop, why) => {
    await expect(read({ Transform, Resources: { "Fn::ForEach::Loop": loop } })).rejects.toThrow(
      why,
    );
  });
});
