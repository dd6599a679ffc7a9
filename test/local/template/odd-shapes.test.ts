// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** Whatever stands at whatever place of a template: it is read, or refused at its line, and never a crash. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lint } from "../../../packages/cli/src/lint/lint.ts";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, write } from "./project.ts";

const arn = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
/** One of each type that is read. */
const base = {
  Transform: "AWS::Serverless-2016-10-31",
  Parameters: {
    Stage: { Type: "String", Default: "dev", AllowedValues: ["dev", "live"] },
    Many: { Type: "CommaDelimitedList", Default: "a,b" },
  },
  Mappings: { M: { dev: { shards: 1 }, live: { shards: 2 } } },
  Conditions: {
    Live: { "Fn::Equals": [{ Ref: "Stage" }, "live"] },
    Not: { "Fn::Not": [{ Condition: "Live" }] },
  },
  Globals: {
    Function: {
      Runtime: "python3.12",
      Timeout: 5,
      Environment: { Variables: { A: "b" } },
      Tags: { x: "y" },
    },
  },
  Resources: {
    S: {
      Type: "AWS::Kinesis::Stream",
      Properties: {
        Name: "s",
        ShardCount: { "Fn::FindInMap": ["M", { Ref: "Stage" }, "shards"] },
        RetentionPeriodHours: 24,
        StreamModeDetails: { StreamMode: "PROVISIONED" },
        StreamEncryption: { EncryptionType: "KMS", KeyId: "k" },
        Tags: [{ Key: "a", Value: "b" }],
      },
    },
    C: {
      Type: "AWS::Kinesis::StreamConsumer",
      Properties: { ConsumerName: "c", StreamARN: arn("S") },
    },
    F: {
      Type: "AWS::Serverless::Function",
      Properties: {
        Handler: "a.handler",
        InlineCode: "def handler(e, c): pass",
        Policies: [
          "AWSLambdaKinesisExecutionRole",
          { KinesisCrudPolicy: { StreamName: "s" } },
          { Statement: [{ Effect: "Allow", Action: "kinesis:*", Resource: "*" }] },
        ],
        Events: {
          K: {
            Type: "Kinesis",
            Properties: {
              Stream: arn("S"),
              StartingPosition: "TRIM_HORIZON",
              BatchSize: 10,
              FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
              DestinationConfig: { OnFailure: { Type: "SQS", Destination: arn("Q") } },
              FunctionResponseTypes: ["ReportBatchItemFailures"],
            },
          },
        },
      },
    },
    G: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Handler: "index.handler",
        Runtime: "python3.12",
        Role: arn("R"),
        Code: { ZipFile: "def handler(e, c): pass" },
        Environment: {
          Variables: {
            S: { Ref: "S" },
            Q: { Ref: "Q" },
            T: { "Fn::Sub": ["${a}-${AWS::Region}", { a: { Ref: "T" } }] },
          },
        },
        Layers: ["arn:aws:lambda:eu-west-1:1:layer:a:1"],
        Architectures: ["x86_64"],
        MemorySize: 128,
        ReservedConcurrentExecutions: 1,
      },
    },
    E: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        EventSourceArn: { Ref: "C" },
        FunctionName: { Ref: "G" },
        StartingPosition: "AT_TIMESTAMP",
        StartingPositionTimestamp: 1,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 1,
        MaximumRecordAgeInSeconds: 60,
        MaximumRetryAttempts: 1,
        ParallelizationFactor: 1,
        TumblingWindowInSeconds: 0,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        DestinationConfig: { OnFailure: { Destination: arn("B") } },
        FilterCriteria: { Filters: [{ Pattern: "{}" }] },
        MetricsConfig: { Metrics: ["EventCount"] },
        Tags: [{ Key: "a", Value: "b" }],
        Enabled: true,
      },
    },
    P: {
      Type: "AWS::Pipes::Pipe",
      Properties: {
        RoleArn: arn("R"),
        Source: arn("S"),
        SourceParameters: {
          KinesisStreamParameters: {
            StartingPosition: "LATEST",
            BatchSize: 1,
            DeadLetterConfig: { Arn: arn("Q") },
            OnPartialBatchItemFailure: "AUTOMATIC_BISECT",
          },
          FilterCriteria: { Filters: [{ Pattern: "{}" }] },
        },
        Target: arn("G"),
        TargetParameters: { LambdaFunctionParameters: { InvocationType: "REQUEST_RESPONSE" } },
      },
    },
    R: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {},
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"],
        Policies: [
          {
            PolicyName: "p",
            PolicyDocument: {
              Statement: [{ Effect: "Allow", Action: ["kinesis:GetRecords"], Resource: arn("S") }],
            },
          },
        ],
      },
    },
    IP: {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: "x",
        Roles: [{ Ref: "R" }],
        PolicyDocument: {
          Statement: { Effect: "Allow", Action: "sqs:SendMessage", Resource: arn("Q") },
        },
      },
    },
    ER: {
      Type: "AWS::Events::Rule",
      Properties: { ScheduleExpression: "rate(1 minute)", Targets: [{ Arn: arn("G"), Id: "a" }] },
    },
    SS: {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        ScheduleExpression: "rate(1 minute)",
        Target: { Arn: arn("G"), RoleArn: arn("R") },
      },
    },
    T: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "t",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
      },
    },
    Q: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: "q",
        VisibilityTimeout: 30,
        RedrivePolicy: { deadLetterTargetArn: arn("D"), maxReceiveCount: 3 },
      },
    },
    D: { Type: "AWS::SQS::Queue" },
    N: {
      Type: "AWS::SNS::Topic",
      Properties: { TopicName: "n", Subscription: [{ Protocol: "sqs", Endpoint: arn("Q") }] },
    },
    NS: {
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: { Ref: "N" }, Protocol: "sqs", Endpoint: arn("D") },
    },
    B: { Type: "AWS::S3::Bucket", Properties: { BucketName: "b" } },
    DS: {
      Type: "AWS::KinesisFirehose::DeliveryStream",
      Properties: {
        DeliveryStreamType: "KinesisStreamAsSource",
        KinesisStreamSourceConfiguration: { KinesisStreamARN: arn("S"), RoleARN: arn("R") },
        ExtendedS3DestinationConfiguration: {
          BucketARN: arn("B"),
          RoleARN: arn("R"),
          Prefix: "a/",
          BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 },
          ProcessingConfiguration: {
            Enabled: true,
            Processors: [
              {
                Type: "Lambda",
                Parameters: [{ ParameterName: "LambdaArn", ParameterValue: arn("G") }],
              },
            ],
          },
        },
      },
    },
    GT: {
      Type: "AWS::Glue::Table",
      Properties: {
        DatabaseName: "d",
        TableInput: { Name: "t", StorageDescriptor: { Columns: [{ Name: "a", Type: "string" }] } },
      },
    },
    KA: {
      Type: "AWS::KinesisAnalytics::Application",
      Properties: { Inputs: [], ApplicationCode: "x" },
    },
  },
  Outputs: { O: { Value: { Ref: "S" }, Export: { Name: "x" } } },
};

