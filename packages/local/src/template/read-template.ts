/** From a project to the model of what it deploys. */
import type { TemplateDocument } from "./document.ts";
import type { Surroundings } from "./physical.ts";
import { openProject } from "./project.ts";
import { analyticsParts, analyticsTypes, readAnalytics } from "./resources/analytics.ts";
import { readDeclaredFunction, runnableFunction } from "./resources/functions.ts";
import { readGlueTable } from "./resources/glue.ts";
import { readMapping } from "./resources/mappings.ts";
import { readQueue, readTopic } from "./resources/messaging.ts";
import { pipeType, readPipe } from "./resources/pipes.ts";
import { startReading } from "./resources/reading.ts";
import { readRoles } from "./resources/roles.ts";
import { readSchedule, scheduleTypes } from "./resources/schedules.ts";
import { readBucket, readDeliveryStream } from "./resources/storage.ts";
import {
  externalConsumers,
  externalStreams,
  readConsumer,
  readStream,
} from "./resources/streams.ts";
import { readTable } from "./resources/tables.ts";
import { openStack, type StackResource } from "./scope.ts";
import { needsNothing as terraformNeedsNothing } from "./terraform/resources.ts";
import type { DeclaredMapping, ReadTemplate, TemplateFunction, TemplateMapping } from "./types.ts";
import { readValues, type TemplateValues } from "./values.ts";

/** Reads a template and what it leads to. Throws a TemplateError that names file and line. */
export const readTemplate: ReadTemplate = async (options = {}) => {
  const values = await readValues(options);
  const project = await openProject(options, values);
  const region = options.region ?? project.region ?? "us-east-1";
  const surroundings = surroundingsOf(region, project.stackName, options);
  const stack = openStack(project.document, {
    surroundings,
    parameters: { ...declaredOf(project.document, values.parameters), ...options.parameters },
    imports: { ...project.exports?.(surroundings, values), ...values.imports, ...options.imports },
    values,
  });
  const reading = startReading(stack, project.placeOf);
  const each = <T>(types: readonly string[], read: (resource: StackResource) => T | undefined) =>
    stack.resources
      .filter(({ type }) => types.includes(type))
      .flatMap((resource) => read(resource) ?? []);

  const streams = each(["AWS::Kinesis::Stream"], (one) => readStream(reading, one));
  const consumers = each(["AWS::Kinesis::StreamConsumer"], (one) => readConsumer(reading, one));
  const functions: TemplateFunction[] = [];
  const declared = each(["AWS::Lambda::Function"], (one) => {
    const found = readDeclaredFunction(reading, one, project);
    const runnable = found && runnableFunction(reading, one, found, project);
    if (runnable) functions.push(runnable);
    return found;
  });
  const isHere = (one: DeclaredMapping): one is TemplateMapping =>
    one.streamArn !== undefined &&
    functions.some(({ logicalId }) => logicalId === one.functionLogicalId);
  const allMappings = [
    ...each(["AWS::Lambda::EventSourceMapping"], (one) =>
      readMapping(reading, one, declared, functions),
    ),
    ...each([pipeType], (one) => readPipe(reading, one, declared, functions)),
  ];
  const mappings = allMappings.filter(isHere);
  const subscriptions = stack.resources.filter(({ type }) => type === "AWS::SNS::Subscription");
  const template = {
    format: project.format,
    file: project.document.file,
    sources: project.sources,
    projectRoot: project.projectRoot,
    region,
    accountId: surroundings.accountId,
    stackName: project.stackName,
    streams: [...streams, ...externalStreams(mappings, streams)],
    consumers: [...consumers, ...externalConsumers(mappings, consumers)],
    functions,
    mappings,
    schedules: each(scheduleTypes, (one) => readSchedule(reading, one, functions)).flat(),
    roles: readRoles(reading, stack.resources),
    tables: each(["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"], (one) =>
      readTable(reading, one),
    ),
    queues: each(["AWS::SQS::Queue"], (one) => readQueue(reading, one)),
    topics: each(["AWS::SNS::Topic"], (one) => readTopic(reading, one, subscriptions)),
    buckets: each(["AWS::S3::Bucket"], (one) => readBucket(reading, one)),
    deliveryStreams: each(["AWS::KinesisFirehose::DeliveryStream"], (one) =>
      readDeliveryStream(reading, one),
    ),
    analytics: each(analyticsTypes, (one) => readAnalytics(reading, one, stack.resources)),
    glueTables: each(["AWS::Glue::Table"], (one) => readGlueTable(reading, one)),
  };
  for (const resource of stack.resources) {
    const { type } = resource;
    if (analyticsTypes.includes(type)) {
      reading.leaveOut(
        resource,
        "Applications of Kinesis Analytics do not run as such: shardmill sql import makes a function of one.",
      );
    } else if (!isRead.has(type) && !needsNothing.test(type) && !terraformNeedsNothing.test(type)) {
      reading.leaveOut(resource, whyNotHere(resource));
    }
  }
  const notHere = {
    functions: declared.filter((one) => !functions.some(({ name }) => name === one.name)),
    mappings: allMappings.filter((one) => !isHere(one)),
  };
  return { ...template, unsupported: reading.unsupported, notHere };
};

