// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** What becomes of each resource: its name, its ARN, and what the harness needs of it. */

import { describe, expect, it } from "vitest";
import { validateSettings } from "../../../packages/local/src/lambda/mapping/validation.ts";
import { read, resolved, withVariables } from "./project.ts";

describe("names and ARNs", () => {
  const account = "us-east-1:123456789012";
  const resource = (Type: string, Properties: object = {}) => ({ R: { Type, Properties } });
  const stream = { S: { Type: "AWS::Kinesis::Stream", Properties: { Name: "s" } } };

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      "a stream",
      resource("AWS::Kinesis::Stream", { Name: "a" }),
      "a",
      `arn:aws:kinesis:${account}:stream/a`,
    ],
    [
      "a table",
      resource("AWS::DynamoDB::Table", { TableName: "a" }),
      "a",
      `arn:aws:dynamodb:${account}:table/a`,
    ],
    [
      "a queue, by its URL",
      resource("AWS::SQS::Queue", { QueueName: "a" }),
      "https://sqs.us-east-1.amazonaws.com/123456789012/a",
      `arn:aws:sqs:${account}:a`,
    ],
    ["a bucket", resource("AWS::S3::Bucket", { BucketName: "a" }), "a", "arn:aws:s3:::a"],
    [
      "a delivery stream",
      resource("AWS::KinesisFirehose::DeliveryStream", { DeliveryStreamName: "a" }),
      "a",
      `arn:aws:firehose:${account}:deliverystream/a`,
    ],
    [
      "a role with a path",
      resource("AWS::IAM::Role", { RoleName: "a", Path: "/p/" }),
      "a",
      "arn:aws:iam::123456789012:role/p/a",
    ],
    [
      "a log group",
      resource("AWS::Logs::LogGroup", { LogGroupName: "/a" }),
      "/a",
      `arn:aws:logs:${account}:log-group:/a:*`,
    ],
    ["a key", resource("AWS::KMS::Key"), "shop-R", `arn:aws:kms:${account}:key/shop-R`],
  ])("of %s", async (_, Resources, ref, arn) => {
    const both = { "Fn::Join": [" ", [{ Ref: "R" }, { "Fn::GetAtt": ["R", "Arn"] }]] };
    const text = await resolved(both, { Resources });
    // The stack is called after the test's folder.
    expect(text?.replaceAll(/shop-\w{6}/g, "shop")).toBe(`${ref} ${arn}`);
  });

  it.each<[string, Record<string, unknown>, unknown, string]>([
    [
      "a topic is referred to by its ARN",
      resource("AWS::SNS::Topic", { TopicName: "a" }),
      { Ref: "R" },
      `arn:aws:sns:${account}:a`,
    ],
    [
      "a consumer by its own, which ends in a moment",
      {
        ...stream,
        ...resource("AWS::Kinesis::StreamConsumer", {
          ConsumerName: "a",
          StreamARN: { "Fn::GetAtt": ["S", "Arn"] },
        }),
      },
      { Ref: "R" },
      `arn:aws:kinesis:${account}:stream/s/consumer/a:1735689600`,
    ],
    [
      "an alias by that of its function",
      resource("AWS::Lambda::Alias", { FunctionName: "f", Name: "live" }),
      { Ref: "R" },
      `arn:aws:lambda:${account}:function:f:live`,
    ],
    [
      "a table's stream is in its table",
      resource("AWS::DynamoDB::Table", { TableName: "a" }),
      { "Fn::GetAtt": ["R", "StreamArn"] },
      `arn:aws:dynamodb:${account}:table/a/stream/2025-01-01T00:00:00.000`,
    ],
    [
      "a parameter of the Parameter Store has its value",
      resource("AWS::SSM::Parameter", { Value: { "Fn::Sub": "${AWS::Region}!" } }),
      { "Fn::GetAtt": ["R", "Value"] },
      "us-east-1!",
    ],
  ])("%s", async (_, Resources, value, expected) => {
    expect(await resolved(value, { Resources })).toBe(expected);
  });

  it("a resource without a name is called after its stack, as its service would have it", async () => {
    const { queues, buckets, functions, stackName } = await read({
      Resources: {
        ...withVariables({}),
        Dead: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
        Failures: { Type: "AWS::S3::Bucket" },
      },
    });
    expect(functions[0]!.name).toBe(`${stackName}-Fn`);
    expect(queues[0]!.name).toBe(`${stackName}-Dead.fifo`);
    expect(buckets[0]!.name).toBe(`${stackName}-failures`.toLowerCase());
  });

  it("a made-up name is no longer than its service takes", async () => {
    const id = "L".repeat(200);
    const names = async (Type: string, Properties: object = {}) => {
      const template = await read({ Resources: { [id]: { Type, Properties } } });
      return [...template.streams, ...template.queues, ...template.buckets].map(
        ({ name }) => name.length,
      );
    };
    expect(await names("AWS::Kinesis::Stream")).toEqual([128]);
    expect(await names("AWS::SQS::Queue", { FifoQueue: true })).toEqual([80]);
    expect(await names("AWS::S3::Bucket")).toEqual([63]);
  });

  it("queue URLs begin with the endpoint that is given", async () => {
    const Resources = resource("AWS::SQS::Queue", { QueueName: "a" });
    const options = { sqsEndpoint: "http://127.0.0.1:4566/" };
    const url = "http://127.0.0.1:4566/123456789012/a";
    expect(await resolved({ Ref: "R" }, { Resources }, options)).toBe(url);
    expect((await read({ Resources }, options)).queues[0]!.url).toBe(url);
  });
});

