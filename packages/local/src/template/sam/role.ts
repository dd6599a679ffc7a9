// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are of CloudFormation.
/** The role that SAM makes for a function. */

type Source = Record<string, any>;

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html */
export function roleOf({ Policies = [], Events = {}, RolePath }: Source): Source {
  const policies: unknown[] = [Policies].flat();
  const readsStreams = Object.values<Source>(Events).some(({ Type }) => Type === "Kinesis");
  const inline = policies.flatMap(inlinePolicy);
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      ...(RolePath !== undefined && { Path: RolePath }),
      ManagedPolicyArns: [
        `arn:aws:iam::aws:policy/service-role/AWSLambda${readsStreams ? "Kinesis" : "Basic"}ExecutionRole`,
        ...policies.flatMap(managedPolicy),
      ],
      Policies: inline.map((PolicyDocument, index) => ({
        PolicyName: `Policy${index}`,
        PolicyDocument,
      })),
    },
  };
}

/** A name or an ARN, a function of CloudFormation that gives one, or a template of SAM's unknown here. */
function managedPolicy(policy: any): unknown[] {
  if (typeof policy === "string") return [policy];
  if (policy.Statement !== undefined) return [];
  const [name = ""] = Object.keys(policy);
  if (Object.hasOwn(templates, name)) return [];
  return name === "Ref" || name.startsWith("Fn::") ? [policy] : [name];
}

function inlinePolicy(policy: any): unknown[] {
  if (typeof policy === "string") return [];
  if (policy.Statement !== undefined) return [policy];
  const [name = ""] = Object.keys(policy);
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (!template) return [];
  const { service, actions, resources } = template;
  const Action = actions.map((action) => `${service}:${action}`);
  return [{ Statement: [{ Effect: "Allow", Action, Resource: resources(policy[name]) }] }];
}

interface PolicyTemplate {
  readonly service: string;
  readonly actions: readonly string[];
  readonly resources: (parameters: Source) => readonly unknown[];
}

const arn = (service: string, resource: string) => (name: unknown) => ({
  "Fn::Sub": [
    `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
    { name },
  ],
});
const tables = ({ TableName }: Source) =>
  [arn("dynamodb", "table/${name}"), arn("dynamodb", "table/${name}/index/*")].map((of) =>
    of(TableName),
  );
const streams = ({ StreamName }: Source) => [arn("kinesis", "stream/${name}")(StreamName)];
const buckets = ({ BucketName: name }: Source) =>
  ["${name}", "${name}/*"].map((path) => ({
    "Fn::Sub": [`arn:\${AWS::Partition}:s3:::${path}`, { name }],
  }));

const readItems = ["GetItem", "BatchGetItem", "Query", "Scan"];
const writeItems = ["PutItem", "UpdateItem", "BatchWriteItem"];

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html */
const templates: Readonly<Record<string, PolicyTemplate>> = {
  DynamoDBReadPolicy: {
    service: "dynamodb",
    actions: [...readItems, "DescribeTable"],
    resources: tables,
  },
  DynamoDBWritePolicy: { service: "dynamodb", actions: writeItems, resources: tables },
  DynamoDBCrudPolicy: {
    service: "dynamodb",
    actions: [...readItems, ...writeItems, "DeleteItem", "DescribeTable", "ConditionCheckItem"],
    resources: tables,
  },
  KinesisStreamReadPolicy: {
    service: "kinesis",
    actions: [
      "DescribeStream",
      "DescribeStreamSummary",
      "GetRecords",
      "GetShardIterator",
      "ListShards",
    ],
    resources: streams,
  },
  S3ReadPolicy: {
    service: "s3",
    actions: ["GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion"],
    resources: buckets,
  },
  S3WritePolicy: { service: "s3", actions: ["PutObject", "PutObjectAcl"], resources: buckets },
  SQSSendMessagePolicy: {
    service: "sqs",
    actions: ["SendMessage", "SendMessageBatch"],
    resources: ({ QueueName }) => [arn("sqs", "${name}")(QueueName)],
  },
  SNSPublishMessagePolicy: {
    service: "sns",
    actions: ["Publish"],
    resources: ({ TopicName }) => [arn("sns", "${name}")(TopicName)],
  },
};
