/** AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable. */
import type { StackResource } from "../scope.ts";
import type { TemplateTable } from "../types.ts";
import { isTrue, type Reading, readResource } from "./reading.ts";

export function readTable(reading: Reading, resource: StackResource): TemplateTable | undefined {
  const common = readResource(reading, resource);
  if (!common) return undefined;
  const { properties } = common;
  const { AttributeName: timeToLive, Enabled } = properties.TimeToLiveSpecification ?? {};
  return {
    ...common,
    keySchema: properties.KeySchema ?? [],
    attributeDefinitions: properties.AttributeDefinitions ?? [],
    globalSecondaryIndexes: properties.GlobalSecondaryIndexes ?? [],
    localSecondaryIndexes: properties.LocalSecondaryIndexes ?? [],
    billingMode: properties.BillingMode ?? "PROVISIONED",
    ...(isTrue(Enabled) && { timeToLive }),
  };
}