describe("streams and consumers", () => {
  it("a stream is what createStream takes", async () => {
    const { streams } = await read({
      Resources: {
        A: { Type: "AWS::Kinesis::Stream" },
        B: {
          Type: "AWS::Kinesis::Stream",
          Properties: { ShardCount: "3", RetentionPeriodHours: 48, MaxRecordSizeInKiB: 2048 },
        },
        C: {
          Type: "AWS::Kinesis::Stream",
          Properties: { StreamModeDetails: { StreamMode: "ON_DEMAND" } },
        },
      },
    });
    const settings = streams.map(({ mode, shards, retentionHours, maxRecordSizeInKiB }) => ({
      ...{ mode, shards, retentionHours, maxRecordSizeInKiB },
    }));
    expect(settings).toEqual([
      { mode: "PROVISIONED", shards: 1, retentionHours: 24, maxRecordSizeInKiB: undefined },
      { mode: "PROVISIONED", shards: 3, retentionHours: 48, maxRecordSizeInKiB: 2048 },
      { mode: "ON_DEMAND", shards: undefined, retentionHours: 24, maxRecordSizeInKiB: undefined },
    ]);
    expect(streams.map(({ isExternal }) => isExternal)).toEqual([false, false, false]);
  });

  it("what a mapping reads and nobody declares is there too", async () => {
    const arn = "arn:aws:kinesis:eu-west-1:999999999999:stream/theirs";
    const { streams, consumers } = await read({
      Resources: {
        ...withVariables({}),
        M: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: {
            FunctionName: { Ref: "Fn" },
            EventSourceArn: `${arn}/consumer/fast:1700000000`,
          },
        },
      },
    });
    expect(streams).toMatchObject([{ logicalId: "M", name: "theirs", arn, isExternal: true }]);
    expect(consumers).toMatchObject([{ logicalId: "M", name: "fast", streamArn: arn }]);
  });
});

