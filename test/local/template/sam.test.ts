// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** SAM: what its transform makes of functions, their streams and simple tables. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read } from "./project.ts";

const template = `Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 30
    Environment:
      Variables:
        PROGRESS_TABLE: !Ref Progress
        STAGE: dev
Resources:
  Flights:
    Type: AWS::Kinesis::Stream
  Failures:
    Type: AWS::SQS::Queue
  Departures:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: esbuild
      BuildProperties:
        EntryPoints: [lib/departures.ts]
    Properties:
      CodeUri: functions
      Handler: departures.handler
      Environment:
        Variables:
          STAGE: prod
      Policies:
        - AWSLambdaBasicExecutionRole
        - DynamoDBCrudPolicy:
            TableName: !Ref Progress
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: s3:PutObject
              Resource: "*"
      Events:
        Flights:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Flights.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 200
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig:
              OnFailure:
                Type: SQS
                Destination: !GetAtt Failures.Arn
        Web:
          Type: Api
  Live:
    Type: AWS::Serverless::Function
    Properties:
      Handler: live.handler
      AutoPublishAlias: live
      Role: arn:aws:iam::123456789012:role/own
      Events:
        Again:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Flights.Arn
            StartingPosition: LATEST
  Progress:
    Type: AWS::Serverless::SimpleTable
  Sized:
    Type: AWS::Serverless::SimpleTable
    Properties:
      PrimaryKey: { Name: n, Type: Number }
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
`;

const lineOf = (text: string) => template.split("\n").indexOf(text) + 1;

const shop = () =>
  project({ "template.yaml": template, "functions/lib/departures.ts": "", "live.ts": "" });

it("a function has its own settings over the global ones", async () => {
  const cwd = shop();
  const { format, functions } = await readTemplate({ cwd });
  expect(format).toBe("sam");
  expect(functions).toMatchObject([
    {
      logicalId: "Departures",
      runtime: "nodejs24.x",
      timeout: 30,
      environment: { STAGE: "prod", PROGRESS_TABLE: expect.stringMatching(/-Progress$/) },
      source: {
        file: join(cwd, "functions/lib/departures.ts"),
        taskRoot: join(cwd, "functions"),
        isBuilt: false,
      },
      place: { line: lineOf("  Departures:") },
    },
    {
      logicalId: "Live",
      source: { file: join(cwd, "live.ts") },
      roleArn: "arn:aws:iam::123456789012:role/own",
    },
  ]);
});

it("an event of a stream is a mapping, whose place is the event's", async () => {
  const { mappings, streams, queues } = await readTemplate({ cwd: shop() });
  expect(mappings).toMatchObject([
    {
      logicalId: "DeparturesFlights",
      functionLogicalId: "Departures",
      streamArn: streams[0]!.arn,
      settings: {
        startingPosition: "TRIM_HORIZON",
        batchSize: 200,
        functionResponseTypes: ["ReportBatchItemFailures"],
        destinationConfig: { onFailure: { destination: queues[0]!.arn } },
      },
      place: { line: lineOf("        Flights:") },
    },
    { logicalId: "LiveAgain", functionLogicalId: "Live", qualifier: "live" },
  ]);
});

it("a function has a role of its own, unless it names one", async () => {
  const { roles, functions, tables } = await readTemplate({ cwd: shop() });
  expect(roles.map(({ logicalId }) => logicalId)).toEqual(["DeparturesRole"]);
  expect(functions[0]!.roleArn).toBe(roles[0]!.arn);
  expect(roles[0]!.managedPolicyArns).toEqual([
    "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole",
    "AWSLambdaBasicExecutionRole",
  ]);
  const [crud, own] = roles[0]!.statements;
  expect(crud!.actions).toEqual(expect.arrayContaining(["dynamodb:PutItem", "dynamodb:Query"]));
  expect(crud!.resources).toEqual([tables[0]!.arn, `${tables[0]!.arn}/index/*`]);
  expect(own).toMatchObject({ actions: ["s3:PutObject"], resources: ["*"] });
});

it("simple tables have their key", async () => {
  const { tables } = await readTemplate({ cwd: shop() });
  expect(tables).toMatchObject([
    {
      keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      attributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      billingMode: "PAY_PER_REQUEST",
    },
    {
      keySchema: [{ AttributeName: "n", KeyType: "HASH" }],
      attributeDefinitions: [{ AttributeName: "n", AttributeType: "N" }],
      billingMode: "PROVISIONED",
    },
  ]);
});

