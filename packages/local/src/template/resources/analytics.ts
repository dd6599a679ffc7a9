/** Applications of Kinesis Analytics, of both versions of its API; outputs and reference tables may be resources of their own. */
import type { StackResource } from "../scope.ts";
import type { Properties, TemplateAnalytics } from "../types.ts";
import { type Reading, readResource } from "./reading.ts";

const services = ["AWS::KinesisAnalytics", "AWS::KinesisAnalyticsV2"];
const typesOf = (what: string) => services.map((service) => `${service}::${what}`);

export const analyticsTypes = typesOf("Application");
const outputTypes = typesOf("ApplicationOutput");
const referenceTypes = typesOf("ApplicationReferenceDataSource");
export const analyticsParts = [...outputTypes, ...referenceTypes];

export function readAnalytics(
  reading: Reading,
  resource: StackResource,
  all: readonly StackResource[],
): TemplateAnalytics | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const own = (types: readonly string[]): readonly Properties[] =>
    all
      .filter(({ type }) => types.includes(type))
      .flatMap((part) => readResource(reading, part) ?? [])
      .flatMap(({ properties }) =>
        properties.ApplicationName === common.name ? [properties] : [],
      );
  return { ...common, outputs: own(outputTypes), references: own(referenceTypes) };
}