describe("mappings", () => {
  const mapping = (Properties: object, more: object = {}) => ({
    Resources: {
      ...withVariables({}),
      S: { Type: "AWS::Kinesis::Stream", Properties: { Name: "s" } },
      B: { Type: "AWS::S3::Bucket", Properties: { BucketName: "b" } },
      M: {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: {
          FunctionName: { Ref: "Fn" },
          EventSourceArn: { "Fn::GetAtt": ["S", "Arn"] },
          ...Properties,
        },
      },
      ...more,
    },
  });

  it("every property is a setting under its name", async () => {
    const { mappings, unsupported } = await read(
      mapping({
        BatchSize: "200",
        BisectBatchOnFunctionError: "true",
        DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": ["B", "Arn"] } } },
        Enabled: false,
        FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":["b"]}}' }] },
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        KmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k",
        MaximumBatchingWindowInSeconds: 5,
        MaximumRecordAgeInSeconds: 3600,
        MaximumRetryAttempts: -1,
        MetricsConfig: { Metrics: ["EventCount"] },
        ParallelizationFactor: 2,
        StartingPosition: "AT_TIMESTAMP",
        StartingPositionTimestamp: 1_700_000_000,
        Tags: [{ Key: "team", Value: "shop" }],
        TumblingWindowInSeconds: 0,
      }),
    );
    expect(unsupported).toEqual([]);
    const [{ settings, streamArn, functionLogicalId }] = mappings as [(typeof mappings)[0]];
    expect({ streamArn, functionLogicalId }).toEqual({
      streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/s",
      functionLogicalId: "Fn",
    });
    expect(settings).toEqual({
      batchSize: 200,
      bisectBatchOnFunctionError: true,
      destinationConfig: { onFailure: { destination: "arn:aws:s3:::b" } },
      enabled: false,
      filterCriteria: { filters: [{ pattern: '{"data":{"a":["b"]}}' }] },
      functionResponseTypes: ["ReportBatchItemFailures"],
      kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k",
      maximumBatchingWindowInSeconds: 5,
      maximumRecordAgeInSeconds: 3600,
      maximumRetryAttempts: -1,
      metricsConfig: { metrics: ["EventCount"] },
      parallelizationFactor: 2,
      startingPosition: "AT_TIMESTAMP",
      startingPositionTimestamp: 1_700_000_000,
      tags: { team: "shop" },
      tumblingWindowInSeconds: 0,
    });
    expect(validateSettings(settings, { strict: true })).toEqual([]);
  });

  it("what is left out is not a setting", async () => {
    const { mappings } = await read(mapping({ StartingPosition: "LATEST" }));
    expect(mappings[0]!.settings).toEqual({ startingPosition: "LATEST" });
  });

  it.each<[string, unknown, string | undefined]>([
    ["its name", { Ref: "Fn" }, undefined],
    ["its ARN", { "Fn::GetAtt": ["Fn", "Arn"] }, undefined],
    ["its name and an alias", { "Fn::Sub": "${Fn}:live" }, "live"],
    ["its ARN and an alias", { "Fn::Sub": "${Fn.Arn}:live" }, "live"],
    ["an alias", { Ref: "Live" }, "live"],
    ["a version", { Ref: "One" }, "1"],
  ])("a function is found by %s", async (_, FunctionName, qualifier) => {
    const qualifiers = {
      Live: {
        Type: "AWS::Lambda::Alias",
        Properties: { FunctionName: { Ref: "Fn" }, Name: "live" },
      },
      One: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Fn" } } },
    };
    const { mappings } = await read(mapping({ FunctionName }, qualifiers));
    expect(mappings).toMatchObject([{ functionLogicalId: "Fn" }]);
    expect(mappings[0]!.qualifier).toBe(qualifier);
  });

  it("a consumer's stream is what is read, as that consumer", async () => {
    const EventSourceArn = { Ref: "C" };
    const C = {
      Type: "AWS::Kinesis::StreamConsumer",
      Properties: { ConsumerName: "fast", StreamARN: { "Fn::GetAtt": ["S", "Arn"] } },
    };
    const { mappings, consumers } = await read(mapping({ EventSourceArn }, { C }));
    const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/s";
    expect(mappings).toMatchObject([{ streamArn, consumerArn: consumers[0]!.arn }]);
    expect(consumers).toMatchObject([{ logicalId: "C", name: "fast", streamArn }]);
  });
});