it("events of other kinds are named", async () => {
  const { unsupported } = await readTemplate({ cwd: shop() });
  expect(unsupported).toMatchObject([
    {
      logicalId: "DeparturesWeb",
      type: "AWS::Serverless::Function Api",
      place: { line: lineOf("        Web:") },
    },
  ]);
});

it.each<[string, unknown, readonly string[], number]>([
  ["by name", "AmazonSQSFullAccess", ["AmazonSQSFullAccess"], 0],
  ["by a template of SAM", { SQSSendMessagePolicy: { QueueName: "q" } }, [], 1],
  [
    "by a template unknown here",
    { CodeCommitReadPolicy: { RepositoryName: "r" } },
    ["CodeCommitReadPolicy"],
    0,
  ],
  ["by reference", { Ref: "AWS::StackName" }, [expect.any(String) as never], 0],
])("a policy %s", async (_, policy, managed, statements) => {
  const { roles } = await read({
    Transform: ["AWS::Serverless-2016-10-31"],
    Resources: {
      Fn: {
        Type: "AWS::Serverless::Function",
        Properties: { Handler: "a.handler", Runtime: "nodejs24.x", Policies: policy },
      },
    },
  });
  expect(roles[0]!.managedPolicyArns.slice(1)).toEqual(managed);
  expect(roles[0]!.statements).toHaveLength(statements);
});

it("a resource that SAM would make twice is refused", async () => {
  const reading = read({
    Transform: "AWS::Serverless-2016-10-31",
    Resources: {
      Fn: { Type: "AWS::Serverless::Function", Properties: { Handler: "a.handler" } },
      FnRole: { Type: "AWS::IAM::Role" },
    },
  });
  await expect(reading).rejects.toThrow(
    /SAM makes a resource FnRole of Fn, and there is one already/,
  );
});

it("a condition of a function is that of all that is made of it", async () => {
  const { functions, mappings } = await read({
    Transform: "AWS::Serverless-2016-10-31",
    Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
    Resources: {
      Fn: {
        Type: "AWS::Serverless::Function",
        Condition: "Never",
        Properties: {
          Handler: "a.handler",
          Events: { E: { Type: "Kinesis", Properties: { Stream: "arn:aws:kinesis:::stream/s" } } },
        },
      },
    },
  });
  expect([functions, mappings]).toEqual([[], []]);
});

it("a reference to what SAM would make is left out, and a misspelt one refused", async () => {
  const withUrl = (Ref: string) =>
    read({
      Transform: "AWS::Serverless-2016-10-31",
      Resources: {
        Flights: { Type: "AWS::Kinesis::Stream" },
        Fn: {
          Type: "AWS::Serverless::Function",
          Properties: {
            Handler: "a.handler",
            Runtime: "nodejs24.x",
            Environment: { Variables: { URL: { Ref } } },
          },
        },
      },
    });
  const { functions, unsupported } = await withUrl("ServerlessHttpApi");
  expect(functions).toHaveLength(1);
  expect(unsupported).toMatchObject([
    {
      path: "Properties.Environment.Variables.URL",
      why: expect.stringContaining("transform may make it"),
    },
  ]);
  await expect(withUrl("Flight")).rejects.toThrow(/Did you mean Flights\?/);
});

it("without its Transform CloudFormation refuses SAM's types", async () => {
  const template = { Resources: { Fn: { Type: "AWS::Serverless::Function" } } };
  await expect(read(template)).rejects.toThrow(
    /template\.yaml:3: Fn is of SAM's type AWS::Serverless::Function, and the template has no Transform: AWS::Serverless-2016-10-31/,
  );
});

it.each([
  [
    { Type: "AWS::Serverless::Application", Properties: { Location: "./orders/template.yaml" } },
    "there is no ./orders/template.yaml: build it first",
  ],
  [
    { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "orders.yaml" } },
    "there is no orders.yaml: build it first",
  ],
  [
    { Type: "AWS::Serverless::Application", Properties: { Location: { ApplicationId: "a" } } },
    "is not on this machine",
  ],
])("a nested application is left out, and what to do is said: %j", async (Nested, why) => {
  const { unsupported } = await read({
    Transform: "AWS::Serverless-2016-10-31",
    Resources: { Nested },
  });
  expect(unsupported).toMatchObject([{ logicalId: "Nested", why: expect.stringContaining(why) }]);
});
