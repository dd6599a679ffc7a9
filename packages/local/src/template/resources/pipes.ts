/**
 * AWS::Pipes::Pipe from a stream of Kinesis to a function: its settings are those of a mapping.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
 */
import type { MappingSettings } from "../../lambda/mapping/settings.ts";
import type { StackResource } from "../scope.ts";
import type { DeclaredFunction, DeclaredMapping, Properties, TemplateFunction } from "../types.ts";
import { filterCriteria, targetOf } from "./mappings.ts";
import { defined, numberOf, type Reading, readResource } from "./reading.ts";

export const pipeType = "AWS::Pipes::Pipe";

/** Undefined, and noted: it reads no stream of Kinesis. Noted too: what it does beyond invoking a function of here. */
export function readPipe(
  reading: Reading,
  resource: StackResource,
  declared: readonly DeclaredFunction[],
  runnable: readonly TemplateFunction[],
): DeclaredMapping | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { properties } = common;
  const { Source: source, SourceParameters: from = {} } = properties;
  const refuse = (why: string) => reading.leaveOut(resource, why);
  const [, service] = /^arn:[^:]*:([^:]*):/.exec(source ?? "") ?? [];
  const isStream = source === undefined ? from.KinesisStreamParameters : service === "kinesis";
  if (!isStream) {
    refuse(
      `It reads ${source ?? "what is known in the cloud only"}; of pipes only those from Kinesis run here.`,
    );
    return undefined;
  }
  const { called, qualifier } = targetOf(String(properties.Target ?? ""));
  const invoked = declared.find(({ name }) => name === called);
  const runs = (arn: unknown) => runnable.find(({ name }) => name === targetOf(String(arn)).called);
  const enrichment = runs(properties.Enrichment);
  const why = whyNotHere(properties, runs(properties.Target)?.name ?? "", enrichment !== undefined);
  if (source === undefined) refuse("Without Source it reads nothing.");
  else if (why !== undefined) refuse(why);
  const [streamArn, consumer] = source?.split("/consumer/") ?? [];
  return {
    ...common,
    ...(invoked && why === undefined && { functionLogicalId: invoked.logicalId }),
    ...(enrichment && { enrichmentLogicalId: enrichment.logicalId }),
    ...(qualifier !== undefined && { qualifier }),
    ...(streamArn !== undefined && { streamArn }),
    ...(consumer !== undefined && { consumerArn: source }),
    settings: settingsOf(properties),
  };
}

/** One sentence that says what to do. */
function whyNotHere(
  {
    Target: target,
    TargetParameters: to = {},
    Enrichment: enrichment,
    EnrichmentParameters: enriched = {},
  }: Properties,
  runs: string,
  isEnriched: boolean,
): string | undefined {
  if (target === undefined) return "Without Target it invokes nothing.";
  if (!/^arn:[^:]*:lambda:/.test(target) && runs === "") {
    return `Its target is ${target}; of pipes only those to a Lambda function run here: put the records into a stream whose function does the same.`;
  }
  if (runs === "") return `It invokes ${targetOf(target).called}, which does not run here.`;
  const by = `invoke the function with what it gets: shardmill invoke ${runs} --event FILE.`;
  if (enrichment !== undefined && !isEnriched) {
    return `Its enrichment is ${enrichment}; of those only functions of this template run here: ${by}`;
  }
  if (to.InputTemplate || enriched.InputTemplate)
    return `It has an InputTemplate, which is not filled here: ${by}`;
  return to.LambdaFunctionParameters?.InvocationType === "FIRE_AND_FORGET"
    ? `It does not wait for the function (FIRE_AND_FORGET), which is not done here: ${by}`
    : undefined;
}

function settingsOf({ SourceParameters = {}, DesiredState }: Properties): MappingSettings {
  const { KinesisStreamParameters: of = {}, FilterCriteria } = SourceParameters;
  const destination = of.DeadLetterConfig?.Arn;
  return defined({
    batchSize: numberOf(of.BatchSize),
    maximumBatchingWindowInSeconds: numberOf(of.MaximumBatchingWindowInSeconds),
    maximumRecordAgeInSeconds: numberOf(of.MaximumRecordAgeInSeconds),
    maximumRetryAttempts: numberOf(of.MaximumRetryAttempts),
    parallelizationFactor: numberOf(of.ParallelizationFactor),
    startingPosition: of.StartingPosition,
    startingPositionTimestamp:
      of.StartingPositionTimestamp === undefined
        ? undefined
        : Number(of.StartingPositionTimestamp) || Date.parse(of.StartingPositionTimestamp) / 1000,
    bisectBatchOnFunctionError:
      of.OnPartialBatchItemFailure === undefined
        ? undefined
        : of.OnPartialBatchItemFailure === "AUTOMATIC_BISECT",
    // A pipe hears of item failures in any case.
    functionResponseTypes: ["ReportBatchItemFailures"],
    destinationConfig: destination && { onFailure: { destination } },
    filterCriteria: filterCriteria(FilterCriteria),
    enabled: DesiredState === undefined ? undefined : DesiredState !== "STOPPED",
  }) as MappingSettings;
}
