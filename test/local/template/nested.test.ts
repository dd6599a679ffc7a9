/** Applications and stacks within a template: what is on this machine is read with it. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project } from "./project.ts";

const Transform = "AWS::Serverless-2016-10-31";

const consumer = {
  Transform,
  Parameters: { StreamArn: { Type: "String" }, Stage: { Type: "String", Default: "test" } },
  Mappings: { Sizes: { test: { batch: 7 }, prod: { batch: 500 } } },
  Conditions: { IsTest: { "Fn::Equals": [{ Ref: "Stage" }, "test"] } },
  Resources: {
    Table: { Type: "AWS::DynamoDB::Table", Properties: { KeySchema: [] } },
    Billing: {
      Type: "AWS::Serverless::Function",
      Condition: "IsTest",
      Properties: {
        ...{ Handler: "a.handler", Runtime: "nodejs24.x", CodeUri: "src/" },
        Environment: {
          Variables: {
            TABLE: { Ref: "Table" },
            TEXT: {
              "Fn::Sub": `\${Table.Arn} in \${AWS::Region} for \${Stage} from \${StreamArn}`,
            },
            SIZE: { "Fn::If": ["IsTest", "small", "large"] },
          },
        },
        Events: {
          Orders: {
            Type: "Kinesis",
            Properties: {
              ...{ Stream: { Ref: "StreamArn" }, StartingPosition: "LATEST" },
              BatchSize: { "Fn::FindInMap": ["Sizes", { Ref: "Stage" }, "batch"] },
            },
          },
        },
      },
    },
  },
  Outputs: { Table: { Value: { Ref: "Table" } } },
};

const streams = {
  Resources: { Orders: { Type: "AWS::Kinesis::Stream", Properties: { Name: "orders" } } },
  Outputs: { Arn: { Value: { "Fn::GetAtt": ["Orders", "Arn"] } } },
};

const root = {
  Transform,
  Conditions: { Always: { "Fn::Equals": ["a", "a"] } },
  Resources: {
    Streams: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "streams.json" } },
    App: {
      Type: "AWS::Serverless::Application",
      Condition: "Always",
      Properties: {
        Location: "./billing/template.json",
        Parameters: { StreamArn: { "Fn::GetAtt": "Streams.Outputs.Arn" } },
      },
    },
    Other: {
      Type: "AWS::Serverless::Function",
      Properties: {
        ...{ Handler: "b.handler", Runtime: "nodejs24.x" },
        Environment: {
          Variables: { OF: { "Fn::Sub": `table \${App.Outputs.Table} and \${!this}` } },
        },
      },
    },
  },
};

const files = {
  "template.json": root,
  "streams.json": streams,
  "billing/template.json": consumer,
  "billing/src/a.ts": "",
  "b.ts": "",
};

it("are one template with it: parameters, outputs, conditions and code of their own", async () => {
  const cwd = project(files);
  const { functions, mappings, sources, streams, unsupported } = await readTemplate({ cwd });
  expect(unsupported).toEqual([]);
  expect(streams).toMatchObject([{ logicalId: "StreamsOrders", isExternal: false }]);
  expect(mappings).toMatchObject([
    {
      ...{ logicalId: "AppBillingOrders", functionLogicalId: "AppBilling" },
      ...{ streamArn: streams[0]!.arn, settings: { batchSize: 7, startingPosition: "LATEST" } },
    },
  ]);
  const [other, billing] = [...functions].sort((a, b) => b.logicalId.localeCompare(a.logicalId));
  const name = billing!.environment.TABLE!;
  expect(name).toMatch(/-AppTable$/);
  expect(billing).toMatchObject({
    names: [expect.stringMatching(/-AppBilling$/), "AppBilling", "Billing"],
    source: { file: join(cwd, "billing/src/a.ts") },
    place: { file: join(cwd, "billing/template.json") },
    environment: {
      SIZE: "small",
      TEXT: `arn:aws:dynamodb:us-east-1:123456789012:table/${name} in us-east-1 for test from ${streams[0]!.arn}`,
    },
  });
  expect(billing!.place.line).toBeGreaterThan(30);
  expect(other!.environment).toEqual({ OF: `table ${name} and \${this}` });
  expect(sources).toEqual(
    ["template.json", "streams.json", "billing/template.json"].map((path) => join(cwd, path)),
  );
});

it("that are not created, because their condition is false, leave nothing", async () => {
  const cwd = project({
    ...files,
    "template.json": {
      ...root,
      Conditions: { Always: { "Fn::Equals": ["a", "b"] } },
      Resources: { Streams: root.Resources.Streams, App: root.Resources.App },
    },
  });
  const { functions, tables, streams } = await readTemplate({ cwd });
  expect([functions, tables, streams].map(({ length }) => length)).toEqual([0, 0, 1]);
});

it("in a circle are refused where it closes", async () => {
  const cwd = project({ ...files, "streams.json": root });
  await expect(readTemplate({ cwd })).rejects.toThrow(
    /streams\.json:\d+: Streams is .*streams\.json, which stands around it already\.$/,
  );
});

it("of the CDK are read from their assets, under the names of their constructs", async () => {
  const named = (data: string) => [{ type: "aws:cdk:logicalId", data }];
  const cwd = project({
    "cdk.json": {},
    "cdk.out/manifest.json": {
      artifacts: {
        Shop: {
          type: "aws:cloudformation:stack",
          properties: { templateFile: "Shop.template.json" },
          metadata: {
            "/Shop/Orders/Resource": named("Orders1"),
            "/Shop/Readers/Billing/Resource": named("Billing2"),
          },
        },
      },
    },
    "cdk.out/Shop.template.json": {
      Resources: {
        Orders1: { Type: "AWS::Kinesis::Stream", Properties: { Name: "orders" } },
        Readers3: {
          Type: "AWS::CloudFormation::Stack",
          Properties: {
            TemplateURL: { "Fn::Join": ["", ["https://s3.", { Ref: "AWS::URLSuffix" }]] },
            Parameters: { FromShop: { "Fn::GetAtt": ["Orders1", "Arn"] } },
          },
          Metadata: { "aws:asset:path": "ShopReaders.nested.template.json" },
        },
      },
    },
    "cdk.out/ShopReaders.nested.template.json": {
      Parameters: { FromShop: { Type: "String" } },
      Resources: {
        Billing2: {
          Type: "AWS::Lambda::Function",
          Properties: { Handler: "index.handler", Runtime: "nodejs24.x", Code: {} },
          Metadata: { "aws:asset:path": "asset.1" },
        },
        Mapping4: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { EventSourceArn: { Ref: "FromShop" }, FunctionName: { Ref: "Billing2" } },
        },
      },
    },
    "cdk.out/asset.1/index.js": "",
  });
  const { functions, mappings, streams, unsupported } = await readTemplate({ cwd });
  expect(unsupported).toEqual([]);
  expect(functions).toMatchObject([
    {
      names: ["Shop-Readers3Billing2", "Readers3Billing2", "Shop/Readers/Billing", "Billing"],
      source: { file: join(cwd, "cdk.out/asset.1/index.js"), isBuilt: true },
    },
  ]);
  expect(mappings).toMatchObject([{ streamArn: streams[0]!.arn }]);
});
