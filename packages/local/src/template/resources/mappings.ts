/** AWS::Lambda::EventSourceMapping, with the settings under the names that the harness uses. */
import type { MappingSettings } from "../../lambda/mapping/settings.ts";
import type { StackResource } from "../scope.ts";
import type { DeclaredFunction, DeclaredMapping, Properties, TemplateFunction } from "../types.ts";
import { defined, isTrue, numberOf, type Reading, readResource } from "./reading.ts";

/** Undefined, and noted: it reads no stream of Kinesis. Noted too: what it reads or invokes is not here. */
export function readMapping(
  reading: Reading,
  resource: StackResource,
  declared: readonly DeclaredFunction[],
  runnable: readonly TemplateFunction[],
): DeclaredMapping | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { leaveOut } = reading;
  const { EventSourceArn: source, FunctionName: target } = common.properties;
  const [, service] = /^arn:[^:]*:([^:]*):/.exec(source ?? "") ?? [];
  if (source !== undefined && service !== "kinesis") {
    leaveOut(resource, `It reads ${source}; only Kinesis streams are read here.`);
    return undefined;
  }
  const { called, qualifier } = targetOf(String(target ?? ""));
  const invoked = declared.find(({ name }) => name === called);
  // What could not be resolved has been noted.
  if (source === undefined || target === undefined) {
    const missing = source === undefined ? "EventSourceArn" : "FunctionName";
    leaveOut(resource, `Without ${missing} it reads nothing.`);
    if (source === undefined && !readsStream(common.properties)) return undefined;
  } else if (!runnable.some(({ name }) => name === called)) {
    leaveOut(resource, `It invokes ${called}, which does not run here.`);
  }
  for (const name of Object.keys(common.properties)) {
    if (!Object.hasOwn(settingOf, name) && !identity.has(name)) {
      leaveOut(resource, "This is not a setting for Kinesis.", `Properties.${name}`);
    }
  }
  const [streamArn, consumer] = source?.split("/consumer/") ?? [];
  return {
    ...common,
    ...(invoked && { functionLogicalId: invoked.logicalId }),
    ...(qualifier !== undefined && { qualifier }),
    ...(streamArn !== undefined && { streamArn }),
    ...(consumer !== undefined && { consumerArn: source }),
    settings: settingsOf(common.properties),
  };
}

/** Only streams have such a position, those of Kinesis, of DynamoDB, and of Kafka, which says its topics. */
const readsStream = ({ StartingPosition, Topics }: Properties) =>
  StartingPosition !== undefined && Topics === undefined;

/** A name, an ARN, either with a qualifier. */
export function targetOf(target: string): { called: string; qualifier?: string } {
  const name = target.includes(":function:") ? target.split(":function:")[1]! : target;
  const [called = "", qualifier] = name.split(":");
  return { called, ...(qualifier !== undefined && { qualifier }) };
}

/** Undefined: there is none that is known here. */
export function filterCriteria({
  Filters = [],
}: Properties = {}): MappingSettings["filterCriteria"] {
  const filters = (Filters as Properties[]).filter(({ Pattern }) => Pattern !== undefined);
  return filters.length === 0
    ? undefined
    : { filters: filters.map(({ Pattern }) => ({ pattern: String(Pattern) })) };
}

const identity = new Set(["EventSourceArn", "FunctionName"]);

type Convert = (value: any) => Partial<MappingSettings>;

const number =
  (name: keyof MappingSettings): Convert =>
  (value) => ({ [name]: numberOf(value) });
const asItIs =
  (name: keyof MappingSettings): Convert =>
  (value) => ({ [name]: value });

/** By CloudFormation's name. */
const settingOf: Readonly<Record<string, Convert>> = {
  BatchSize: number("batchSize"),
  MaximumBatchingWindowInSeconds: number("maximumBatchingWindowInSeconds"),
  ParallelizationFactor: number("parallelizationFactor"),
  StartingPosition: asItIs("startingPosition"),
  StartingPositionTimestamp: number("startingPositionTimestamp"),
  BisectBatchOnFunctionError: (value) => ({ bisectBatchOnFunctionError: isTrue(value) }),
  MaximumRecordAgeInSeconds: number("maximumRecordAgeInSeconds"),
  MaximumRetryAttempts: number("maximumRetryAttempts"),
  TumblingWindowInSeconds: number("tumblingWindowInSeconds"),
  FunctionResponseTypes: asItIs("functionResponseTypes"),
  DestinationConfig: ({ OnFailure, ...rest }) => ({
    destinationConfig: {
      ...(OnFailure && { onFailure: defined({ destination: OnFailure.Destination }) }),
      // The mapping refuses it, as Lambda does.
      ...(rest.OnSuccess && { onSuccess: rest.OnSuccess }),
    },
  }),
  FilterCriteria: (criteria) => defined({ filterCriteria: filterCriteria(criteria) }),
  KmsKeyArn: asItIs("kmsKeyArn"),
  MetricsConfig: ({ Metrics }) => ({ metricsConfig: { metrics: Metrics } }),
  Tags: (tags: readonly Properties[]) => ({
    tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
  }),
  Enabled: (value) => ({ enabled: isTrue(value) }),
};

function settingsOf(properties: Properties): MappingSettings {
  const settings = Object.entries(properties).map(([name, value]) =>
    Object.hasOwn(settingOf, name) ? settingOf[name]!(value) : {},
  );
  return Object.assign({}, ...settings);
}