type Step = string | number;

function pathsIn(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const steps: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...steps.flatMap((step) => pathsIn((value as any)[step], [...path, step]))];
}

const odd = fc.constantFrom<unknown>(
  ...[null, "", 0, -1, true, [], {}, "x", [null], [{}], { a: null }, ["a", "b"]],
  ...[{ Ref: "Nope" }, { Ref: "S" }, { "Fn::ImportValue": "y" }, { "Fn::GetAtt": "S.Arn" }],
  ...[{ "Fn::If": ["Live", 1, { Ref: "AWS::NoValue" }] }, { "Fn::Sub": null }],
  ...[{ "Fn::Select": [0, null] }, "arn:aws:kinesis:::stream"],
);
const places = pathsIn(base).filter((path) => path.length > 0);

/** Undefined: it is read, and linted without a word that says nothing. Else what it is refused for. */
async function refusalOf(cwd: string, path: readonly Step[], value: unknown) {
  const template: any = structuredClone(base);
  const parent = path.slice(0, -1).reduce((part, step) => part[step], template);
  parent[path.at(-1)!] = value;
  write(cwd, "template.json", template);
  try {
    const { findings } = await lint(await readTemplate({ cwd }), new AbortController().signal);
    expect(JSON.stringify(findings)).not.toMatch(/undefined|Cannot read|not a function|\[object/);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe("a template with something odd in it", () => {
  it("is read, or refused in a sentence", async () => {
    const cwd = project({});
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), odd, async (path, value) => {
        const refusal = await refusalOf(cwd, path, value);
        if (refusal === undefined) return;
        expect(refusal).toMatchObject({ name: "TemplateError" });
        expect(refusal.message).not.toMatch(/undefined|\[object/);
      }),
      { numRuns: 120 },
    );
  });

  it.each<[string, unknown]>([
    ["Globals", null],
    ["Parameters", null],
    ["Resources.F.Properties.Events", null],
    ["Resources.F.Properties.Events.K.Properties.FilterCriteria", null],
    ["Resources.F.Properties.Policies", [null]],
    ["Resources.E.Properties.DestinationConfig", null],
    ["Resources.E.Properties.Tags", null],
    ["Resources.P.Properties.TargetParameters", null],
    ["Resources.R.Properties.Policies", null],
    ["Resources.D.Properties", null],
  ])("%s with nothing behind it is not there", async (path, value) => {
    expect(await refusalOf(project({}), path.split("."), value)).toBeUndefined();
  });

  it.each<[string, unknown, RegExp]>([
    ["Parameters.Stage.AllowedValues", 5, /AllowedValues: A list is wanted here, and it is 5\.$/],
    ["Resources.F.Properties.Events", "x", /F\.Properties\.Events: A map is wanted here/],
    ["Resources.E.Properties.FilterCriteria.Filters", "x", /Filters: A list is wanted here/],
    ["Resources.E.Properties.FunctionResponseTypes", "x", /A list is wanted here, and it is "x"/],
    ["Resources.E.Properties.DestinationConfig.OnFailure.Destination", 5, /A string is wanted/],
    ["Resources.R.Properties.ManagedPolicyArns", [{}], /ManagedPolicyArns\.0: A string is wanted/],
    ["Resources.N.Properties.Subscription", "x", /Subscription: A list is wanted here/],
    ["Resources.B.Properties.BucketName", {}, /BucketName: A string is wanted here/],
  ])("%s as %j is refused at its place", async (path, value, message) => {
    const refusal = await refusalOf(project({}), path.split("."), value);
    expect(refusal?.message).toMatch(message);
    expect(refusal).toMatchObject({ place: { line: expect.any(Number) } });
  });

  it("a filter whose pattern nobody knows is left out, and told", async () => {
    const cwd = project({});
    expect(
      await refusalOf(
        cwd,
        ["Resources", "E", "Properties", "FilterCriteria", "Filters", 0, "Pattern"],
        {
          "Fn::ImportValue": "y",
        },
      ),
    ).toBeUndefined();
    const { mappings, unsupported } = await readTemplate({ cwd });
    expect(mappings.find(({ logicalId }) => logicalId === "E")?.settings).not.toHaveProperty(
      "filterCriteria",
    );
    expect(unsupported.map(({ path }) => path)).toContain(
      "Properties.FilterCriteria.Filters.0.Pattern",
    );
  });
});
