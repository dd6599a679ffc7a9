/** Pipes of EventBridge that begin at a stream: read as the mappings that they are. */
import { expect, it } from "vitest";
import { readTemplate } from "../../../packages/local/src/template/index.ts";
import { project, read } from "./project.ts";
import { plan } from "./terraform.ts";

const Fn = {
  Type: "AWS::Lambda::Function",
  Properties: { FunctionName: "billing", Handler: "a.handler", Runtime: "nodejs24.x" },
};

const withPipe = (Properties: object) => ({
  Resources: {
    Orders: { Type: "AWS::Kinesis::Stream", Properties: { Name: "orders" } },
    Failed: { Type: "AWS::SQS::Queue", Properties: { QueueName: "failed" } },
    Fn,
    Pipe: {
      Type: "AWS::Pipes::Pipe",
      Properties: {
        Name: "to-billing",
        Source: { "Fn::GetAtt": ["Orders", "Arn"] },
        Target: { "Fn::GetAtt": ["Fn", "Arn"] },
        SourceParameters: { KinesisStreamParameters: { StartingPosition: "LATEST" } },
        ...Properties,
      },
    },
  },
});

it("has the settings of a mapping, under a pipe's names", async () => {
  const { mappings, unsupported } = await read(
    withPipe({
      DesiredState: "STOPPED",
      SourceParameters: {
        FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["a"]}' }] },
        KinesisStreamParameters: {
          ...{
            StartingPosition: "AT_TIMESTAMP",
            StartingPositionTimestamp: "2027-01-01T00:00:00Z",
          },
          ...{ BatchSize: 20, MaximumBatchingWindowInSeconds: 5, ParallelizationFactor: 2 },
          ...{ MaximumRetryAttempts: 3, MaximumRecordAgeInSeconds: 600 },
          OnPartialBatchItemFailure: "AUTOMATIC_BISECT",
          DeadLetterConfig: { Arn: { "Fn::GetAtt": ["Failed", "Arn"] } },
        },
      },
    }),
  );
  expect(unsupported).toEqual([]);
  expect(mappings).toMatchObject([
    {
      ...{ type: "AWS::Pipes::Pipe", functionLogicalId: "Fn" },
      arn: "arn:aws:pipes:us-east-1:123456789012:pipe/to-billing",
      streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    },
  ]);
  expect(mappings[0]!.settings).toEqual({
    ...{ startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: 1_798_761_600 },
    ...{ batchSize: 20, maximumBatchingWindowInSeconds: 5, parallelizationFactor: 2 },
    ...{ maximumRetryAttempts: 3, maximumRecordAgeInSeconds: 600, enabled: false },
    ...{ bisectBatchOnFunctionError: true, functionResponseTypes: ["ReportBatchItemFailures"] },
    destinationConfig: {
      onFailure: { destination: "arn:aws:sqs:us-east-1:123456789012:failed" },
    },
    filterCriteria: { filters: [{ pattern: '{"partitionKey":["a"]}' }] },
  });
});

it("has a function of the template as its enrichment", async () => {
  const template = withPipe({ Enrichment: { "Fn::GetAtt": ["Enrich", "Arn"] } });
  const Enrich = { ...Fn, Properties: { ...Fn.Properties, FunctionName: "enrich" } };
  const { mappings, unsupported } = await read({ Resources: { ...template.Resources, Enrich } });
  expect(unsupported).toEqual([]);
  expect(mappings).toMatchObject([{ functionLogicalId: "Fn", enrichmentLogicalId: "Enrich" }]);
});

it.each([
  [
    { Enrichment: "arn:aws:lambda:us-east-1:123456789012:function:enrich" },
    /Its enrichment is arn:.*:enrich; of those only functions of this template run here: invoke .* shardmill invoke billing/,
  ],
  [
    {
      Enrichment: { "Fn::GetAtt": ["Fn", "Arn"] },
      EnrichmentParameters: { InputTemplate: '{"a":<$.data>}' },
    },
    /an InputTemplate, which is not filled here/,
  ],
  [
    { TargetParameters: { InputTemplate: '{"a":<$.data>}' } },
    /an InputTemplate, which is not filled here/,
  ],
  [
    { TargetParameters: { LambdaFunctionParameters: { InvocationType: "FIRE_AND_FORGET" } } },
    /does not wait for the function/,
  ],
  [
    { Target: "arn:aws:states:us-east-1:123456789012:stateMachine:bill" },
    /Its target is arn:aws:states.*only those to a Lambda function run here/,
  ],
  [{ Target: { "Fn::ImportValue": "other" } }, /Fn::ImportValue takes other from another stack/],
])("is left out in one sentence, and judged by lint: %j", async (Properties, why) => {
  const { mappings, notHere, unsupported } = await read(withPipe(Properties));
  expect(mappings).toEqual([]);
  expect(notHere?.mappings).toMatchObject([{ settings: { startingPosition: "LATEST" } }]);
  expect(unsupported[0]!.why).toMatch(why);
});

it("from another source is none of ours", async () => {
  const { notHere, unsupported } = await read(
    withPipe({ Source: { "Fn::GetAtt": ["Failed", "Arn"] }, SourceParameters: {} }),
  );
  expect(notHere?.mappings).toEqual([]);
  expect(unsupported.map(({ why }) => why)).toEqual([
    "It reads arn:aws:sqs:us-east-1:123456789012:failed; of pipes only those from Kinesis run here.",
  ]);
});

it("of Terraform is the same", async () => {
  const cwd = project({
    "src/a.ts": "export const handler = () => {};",
    "tfplan.json": plan({
      "aws_kinesis_stream.orders": { values: { name: "orders" } },
      "data.archive_file.code": { values: { source_dir: "src", output_path: "a.zip" } },
      "aws_lambda_function.billing": {
        values: {
          ...{ function_name: "billing", handler: "a.handler", runtime: "nodejs24.x" },
          filename: "a.zip",
        },
      },
      "aws_pipes_pipe.orders": {
        values: {
          ...{ name: "to-billing", desired_state: "RUNNING" },
          source_parameters: [
            {
              filter_criteria: [{ filter: [{ pattern: '{"partitionKey":["a"]}' }] }],
              kinesis_stream_parameters: [{ starting_position: "LATEST", batch_size: 7 }],
            },
          ],
          target_parameters: [],
        },
        unknown: { source: true, target: true },
        expressions: {
          source: { references: ["aws_kinesis_stream.orders.arn", "aws_kinesis_stream.orders"] },
          target: {
            references: ["aws_lambda_function.billing.arn", "aws_lambda_function.billing"],
          },
        },
      },
    }),
  });
  const { mappings, unsupported } = await readTemplate({ cwd });
  expect(unsupported).toEqual([]);
  expect(mappings[0]!.settings).toEqual({
    ...{ startingPosition: "LATEST", batchSize: 7, enabled: true },
    functionResponseTypes: ["ReportBatchItemFailures"],
    filterCriteria: { filters: [{ pattern: '{"partitionKey":["a"]}' }] },
  });
});