describe("tables, queues, topics, delivery streams", () => {
  it("a table is what CreateTable takes, and its time to live", async () => {
    const Properties = {
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [{ IndexName: "i" }],
      TimeToLiveSpecification: { AttributeName: "ends", Enabled: "true" },
    };
    const { tables } = await read({
      Resources: {
        A: { Type: "AWS::DynamoDB::Table", Properties },
        B: {
          Type: "AWS::DynamoDB::GlobalTable",
          Properties: {
            ...Properties,
            BillingMode: "PAY_PER_REQUEST",
            TimeToLiveSpecification: { Enabled: false },
          },
        },
      },
    });
    expect(tables).toMatchObject([
      {
        keySchema: Properties.KeySchema,
        attributeDefinitions: Properties.AttributeDefinitions,
        globalSecondaryIndexes: [{ IndexName: "i" }],
        localSecondaryIndexes: [],
        billingMode: "PROVISIONED",
        timeToLive: "ends",
      },
      { billingMode: "PAY_PER_REQUEST" },
    ]);
    expect(tables[1]).not.toHaveProperty("timeToLive");
  });

  it("a queue's attributes are strings, as CreateQueue takes them", async () => {
    const { queues } = await read({
      Resources: {
        Dead: { Type: "AWS::SQS::Queue", Properties: { QueueName: "dead" } },
        Q: {
          Type: "AWS::SQS::Queue",
          Properties: {
            VisibilityTimeout: 60,
            FifoQueue: true,
            RedrivePolicy: {
              deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] },
              maxReceiveCount: 3,
            },
            Tags: [{ Key: "a", Value: "b" }],
          },
        },
      },
    });
    expect(queues[1]).toMatchObject({
      isFifo: true,
      attributes: {
        VisibilityTimeout: "60",
        FifoQueue: "true",
        RedrivePolicy:
          '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":3}',
      },
    });
    expect(queues[1]!.attributes).not.toHaveProperty("Tags");
  });

  it("a topic has its subscriptions, those in it and those beside it", async () => {
    const { topics } = await read({
      Resources: {
        T: {
          Type: "AWS::SNS::Topic",
          Properties: { Subscription: [{ Protocol: "sqs", Endpoint: "arn:q1" }] },
        },
        Other: { Type: "AWS::SNS::Topic" },
        S: {
          Type: "AWS::SNS::Subscription",
          Properties: {
            TopicArn: { Ref: "T" },
            Protocol: "sqs",
            Endpoint: "arn:q2",
            RawMessageDelivery: true,
            FilterPolicy: { kind: ["a"] },
            FilterPolicyScope: "MessageBody",
          },
        },
      },
    });
    expect(topics.map(({ subscriptions }) => subscriptions)).toEqual([
      [
        { logicalId: "T", protocol: "sqs", endpoint: "arn:q1", rawMessageDelivery: false },
        {
          logicalId: "S",
          protocol: "sqs",
          endpoint: "arn:q2",
          rawMessageDelivery: true,
          filterPolicy: { kind: ["a"] },
          filterPolicyScope: "MessageBody",
        },
      ],
      [],
    ]);
  });

  it("a delivery stream keeps CloudFormation's own names", async () => {
    const ExtendedS3DestinationConfiguration = {
      BucketARN: "arn:aws:s3:::b",
      BufferingHints: { IntervalInSeconds: 60 },
    };
    const { deliveryStreams } = await read({
      Resources: {
        D: {
          Type: "AWS::KinesisFirehose::DeliveryStream",
          Properties: { ExtendedS3DestinationConfiguration },
        },
        K: {
          Type: "AWS::KinesisFirehose::DeliveryStream",
          Properties: { DeliveryStreamType: "KinesisStreamAsSource" },
        },
      },
    });
    expect(deliveryStreams).toMatchObject([
      { deliveryStreamType: "DirectPut", properties: { ExtendedS3DestinationConfiguration } },
      { deliveryStreamType: "KinesisStreamAsSource" },
    ]);
  });

  it("a table of Glue has its names and its columns, and its database is nothing to run", async () => {
    const StorageDescriptor = { Columns: [{ Name: "status", Type: "int" }] };
    const { glueTables, deliveryStreams, unsupported, stackName } = await read({
      Resources: {
        Lake: { Type: "AWS::Glue::Database", Properties: { DatabaseInput: { Name: "lake" } } },
        Unnamed: { Type: "AWS::Glue::Database", Properties: { DatabaseInput: {} } },
        Lines: {
          Type: "AWS::Glue::Table",
          Properties: {
            DatabaseName: { Ref: "Lake" },
            TableInput: { Name: { "Fn::Sub": "${Lake}_lines" }, StorageDescriptor },
          },
        },
        Others: {
          Type: "AWS::Glue::Table",
          Properties: { DatabaseName: { Ref: "Unnamed" }, TableInput: { StorageDescriptor } },
        },
        D: {
          Type: "AWS::KinesisFirehose::DeliveryStream",
          Properties: { Table: { Ref: "Lines" } },
        },
      },
    });
    expect(glueTables).toMatchObject([
      { databaseName: "lake", name: "lake_lines", tableInput: { StorageDescriptor } },
      {
        databaseName: `${stackName}-unnamed`.toLowerCase(),
        name: `${stackName}-others`.toLowerCase(),
      },
    ]);
    expect(deliveryStreams[0]!.properties.Table).toBe("lake_lines");
    expect(unsupported).toEqual([]);
  });

  it("a table of Glue needs a database whose name is known", async () => {
    const table = (Properties: object) =>
      read({ Resources: { T: { Type: "AWS::Glue::Table", Properties } } });
    await expect(table({ TableInput: {} })).rejects.toThrow("a table of Glue has a DatabaseName");
    const { glueTables, unsupported } = await table({
      DatabaseName: { "Fn::ImportValue": "lake" },
      TableInput: {},
    });
    expect(glueTables).toEqual([]);
    expect(unsupported.map(({ logicalId, path }) => [logicalId, path])).toContainEqual([
      "T",
      undefined,
    ]);
  });
});

