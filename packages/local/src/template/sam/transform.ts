/**
 * SAM's transform, as far as functions, their streams and simple tables go: what it writes in
 * their place. https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
 */
import type { Path, TemplateDocument } from "../document.ts";
import { TemplateError } from "../error.ts";
import { refuseAt } from "../refuse-at.ts";
import { misshapen, type Shape, samShapes } from "../shape.ts";
import { roleOf } from "./role.ts";

type Source = Record<string, any>;

const transformName = "AWS::Serverless-2016-10-31";

export const isSam = (template: any): boolean =>
  [template?.Transform].flat().includes(transformName);

export interface Transformed {
  readonly value: unknown;
  /** By logical id: where what it was made from stands. */
  readonly origins: ReadonlyMap<string, readonly string[]>;
}

/**
 * @example
 * // AWS::Serverless::Function Orders with an event Flights becomes AWS::Lambda::Function Orders,
 * // AWS::IAM::Role OrdersRole and AWS::Lambda::EventSourceMapping OrdersFlights.
 */
export function withoutSam(document: TemplateDocument): Transformed {
  const { value, file, lineOf } = document;
  const { Globals = {}, Resources = {}, ...template } = value as Source;
  const check = (part: unknown, shape: Shape | undefined, path: Path) => {
    const wrong = misshapen(part, shape ?? "any", path);
    if (wrong) refuseAt(document)(wrong.why, wrong.path);
  };
  check(Globals, samShapes.Globals, ["Globals"]);
  check(Resources, { each: { Type: "text", Properties: "map" } }, ["Resources"]);
  const origins = new Map<string, readonly string[]>();
  const resources: Source = {};
  for (const [logicalId, resource] of Object.entries<Source>(Resources)) {
    const path = ["Resources", logicalId];
    const add = (id: string, made: Source, origin: readonly string[] = path) => {
      if (Object.hasOwn(Resources, id) && id !== logicalId) {
        const line = lineOf(path);
        throw new TemplateError(
          `SAM makes a resource ${id} of ${logicalId}, and there is one already.`,
          {
            place: { file, ...(line !== undefined && { line }) },
          },
        );
      }
      resources[id] = resource.Condition ? { Condition: resource.Condition, ...made } : made;
      if (origin !== path || id !== logicalId) origins.set(id, origin);
    };
    check(resource.Properties, samShapes[resource.Type], [...path, "Properties"]);
    if (resource?.Type === "AWS::Serverless::Function") {
      addFunction(logicalId, merged(Globals.Function, resource), add);
    } else if (resource?.Type === "AWS::Serverless::SimpleTable") {
      add(logicalId, simpleTable(merged(Globals.SimpleTable, resource)));
    } else {
      resources[logicalId] = resource;
    }
  }
  return { value: { ...template, Resources: resources }, origins };
}

/** Maps are merged, lists joined, and the resource's own value goes before the global one. */
function merged(globals: Source | undefined, resource: Source): Source {
  return { ...resource, Properties: merge(globals ?? {}, resource.Properties ?? {}) };
}

function merge(global: any, own: any): any {
  if (own === undefined) return global;
  if (Array.isArray(global) && Array.isArray(own)) return [...global, ...own];
  if (!isMap(global) || !isMap(own)) return own;
  const names = new Set([...Object.keys(global), ...Object.keys(own)]);
  return Object.fromEntries([...names].map((name) => [name, merge(global[name], own[name])]));
}

const isMap = (value: unknown): value is Source =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Properties that are SAM's own. */
const ownProperties = new Set(["CodeUri", "Events", "Policies", "AutoPublishAlias", "InlineCode"]);

type Add = (logicalId: string, resource: Source, origin?: readonly string[]) => void;

function addFunction(logicalId: string, { Properties, Metadata }: Source, add: Add): void {
  const kept = Object.entries<any>(Properties).filter(([name]) => !ownProperties.has(name));
  const { CodeUri, InlineCode, Events = {}, AutoPublishAlias: alias } = Properties;
  const roleId = `${logicalId}Role`;
  add(logicalId, {
    Type: "AWS::Lambda::Function",
    ...(Metadata && { Metadata }),
    Properties: {
      Role: { "Fn::GetAtt": [roleId, "Arn"] },
      ...Object.fromEntries(kept),
      Code: InlineCode === undefined ? codeOf(CodeUri) : { ZipFile: InlineCode },
    },
  });
  if (Properties.Role === undefined) add(roleId, roleOf(Properties));
  if (alias !== undefined) {
    const Name = alias;
    const target = {
      Type: "AWS::Lambda::Alias",
      Properties: { FunctionName: { Ref: logicalId }, Name },
    };
    add(`${logicalId}Alias${alias}`, target);
  }
  const FunctionName = { Ref: alias === undefined ? logicalId : `${logicalId}Alias${alias}` };
  for (const [name, event] of Object.entries<Source>(Events)) {
    const origin = ["Resources", logicalId, "Properties", "Events", name];
    add(`${logicalId}${name}`, eventSource(event, FunctionName), origin);
  }
}

function codeOf(uri: any): unknown {
  if (!isMap(uri)) return uri ?? ".";
  return { S3Bucket: uri.Bucket, S3Key: uri.Key };
}

/** By type: which property is the ARN that the mapping reads. The rest of the properties are the mapping's own. */
const sources: Readonly<Record<string, string>> = {
  Kinesis: "Stream",
  DynamoDB: "Stream",
  SQS: "Queue",
  MSK: "Stream",
  MQ: "Broker",
};

function eventSource({ Type, Properties = {} }: Source, FunctionName: unknown): Source {
  if (Type === "Schedule" || Type === "ScheduleV2") return schedule(Type, Properties, FunctionName);
  const source = Object.hasOwn(sources, Type) ? sources[Type]! : undefined;
  // Nothing of that type runs here, and the reader says so.
  if (source === undefined) return { Type: `AWS::Serverless::Function ${Type}` };
  const { [source]: EventSourceArn, DestinationConfig, ...settings } = Properties;
  return {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: {
      ...settings,
      ...(DestinationConfig && {
        DestinationConfig: { OnFailure: { Destination: DestinationConfig.OnFailure?.Destination } },
      }),
      EventSourceArn,
      FunctionName,
    },
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html */
function schedule(type: string, properties: any, FunctionName: any): Source {
  const { Enabled, Input, Name, Schedule, ScheduleExpression = Schedule, State } = properties;
  const target = { Arn: FunctionName, ...(Input && { Input }) };
  const common = {
    ...(Name && { Name }),
    ScheduleExpression,
    State: State ?? (Enabled === false ? "DISABLED" : "ENABLED"),
  };
  return type === "Schedule"
    ? { Type: "AWS::Events::Rule", Properties: { ...common, Targets: [target] } }
    : { Type: "AWS::Scheduler::Schedule", Properties: { ...common, Target: target } };
}

const attributeTypes: Readonly<Record<string, string>> = { String: "S", Number: "N", Binary: "B" };

function simpleTable({ Properties }: Source): Source {
  const { PrimaryKey = { Name: "id", Type: "String" }, ...rest } = Properties;
  const { Name: AttributeName, Type } = PrimaryKey;
  return {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      ...(rest.ProvisionedThroughput === undefined && { BillingMode: "PAY_PER_REQUEST" }),
      ...rest,
      KeySchema: [{ AttributeName, KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName, AttributeType: attributeTypes[Type] ?? "S" }],
    },
  };
}
