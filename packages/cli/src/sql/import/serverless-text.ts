/** What serverless.yml needs for an application that was imported: the function, its rights, its table. */
import type { Target } from "./application.ts";
import { endOf, variableOf } from "./handler-text.ts";
import type { Planned } from "./planned.ts";

/** `folder`: of the handler, as serverless.yml sees it. */
export function serverlessText(planned: Planned, folder: string): string {
  const { consumer, errors, isFromNow, outputs, references, stream } = planned;
  const name = consumer;
  const table = `${name.replace(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase())}Progress`;
  const streamArn = stream?.arn ?? "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME";
  const streamName = nameIn(streamArn);
  const sinks = [...outputs, ...(errors ? [errors] : [])];
  const variables = [
    ...sinks.map(({ name, to }) => [variableOf(name, endOf[to.kind]), nameIn(to.arn ?? "")]),
    ...references.map(({ object, table }) => [variableOf(table, "OBJECT"), object ?? ""]),
  ];
  const grants = [
    grant(["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem"], `!GetAtt ${table}.Arn`),
    // A flush asks for the shards, and whether records stand unread.
    grant(
      [
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetShardIterator",
        "kinesis:GetRecords",
        "kinesis:ListShards",
      ],
      quoted(streamArn),
    ),
    ...sinks.map(({ to }) => grant(rights[to.kind], quoted(to.arn ?? "*"))),
    ...references.map(({ object }) =>
      grant(["s3:GetObject"], quoted(object ? object.replace(/^s3:\/\//, "arn:aws:s3:::") : "*")),
    ),
  ];
  return `# What serverless.yml needs for ${planned.application.name.replace(/\s+/g, " ")}: put each part under the one of its name there.
provider:
  iam:
    role:
      statements:
${grants.join("\n")}

functions:
  ${name}:
    handler: ${folder === "" ? "" : `${folder}/`}handler.handler
    timeout: 60
    environment:
      PROGRESS_TABLE: !Ref ${table}
${variables.map(([variable, value]) => `      ${variable}: ${quoted(value!)}\n`).join("")}    events:
      - stream:
          type: kinesis
          arn: ${quoted(streamArn)}
          startingPosition: ${isFromNow ? "LATEST" : "TRIM_HORIZON"}
          batchSize: 500
          batchWindow: 1
          functionResponseType: ReportBatchItemFailures
          bisectBatchOnFunctionError: true
          maximumRetryAttempts: -1
          # Less than the stream keeps its records: 24 hours, unless yours says more.
          maximumRecordAgeInSeconds: 82800
          parallelizationFactor: 1
      # Closes the windows of shards that have gone quiet.
      - schedule:
          rate: [rate(1 minute)]
          input:
            shardmillFlush:
              streamName: ${quoted(streamName)}

resources:
  Resources:
    ${table}:
      Type: AWS::DynamoDB::Table
      DeletionPolicy: Retain
      UpdateReplacePolicy: Retain
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions:
          - { AttributeName: pk, AttributeType: S }
          - { AttributeName: sk, AttributeType: S }
        KeySchema:
          - { AttributeName: pk, KeyType: HASH }
          - { AttributeName: sk, KeyType: RANGE }
        TimeToLiveSpecification:
          AttributeName: expiresAt
          Enabled: true
`;
}

const rights: Readonly<Record<Target["kind"], readonly string[]>> = {
  stream: ["kinesis:PutRecords"],
  deliveryStream: ["firehose:PutRecordBatch"],
  function: ["lambda:InvokeFunction"],
};

const grant = (actions: readonly string[], resource: string) => `        - Effect: Allow
          Action: [${actions.join(", ")}]
          Resource: ${resource}`;

/** What stands behind the last / or : of an ARN. */
const nameIn = (arn: string) =>
  /:function:([^:]+)/.exec(arn)?.[1] ??
  arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);

const quoted = (text: string) => JSON.stringify(text);