describe("roles", () => {
  it("have the statements of all their policies", async () => {
    const statement = (Action: string, Resource: unknown) => ({
      Effect: "Allow",
      Action,
      Resource,
    });
    const document = (...Statement: unknown[]) => ({ Statement });
    const table = { "Fn::GetAtt": ["T", "Arn"] };
    const { roles } = await read({
      Resources: {
        T: { Type: "AWS::DynamoDB::Table", Properties: { TableName: "t" } },
        R: {
          Type: "AWS::IAM::Role",
          Properties: {
            ManagedPolicyArns: [{ Ref: "Managed" }, "arn:aws:iam::aws:policy/AdministratorAccess"],
            Policies: [{ PolicyName: "a", PolicyDocument: document(statement("a:A", table)) }],
          },
        },
        P: {
          Type: "AWS::IAM::Policy",
          Properties: {
            Roles: [{ Ref: "R" }],
            PolicyDocument: document(statement("b:B", [table, { "Fn::Sub": "${T.Arn}/index/*" }])),
          },
        },
        Managed: {
          Type: "AWS::IAM::ManagedPolicy",
          Properties: {
            PolicyDocument: document({ Effect: "Deny", NotAction: ["c:C"], Resource: "*" }),
          },
        },
        Theirs: {
          Type: "AWS::IAM::Policy",
          Properties: { Roles: ["other"], PolicyDocument: document(statement("d:D", "*")) },
        },
      },
    });
    const arn = "arn:aws:dynamodb:us-east-1:123456789012:table/t";
    const nothing = { notActions: [], notResources: [] };
    expect(roles).toMatchObject([
      {
        statements: [
          { effect: "Allow", actions: ["a:A"], resources: [arn], ...nothing },
          { effect: "Allow", actions: ["b:B"], resources: [arn, `${arn}/index/*`], ...nothing },
          { effect: "Deny", actions: [], notActions: ["c:C"], resources: ["*"], notResources: [] },
        ],
        managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
      },
    ]);
  });

  it("what is known in the cloud only is a * in an ARN", async () => {
    const Resource = { "Fn::Sub": ["arn:aws:s3:::${b}/x", { b: { "Fn::ImportValue": "bucket" } }] };
    const { roles, unsupported } = await read({
      Resources: {
        R: {
          Type: "AWS::IAM::Role",
          Properties: {
            Policies: [
              {
                PolicyName: "a",
                PolicyDocument: {
                  Statement: [
                    { Effect: "Allow", Action: "s3:Get*", Resource },
                    { Effect: "Allow", Action: "x:Y", Resource: { "Fn::GetAtt": ["Pool", "Arn"] } },
                  ],
                },
              },
            ],
          },
        },
        Pool: { Type: "AWS::Cognito::UserPool" },
      },
    });
    expect(roles[0]!.statements.map(({ resources }) => resources)).toEqual([
      ["arn:aws:s3:::*/x"],
      ["*"],
    ]);
    expect(unsupported.map(({ logicalId }) => logicalId)).toEqual(["Pool"]);
  });
});