/** Several templates may share the file. */
function declaredOf({ value }: TemplateDocument, parameters: TemplateValues["parameters"]) {
  const { Parameters: declared = {} } = (value ?? {}) as { Parameters?: object };
  return Object.fromEntries(
    Object.entries(parameters).filter(([name]) => Object.hasOwn(declared, name)),
  );
}

function surroundingsOf(
  region: string,
  stackName: string,
  { accountId = "123456789012", sqsEndpoint }: Parameters<ReadTemplate>[0] & object,
): Surroundings {
  const isChina = region.startsWith("cn-");
  const urlSuffix = isChina ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    partition: isChina ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws",
    urlSuffix,
    region,
    accountId,
    stackName,
    sqsEndpoint: sqsEndpoint?.replace(/\/$/, "") ?? `https://sqs.${region}.${urlSuffix}`,
  };
}

function whyNotHere({ type, source: { Properties = {} } }: StackResource): string {
  if (type !== "AWS::Serverless::Application" && type !== "AWS::CloudFormation::Stack") {
    return "Nothing of this type runs here.";
  }
  const location = Properties.Location ?? Properties.TemplateURL;
  return typeof location === "string" && !location.includes("://")
    ? `It is a template of its own, and there is no ${location}: build it first, or mend the path.`
    : "It is a template of its own, which is not on this machine.";
}

const isRead = new Set([
  "AWS::Kinesis::Stream",
  "AWS::Kinesis::StreamConsumer",
  "AWS::Lambda::Function",
  "AWS::Lambda::EventSourceMapping",
  pipeType,
  ...scheduleTypes,
  "AWS::IAM::Role",
  "AWS::DynamoDB::Table",
  "AWS::DynamoDB::GlobalTable",
  "AWS::SQS::Queue",
  "AWS::SNS::Topic",
  "AWS::SNS::Subscription",
  "AWS::S3::Bucket",
  "AWS::KinesisFirehose::DeliveryStream",
  "AWS::Glue::Table",
  ...analyticsParts,
]);

/** Types that describe, allow, watch or name, and do nothing by themselves. */
const needsNothing = new RegExp(
  `^AWS::(${[
    "IAM::\\w+",
    "Logs::(LogGroup|LogStream|MetricFilter|ResourcePolicy)",
    "CloudWatch::\\w+",
    "KMS::\\w+",
    "Lambda::(Alias|Version|Permission|EventInvokeConfig|LayerVersion)",
    "Kinesis::ResourcePolicy",
    "S3::BucketPolicy",
    "Glue::Database",
    "SQS::Queue(Inline)?Policy",
    "SNS::Topic(Inline)?Policy",
    "ApplicationAutoScaling::\\w+",
    "CDK::Metadata",
    "CloudFormation::WaitConditionHandle",
  ].join("|")})$`,
);
