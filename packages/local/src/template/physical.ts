/** What `Ref` and `Fn::GetAtt` give: physical names and ARNs, made up where AWS would make them up. */

/** Where the stack stands. */
export interface Surroundings {
  readonly partition: string;
  readonly urlSuffix: string;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** Stands before `/<account>/<queue>`. */
  readonly sqsEndpoint: string;
}

/** A resource, as far as its identity needs it. */
export interface Identified extends Surroundings {
  readonly logicalId: string;
  readonly name: string;
  /** A property, evaluated: `Name`, or `TableInput.Name` for one in another. */
  property(name: string): any;
}

interface Kind {
  /** The property that sets the physical name. */
  readonly nameProperty?: string;
  /** What a name looks like that nobody has set. @default `<stack>-<logical id>` */
  readonly generated?: (name: string, resource: Pick<Identified, "property">) => string;
  readonly arn?: (resource: Identified) => string;
  /** @default the name */
  readonly ref?: (resource: Identified) => string;
  readonly attributes?: Readonly<Record<string, (resource: Identified) => unknown>>;
}

/** The moment in the ARNs of fan-out consumers and table streams that nobody has made yet. */
const createdAt = 1_735_689_600;

const arnOf =
  (service: string, resource: (name: string) => string) =>
  ({ partition, region, accountId, name }: Identified) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource(name)}`;

const streamArn = arnOf("kinesis", (name) => `stream/${name}`);
const functionArn = arnOf("lambda", (name) => `function:${name}`);
const queueUrl = ({ sqsEndpoint, accountId, name }: Identified) =>
  `${sqsEndpoint}/${accountId}/${name}`;
const consumerArn = ({ name, property }: Identified) =>
  `${property("StreamARN")}/consumer/${name}:${createdAt}`;
const bucketDomain = (middle: (resource: Identified) => string) => (resource: Identified) =>
  `${resource.name}.${middle(resource)}.${resource.urlSuffix}`;

/** The ARN of a version or an alias: that of its function, which is given by name or ARN, and its own end. */
function qualifiedArn(resource: Identified, qualifier: string): string {
  const target = String(resource.property("FunctionName"));
  const arn = target.startsWith("arn:") ? target : functionArn({ ...resource, name: target });
  return `${arn}:${qualifier}`;
}

const longestQueueName = 80;

const fifo =
  (isFifo: "FifoQueue" | "FifoTopic"): NonNullable<Kind["generated"]> =>
  (name, { property }) => {
    const short = name.slice(0, longestQueueName - ".fifo".length);
    return String(property(isFifo)) === "true" ? `${short}.fifo` : short;
  };

const table: Kind = {
  nameProperty: "TableName",
  arn: arnOf("dynamodb", (name) => `table/${name}`),
  attributes: {
    StreamArn: (resource) =>
      `${table.arn!(resource)}/stream/${new Date(createdAt * 1000).toISOString().slice(0, -1)}`,
  },
};

const analytics: Kind = {
  nameProperty: "ApplicationName",
  arn: arnOf("kinesisanalytics", (name) => `application/${name}`),
};

/** By type. Where `arn` is given and no attribute `Arn`, that is the attribute. */
const kinds: Readonly<Record<string, Kind>> = {
  "AWS::Kinesis::Stream": {
    nameProperty: "Name",
    generated: (name) => name.slice(0, 128),
    arn: streamArn,
  },
  "AWS::Kinesis::StreamConsumer": {
    nameProperty: "ConsumerName",
    arn: consumerArn,
    ref: consumerArn,
    attributes: {
      ConsumerARN: consumerArn,
      ConsumerName: ({ name }) => name,
      ConsumerStatus: () => "ACTIVE",
      ConsumerCreationTimestamp: () => String(createdAt),
      StreamARN: ({ property }) => property("StreamARN"),
    },
  },
  "AWS::Lambda::Function": {
    nameProperty: "FunctionName",
    generated: (name) => name.slice(0, 64),
    arn: functionArn,
  },
  "AWS::Lambda::Alias": {
    nameProperty: "Name",
    arn: (resource) => qualifiedArn(resource, resource.name),
    ref: (resource) => qualifiedArn(resource, resource.name),
  },
  "AWS::Lambda::Version": {
    arn: (resource) => qualifiedArn(resource, "1"),
    ref: (resource) => qualifiedArn(resource, "1"),
    attributes: { Version: () => "1", FunctionArn: (resource) => qualifiedArn(resource, "1") },
  },
  "AWS::Lambda::EventSourceMapping": {
    arn: arnOf("lambda", (name) => `event-source-mapping:${name}`),
    attributes: {
      Id: ({ name }) => name,
      EventSourceMappingArn: arnOf("lambda", (name) => `event-source-mapping:${name}`),
    },
  },
  "AWS::Pipes::Pipe": { nameProperty: "Name", arn: arnOf("pipes", (name) => `pipe/${name}`) },
  "AWS::DynamoDB::Table": table,
  "AWS::KinesisAnalytics::Application": analytics,
  "AWS::KinesisAnalyticsV2::Application": analytics,
  "AWS::DynamoDB::GlobalTable": table,
  "AWS::SQS::Queue": {
    nameProperty: "QueueName",
    generated: fifo("FifoQueue"),
    arn: arnOf("sqs", (name) => name),
    ref: queueUrl,
    attributes: { QueueName: ({ name }) => name, QueueUrl: queueUrl },
  },
  "AWS::SNS::Topic": {
    nameProperty: "TopicName",
    generated: fifo("FifoTopic"),
    arn: arnOf("sns", (name) => name),
    ref: arnOf("sns", (name) => name),
    attributes: { TopicArn: arnOf("sns", (name) => name), TopicName: ({ name }) => name },
  },
  "AWS::S3::Bucket": {
    nameProperty: "BucketName",
    generated: (name) => name.toLowerCase().slice(0, 63),
    arn: ({ partition, name }) => `arn:${partition}:s3:::${name}`,
    attributes: {
      DomainName: bucketDomain(() => "s3"),
      RegionalDomainName: bucketDomain(({ region }) => `s3.${region}`),
      DualStackDomainName: bucketDomain(({ region }) => `s3.dualstack.${region}`),
    },
  },
  "AWS::Glue::Database": {
    nameProperty: "DatabaseInput.Name",
    generated: (name) => name.toLowerCase(),
  },
  "AWS::Glue::Table": {
    nameProperty: "TableInput.Name",
    generated: (name) => name.toLowerCase(),
  },
  "AWS::KinesisFirehose::DeliveryStream": {
    nameProperty: "DeliveryStreamName",
    generated: (name) => name.slice(0, 64),
    arn: arnOf("firehose", (name) => `deliverystream/${name}`),
  },
  "AWS::IAM::Role": {
    nameProperty: "RoleName",
    arn: ({ partition, accountId, name, property }) =>
      `arn:${partition}:iam::${accountId}:role${property("Path") ?? "/"}${name}`,
  },
  "AWS::IAM::ManagedPolicy": {
    nameProperty: "ManagedPolicyName",
    arn: managedPolicyArn,
    ref: managedPolicyArn,
  },
  "AWS::IAM::Policy": { nameProperty: "PolicyName" },
  "AWS::Logs::LogGroup": {
    nameProperty: "LogGroupName",
    arn: arnOf("logs", (name) => `log-group:${name}`),
    attributes: { Arn: arnOf("logs", (name) => `log-group:${name}:*`) },
  },
  "AWS::KMS::Key": {
    arn: arnOf("kms", (name) => `key/${name}`),
    attributes: { KeyId: ({ name }) => name },
  },
  "AWS::KMS::Alias": { nameProperty: "AliasName" },
  "AWS::SSM::Parameter": {
    nameProperty: "Name",
    attributes: {
      Value: ({ property }) => property("Value"),
      Type: ({ property }) => property("Type"),
    },
  },
  "AWS::SecretsManager::Secret": {
    nameProperty: "Name",
    arn: arnOf("secretsmanager", (name) => `secret:${name}`),
    ref: arnOf("secretsmanager", (name) => `secret:${name}`),
    attributes: { Id: arnOf("secretsmanager", (name) => `secret:${name}`) },
  },
  "AWS::Events::EventBus": {
    nameProperty: "Name",
    arn: arnOf("events", (name) => `event-bus/${name}`),
    attributes: { Name: ({ name }) => name },
  },
  "AWS::Events::Rule": { nameProperty: "Name", arn: arnOf("events", (name) => `rule/${name}`) },
  "AWS::Scheduler::Schedule": {
    nameProperty: "Name",
    arn: arnOf("scheduler", (name) => `schedule/default/${name}`),
  },
  "AWS::CloudWatch::Alarm": {
    nameProperty: "AlarmName",
    arn: arnOf("cloudwatch", (name) => `alarm:${name}`),
  },
  "AWS::StepFunctions::StateMachine": {
    nameProperty: "StateMachineName",
    arn: arnOf("states", (name) => `stateMachine:${name}`),
    ref: arnOf("states", (name) => `stateMachine:${name}`),
    attributes: { Name: ({ name }) => name },
  },
};

function managedPolicyArn({ partition, accountId, name, property }: Identified): string {
  return `arn:${partition}:iam::${accountId}:policy${property("Path") ?? "/"}${name}`;
}

const kindOf = (type: string): Kind => (Object.hasOwn(kinds, type) ? kinds[type]! : {});

/** The property that sets the physical name. */
export const nameProperty = (type: string): string | undefined => kindOf(type).nameProperty;

/** The name that the template sets, or the one that is made up. */
export function physicalName(
  type: string,
  { stackName, logicalId, property }: Omit<Identified, "name">,
): string {
  const { nameProperty, generated = (name) => name } = kindOf(type);
  const given = nameProperty && property(nameProperty);
  return given ? String(given) : generated(`${stackName}-${logicalId}`, { property });
}

/** Undefined where the type has none that is known here. */
export const physicalArn = (type: string, resource: Identified): string | undefined =>
  kindOf(type).arn?.(resource);

export const reference = (type: string, resource: Identified): string =>
  kindOf(type).ref?.(resource) ?? resource.name;

/** By name, each to be called when it is asked for. */
export function attributesOf(
  type: string,
): Readonly<Record<string, (resource: Identified) => unknown>> {
  const { arn, attributes = {} } = kindOf(type);
  return arn ? { Arn: arn, ...attributes } : attributes;
}
