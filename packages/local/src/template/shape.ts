/** What form the parts of a template have that are looked into: CloudFormation refuses any other. */
import type { Path } from "./document.ts";

/** `text`: a string, a number or a boolean; `string`: no other; `[of]`: a list; `{ each }`: a map of any names; otherwise a map of members. */
export type Shape =
  | "any"
  | "text"
  | "string"
  | "map"
  | readonly [Shape]
  | { readonly each: Shape }
  | { readonly oneOrMore: Shape }
  | { readonly [member: string]: Shape };

/** Where a value has another form than it should. */
export interface Misshapen {
  readonly path: Path;
  readonly why: string;
}

/**
 * The first part that has another form. `mayCall`: a function of CloudFormation in its place may give it.
 *
 * @example
 * misshapen({ Filters: "x" }, { Filters: [{ Pattern: "text" }] }, ["FilterCriteria"]);
 * // { path: ["FilterCriteria", "Filters"], why: 'A list is wanted here, and it is "x".' }
 */
export function misshapen(
  value: unknown,
  shape: Shape,
  path: Path,
  mayCall = true,
): Misshapen | undefined {
  if (value === undefined || shape === "any" || (mayCall && isFunction(value))) return undefined;
  const within = (item: unknown, of: Shape, step: string | number) =>
    misshapen(item, of, [...path, step], mayCall);
  const other = (wanted: string) => ({
    path,
    why: `${wanted} is wanted here, and it is ${JSON.stringify(value)}.`,
  });
  if (shape === "string") return typeof value === "string" ? undefined : other("A string");
  if (shape === "text") return typeof value === "object" ? other("A string") : undefined;
  if (shape === "map") return isMap(value) ? undefined : other("A map");
  if ("oneOrMore" in shape && shape.oneOrMore !== undefined) {
    return misshapen(Array.isArray(value) ? value : [value], [shape.oneOrMore], path, mayCall);
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return other("A list");
    return first(value.map((item, at) => within(item, shape[0], at)));
  }
  if (!isMap(value)) return other("A map");
  return first(
    Object.entries(value).map(([name, item]) => {
      const of = "each" in shape ? shape.each : (shape as Readonly<Record<string, Shape>>)[name];
      return of && within(item, of, name);
    }),
  );
}

/** Without what is null: a key with nothing behind it says nothing. What is shared stays so. */
export function withoutNulls(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const made: unknown = Array.isArray(value)
    ? value.filter((item) => item !== null).map((item) => withoutNulls(item, seen))
    : Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([name, item]) => [name, withoutNulls(item, seen)]),
      );
  seen.set(value, made);
  return made;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

const isFunction = (value: unknown) =>
  isMap(value) && Object.keys(value).some((name) => name === "Ref" || name.startsWith("Fn::"));

const first = <T>(found: readonly (T | undefined)[]) => found.find((one) => one !== undefined);

/** The sections of a template. */
export const sectionShapes: Shape = {
  Parameters: "map",
  Mappings: { each: { each: "map" } },
  Conditions: "map",
  Resources: { each: { Properties: "map", Condition: "text" } },
  Outputs: "map",
};

/** Where no function may stand. */
export const parameterShape: Shape = { each: { Type: "string", AllowedValues: ["text"] } };

const policy: Shape = {
  Statement: {
    oneOrMore: {
      Effect: "text",
      Action: { oneOrMore: "string" },
      NotAction: { oneOrMore: "string" },
      Resource: { oneOrMore: "string" },
      NotResource: { oneOrMore: "string" },
    },
  },
};
const filters: Shape = { Filters: [{ Pattern: "text" }] };
const subscription: Shape = { Protocol: "text", Endpoint: "text", TopicArn: "text" };
const target: Shape = { Arn: "string", Input: "text" };
const attached: Shape = { Roles: ["text"], RoleName: "text", PolicyDocument: policy };

/** Of what SAM adds to CloudFormation, before its transform. */
export const samShapes: Readonly<Record<string, Shape>> = {
  Globals: { each: "map" },
  "AWS::Serverless::Function": {
    Events: { each: { Type: "text", Properties: "map" } },
    Policies: { oneOrMore: "any" },
    AutoPublishAlias: "text",
  },
  "AWS::Serverless::SimpleTable": { PrimaryKey: { Name: "text", Type: "text" } },
};

/** Properties by type of resource, of those that readers look into. */
export const propertyShapes: Readonly<Record<string, Shape>> = {
  "AWS::Kinesis::Stream": {
    Name: "text",
    ShardCount: "text",
    RetentionPeriodHours: "text",
    StreamModeDetails: { StreamMode: "text" },
  },
  "AWS::Kinesis::StreamConsumer": { ConsumerName: "text", StreamARN: "text" },
  "AWS::Lambda::Function": {
    FunctionName: "text",
    Handler: "text",
    Runtime: "text",
    Role: "text",
    PackageType: "text",
    Timeout: "text",
    MemorySize: "text",
    Environment: { Variables: { each: "text" } },
    Architectures: ["text"],
    Layers: ["text"],
  },
  "AWS::Lambda::EventSourceMapping": {
    EventSourceArn: "string",
    FunctionName: "text",
    StartingPosition: "text",
    StartingPositionTimestamp: "text",
    BatchSize: "text",
    FunctionResponseTypes: ["text"],
    DestinationConfig: { OnFailure: { Destination: "string" } },
    FilterCriteria: filters,
    MetricsConfig: { Metrics: ["text"] },
    Tags: [{ Key: "text", Value: "text" }],
  },
  "AWS::Pipes::Pipe": {
    Source: "string",
    Target: "string",
    Enrichment: "text",
    SourceParameters: {
      KinesisStreamParameters: { StartingPosition: "text", DeadLetterConfig: { Arn: "string" } },
      FilterCriteria: filters,
    },
    EnrichmentParameters: { InputTemplate: "text" },
    TargetParameters: {
      InputTemplate: "text",
      LambdaFunctionParameters: { InvocationType: "text" },
    },
  },
  "AWS::IAM::Role": { ManagedPolicyArns: ["string"], Policies: [{ PolicyDocument: policy }] },
  "AWS::IAM::Policy": attached,
  "AWS::IAM::RolePolicy": attached,
  "AWS::IAM::ManagedPolicy": attached,
  "AWS::Events::Rule": { ScheduleExpression: "text", State: "text", Targets: [target] },
  "AWS::Scheduler::Schedule": { ScheduleExpression: "text", State: "text", Target: target },
  "AWS::SNS::Topic": { Subscription: [subscription] },
  "AWS::SNS::Subscription": subscription,
};
