/** Templates by hand, as the reader gives them, and projects in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  Template,
  TemplateBucket,
  TemplateDeliveryStream,
  TemplateFunction,
  TemplateGlueTable,
  TemplateMapping,
  TemplateQueue,
  TemplateResource,
  TemplateStream,
  TemplateTable,
  TemplateTopic,
} from "../../../packages/local/src/template/types.ts";
import { after } from "../../ending.ts";

export interface Project {
  readonly root: string;
  /** The absolute path of a file in it. */
  at(path: string): string;
  write(path: string, content: string): void;
}

/** Inside the repository, where handlers find the AWS SDK. */
const projects = fileURLToPath(new URL("../../../.shardmill/test/", import.meta.url));

export function project(files: Readonly<Record<string, string>> = {}): Project {
  mkdirSync(projects, { recursive: true });
  const root = mkdtempSync(join(projects, "run-"));
  after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const at = (path: string) => join(root, path);
  const write = (path: string, content: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  return { root, at, write };
}

const region = "us-east-1";
const accountId = "123456789012";
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${accountId}:${rest}`;

const resource = (logicalId: string, type: string, name: string, arn: string) =>
  ({
    logicalId,
    type,
    name,
    arn,
    properties: {},
    place: { file: "/template.json" },
  }) satisfies TemplateResource;

export const stream = (name: string, shards = 1): TemplateStream => ({
  ...resource(`${name}Stream`, "AWS::Kinesis::Stream", name, arn("kinesis", `stream/${name}`)),
  ...{ shards, mode: "PROVISIONED", retentionHours: 24, isExternal: false },
});

export const table = (name: string, partitionKey = "pk", sortKey?: string): TemplateTable => {
  const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  return {
    ...resource(`${name}Table`, "AWS::DynamoDB::Table", name, arn("dynamodb", `table/${name}`)),
    keySchema: keys.map((key, at) => ({ AttributeName: key, KeyType: at ? "RANGE" : "HASH" })),
    attributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: "S" })),
    ...{ globalSecondaryIndexes: [], localSecondaryIndexes: [], billingMode: "PAY_PER_REQUEST" },
  };
};

export const queue = (name: string): TemplateQueue => ({
  ...resource(`${name}Queue`, "AWS::SQS::Queue", name, arn("sqs", name)),
  ...{ url: `http://localhost/${accountId}/${name}`, isFifo: false, attributes: {} },
});

export const bucket = (name: string): TemplateBucket =>
  resource(`${name}Bucket`, "AWS::S3::Bucket", name, `arn:aws:s3:::${name}`);

export const topic = (name: string, ...queueNames: readonly string[]): TemplateTopic => ({
  ...resource(`${name}Topic`, "AWS::SNS::Topic", name, arn("sns", name)),
  isFifo: false,
  subscriptions: queueNames.map((queue) => ({
    logicalId: `${queue}Subscription`,
    ...{ protocol: "sqs", endpoint: arn("sqs", queue), rawMessageDelivery: false },
  })),
});

export const deliveryStream = (
  name: string,
  properties: TemplateDeliveryStream["properties"],
): TemplateDeliveryStream => ({
  ...resource(
    name,
    "AWS::KinesisFirehose::DeliveryStream",
    name,
    arn("firehose", `deliverystream/${name}`),
  ),
  ...{ properties, deliveryStreamType: "DirectPut" },
});

export const glueTable = (
  databaseName: string,
  name: string,
  columns: Readonly<Record<string, string>>,
): TemplateGlueTable => {
  const Columns = Object.entries(columns).map(([Name, Type]) => ({ Name, Type }));
  return {
    ...resource(`${name}Table`, "AWS::Glue::Table", name, ""),
    ...{ databaseName, tableInput: { Name: name, StorageDescriptor: { Columns } } },
  };
};

/** A function whose handler is the export `handler` of a file. */
export const fn = (
  name: string,
  file: string,
  settings: Partial<TemplateFunction> = {},
): TemplateFunction => ({
  ...resource(`${name}Function`, "AWS::Lambda::Function", name, arn("lambda", `function:${name}`)),
  names: [name, `${name}Function`],
  ...{ handler: `${name}.handler`, runtime: "nodejs24.x", timeout: 10, memorySize: 256 },
  source: { file, exportName: "handler", taskRoot: dirname(file), isBuilt: false },
  environment: {},
  ...settings,
});

export const mapping = (
  functionName: string,
  streamName: string,
  settings: TemplateMapping["settings"] = {},
): TemplateMapping => ({
  ...resource(`${functionName}Mapping`, "AWS::Lambda::EventSourceMapping", "", ""),
  functionLogicalId: `${functionName}Function`,
  streamArn: arn("kinesis", `stream/${streamName}`),
  settings: { startingPosition: "TRIM_HORIZON", ...settings },
});

export const template = (projectRoot: string, parts: Partial<Template> = {}): Template => ({
  ...{ format: "cloudformation", file: "/template.json", sources: [], projectRoot },
  ...{ region, accountId, stackName: "test" },
  ...{
    streams: [],
    consumers: [],
    functions: [],
    schedules: [],
    mappings: [],
    roles: [],
    tables: [],
  },
  ...{
    queues: [],
    topics: [],
    buckets: [],
    deliveryStreams: [],
    glueTables: [],
    analytics: [],
    unsupported: [],
  },
  ...parts,
});
