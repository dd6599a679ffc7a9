/** AWS::Kinesis::Stream and AWS::Kinesis::StreamConsumer. */
import type { StackResource } from "../scope.ts";
import type { TemplateConsumer, TemplateMapping, TemplateStream } from "../types.ts";
import { defined, numberOf, type Reading, readResource } from "./reading.ts";

export function readStream(reading: Reading, resource: StackResource): TemplateStream | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { ShardCount, StreamModeDetails, RetentionPeriodHours, MaxRecordSizeInKiB } =
    common.properties;
  const mode = StreamModeDetails?.StreamMode === "ON_DEMAND" ? "ON_DEMAND" : "PROVISIONED";
  return {
    ...common,
    ...defined({
      shards: mode === "PROVISIONED" ? (numberOf(ShardCount) ?? 1) : undefined,
      maxRecordSizeInKiB: numberOf(MaxRecordSizeInKiB),
    }),
    mode,
    retentionHours: numberOf(RetentionPeriodHours) ?? 24,
    isExternal: false,
  } as TemplateStream;
}

export function readConsumer(
  reading: Reading,
  resource: StackResource,
): TemplateConsumer | undefined {
  const common = readResource(reading, resource);
  const streamArn = common?.properties.StreamARN;
  if (!common || streamArn === undefined) return undefined;
  return { ...common, streamArn };
}

/** The streams that mappings read and the template does not declare. */
export function externalStreams(
  mappings: readonly TemplateMapping[],
  declared: readonly TemplateStream[],
): TemplateStream[] {
  const known = new Set(declared.map(({ arn }) => arn));
  const external: TemplateStream[] = [];
  for (const { streamArn: arn, logicalId, place } of mappings) {
    if (known.has(arn)) continue;
    known.add(arn);
    const name = arn.slice(arn.indexOf("/") + 1);
    const type = "AWS::Kinesis::Stream";
    const settings = { mode: "PROVISIONED", shards: 1, retentionHours: 24 } as const;
    external.push({
      logicalId,
      type,
      name,
      arn,
      properties: {},
      place,
      ...settings,
      isExternal: true,
    });
  }
  return external;
}

/** The fan-out consumers that mappings read as and the template does not declare. */
export function externalConsumers(
  mappings: readonly TemplateMapping[],
  declared: readonly TemplateConsumer[],
): TemplateConsumer[] {
  const known = new Set(declared.map(({ arn }) => arn));
  const external: TemplateConsumer[] = [];
  for (const { streamArn, consumerArn: arn, logicalId, place } of mappings) {
    if (arn === undefined || known.has(arn)) continue;
    known.add(arn);
    const [, name = ""] = /\/consumer\/([^:]+)/.exec(arn) ?? [];
    const type = "AWS::Kinesis::StreamConsumer";
    external.push({ logicalId, type, name, arn, properties: {}, place, streamArn });
  }
  return external;
}
